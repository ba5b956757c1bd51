# SPDX-License-Identifier: GPL-2.0-or-later
"""x-telgate's `rate`: who is counted with whom, how each face refuses, and that all workers and a
reload count on. Rates are by the day, so that a slow machine refills nothing meanwhile."""

import itertools
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from client import Answer, read_message
from harness import SLOW, Backend, Gateway, http, parallel, request_bytes, same, wait_for

ANY = "responses: {'200': {description: d, content: {application/json: {schema: {}}}}}"
RATES = {  # an operation each, at /NAME
    "one": "", "two": "",  # the document's
    "own": ", rate: 3/d per client",
    "free": ", rate: null",
    "many": ", rate: [2/d per client, 3/d]",
    "place": ", rate: 2/d per address",
    "whole": ", rate: 2/d",
    "crowd": ", rate: 50/d",
    "soon": ", rate: 20/min per client",
    "soap11": ", rate: 1/d per client", "soap12": ", rate: 1/d per client",
    "field": ", rate: 2/d per client", "other": ", rate: null",
}
ENVELOPE = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/",
            "1.2": "http://www.w3.org/2003/05/soap-envelope"}
MEDIA = {"1.1": "text/xml", "1.2": "application/soap+xml"}
BATCH = """
openapi: 3.1.0
info: {title: T, version: '1'}
servers: [{url: /v1}]
security: [{oauth: [read]}]
x-telgate: {name: batch/v1, backends: {crm: {url: <crm>}}, call: crm, rate: 1/d per client}
paths:
  /item:
    get:
      operationId: listItems
      x-telgate: {rate: 1/d per client}
      parameters: [{name: id, in: query, required: true,
        schema: {type: array, items: {type: string}}}]
      responses: {'200': {description: d, content: {application/json: {schema: {type: array,
        items: {$ref: '#/components/schemas/Item'}}}}}}
  /item/{id}:
    get:
      operationId: getItem
      x-telgate: {batch: {parameter: id, operation: listItems}}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: d, content: {application/json: {
        schema: {$ref: '#/components/schemas/Item'}}}}}
components:
  securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {}}}}}
  schemas: {Item: {type: object, properties: {id: {type: string}}}}
"""  # many of the second are one of the first


def paths(rates):
    """Operations for who has a token, and some for everybody."""
    return "".join(f"""
/{name}: {{get: {{operationId: {name}, security: [{{oauth: [read]}}], {ANY},
  x-telgate: {{call: crm{rate}}}}}}}""" for name, rate in rates.items()) + f"""
/open: {{get: {{operationId: open, security: [], {ANY},
  x-telgate: {{call: crm, rate: 2/d per client}}}}}}
/stream: {{get: {{operationId: stream, security: [{{oauth: [read]}}], {ANY},
  x-telgate: {{proxy: crm, rate: 1/d per client}}}}}}
/bill:
  x-telgate: {{rate: 3/d per client}}
  get: {{operationId: getBill, security: [{{oauth: [read]}}], {ANY}, x-telgate: {{call: crm}}}}
  put: {{operationId: putBill, security: [{{oauth: [read]}}], {ANY}, x-telgate: {{call: crm}}}}"""


crm = Backend()
batch = Gateway(BATCH, crm=crm)
gateway = Gateway(paths(RATES), {"workers": 3}, crm=crm, x_telgate={"rate": "4/d per client"})
serial = itertools.count()


def client():
    """A token of a client that nobody else is."""
    return gateway.token("read", client_id=f"client-{next(serial)}")


def statuses(token, *targets, method="GET"):
    return [gateway.request(method, target, token=token).status for target in targets]


def refused():
    return next(float(line.split()[1]) for line in gateway.admin("/metrics").text.splitlines()
                if line.startswith("telgate_rate_refused_total "))


