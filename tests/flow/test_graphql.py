# SPDX-License-Identifier: GPL-2.0-or-later
"""/graphql: fields in parallel, mutations one by one, scopes, and what HTTP says."""

import json
import threading

from harness import Backend, Gateway, http, same

ANY = "responses: {'200': {description: d, content: {application/json: {schema: {type: object, " \
      "properties: {v: {type: string}}}}}}}"

one, two = Backend(), Backend()
gateway = Gateway(f"""
  /a: {{get: {{operationId: getA, security: [], {ANY}, x-telgate: {{call: 'one GET /a'}}}}}}
  /b: {{get: {{operationId: getB, security: [], {ANY}, x-telgate: {{call: 'two GET /b'}}}}}}
  /c: {{post: {{operationId: doC, security: [], {ANY}, x-telgate: {{call: 'one POST /c'}}}}}}
  /d: {{post: {{operationId: doD, security: [], {ANY}, x-telgate: {{call: 'two POST /d'}}}}}}
  /e:
    get:
      {{operationId: getE, security: [], {ANY}, x-telgate: {{call: 'one GET /e', timeout: 300ms}}}}
""", x_telgate={"backends": {"one": {"url": one.url}, "two": {"url": two.url}}},
                   config={"graphql": {"body": "2KB"}})


def ask(query, status=200, body=None, method="POST", **headers):
    fields = [("Content-Type", "application/json")] + \
        [(name.replace("_", "-"), value) for name, value in headers.items()]
    answer = gateway.request(method, "/graphql", body or json.dumps({"query": query}),
                             headers=fields, prefix=False)
    same((query, answer.status), (query, status))
    return answer


def all_reply():
    for backend in (one, two):
        backend.reply(200, {"v": "x"})


def test_fields_in_parallel():
    barrier = threading.Barrier(2, timeout=5)
    for backend in (one, two):  # each answers only when the other is asked, too
        backend.choose(lambda request: barrier.wait() * 0 or http(200, {"v": request.target}))
    same(ask("{ getA { v } getB { v } }").json,
         {"data": {"getA": {"v": "/a"}, "getB": {"v": "/b"}}})


def test_mutations_one_by_one():
    order = []
    for backend in (one, two):
        backend.choose(lambda request: order.append(request.target) or http(200, {"v": "x"}))
    same(ask("mutation { doD { v } doC { v } again: doD { v } }").json,
         {"data": {"doD": {"v": "x"}, "doC": {"v": "x"}, "again": {"v": "x"}}})
    same(order, ["/d", "/c", "/d"])


def test_one_backend_fails():
    all_reply()
    two.reply(500, {})
    answer = ask("{ getA { v } getB { v } }").json
    same(answer["data"], {"getA": {"v": "x"}, "getB": None})
    same([(e["path"], e["extensions"]["status"]) for e in answer["errors"]], [(["getB"], 502)])


def test_one_backend_is_slow():
    release = threading.Event()
    all_reply()
    one.choose(lambda request: release.wait(5) and http(200, {"v": "late"}))
    answer = ask("{ getE { v } getB { v } }").json
    release.set()
    same(answer["data"], {"getE": None, "getB": {"v": "x"}})
    same(answer["errors"][0]["extensions"]["code"], "TIMEOUT")


def test_partial_success():
    """294 by the new media type, 200 by the old; null data is 500 or 200."""
    all_reply()
    two.reply(500, {})
    new = "application/graphql-response+json"
    for accept, status in ((new, 294), (f"{new}, application/json", 294), ("*/*", 200),
                           ("application/json", 200), (f"application/json, {new};q=0.5", 200)):
        same(list(ask("{ getA { v } getB { v } }", status, Accept=accept).json),
             ["errors", "data"])
    ask("{ getA { v } }", 200, Accept=new)


def test_http():
    all_reply()
    new = "application/graphql-response+json"
    same(ask("{ nope }").headers["content-type"], "application/json; charset=utf-8")
    same(ask("{ nope }", 400, Accept=new).headers["content-type"], new + "; charset=utf-8")
    ask("{", 400, Accept=new)
    ask("{ getA { v } }", 406, Accept="text/html")
    ask("", 400, body="[]")
    ask("", 400, body='{"query": "{ __typename }", "query": "{ getA { v } }"}')
    ask("{ " + "getA { v } " * 300 + "}", 413)
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                 "text/plain", "application/json; charset=latin1"):
        same(gateway.request("POST", "/graphql", "query={getA{v}}", prefix=False,
                             headers=[("Content-Type", kind)]).status, 415)
    same(gateway.get("/graphql?query=%7B%0AgetA+%7Bv%7D%7D", prefix=False).json,
         {"data": {"getA": {"v": "x"}}})
    refused = gateway.get("/graphql?query=mutation%7BdoC%7Bv%7D%7D", prefix=False)
    same((refused.status, refused.headers["allow"]), (405, "POST"))
    same("getA: GetAResult" in gateway.get("/graphql?sdl", prefix=False).text, True)
