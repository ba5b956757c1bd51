# SPDX-License-Identifier: GPL-2.0-or-later
"""A REST backend that is down, slow, broken or hostile; and what of a call reaches it."""

import json
import threading
import time

from harness import CLOSE, RESET, SILENCE, SLOW, Backend, Gateway, dribble, http, parallel, same

ANSWER = ("security: [], responses: {'200': {description: d, content: {application/json: "
          "{schema: {type: object, properties: {n: {type: integer}}}}}}}")
ID = "{name: id, in: path, required: true, schema: {type: string}}"
STRINGS = "{type: array, items: {type: string}}"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BODY = "requestBody: {content: {application/json: {schema: {type: object}}}}"

crm, own = Backend(), Backend()
gateway = Gateway(f"""
  /thing/{{id}}:
    parameters: [{ID}]
    get: {{operationId: getThing, x-telgate: {{call: crm, timeout: 1s}}, {ANSWER}}}
    post: {{operationId: changeThing, x-telgate: {{call: crm, timeout: 1s}}, {BODY}, {ANSWER}}}
    delete: {{operationId: dropThing, x-telgate: {{call: crm, retry: 2}}, {ANSWER}}}
  /many/{{id}}:
    get: {{operationId: getMany, x-telgate: {{call: crm, timeout: 60s}}, {ANSWER},
      parameters: [{ID}]}}
  /list/{{v}}:
    get: {{operationId: getList, x-telgate: {{call: crm}}, {ANSWER},
      parameters: [{{name: v, in: path, required: true, schema: {STRINGS}}}]}}
  /label/{{v}}:
    get: {{operationId: getLabel, x-telgate: {{call: crm}}, {ANSWER}, parameters: [{{name: v,
      in: path, required: true, style: label, explode: true, schema: {STRINGS}}}]}}
  /mapped/{{id}}:
    get: {{operationId: getMapped, {ANSWER}, parameters: [{ID},
        {{name: q, in: query, schema: {{type: string}}}}],
      x-telgate: {{call: 'own GET /a/{{id}}/b-{{$inputs.id}}', query: {{q: $inputs.q, s: fix}},
        headers: {{X-Who: $inputs.q}}}}}}
    post: {{operationId: postMapped, {BODY}, {ANSWER}, parameters: [{ID}], x-telgate: {{
        call: 'own POST /a', request: {{got: $request.body#/x}},
        headers: {{X-Who: $request.body#/x}},
        faults: {{403: 403}}}}}}
  /own/{{id}}:
    post: {{operationId: postOwn, {BODY}, {ANSWER}, parameters: [{ID}], x-telgate: {{
        call: 'own POST /a', request: {{got: $request.body#/x}},
        headers: {{Authorization: 'Key {{$inputs.id}}', accept: application/vnd.own+json,
          Content-Type: application/vnd.own+json, X-Correlator: '{{$inputs.id}}'}}}}}}
""", {"limits": {"answer": "64KB"}, "timeouts": {"connect": "1s"},
      "secrets": {"crm": "crm-secret"}},
                  x_telgate={"backends": {
                      "crm": {"url": crm.url + "/base", "auth": {"bearer": "$secret.crm"}},
                      "own": {"url": own.url, "auth": {"basic": "user:word"}, "timeout": "1s"}}})


def fails(status, code):
    """A call that ends so; the log says so, too."""
    answer = gateway.get("/thing/1")
    same((answer.status, answer.json["code"]), (status, code))
    entry = gateway.wait_log(correlator=answer.headers["X-Correlator"])
    same(entry["fault"], code)
    return answer


def forget_connections():
    """Closes the kept ones: a dead one would be replaced by a try of its own."""
    crm.down()
    crm.up()


def works():
    crm.clear()
    same(gateway.get("/thing/1").status, 200)


def test_mapped_fields_stand_in_the_place_of_the_gateways():
    gateway.post("/own/7", {"x": "1"})
    sent = own.wait()
    for name, value in (("Authorization", "Key 7"), ("Accept", "application/vnd.own+json"),
                        ("Content-Type", "application/vnd.own+json"), ("X-Correlator", "7")):
        count = sent.head.lower().count(f"\r\n{name.lower()}:".encode())
        same((name, sent.headers[name], count), (name, value, 1))


