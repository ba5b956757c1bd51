# SPDX-License-Identifier: GPL-2.0-or-later
"""`cache`: what was fetched once is given again by every face, to those alone who may have it and
would have got the same; what failed is not; what is asked at the same time is fetched once."""

import itertools
import json
import os
import re
import signal
import threading
import time

import audit_trail
import wss
from harness import ROOT, SLOW, Backend, Gateway, http, parallel, request_bytes, same, wait_for


def answer_of(schema):
    return ("responses: {'200': {description: d, content: {application/json: {schema: "
            + schema + "}}}}")


def ref(name):
    return "{$ref: '#/components/schemas/" + name + "'}"


ANY = answer_of("{}")
PART = answer_of(ref("Part"))
PARTS = answer_of("{type: array, items: " + ref("Part") + "}")
THING = answer_of(ref("Thing"))
ORDER = answer_of("{type: object, properties: {order: " + ref("Order") + "}}")
ID = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"
CONTRACT = f"""
/thing/{{id}}:
  get:
    operationId: getThing
    security: [{{oauth: [read]}}]
    x-telgate: {{call: crm, cache: 60s}}
    parameters:
      - {{name: id, in: path, required: true, schema: {{type: string}}}}
      - {{name: n, in: query, schema: {{type: array, items: {{type: number}}}}}}
      - {{name: x-correlator, in: header, schema: {{type: string}}}}
    {THING}
/open/{{id}}:
  get: {{operationId: open, security: [], {ID}, x-telgate: {{call: crm, cache: 90s}},
    {ANY}}}
/brief/{{id}}:
  get: {{operationId: brief, security: [], {ID}, x-telgate: {{call: crm, cache: 100ms}},
    {ANY}}}
/never/{{id}}:
  get: {{operationId: never, security: [], {ID}, x-telgate: {{call: crm}},
    {ANY}}}
/mine:
  get: {{operationId: mine, security: [{{oauth: []}}],
    x-telgate: {{call: crm GET /mine, query: {{user: $claims.sub}}, cache: 60s}},
    {ANY}}}
/lang/{{id}}:
  get: {{operationId: lang, security: [], {ID}, x-telgate: {{cache: 60s,
      call: 'crm GET /lang/{{id}}', headers: {{Accept-Language: $request.header.Accept-Language}}}},
    {ANY}}}
/both/{{id}}:
  get: {{operationId: both, security: [], {ID}, x-telgate: {{cache: 60s,
      calls: {{a: 'crm GET /a/{{id}}', b: {{call: 'other GET /b/{{id}}', optional: true}}}},
      response: {{a: $calls.a, b: $calls.b}}}},
    {ANY}}}
/own/{{id}}:
  get: {{operationId: own, security: [], {ID}, x-telgate: {{call: crm, cache: 60s}},
    responses: {{'200': {{description: d, content: {{application/json: {{schema: {{}}}}}},
      headers: {{Cache-Control: {{schema: {{}}}}, ETag: {{schema: {{}}}},
        X-Correlator: {{schema: {{}}}}, Set-Cookie: {{schema: {{}}}}}}}}}}}}
/part/{{id}}:
  get: {{operationId: getPart, security: [], {ID},
    x-telgate: {{call: crm, batch: {{parameter: id, operation: listParts}}}},
    {PART}}}
/parts:
  get: {{operationId: listParts, security: [], x-telgate: {{call: crm, cache: 60s}},
    parameters: [{{name: id, in: query, required: true,
      schema: {{type: array, items: {{type: string}}}}}}],
    {PARTS}}}
/order/{{no}}:
  get: {{operationId: getOrder, security: [], x-telgate: {{call: shop GetOrder, cache: 60s,
      request: {{OrderNo: $inputs.no}}, response: {{order: $response.body#/Order}}}},
    parameters: [{{name: no, in: path, required: true, schema: {{type: string}}}}],
    {ORDER}}}
"""
ORDERED = """<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns="urn:example:orders" xmlns:c="urn:example:customers"><e:Body><GetOrderResponse><Order>
  <OrderNo>7</OrderNo><Day>2026-11-25</Day>
  <Buyer><c:No>9007199254740993</c:No><c:Home><c:Street>s</c:Street>
  <c:City>c</c:City></c:Home></Buyer></Order></GetOrderResponse></e:Body></e:Envelope>"""
