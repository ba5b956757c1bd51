# SPDX-License-Identifier: GPL-2.0-or-later
"""Content-Encoding: gzip, of requests within the body's limit, and of answers that are large."""

import gzip
import json
import zlib

from harness import Backend, Gateway, http, same

ANY = "{'200': {description: d, content: {application/json: {schema: {type: object}}}}}"
BODY = "{required: true, content: {application/json: {schema: {type: object}}}}"

one = Backend()
gateway = Gateway(f"""
  /echo:
    post:
      {{operationId: echo, security: [], requestBody: {BODY}, responses: {ANY}}}
  /small:
    post:
      {{operationId: small, security: [], requestBody: {BODY}, responses: {ANY},
        x-telgate: {{body_limit: 1KB}}}}
  /tagged:
    get:
      operationId: tagged
      security: []
      responses: {{'200': {{description: d, headers: {{ETag: {{schema: {{type: string}}}}}},
        content: {{application/json: {{schema: {{type: object}}}}}}}}}}
  /stream:
    post: {{operationId: stream, security: [], responses: {ANY},
      x-telgate: {{call: null, proxy: one}}}}
""", {"limits": {"body": "64KB"}, "gzip": {"answers": "2KB"}},
                  x_telgate={"name": "packed", "call": "one",
                             "backends": {"one": {"url": one.url}}})
LARGE = {"text": "abc " * 5000}


def post(target, body, coding="gzip", media="application/json", prefix=True, **headers):
    fields = [("Content-Type", media)] + [(k.replace("_", "-"), v) for k, v in headers.items()]
    fields += [("Content-Encoding", coding)] if coding else []
    return gateway.request("POST", target, body, headers=fields, prefix=prefix)


def echo():
    one.choose(lambda request: http(200, request.body))


def test_requests():
    echo()
    text = json.dumps(LARGE).encode()
    for body, coding in ((gzip.compress(text), "gzip"), (gzip.compress(text), "X-GZIP"),
                         (gzip.compress(text[:100]) + gzip.compress(text[100:]), "gzip"),
                         (text, "identity"), (text, "")):
        answer = post("/echo", body, coding)
        same((coding, answer.status, answer.json), (coding, 200, LARGE))
        same(json.loads(one.wait().body), LARGE)
        same("Content-Encoding" in one.wait().headers, False)


def test_every_face():
    echo()
    envelope = ('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><echo '
                'xmlns="urn:telgate:packed"><body><a>1</a></body></echo></e:Body></e:Envelope>')
    answer = post("/soap/packed", gzip.compress(envelope.encode()), media="text/xml", prefix=False)
    same((answer.status, "<a>1</a>" in answer.text), (200, True))
    question = gzip.compress(b'{"query": "{ __typename }"}')
    same(post("/graphql", question, prefix=False).json, {"data": {"__typename": "Query"}})


def test_requests_that_are_refused():
    bomb = gzip.compress(b'{"a":"' + b"x" * 50_000_000 + b'"}')
    good = gzip.compress(b"{}")
    for target, body, status in (("/echo", bomb, 413), ("/echo", good[:-4], 400),
                                 ("/echo", good + b"junk", 400), ("/echo", b"{}", 400),
                                 ("/echo", zlib.compress(b"{}"), 400),
                                 ("/echo", good[:10] + b"\xff" * 20, 400),
                                 ("/small", gzip.compress(b'{"a":"' + b"x" * 2000 + b'"}'), 413)):
        answer = post(target, body)
        same((len(body), answer.status), (len(body), status))
        same("application/problem+json" in answer.headers["Content-Type"], True)
    answer = post("/soap/packed", bomb, media="text/xml", prefix=False)
    same((answer.status, "<status>413</status>" in answer.text), (500, True))
    for coding in ("br", "deflate", "gzip, gzip"):
        answer = post("/echo", good, coding)
        same((coding, answer.status, answer.headers["Accept-Encoding"]), (coding, 415, "gzip"))
    same((one.requests, gateway.rss() < 200_000), ([], True))


def test_answers():
    echo()
    for accept, packed in (("gzip", True), ("br;q=1.0, GZIP;q=0.5", True), ("*", True),
                           ("gzip;q=0", False), ("gzip; q=0.000, *", False), ("br", False),
                           ("", False)):
        answer = post("/echo", json.dumps(LARGE), "", Accept_Encoding=accept)
        same((accept, answer.headers.get("Content-Encoding")), (accept, "gzip" if packed else None))
        same(answer.headers["Vary"], "Accept-Encoding")
        text = gzip.decompress(answer.body) if packed else answer.body
        same(json.loads(text), LARGE)
        same(packed, len(answer.body) < 1000)


def test_answers_that_stay_as_they_are():
    one.choose(lambda request: http(200, LARGE, ETag='"x"'))
    answer = gateway.get("/tagged", headers=[("Accept-Encoding", "gzip")])
    same((answer.headers["ETag"], answer.headers.get("Content-Encoding")), ('"x"', None))
    echo()
    answer = post("/echo", "{}", "", Accept_Encoding="gzip")
    same((answer.body, answer.headers.get("Vary")), (b"{}", None))
    noise = {"text": "".join(chr(0x4E00 + i * 7919 % 20000) for i in range(2000))}
    answer = post("/echo", json.dumps(noise, ensure_ascii=False), "", Accept_Encoding="gzip")
    same(json.loads(gzip.decompress(answer.body) if "Content-Encoding" in answer.headers
                    else answer.body), noise)


def test_streams_are_not_touched():
    echo()
    body = gzip.compress(json.dumps(LARGE).encode())
    answer = post("/stream", body, Accept_Encoding="gzip")
    same((answer.status, answer.body), (200, body))
    same(one.wait().headers["Content-Encoding"], "gzip")
