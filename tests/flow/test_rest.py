# SPDX-License-Identifier: GPL-2.0-or-later
"""The REST face: parameters by their style, bodies and answers by their type, what is published."""

import json

from harness import Backend, Gateway, http, same, telgate

LIST = "{type: array, items: {type: integer}}"
RECORD = "{type: object, properties: {r: {type: integer}, g: {type: string}}}"
STYLES = [  # name, place, style, schema, explode, as it is sent, as it is read
    ("ps", "path", "simple", LIST, False, "/ps/3,4", [3, 4]),
    ("pse", "path", "simple", RECORD, True, "/pse/r=1,g=x%2Cy", {"r": 1, "g": "x,y"}),
    ("pso", "path", "simple", RECORD, False, "/pso/r,1,g,2", {"r": 1, "g": "2"}),
    ("pl", "path", "label", LIST, False, "/pl/.3,4", [3, 4]),
    ("ple", "path", "label", LIST, True, "/ple/.3.4", [3, 4]),
    ("pm", "path", "matrix", LIST, False, "/pm/;v=3,4", [3, 4]),
    ("pme", "path", "matrix", LIST, True, "/pme/;v=3;v=4", [3, 4]),
    ("qf", "query", "form", LIST, True, "/qf?v=3&v=4", [3, 4]),
    ("qfn", "query", "form", LIST, False, "/qfn?v=3,4", [3, 4]),
    ("qfo", "query", "form", RECORD, True, "/qfo?r=1&g=a%20b", {"r": 1, "g": "a b"}),
    ("qs", "query", "spaceDelimited", LIST, False, "/qs?v=3%204", [3, 4]),
    ("qp", "query", "pipeDelimited", LIST, False, "/qp?v=3%7C4", [3, 4]),
    ("qd", "query", "deepObject", RECORD, True, "/qd?v%5Br%5D=1&v%5Bg%5D=x", {"r": 1, "g": "x"}),
    ("one", "query", "form", LIST, True, "/one?v=3", [3]),
    ("text", "query", "form", "{type: string}", True, "/text?v=0123", "0123"),
    ("flag", "query", "form", "{type: boolean}", True, "/flag?v=true", True),
    ("odd", "query", "form", "{type: string}", True, "/odd?v=a%2Bb%20%C3%A9%26%2F", "a+b é&/"),
]
STYLED = """
  %(prefix)s%(path)s:
    get: {operationId: %(prefix_id)s%(name)s, security: [], x-telgate: %(binding)s,
      parameters: [{name: v, in: %(place)s, required: true, style: %(style)s, schema: %(schema)s,
        explode: %(explode)s}],
      responses: {'200': {description: d, content: {application/json: {schema: {}}}}}}"""
ITEMS = """
openapi: 3.1.0
info: {title: Items, version: 1.2.3}
servers: [{url: /items/v1}]
x-telgate: {name: items/v1, backends: {crm: {url: "<crm>/base"}}, call: crm}
security: []
paths:
  /item:
    post:
      operationId: makeItem
      requestBody: {required: true, content: {application/json: {schema: &item {
        $ref: '#/components/schemas/Item'}}}}
      responses: {'201': {description: d, headers: {Location: {schema: {type: string}},
        X-Left: {schema: {type: integer}}, x-correlator: {schema: {type: string}}},
        content: &answer {application/json: {schema: *item}}}}
    get:
      operationId: listItems
      responses: {'200': {description: d, content: {application/json: {schema: {type: array,
        items: *item}}}}}
    patch:
      operationId: changeItem
      requestBody: {content: {application/merge-patch+json: {schema: {type: object,
        properties: {name: {type: [string, 'null']}}}}}}
      responses: {'200': {description: d, content: *answer}}
    delete: {operationId: dropItem, responses: {'204': {description: d}}}
  /item/{id}:
    get:
      operationId: getItem
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: n, in: query, schema: {type: integer, default: 5}}
        - {name: need, in: query, required: true, schema: {type: string, minLength: 1}}
        - {name: X-List, in: header, schema: {type: array, items: {type: integer}}}
      responses: {'200': {description: d, content: *answer}}
components: {schemas: {Item: {type: object, required: [id, name], properties: {
  id: {type: string, readOnly: true}, secret: {type: string, writeOnly: true},
  name: {type: string, maxLength: 5}, size: {type: number},
  tags: {type: array, items: {type: string}}}}}}
"""