TYPES = {"components": {
    "securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": {
        "tokenUrl": "/t", "scopes": {}}}}},
    "schemas": {"Thing": {"type": "object", "properties": {
        "z": {"type": "number"}, "a": {"type": "string"}, "m": {"type": "number"}}},
        "Part": {"type": "object", "properties": {"id": {"type": "string"}}},
        "Order": {"type": "object", "properties": {  # its own next one, and so on: a circle
            "buyer": {"$ref": "#/components/schemas/Buyer"}, "orderNo": {"type": "string"},
            "next": {"$ref": "#/components/schemas/Order"}}},
        "Buyer": {"type": "object", "properties": {
            "no": {"type": "integer"}, "manager": {"$ref": "#/components/schemas/Buyer"}}}}}}
SENT = '{"z":100000000000000.01,"a":"x","m":9007199254740993}'
LIMIT = 256 << 10
KEPT = LIMIT // 8

crm, other = Backend(), Backend()
serial = itertools.count()


def document(paths):
    top = {"name": "test/v1", "backends": {
        "crm": {"url": crm.url}, "other": {"url": other.url},
        "shop": {"wsdl": os.path.join(ROOT, "tests", "flow", "shop.wsdl"), "url": crm.url}}}
    return "\n".join(["openapi: 3.0.3", "info: {title: Test, version: '1'}",
                      "servers: [{url: /v1}]", "x-telgate: " + json.dumps(top), "paths:",
                      *("  " + line for line in paths.strip().splitlines()),
                      json.dumps(TYPES)[1:-1]])


def gateway_with(**config):
    return Gateway(document(CONTRACT), crm=crm, other=other, config=dict(
        {"workers": 1, "limits": {"answer_cache": LIMIT}, "audit": {"folder": "audit"},
         "timeouts": {"operation": f"{5 * SLOW}s"}}, **config))


gateway = gateway_with()


def new(path):
    """A path that was not asked for yet."""
    return f"{path}/{next(serial)}"


def metric(name):
    found = re.search(rf"^telgate_cache_{name} (\d+)$", gateway.admin("/metrics").text, re.M)
    return int(found.group(1))


def told(answer):
    return answer.headers["Age"], answer.headers["Cache-Control"]


def test_a_second_one_is_answered_from_memory():
    path, hits, misses = new("/open"), metric("hits_total"), metric("misses_total")
    crm.reply(200, {"a": 1})
    first, second = gateway.get(path), gateway.get(path)
    same((first.json, second.json, len(crm.requests)), ({"a": 1}, {"a": 1}, 1))
    same(told(first), (None, "public, max-age=90"))
    age, control = told(second)
    left = int(control.removeprefix("public, max-age="))
    same((0 <= int(age) <= 30, 60 <= left <= 89), (True, True))
    same((metric("hits_total"), metric("misses_total")), (hits + 1, misses + 1))
    same(metric("bytes") > 0, True)


def test_others_are_not_remembered():
    path = new("/never")
    same([told(gateway.get(path)) for _ in range(2)], [(None, None)] * 2)
    same(len(crm.requests), 2)


def test_it_ends():
    path = new("/brief")
    same(told(gateway.get(path)), (None, "public, max-age=0"))
    time.sleep(0.11)
    crm.reply(200, {"a": "new"})
    same((gateway.get(path).json, len(crm.requests)), ({"a": "new"}, 2))


def test_what_is_asked_is_told_apart():
    path = new("/thing")
    crm.choose(lambda request: http(200, {"a": request.target}))
    queries = ("", "?n=1", "?n=1.0", "?n=1&n=2", "?n=2&n=1", "?n=12")
    for _ in range(2):
        for query in queries:
            same(gateway.get(path + query, scope="read").json, {"a": "/thing/" + path[7:] + query})
    same(len(crm.requests), len(queries))
    same(gateway.get(new("/thing"), scope="read").status, 200)
    same(len(crm.requests), len(queries) + 1)


def test_the_correlator_is_its_own():
    path = new("/thing")
    for name in ("one", "two"):
        answer = gateway.get(path, scope="read", headers={"X-Correlator": name})
        same(answer.headers["X-Correlator"], name)
    same(len(crm.requests), 1)