def test_rest():
    token, before = client(), refused()
    same(statuses(token, "/own", "/own", "/own"), [200] * 3)
    answer = gateway.get("/own", token=token)
    same((answer.status, answer.headers["Content-Type"], 86400 / 3 - 100 * SLOW
          < int(answer.headers["Retry-After"]) <= 86400 / 3),
         (429, "application/problem+json", True))
    same(answer.json, {
        "type": "about:blank", "title": "Too many requests", "status": 429,
        "code": "TOO_MANY_REQUESTS", "correlator": answer.headers["X-Correlator"],
        "detail": "no more than 3/d per client are let in: try again in "
                  f"{answer.headers['Retry-After']} s"})
    same((len(crm.requests), refused() - before), (3, 1))


def soap(version, operation, token):
    return gateway.request(
        "POST", "/soap/test/v1", f'<e:Envelope xmlns:e="{ENVELOPE[version]}"><e:Body><{operation} '
        'xmlns="urn:telgate:test/v1"/></e:Body></e:Envelope>', media=MEDIA[version], token=token,
        prefix=False)


def test_soap():
    for version, operation, status, code in (("1.1", "soap11", 500, ">e:Client</"),
                                             ("1.2", "soap12", 400, ">e:Sender</")):
        token = client()
        same(soap(version, operation, token).status, 200)
        answer = soap(version, operation, token)
        same((answer.status, code in answer.text, "no more than 1/d per client" in answer.text),
             (status, True, True))
        same(86400 - 100 * SLOW < int(answer.headers["Retry-After"]) <= 86400, True)
        same(statuses(token, "/" + operation), [429])  # one count, whatever the face


def ask(query, token, where=gateway):
    answer = where.request("POST", "/graphql", {"query": query}, token=token, prefix=False)
    same((answer.status, answer.headers.get("Retry-After")), (200, None))
    return answer.json


def test_graphql():
    token = client()
    same(ask("{ field other }", token), {"data": {"field": {}, "other": {}}})
    same(statuses(token, "/field"), [200])
    got = ask("{ field other }", token)
    same(got["data"], {"field": None, "other": {}})
    [error] = got["errors"]
    same((error["path"], error["extensions"]["code"], error["extensions"]["status"]),
         (["field"], "TOO_MANY_REQUESTS", 429))
    same(error["message"].startswith("no more than 2/d per client are let in"), True)


def test_graphql_counts_the_calls_that_are_made():
    """Two fields of one call are one; a query that is refused otherwise is none."""
    token = client()
    same(ask("{ a: field b: field c: field }", token)["data"], {"a": {}, "b": {}, "c": {}})
    same("errors" in ask("{ field nothing }", token), True)
    same(ask("{ field }", token), {"data": {"field": {}}})
    same(ask("{ field }", token)["data"], {"field": None})
    same(len(crm.requests), 2)


def test_graphql_counts_many_calls_as_the_one_that_is_made():
    token, two = batch.token("read"), '{ a: getItem(id: "1") { id } b: getItem(id: "2") { id } }'
    crm.choose(lambda request: http(200, [{"id": "1"}, {"id": "2"}] if "?" in request.target
                                    else {"id": "1"}))
    same(ask(two, token, batch), {"data": {"a": {"id": "1"}, "b": {"id": "2"}}})
    got = ask(two, token, batch)
    same((got["data"], [e["extensions"]["status"] for e in got["errors"]]),
         ({"a": None, "b": None}, [429, 429]))
    same(ask('{ getItem(id: "1") { id } }', token, batch),
         {"data": {"getItem": {"id": "1"}}})
    same(len(crm.requests), 2)


def test_per_client():
    one, other = client(), client()
    same(statuses(one, *["/own"] * 4), [200, 200, 200, 429])
    same(statuses(other, *["/own"] * 4), [200, 200, 200, 429])
    again = [gateway.token("read", client_id="same", sub=user) for user in ("a", "b")]
    same([statuses(token, "/own", "/own") for token in again], [[200, 200], [200, 429]])


def test_who_is_not_let_in_uses_up_nothing():
    name = f"client-{next(serial)}"
    no, yes = gateway.token("", client_id=name), gateway.token("read", client_id=name)
    same(statuses(no, *["/own"] * 5), [403] * 5)
    same(statuses(yes, *["/own"] * 4), [200, 200, 200, 429])