def test_down_and_up_again():
    works()
    crm.down()
    fails(502, "BACKEND_FAILED")
    fails(502, "BACKEND_FAILED")
    crm.up()
    time.sleep(1.1)  # a URL that failed is passed over for a second
    works()


def test_slow_within_the_timeout():
    forget_connections()
    crm.play(SILENCE)
    began = time.monotonic()
    fails(504, "BACKEND_TIMEOUT")
    same(1 <= time.monotonic() - began < 1 + 2 * SLOW, True)
    crm.play(*dribble(http(200, {}), 1, 0.1))  # never silent, but too slow
    fails(504, "BACKEND_TIMEOUT")
    crm.wait_closed()
    own.play(SILENCE)
    same(gateway.get("/mapped/1").status, 504)
    works()


def test_answers_that_break_off():
    for steps in ([RESET], [CLOSE], [b"HTTP/1.1 200 OK\r\nContent-Le", RESET],
                  [OK + b"Content-Length: 9\r\n\r\n{", RESET],
                  [OK + b"Content-Length: 9\r\n\r\n{}", CLOSE],
                  [OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", CLOSE]):
        crm.play(*steps)
        fails(502, "BACKEND_FAILED")
    works()


GARBAGE = [
    b"\0\1\2\3garbage", b"SSH-2.0-OpenSSH\r\n", b"HTTP/2 200 OK\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n",
    OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    OK + b"Content-Length: -1\r\n\r\n{}",
    OK + b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
    OK + b"X A: b\r\nContent-Length: 2\r\n\r\n{}",
    OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
    b"HTTP/1.1 101 Switching\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70000 + b"\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 1000 + b"\r\n",
]


def test_answers_that_are_no_http():
    for garbage in GARBAGE:
        crm.play(garbage, CLOSE)
        answer = gateway.get("/thing/1")
        same((garbage[:60], answer.status), (garbage[:60], 502))
    works()


def test_bodies_that_are_wrong():
    for body in (b"{", b"{}{}", b"", b"<a/>", b'{"n":"1"}', b'{"n":1,"n":2}', b"[]", b"[" * 10000,
                 b'{"n":1}\0', b'{"n":"\xff"}', b"null", b'{"secret":"internal",}'):
        crm.reply(200, body)
        answer = fails(502, "BACKEND_INVALID")
        same("internal" in answer.text, False)
    for media in ("text/html", "application/xml", "", "application/jsonx", "application/a+xml"):
        crm.play(http(200, {}, media))
        fails(502, "BACKEND_INVALID")
    works()


def test_an_answer_over_the_limit():
    for steps in ([http(200, b'{"a":"' + b"x" * 70000 + b'"}')],
                  [OK + b"Content-Length: 99999999999\r\n\r\n"],
                  [OK + b"Transfer-Encoding: chunked\r\n\r\n"] +
                  [b"4000\r\n" + b" " * 0x4000 + b"\r\n"] * 9):
        crm.play(*steps)
        fails(502, "BACKEND_FAILED")
    works()


def test_answers_in_pieces_and_in_chunks():
    crm.play(*dribble(http(200, {"n": 1}), 3, 0.001))
    same(gateway.get("/thing/1").json, {"n": 1})
    crm.play(OK + b"Transfer-Encoding: chunked\r\n\r\n"
             b"3;a=b\r\n{\"n\r\n4\r\n\":1}\r\n0\r\nX-Trailer: a\r\n\r\n")
    same([gateway.get("/thing/1").json for _ in range(2)], [{"n": 1}] * 2)
    crm.play(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" + http(200, {}))
    same(gateway.get("/thing/1").status, 200)
    crm.play(OK.replace(b"1.1", b"1.0") + b"\r\n{}", CLOSE)  # ends with the connection
    same(gateway.get("/thing/1").status, 200)


def test_retry_of_idempotent_methods_only():
    forget_connections()
    crm.play(RESET)
    same([gateway.request("DELETE", "/thing/1").status, len(crm.requests)], [502, 3])
    crm.clear()
    crm.play(b"HTTP/1.1 200", RESET)
    same([gateway.post("/thing/1", {}).status, len(crm.requests)], [502, 1])
    crm.clear()
    crm.then(RESET)
    same([gateway.request("DELETE", "/thing/1").status, len(crm.requests)], [200, 2])
    crm.clear()
    crm.reply(500)
    same([gateway.request("DELETE", "/thing/1").status, len(crm.requests)], [502, 1])


def test_connections_are_kept():
    works()
    crm.clear()
    with gateway.connect() as c:  # one connection, so one worker
        for n in range(5):
            c.send(f"GET /v1/thing/{n} HTTP/1.1\r\nHost: a\r\n\r\n")
            same(c.read().status, 200)
    same((len(crm.requests), crm.accepted <= 1), (5, True))


def test_a_stale_connection_is_replaced():
    for method, body in (("GET", None), ("POST", {})):
        parallel(*[works] * 4)
        crm.down()  # closes the kept connections, too
        crm.up()
        for _ in range(4):
            same(gateway.request(method, "/thing/1", body).status, 200)


def test_a_kept_connection_that_dies_with_the_request():
    with gateway.connect() as c:  # one connection, so one worker
        for script in ((http(200, {}),), (RESET,)):  # as if it had been closed just then
            crm.then(*script)
            c.send("GET /v1/thing/1 HTTP/1.1\r\nHost: a\r\n\r\n")
            same(c.read().status, 200)


def test_bytes_behind_an_answer_spoil_the_connection():
    forget_connections()
    crm.play(http(200, {"n": 1}) + http(200, {"n": 666}))
    same([gateway.get("/thing/1").json for _ in range(6)], [{"n": 1}] * 6)
    same(crm.accepted, 6)


def test_path_values_stay_where_they_are():
    for target in ("/thing/..", "/thing/%2e%2e", "/thing/.%2E", "/thing/.", "/thing/a/b", "/thing/",
                   "/thing/..%2f..%2fadmin", "/thing/a%2f..%2fb", "/thing/..%5cadmin", "/thing/%00",
                   "/list/%2e%2e", "/list/.", "/label/.%2e", "/label/.", "/label/..", "/list/..",
                   "/mapped/%2e%2e", "/mapped/..%2fx"):
        answer = gateway.get(target)
        same((target, answer.status in (400, 404)), (target, True))
    same((crm.requests, own.requests), ([], []))


def test_path_values_are_encoded():
    for value in ("a%2Fb", "a%3Fb%23c", "a%20b", "...", "%25", "%C3%A9", "a%3Bb", "%5C"):
        same((value, gateway.get("/thing/" + value).status), (value, 200))
        same(crm.requests[-1].target, "/base/thing/" + value)
    same(gateway.get("/mapped/a%2Fb?q=c%26d").status, 200)
    same(own.wait().target, "/a/a%2Fb/b-a%2Fb?q=c%26d&s=fix")


def test_nothing_is_injected():
    for target in ("/mapped/1?q=a%0d%0aX-Evil:%201", "/mapped/1?q=a%0aX", "/mapped/a%0d%0ab"):
        same(gateway.get(target).status, 400)
    for text in ("a\r\nX-Evil: 1", "a\nb", "a\0b", "\x7f"):
        answer = gateway.post("/mapped/1", {"x": text})
        same((text, answer.status), (text, 400))
    same(own.requests, [])
    same(gateway.post("/mapped/1", {"x": "a\u00e9"}).status, 200)
    same(json.loads(own.wait().body), {"got": "a\u00e9"})


def test_whose_credentials_the_backend_sees():
    token = gateway.token()
    for backend, target, mine in ((crm, "/thing/1", "Bearer crm-secret"),
                                  (own, "/mapped/1", "Basic dXNlcjp3b3Jk")):
        answer = gateway.get(target, token=token, headers={"Cookie": "a=b", "X-Other": "c"})
        same(answer.status, 200)
        seen = backend.wait()
        same(seen.headers.all("Authorization"), [mine])
        same([x for x in (token, "a=b", "X-Other") if x in str(seen)], [])


def test_what_the_backend_says_of_credentials_is_not_the_callers():
    crm.reply(401, {"error": "bad secret"}, WWW_Authenticate="Basic")
    answer = fails(502, "BACKEND_ERROR")
    same(("bad secret" in answer.text, "WWW-Authenticate" in answer.headers), (False, False))
    own.reply(403)
    same(gateway.post("/mapped/1", {}).status, 403)


def test_many_at_once():
    barrier = threading.Barrier(50, timeout=10 * SLOW)
    crm.choose(lambda request: barrier.wait() * 0 or http(200, {"n": int(request.target[-2:])}))
    answers = parallel(*[lambda n=n: gateway.get(f"/many/{n}").json["n"] for n in range(10, 60)])
    same(answers, list(range(10, 60)))
