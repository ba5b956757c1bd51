# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP as it comes from outside: malformed, too much, too slow, or merely rare."""

import time

from harness import SLOW, Backend, Gateway, http, parallel, same

ITEM = """
    {get: {operationId: get%(name)s, security: [], x-telgate: {call: crm, errors: %(errors)s},
      parameters: [{name: n, in: query, schema: {type: integer, maximum: 9}},
                   {name: kind, in: header, schema: {type: string}}],
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}},
     post: {operationId: make%(name)s, security: [], x-telgate: {call: crm, errors: %(errors)s},
      requestBody: {required: true, content: {application/json: {schema: {type: object,
        properties: {a: {type: object, properties: {b: {type: array, items: {type: integer}}}}}}}}},
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}}}
"""
DIALECTS = {"problem": "/p", "tmf": "/t", "camara": "/c"}
LIMITS = {"header": "4KB", "headers": 20, "uri": "1KB", "body": "64KB"}

crm = Backend()
gateway = Gateway("\n".join(f"{path}: " + ITEM % {"name": errors, "errors": errors}
                            for errors, path in DIALECTS.items()),
                  {"limits": LIMITS, "timeouts": {"operation": "1s"}}, crm=crm)
GOOD = b"GET /v1/p HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /v1/p HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


def good():
    """Whatever came before, one good call works."""
    same(gateway.raw(GOOD).status, 200)


def refused(status, data, dialect=True):
    """The answer has this status and a problem in it; nothing reached the backend."""
    seen = len(crm.requests)
    answer = gateway.raw(data)
    same((answer and answer.status, len(crm.requests)), (status, seen))
    if dialect:
        same(answer.json["status"], status)
    good()
    return answer


def test_request_lines_that_are_none():
    for line in (b"GET", b"GET /v1/p", b"GET  /v1/p HTTP/1.1", b"GET /v1/p HTTP/1.1 x",
                 b"G=T /v1/p HTTP/1.1", b"GET v1/p HTTP/1.1", b"GET /v1/p HTTP/x",
                 b"GET /v1/\x01p HTTP/1.1", b"GET /v1/p?a=%zz HTTP/1.1", b"GET /v1/p#a HTTP/1.1",
                 b"GET http://a/v1/p HTTP/1.1", b"GET /v1/p\tHTTP/1.1"):
        answer = gateway.raw(line + b"\r\nHost: a\r\n\r\n")
        if answer is not None or line not in (b"GET", b"GET /v1/p"):
            same((line, answer and answer.status), (line, 400))
        good()


def test_heads_that_are_refused():
    for fields in (b"Host: a\r\nHost: b\r\n", b"Accept: */*\r\n", b"Host: a/b\r\n", b"Host:\r\n",
                   b"Host: a\r\nX-A: b\r\n c\r\n", b"Host: a\r\nX-A: b\n",
                   b"Host: a\r\nX-A: b\0c\r\n",
                   b"Host: a\r\nX A: b\r\n", b"Host: a\r\nX-A : b\r\n", b"Host: a\r\n: b\r\n",
                   b"Host: a\r\nX-A: \x01\r\n", b"Host: a\r\nNoColon\r\n", b" Host: a\r\n"):
        answer = gateway.raw(b"GET /v1/p HTTP/1.1\r\n" + fields + b"\r\n")
        same((fields, answer and answer.status), (fields, 400))
        good()