def soap(path, token):
    body = f'<getThing xmlns="urn:telgate:test/v1"><id>{path[7:]}</id></getThing>'
    with gateway.connect() as c:
        c.send(request_bytes("POST", "/soap/test/v1", [
            ("Content-Type", wss.MEDIA["1.1"]), ("Authorization", f"Bearer {token}")],
            wss.envelope(body, "", "1.1").encode()))
        return c.read()


def graphql(query, token):
    return gateway.post("/graphql", {"query": query}, token=token, prefix=False)


def test_every_face_gives_it():
    token = gateway.token("read")
    faces = [lambda path: gateway.get(path, token=token), lambda path: soap(path, token),
             lambda path: graphql('{ getThing(id: "%s") { z a m } }' % path[7:], token)]
    rest = SENT
    xml = "<z>100000000000000.01</z><a>x</a><m>9007199254740993</m>"
    field = '{"data":{"getThing":' + SENT + "}}"
    for order in itertools.permutations(range(3)):
        crm.clear()
        crm.reply(200, SENT)
        path = new("/thing")
        for at in order:
            answer = faces[at](path)
            same((at, answer.status), (at, 200))
            same((rest, xml, field)[at] in answer.text.replace("n1:", ""), True)
            same(told(answer)[1] is None, at != 0)
        same((order, len(crm.requests)), (order, 1))


def test_errors_are_not_kept():
    path = new("/open")
    for step in (http(404), http(500), http(200, "{"), http(429)):
        crm.then(step)
        answer = gateway.get(path)
        same((answer.status >= 400, told(answer)), (True, (None, None)))
    asked = len(crm.requests)
    same((gateway.get(path).status, len(crm.requests)), (200, asked + 1))
    same((gateway.get(path).status, len(crm.requests)), (200, asked + 1))


def test_an_answer_that_lacks_a_part_is_not_kept():
    path = new("/both")
    crm.reply(200, {"x": 1})
    other.then(http(500))
    answer = gateway.get(path)
    same((answer.json, told(answer)), ({"a": {"x": 1}}, (None, "public, max-age=0")))
    other.reply(200, {"y": 2})
    for _ in range(2):
        same(gateway.get(path).json, {"a": {"x": 1}, "b": {"y": 2}})
    same((len(crm.requests), len(other.requests)), (2, 2))


def test_each_gets_its_own():
    crm.choose(lambda request: http(200, {"you": request.target}))
    users = [f"user{next(serial)}" for _ in range(3)]
    for _ in range(2):
        for user in users:  # each time another token
            answer = gateway.get("/mine", token=gateway.token("read", sub=user))
            same(answer.json, {"you": f"/mine?user={user}"})
            same(answer.headers["Vary"], "Authorization")
            same(answer.headers["Cache-Control"].startswith("private, max-age="), True)
    same(len(crm.requests), 3)


def test_fields_that_a_mapping_looks_at():
    crm.choose(lambda request: http(200, {"in": request.headers["Accept-Language"]}))
    path = new("/lang")
    for _ in range(2):
        for language in ("de", "en"):
            answer = gateway.get(path, headers={"accept-language": language})
            same((answer.json, answer.headers["Vary"]), ({"in": language}, "Accept-Language"))
        same(gateway.get(path).json, {"in": None})
    same(len(crm.requests), 3)


def test_who_may_not_gets_nothing_of_it():
    path = new("/thing")
    jti = f"known{next(serial)}"
    token = gateway.token("read", jti=jti)
    same(gateway.get(path, token=token).status, 200)
    same([gateway.get(path).status, gateway.get(path, scope="other").status,
          gateway.get(path, scope="read", headers={"Cookie": "a=b"}).status], [401, 403, 200])
    same("FORBIDDEN" in graphql('{ getThing(id: "%s") { a } }' % path[7:],
                                gateway.token("other")).text, True)
    same(len(crm.requests), 1)
    gateway.get(path, token=token)
    found = audit_trail.records(f"{gateway.folder}/audit", jti=jti)
    same([r["outcome"] for r in found], ["allow", "allow"])


