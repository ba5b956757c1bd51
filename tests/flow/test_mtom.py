# SPDX-License-Identifier: GPL-2.0-or-later
"""MTOM on the SOAP face, in and out, and in the answers of a SOAP backend."""

import base64
import os
import re

from harness import Backend, Gateway, http, same

ENVELOPE = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/",
            "1.2": "http://www.w3.org/2003/05/soap-envelope"}

XOP = "http://www.w3.org/2004/08/xop/include"
DOCUMENT = "{type: object, required: [data], properties: {name: {type: string}, " \
           "data: {type: string, format: byte}, more: {type: array, items: {type: string, " \
           "format: byte}}}}"
PHOTO = bytes(range(256)) * 3 + b"\r\n--telgate\r\n"
with open(os.path.join(os.path.dirname(__file__), "shop.wsdl"), encoding="utf-8") as _file:
    SHOP = _file.read().replace('"PayResponse" type="x:decimal"',
                                '"PayResponse" type="x:base64Binary"')

rest, soap = Backend(), Backend()
gateway = Gateway("""
  /documents:
    post:
      operationId: putDocument
      security: []
      x-telgate: {call: rest}
      requestBody: {required: true, content: {application/json: {schema: %s}}}
      responses: {'200': {description: d, content: {application/json: {schema: %s}}}}
  /pay:
    post:
      operationId: pay
      security: []
      x-telgate: {call: soap Pay, request: {'@type': Card, Amount: 1, Pan: '4'},
        response: {photo: "$response.body#/$value"}}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object,
        properties: {photo: {type: string, format: byte}}}}}}}""" % (DOCUMENT, DOCUMENT),
                  x_telgate={"name": "docs", "backends": {
                      "rest": {"url": rest.url}, "soap": {"wsdl": "shop.wsdl", "url": soap.url}}},
                  files={"shop.wsdl": SHOP})


def include(cid, inner=""):
    return f'<x:Include xmlns:x="{XOP}" href="cid:{cid}">{inner}</x:Include>'


def envelope(inner, version="1.1"):
    return (f'<e:Envelope xmlns:e="{ENVELOPE[version]}"><e:Body><putDocument '
            f'xmlns="urn:telgate:docs"><body>{inner}</body></putDocument></e:Body></e:Envelope>')


def package(root, parts=(), media="text/xml", start=True):
    """An MTOM message: its Content-Type and its bytes."""
    said = [(b'Content-Type: application/xop+xml; charset=UTF-8; type="%s"\r\nContent-ID: <root@a>'
             % media.encode(), root.encode())]
    said += [(b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <%s>"
              % name.encode(), data) for name, data in parts]
    body = b"".join(b"--MIME_b\r\n%s\r\n\r\n%s\r\n" % part for part in said) + b"--MIME_b--\r\n"
    return (f'multipart/related; boundary="MIME_b"; type="application/xop+xml"; '
            f'start-info="{media}"' + ('; start="<root@a>"' if start else ""), body)


def call(media, body, **headers):
    fields = [("Content-Type", media)] + list(headers.items())
    return gateway.request("POST", "/soap/docs", body, headers=fields, prefix=False)


def unpack(answer):
    """The root and the other parts by id."""
    boundary = re.search(r'boundary="([^"]+)"', answer.headers["Content-Type"])[1].encode()
    parts = {}
    for part in answer.body.split(b"--" + boundary)[1:-1]:
        head, body = part.split(b"\r\n\r\n", 1)
        parts[re.search(rb"Content-ID: <([^>]+)>", head)[1].decode()] = body[:-2]
    return parts.pop("root@telgate").decode(), parts


def echo():
    rest.choose(lambda request: http(200, request.body))


def test_in_and_out():
    for version, media in (("1.1", "text/xml"), ("1.2", "application/soap+xml")):
        echo()
        inner = f"<data>{include('p@a')}</data><more>{include('q%40a')}</more><more>AAEC</more>"
        answer = call(*package(envelope(inner, version), [("p@a", PHOTO), ("q@a", b"x")], media))
        same(rest.wait().body.decode(), '{"data":"%s","more":["eA==","AAEC"]}' %
             base64.b64encode(PHOTO).decode())
        kind = answer.headers["Content-Type"]
        same((answer.status, 'type="application/xop+xml"' in kind,
              f'start-info="{media}"' in kind), (200, True, True))
        root, parts = unpack(answer)
        same(parts, {"1@telgate": PHOTO, "2@telgate": b"x", "3@telgate": b"\0\1\2"})
        same(re.findall('href="cid:([^"]+)"', root), ["1@telgate", "2@telgate", "3@telgate"])
        same(ENVELOPE[version] in root, True)