def styled(row, prefix, binding):
    name, place, style, schema, explode = row[:5]
    path = f"/{name}" + ("/{v}" if place == "path" else "")
    return STYLED % {"name": name, "place": place, "style": style, "schema": schema, "path": path,
                     "explode": str(explode).lower(), "binding": binding, "prefix": prefix,
                     "prefix_id": prefix.strip("/")}


crm = Backend()
gateway = Gateway({
    "styles": "".join(styled(row, "", "{call: crm POST /values, request: {v: $inputs.v}}") +
                      styled(row, "/same", "{call: crm}") for row in STYLES),
    "items": ITEMS}, crm=crm)
GOOD = {"id": "1", "name": "a"}


def item(method, target="/item", body=None, **more):
    return gateway.request(method, "/items/v1" + target, body, prefix=False, **more)


def test_parameters_are_read_by_their_style():
    for name, *_, target, value in STYLES:
        answer = gateway.get(target)
        same((name, answer.status), (name, 200))
        same((name, json.loads(crm.requests[-1].body)), (name, {"v": value}))


def test_parameters_are_written_by_their_style():
    for name, *_, target, _ in STYLES:
        same((name, gateway.get("/same" + target).status), (name, 200))
        same(crm.requests[-1].target, "/same" + target)


def test_parameters_against_their_type():
    for target in ("/ps/3,x", "/ps/3,,4", "/pl/3", "/pm/;w=3", "/qf?v=3&v=", "/qfn?v=3,4,",
                   "/qd?v[r]=x", "/flag?v=1", "/flag?v=TRUE", "/one", "/qd?v[r]=1&v[r]=2",
                   "/text?v=%ff", "/text?v=%01", "/text?v=%E2%82", "/qf?v=1.5", "/qf?v=0x1"):
        answer = gateway.get(target)
        same((target, answer.status), (target, 400))
        same('"v"' in answer.json["detail"] or "v" in answer.json["detail"], True)
    same(crm.requests, [])


def test_defaults_and_headers():
    crm.reply(200, GOOD)
    same(item("GET", "/item/7?need=x", headers={"x-list": "1, 2"}).status, 200)
    seen = crm.wait()
    same((seen.target, seen.headers["X-List"]), ("/base/item/7?n=5&need=x", "1,2"))
    same(item("GET", "/item/7?n=6&need=x").status, 200)
    same((crm.wait(2).target, "X-List" in crm.wait(2).headers), ("/base/item/7?n=6&need=x", False))
    same(item("GET", "/item/7").json["code"], "MISSING_PARAMETER")
    same(item("GET", "/item/7?need=").json["code"], "INVALID_PARAMETER")
    same(item("GET", "/item/7?need=x", headers={"x-list": "1,b"}).status, 400)


def test_bodies_against_their_type():
    for body, pointer in (({}, ""), ({"name": "abcdef"}, "/name"), ({"name": 1}, "/name"),
                          ({"name": "a", "tags": ["b", 2]}, "/tags/1"), ([], ""), ("null", ""),
                          ({"name": "a", "id": "1"}, "/id"), ({"name": None}, "/name")):
        answer = item("POST", body=body, media="application/json")
        same((body, answer.status), (body, 400))
        same((body, answer.json.get("pointer", "")), (body, pointer))
    same(crm.requests, [])


def test_created_with_location():
    crm.reply(201, GOOD, Location=crm.url + "/base/item/1", X_Left="3",
              X_Other="secret", Set_Cookie="a=b", Server="crm")
    answer = item("POST", body={"name": "a", "secret": "s"})
    same((answer.status, answer.json), (201, GOOD))
    same((answer.headers["Location"], answer.headers["X-Left"]), ("/items/v1/item/1", "3"))
    same([name for name in ("X-Other", "Set-Cookie", "Server") if name in answer.headers], [])
    same(json.loads(crm.wait().body), {"name": "a", "secret": "s"})
    crm.reply(201, GOOD, X_Correlator="the backend's")
    answer = item("POST", body={"name": "a"}, headers={"X-Correlator": "the-callers"})
    same(answer.headers["X-Correlator"], "the-callers")
    same(answer.head.lower().count(b"x-correlator:"), 1)
    crm.reply(201, GOOD, Location="/base/item/2")
    same(item("POST", body={"name": "a"}).headers["Location"], "/items/v1/item/2")