def test_framing_that_is_ambiguous():
    for fields in (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
                   b"Content-Length: 2\r\nContent-Length: 2\r\n",
                   b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: 2, 2\r\n",
                   b"Content-Length: +2\r\n", b"Content-Length: -2\r\n", b"Content-Length: 2 \n",
                   b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"):
        answer = gateway.raw(POST + fields + b"\r\n{}")
        same((fields, answer and answer.status), (fields, 400))
        good()
    refused(501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")
    refused(413, POST + b"Content-Length: 99999999999999999999\r\n\r\n{}", False)


def test_a_malformed_head_ends_the_connection():
    with gateway.connect() as c:
        c.send(b"GET /v1/p HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 44\r\n\r\n")
        c.send(b"GET /v1/p HTTP/1.1\r\nHost: smuggled\r\n\r\n")
        same((c.read().status, c.at_end()), (400, True))


def test_too_much_of_everything():
    refused(414, b"GET /v1/p?n=" + b"1" * 1500 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
    refused(431, b"GET /v1/p HTTP/1.1\r\nHost: a\r\n" + b"X-A: b\r\n" * 30 + b"\r\n")
    refused(431, b"GET /v1/p HTTP/1.1\r\nHost: a\r\nX-A: " + b"b" * 4500 + b"\r\n\r\n")
    refused(431, b"GET /v1/p HTTP/1.1\r\nHost: a\r\nX-A: " + b"b" * 60000 + b"\r\n\r\n", False)
    refused(414, b"GET /v1/p?n=" + b"1" * 60000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", False)


def test_a_body_over_the_limit():
    refused(413, POST + b"Content-Length: 70000\r\n\r\n")
    refused(413, POST + b"Content-Length: 70000\r\n\r\n" + b" " * 70000)
    refused(413, POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"4000\r\n" + b" " * 0x4000 +
            (b"\r\n4000\r\n" + b" " * 0x4000) * 4 + b"\r\n0\r\n\r\n")


def test_chunks_that_are_none():
    for chunks in (b"x\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n",
                   b"ffffffffffffffffff\r\n{}", b"2\r\n{}x\r\n0\r\n\r\n"):
        answer = gateway.raw(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        same((chunks, answer is None or answer.status in (400, 413)), (chunks, True))
        good()
    same([r.method for r in crm.requests], ["GET"] * 4)


def test_a_chunked_body_is_read():
    answer = gateway.raw(POST + b"Transfer-Encoding: chunked\r\n\r\n"
                         b'2;x="y"\r\n{"\r\n4\r\na":{\r\n3\r\n} }\r\n0\r\nX-T: v\r\n\r\n')
    same((answer.status, crm.wait().body, "X-T" in crm.wait().headers), (200, b'{"a":{}}', False))


def test_expect_100_continue():
    with gateway.connect() as c:
        c.send(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        same(c.read().status, 100)
        same(c.send(b"{}").read().status, 200)
    with gateway.connect() as c:  # refused before it is sent
        c.send(POST.replace(b"application/json", b"text/csv"))
        same(c.send(b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n").read().status, 415)


def test_requests_sent_ahead_are_answered_in_their_order():
    crm.choose(lambda request: http(200, {"n": request.target}))
    with gateway.connect() as c:
        c.send(b"".join(GOOD.replace(b"/p", b"/p?n=%d" % n) for n in range(9)))
        same([c.read().json["n"] for _ in range(9)], [f"/p?n={n}" for n in range(9)])
        body = POST + b"Content-Length: 2\r\n\r\n{}"
        c.send(body + body + GOOD)
        same([c.read().status for _ in range(3)], [200] * 3)


def test_a_head_byte_by_byte():
    with gateway.connect() as c:
        for byte in GOOD:
            c.send(bytes([byte]))
        same(c.read().status, 200)


def test_http_1_0():
    with gateway.connect() as c:
        answer = c.send(b"GET /v1/p HTTP/1.0\r\n\r\n").read()
        same((answer.status, c.at_end()), (200, True))


def test_head_and_options():
    crm.reply(200, {"a": 1})
    answer = gateway.request("HEAD", "/p")
    same((answer.status, answer.body, answer.headers["Content-Length"]), (200, b"", "7"))
    answer = gateway.request("HEAD", "/nothing")
    same((answer.status, answer.body), (404, b""))
    answer = gateway.request("OPTIONS", "/p")
    same((answer.status, sorted(answer.headers["Allow"].split(", "))),
         (204, ["GET", "HEAD", "OPTIONS", "POST"]))


def test_what_is_not_there():
    for target in ("/v1", "/v1/", "/v1/p/", "/v1//p", "/v1/p/x", "/v1/./p", "/v1/x/../p", "/V1/p",
                   "/v1/%2e%2e/v1/p", "/v1%2fp", "/metrics", "/healthz", "/v1/p;a=b"):
        answer = gateway.get(target, prefix=False)
        same((target, answer.status), (target, 404))
        same(answer.headers["Content-Type"], "application/problem+json")
    same(gateway.get("/%70").status, 200)


def test_methods_that_are_not_there():
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"):
        answer = gateway.request(method, "/p")
        same((method, answer.status), (method, 405))
        same(sorted(answer.headers["Allow"].split(", ")), ["GET", "HEAD", "OPTIONS", "POST"])
    same(gateway.request("CONNECT", "a:80", prefix=False).status, 400)


def test_negotiation():
    same(gateway.get("/p", headers={"Accept": "text/html"}).status, 406)
    same(gateway.get("/p", headers={"Accept": "application/json;q=0"}).status, 406)
    same(gateway.get("/p", headers={"Accept": "text/html, application/*;q=0.1"}).status, 200)
    same(gateway.post("/p", b"a", media="text/plain").status, 415)
    same(gateway.post("/p", b"{}", media="application/json; charset=utf-8").status, 200)
    same(gateway.post("/p", b"", media="application/json").status, 400)
    same([gateway.get(path, headers={"Accept": "a/b"}).status for path in DIALECTS.values()],
         [406] * 3)


def test_unknown_and_doubled_parameters():
    same(gateway.get("/p?m=1").status, 400)
    same(gateway.get("/p?n=1&n=2").status, 400)
    same(gateway.get("/p?n=10").status, 400)
    same(gateway.get("/p?n=%31").status, 200)
    same(gateway.get("/p?").status, 200)


def test_correlator():
    answer = gateway.get("/p", headers={"x-correlator": "a-1:b"})
    same((answer.headers["X-Correlator"], crm.wait().headers["x-correlator"]), ("a-1:b",) * 2)
    same(gateway.wait_log(correlator="a-1:b")["status"], 200)
    made = gateway.get("/nothing").headers["X-Correlator"]
    same(gateway.wait_log(correlator=made)["status"], 404)
    for bad in ("a b", "a" * 257, 'a"b', "\xe4"):
        answer = gateway.get("/p", headers={"x-correlator": bad})
        same((bad, answer.status, bad in answer.headers["X-Correlator"]), (bad, 400, False))


BODIES = {  # what is sent: where the answer says that it is wrong
    b'{"a":{},"a":{}}': "", b'{"a":"\0"}': "", b'{"a":"\\u0000"}': "/a", b"[" * 10000: "",
    b'{"a":' * 10000: "", b"{}x": "", b"{} {}": "", b"{'a':1}": "", b'{"a":01}': "", b"nul": "",
    b'{"a":NaN}': "", b'{"a":"\xff"}': "", b"\xef\xbb\xbf{}": "", b'{"a":"\\ud800"}': "",
    b'{"a":{"b":[1,2,"3"]}}': "/a/b/2", b'{"a":[]}': "/a", b"[]": ""}


def test_bodies_that_are_wrong_in_each_dialect():
    crm.clear()
    for dialect, path in DIALECTS.items():
        for body, pointer in BODIES.items():
            answer = gateway.post(path, body, media="application/json")
            same((body[:30], answer.status), (body[:30], 400))
            told = answer.json
            same((body[:30], pointer in told.get("pointer", told.get("message", ""))),
                 (body[:30], True))
            same(told["status"], "400" if dialect == "tmf" else 400)
    same(crm.requests, [])
    good()


def test_each_dialect_in_its_own_words():
    told = {name: gateway.post(path, b'{"a":1}', media="application/json").json
            for name, path in DIALECTS.items()}
    same((told["problem"]["title"], told["problem"]["pointer"]), ("Body against its type", "/a"))
    same((told["tmf"]["code"], told["tmf"]["@type"], "/a" in told["tmf"]["message"]),
         ("24", "Error", True))
    same((told["camara"]["code"], "/a" in told["camara"]["message"]), ("INVALID_ARGUMENT", True))


def test_a_body_that_never_comes():
    def slow(pieces):
        with gateway.connect() as c:
            c.send(POST + b"Content-Length: 100\r\n\r\n")
            for _ in range(pieces):
                c.send(b" ")
                time.sleep(0.1 * SLOW)
            return c.read().status

    same(parallel(lambda: slow(0), lambda: slow(1), lambda: slow(5)), [408] * 3)
    good()


def test_a_caller_that_only_connects_or_leaves_half_way():
    for data in (b"", b"GET", GOOD[:-2], POST + b"Content-Length: 100\r\n\r\n{"):
        with gateway.connect() as c:
            c.send(data)
    good()