def test_out_where_the_accept_asks():
    echo()
    plain = envelope("<data>AAEC</data>")
    same(call("text/xml", plain).headers["Content-Type"], "text/xml; charset=utf-8")
    same(call("text/xml", plain, Accept="text/xml, multipart/related").headers["Content-Type"],
         "text/xml; charset=utf-8")
    answer = call("text/xml", plain, Accept='multipart/related; type="application/xop+xml"')
    same(unpack(answer)[1], {"1@telgate": b"\0\1\2"})


def test_blanks_around_an_include():
    echo()
    answer = call(*package(envelope(f"<data>\n {include('p', ' ')}\n </data>"), [("p", b"abc")]))
    same((answer.status, rest.wait().body), (200, b'{"data":"YWJj"}'))
    answer = call(*package(envelope("<data/>"), start=False))
    same((answer.status, unpack(answer)[1]), (200, {}))


def test_references_that_are_none():
    one = [("p", b"abc")]
    for inner, told in (
            (f"<data>{include('nothing')}</data>", "names no MIME part"),
            (f"<data>{include('root@a')}</data>", "names the root part"),
            (f"<data>{include('p')}</data><more>{include('p')}</more>", "for the second time"),
            (f"<data>{include('p')}{include('p')}</data>", "no binary can be"),
            (f"<data>AAEC{include('p')}</data>", "no binary can be"),
            (f"<name>{include('p')}</name><data/>", "no binary can be"),
            (f"<data/>{include('p')}", "no binary can be"),
            (f'<data><x:Include xmlns:x="{XOP}"/></data>', "names no MIME part"),
            (f'<data><x:Include xmlns:x="{XOP}" href="http://a/p"/></data>', "names no MIME part")):
        answer = call(*package(envelope(inner), one))
        root, parts = unpack(answer)
        same((inner, answer.status, told in root, ":Client<" in root, parts),
             (inner, 500, True, True, {}))
    same(rest.requests, [])


def test_packages_that_are_none():
    media, body = package(envelope("<data/>"))
    for media, body, told in (
            (media, body[:-12], "has no end"), (media, b"", "has no part"),
            (media, b"\0" * 1000, "has no part"),
            (media.replace("MIME_b", "other"), body, "has no part"),
            (media.replace("root@a", "b"), body, "`start` names"),
            (media.replace('boundary="MIME_b"; ', ""), body, "boundary"),
            (media, body.replace(b"UTF-8", b"latin1"), "UTF-8"),
            (media, body.replace(b"application/xop+xml; ch", b"text/xml; ch"), "root part"),
            (media, body.replace(b"<e:Body>", b"<e:Body>\0"), "XML")):
        answer = call(media, body)
        same((told, answer.status, told in answer.text), (told, 500, True))
    same(call('multipart/related; boundary=a; type="text/xml"', b"--a\r\n").status, 415)
    same(rest.requests, [])


def test_text_where_no_package_is():
    """Without MTOM an Include is an element like any other."""
    answer = call("text/xml", envelope(f"<data>{include('p')}</data>"))
    same((answer.status, "not expected" in answer.text), (500, True))


def test_a_backend_that_answers_by_mtom():
    def paid(cid):
        return (f'<e:Envelope xmlns:e="{ENVELOPE["1.1"]}"><e:Body><o:PayResponse '
                f'xmlns:o="urn:example:orders">{include(cid)}</o:PayResponse></e:Body>'
                "</e:Envelope>")

    for cid, want in (("p", (200, {"photo": PHOTO})), ("q", (502, None))):
        media, body = package(paid(cid), [("p", PHOTO)])
        soap.play(http(200, body, media))
        answer = gateway.post("/pay", None)
        got = {"photo": base64.b64decode(answer.json["photo"])} if want[1] else None
        same((answer.status, got), want)