def test_answers_against_their_type():
    for body in ({"id": "1"}, {"id": 1, "name": "a"}, {"id": "1", "name": "abcdef"}, [], "text",
                 {"id": "1", "name": "a", "tags": {}}, None, {"id": "1", "name": "a", "size": "1"},
                 {"id": "1", "name": "a", "secret": "writeOnly"}):
        crm.reply(200, body)
        answer = item("GET", "/item/1?need=x")
        same((body, answer.status, answer.json["code"]), (body, 502, "BACKEND_INVALID"))
        same("abcdef" in answer.text, False)


def test_answers_that_are_good():
    crm.reply(200, b'{"id":"\\u0041","name":"\\ud83d\\ude00","more":[{"x":null}],"size":1.50}')
    answer = item("GET", "/item/1?need=x")
    same(answer.body.decode(), '{"id":"A","name":"\U0001f600","more":[{"x":null}],"size":1.50}')
    same(answer.headers["Content-Type"], "application/json")
    for text in (b"[]", b'[{"id":"1","name":"a"}]'):
        crm.reply(200, text)
        same(item("GET").body, text)


def test_numbers_keep_their_digits():
    for number in ("9007199254740993", "100000000000000.01", "1e400", "-0.0", "1E+2",
                   "0.1000", "123456789012345678901234567890.5"):
        text = '{"id":"1","name":"a","size":%s}' % number
        crm.reply(201, text)
        answer = item("POST", body='{"name":"a","size":%s}' % number, media="application/json")
        same((answer.body.decode(), crm.requests[-1].body.decode()),
             (text, '{"name":"a","size":%s}' % number))


def test_merge_patch_keeps_null():
    crm.reply(200, GOOD)
    answer = item("PATCH", body=b'{"name":null}', media="application/merge-patch+json")
    seen = crm.wait()
    same((answer.status, seen.method, seen.body), (200, "PATCH", b'{"name":null}'))
    same(seen.headers["Content-Type"], "application/merge-patch+json")
    same(item("PATCH", body=b"{}", media="application/json").status, 415)


def test_no_content():
    for status, body in ((204, b""), (200, b"{}"), (200, b"")):
        crm.reply(status, body)
        answer = item("DELETE")
        same((answer.status, answer.body, "Content-Type" in answer.headers), (204, b"", False))


def test_head_asks_for_the_same():
    crm.reply(200, GOOD)
    answer = item("HEAD", "/item/1?need=x")
    same((answer.status, answer.body, crm.wait().target), (200, b"", "/base/item/1?n=5&need=x"))
    same(int(answer.headers["Content-Length"]), len(item("GET", "/item/1?need=x").body))
    same(item("HEAD", "/item/1").status, 400)


def test_what_the_backend_refuses():
    statuses = {400: 400, 404: 404, 409: 409, 422: 422, 429: 429, 401: 502, 403: 502, 302: 502,
                500: 502, 503: 503, 418: 502}
    for status, told in statuses.items():
        crm.reply(status, {"error": "internal words"}, Location="http://internal/")
        answer = item("GET", "/item/1?need=x")
        same((status, answer.status, answer.json["status"]), (status, told, told))
        same("internal" in str(answer), False)


def test_published():
    answer = gateway.get("/openapi/items/v1.json", prefix=False)
    printed = telgate("export", "openapi", "items/v1", "-c", gateway.path("telgate.yaml"))
    same((answer.status, answer.text.strip()), (200, printed.stdout.strip()))
    same("x-telgate" in answer.text or str(crm.port) in answer.text, False)
    document = json.loads(answer.text)
    same((document["openapi"][:3], document["info"]["version"]), ("3.1", "1.2.3"))
    same(sorted(document["paths"]), ["/item", "/item/{id}"])
    index = gateway.get("/", prefix=False).json["apis"]
    same([(api["name"], api["path"], api["openapi"]) for api in index],
         [("test/v1", "/v1", "/openapi/test/v1.json"),
          ("items/v1", "/items/v1", "/openapi/items/v1.json")])


def test_an_optional_body_and_an_empty_one():
    crm.choose(lambda request: http(200, GOOD))
    same([item("PATCH").status, "Content-Type" in crm.wait().headers], [200, False])
    same(item("GET", body=b"{}", media="application/json").status, 400)