def get_from(address, target, token=None):
    """By a caller that has this address."""
    headers = [("Authorization", f"Bearer {token}")] if token else []
    with socket.create_connection(("127.0.0.1", gateway.port), 10 * SLOW, (address, 0)) as sock:
        sock.sendall(request_bytes("GET", "/v1" + target, headers, None))
        return Answer(read_message(sock.makefile("rb"), is_answer=True)).status


def test_per_address():
    gateway.start()
    same([get_from("127.0.0.2", "/place", client()) for _ in range(3)], [200, 200, 429])
    same([get_from("127.0.0.3", "/place", client()) for _ in range(3)], [200, 200, 429])


def test_an_open_operation_counts_by_address():
    gateway.start()
    same([get_from("127.0.0.4", "/open") for _ in range(3)], [200, 200, 429])
    same([get_from("127.0.0.5", "/open") for _ in range(3)], [200, 200, 429])


def test_all_callers_together():
    same([statuses(client(), "/whole")[0] for _ in range(3)], [200, 200, 429])


def test_the_document_s_is_shared_by_who_inherits_it():
    token = client()
    same(statuses(token, "/one", "/two", "/two", "/one", "/two"), [200] * 4 + [429])
    same(statuses(token, "/one", "/own", *["/free"] * 5), [429] + [200] * 6)


def test_the_path_s_is_shared_by_its_operations():
    token = client()
    same(statuses(token, "/bill", "/bill") + statuses(token, "/bill", method="PUT"), [200] * 3)
    same(statuses(token, "/bill", "/one") + statuses(token, "/bill", method="PUT"), [429, 200, 429])


def test_a_list():
    """What one rule refuses is not counted by the other."""
    one, other = client(), client()
    same(statuses(one, *["/many"] * 4), [200, 200, 429, 429])
    same(statuses(other, "/many", "/many"), [200, 429])


def test_proxy():
    token = client()
    same(statuses(token, "/stream", "/stream"), [200, 429])
    same(len(crm.requests), 1)


def test_workers_share_one_count():
    """As many connections as requests, which the kernel spreads over the workers."""
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda _: gateway.get("/crowd", token=client()).status, range(80)))
    same((got.count(200), got.count(429)), (50, 30))


def test_who_waits_as_told_is_let_in():
    token = client()

    def refusal():
        answer = gateway.get("/soon", token=token)
        return answer if answer.status == 429 else None

    wait = int(wait_for(refusal, 20, "the refusal").headers["Retry-After"])
    same(1 <= wait <= 3, True)
    time.sleep(wait)
    same(statuses(token, "/soon"), [200])


def reload(rates):
    gateway.contracts = {"contract": paths(rates)}
    gateway.command()
    before = len(gateway.log(event="reloaded"))
    gateway.signal(signal.SIGHUP)
    wait_for(lambda: len(gateway.log(event="reloaded")) > before, 10, "the reload")


def test_a_reload_counts_on():
    """Unless the rate is another."""
    token = client()
    same(statuses(token, *["/own"] * 3, *["/one"] * 4, "/own", "/one"), [200] * 7 + [429] * 2)
    reload(dict(RATES, more="", own=", timeout: 5s, rate: '3/d  per client'"))
    same(statuses(token, "/own", "/one", "/more"), [429] * 3)
    reload(dict(RATES, own=", rate: 4/d per client"))
    same(statuses(token, "/own", "/one"), [200, 429])
    reload(RATES)
    same(statuses(token, "/own", "/one"), [429, 429])


def test_what_is_published_says_nothing_of_it():
    text = gateway.get("/openapi/test/v1.json", prefix=False).text
    same(("x-telgate" in text, "per client" in text, "429" in text), (False, False, False))


def test_nothing_is_lost_under_load():
    """All are answered, by 200 or 429."""
    token = client()
    crm.choose(lambda request: http(200, {}))

    def call():
        with gateway.connect() as c:
            for _ in range(50):
                c.send(request_bytes("GET", "/v1/own", [("Authorization", f"Bearer {token}")],
                                     None))
                yield c.read().status

    got = sum(parallel(*[lambda: list(call())] * 6), [])
    same((got.count(200), got.count(429)), (3, 297))