def test_no_cache_fetches_anew():
    path = new("/open")
    crm.reply(200, {"a": 1})
    gateway.get(path)
    crm.reply(200, {"a": 2})
    for other_value in ("max-age=60", "no-cached", "x=no-cache"):
        same(gateway.get(path, headers={"Cache-Control": other_value}).json, {"a": 1})
    answer = gateway.get(path, headers={"cache-control": "max-age=0 , No-Cache"})
    same((answer.json, told(answer)), ({"a": 2}, (None, "public, max-age=90")))
    same((gateway.get(path).json, len(crm.requests)), ({"a": 2}, 2))


def test_what_the_contract_declares_stays():
    path = new("/own")
    crm.reply(200, {}, Cache_Control="max-age=7", ETag='"v"', X_Correlator="backend")
    for n in range(2):
        answer = gateway.get(path, headers={"X-Correlator": f"mine{n}"})
        fields = [answer.headers[name] for name in ("Cache-Control", "ETag", "X-Correlator")]
        same(fields, ["max-age=7", '"v"', f"mine{n}"])
    same(len(crm.requests), 1)


def test_a_cookie_is_for_one_only():
    path = new("/own")
    for n in range(2):
        crm.reply(200, {}, Set_Cookie=f"a={n}")
        same(gateway.get(path).headers["Set-Cookie"], f"a={n}")


# At the same time

def held(release, answer=http(200, {"a": 1})):
    """A backend's answer that waits for the event."""
    return lambda request: release.wait(10 * SLOW) and answer


def waiting(count):
    """Until as many exchanges are under way, without this one's own."""
    name = "telgate_in_flight "

    def there():
        lines = gateway.admin("/metrics").text.splitlines()
        return int(next(x for x in lines if x.startswith(name)).split()[1]) - 1 == count

    wait_for(there, what=f"{count} exchanges under way")


def ask_at_once(path, count, release, answers, **more):
    callers = [threading.Thread(target=lambda: answers.append(gateway.get(path, **more)))
               for _ in range(count)]
    for caller in callers:
        caller.start()
    waiting(count)
    time.sleep(0.1)
    release.set()
    for caller in callers:
        caller.join()


def test_at_once_is_one_fetch():
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(held(release))
    ask_at_once(path, 20, release, answers)
    same([a.json for a in answers], [{"a": 1}] * 20)
    same(len(crm.requests), 1)
    same(sorted(a.headers["Age"] is None for a in answers), [False] * 19 + [True])


def test_others_do_not_wait_for_it():
    slow, release, answers = new("/open"), threading.Event(), []
    crm.choose(lambda r: held(release)(r) if r.target == slow else http(200, {"a": "other"}))
    caller = threading.Thread(target=lambda: answers.append(gateway.get(slow)))
    caller.start()
    crm.wait()
    same(gateway.get(new("/open")).json, {"a": "other"})
    release.set()
    caller.join()
    same(answers[0].json, {"a": 1})


def test_the_one_that_fetches_leaves():
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(held(release))
    with gateway.connect() as c:
        c.send(request_bytes("GET", "/v1" + path, [], None))
        crm.wait()
        callers = [threading.Thread(target=lambda: answers.append(gateway.get(path)))
                   for _ in range(5)]
        for caller in callers:
            caller.start()
        waiting(6)
        same(len(crm.requests), 1)
    crm.wait(2)
    release.set()
    for caller in callers:
        caller.join()
    same([a.json for a in answers], [{"a": 1}] * 5)
    same(len(crm.requests), 2)


def test_one_that_waits_leaves():
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(held(release))
    caller = threading.Thread(target=lambda: answers.append(gateway.get(path)))
    caller.start()
    crm.wait()
    with gateway.connect() as c:
        c.send(request_bytes("GET", "/v1" + path, [], None))
        waiting(2)
    waiting(1)
    release.set()
    caller.join()
    same((answers[0].json, len(crm.requests)), ({"a": 1}, 1))


def test_no_failure_is_shared():
    path, release, answers, count = new("/open"), threading.Event(), [], itertools.count()
    crm.choose(lambda r: held(release, http(500) if next(count) == 0 else http(200, {"a": 1}))(r))
    ask_at_once(path, 6, release, answers)
    same(sorted(a.status for a in answers), [200] * 5 + [502])


def test_what_is_not_there_is_not_waited_for_in_turn():
    """Each would wait for all before it, until its time is over."""
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(lambda r: [lambda: release.wait(10 * SLOW), 0.3, http(404)])
    begin = time.monotonic()
    ask_at_once(path, 20, release, answers)
    same(({a.status for a in answers}, time.monotonic() - begin < 4 * SLOW), ({404}, True))


def test_a_query_that_asks_twice():
    path = new("/thing")
    answer = graphql('{ one: getThing(id: "%s") { a } two: getThing(id: "%s") { a z } }'
                     % (path[7:], path[7:]), gateway.token("read"))
    same((answer.json["data"]["one"], len(crm.requests)), ({"a": None}, 1))


def test_calls_that_were_made_as_one():
    crm.reply(200, [{"id": "1"}, {"id": "2"}])
    for _ in range(2):
        answer = graphql('{ a: getPart(id: "1") { id } b: getPart(id: "2") { id } }',
                         gateway.token())
        same(answer.json["data"], {"a": {"id": "1"}, "b": {"id": "2"}})
    same(gateway.get("/parts?id=1&id=2").headers["Age"] is None, False)
    same([r.target for r in crm.requests], ["/parts?id=1&id=2"])


def test_a_backend_of_soap():
    path = new("/order")
    crm.reply(200, ORDERED, "text/xml; charset=utf-8")
    wanted = '{"order":{"buyer":{"no":9007199254740993},"orderNo":"7"}}'
    same([gateway.get(path).text for _ in range(2)], [wanted] * 2)
    same(len(crm.requests), 1)


# Memory

def test_the_bound():
    crm.reply(200, {"text": "x" * 1000})
    for _ in range(600):
        same(gateway.get(new("/open")).status, 200)
    held_bytes = metric("bytes")
    same((LIMIT - 4000 < held_bytes <= LIMIT), True)


def test_a_large_answer_is_not_kept():
    path = new("/open")
    crm.reply(200, {"text": "x" * KEPT})
    for _ in range(2):
        same(gateway.get(path).headers["Age"], None)
    same(len(crm.requests), 2)


def test_concurrent_ones_that_are_not_kept():
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(held(release, http(200, {"text": "x" * KEPT})))
    ask_at_once(path, 8, release, answers)
    same(({a.status for a in answers}, len(crm.requests)), ({200}, 8))


def test_a_reload_forgets():
    path = new("/open")
    for _ in range(2):
        gateway.get(path)
    same(len(crm.requests), 1)
    before = len(gateway.log(event="reloaded"))
    gateway.signal(signal.SIGHUP)
    wait_for(lambda: len(gateway.log(event="reloaded")) > before, 10, "the reload")
    same(metric("bytes"), 0)
    same((gateway.get(path).status, len(crm.requests)), (200, 2))


def test_a_reload_while_it_is_fetched():
    path, release, answers = new("/open"), threading.Event(), []
    crm.choose(held(release))
    callers = [threading.Thread(target=lambda: answers.append(gateway.get(path)))
               for _ in range(4)]
    for caller in callers:
        caller.start()
    waiting(4)
    before = len(gateway.log(event="reloaded"))
    gateway.signal(signal.SIGHUP)
    wait_for(lambda: len(gateway.log(event="reloaded")) > before, 10, "the reload")
    release.set()
    for caller in callers:
        caller.join()
    same(([a.json for a in answers], len(crm.requests)), ([{"a": 1}] * 4, 1))
    wait_for(lambda: metric("bytes") == 0, what="the old answers' end")


def test_none_at_all():
    off = gateway_with(limits={"answer_cache": 0})
    for _ in range(2):
        same(told(off.get("/open/1")), (None, None))
    same(len(crm.requests), 2)


def test_many_at_random():
    """Few keys, short lives, callers that leave, errors: each answer is its own key's."""
    crm.choose(lambda r: http(404) if r.target.endswith("3") else
               [0.01, http(200, {"at": r.target})])

    def call(seed):
        for n in range(60):
            path = f"/brief/r{(n * seed) % 7}"
            if n % 10 == seed:
                with gateway.connect() as c:
                    c.send(request_bytes("GET", "/v1" + path, [], None))
                continue
            answer = gateway.get(path)
            same((path, answer.status), (path, 404 if path.endswith("3") else 200))
            same(answer.status == 404 or path[1:] in answer.text, True)

    gateway.start()
    parallel(*(lambda seed=seed: call(seed) for seed in range(1, 7)))
