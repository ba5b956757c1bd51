# SPDX-License-Identifier: GPL-2.0-or-later
"""Envelopes from callers that mean harm: each is a clear fault of its version, and nothing else:
no call to the backend, nothing of the file system, no time. (Answers of backends: test_soap.py;
MTOM: test_mtom.py.)"""

import time

from harness import SLOW, Backend, Gateway, http, same

ENVELOPE = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/",
            "1.2": "http://www.w3.org/2003/05/soap-envelope"}
MEDIA = {"1.1": "text/xml", "1.2": "application/soap+xml"}

backend = Backend()
gateway = Gateway("""
  /note:
    post:
      operationId: putNote
      security: []
      x-telgate: {call: one}
      requestBody: {required: true, content: {application/json: {schema: {type: object,
        required: [text], properties: {text: {type: string}, free: {type: object},
          tags: {type: array, maxItems: 10, items: {type: string}}}}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}
""", {"limits": {"body": "2MB"}},
                  x_telgate={"name": "note", "backends": {"one": {"url": backend.url}}})
NOTE = '<putNote xmlns="urn:telgate:note"><body><text>%s</text>%s</body></putNote>'
BOMB = ("<!DOCTYPE e:Envelope [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9)) + "]>")


def envelope(version, body=NOTE % ("x", ""), before="", header="", after=""):
    return (f'{before}<e:Envelope xmlns:e="{ENVELOPE[version]}">{header}<e:Body>{body}</e:Body>'
            f"{after}</e:Envelope>")


def hostile(version):
    """What is wrong, the message, and a word of what is told."""
    def make(**parts):
        return envelope(version, **parts)

    good = make()
    yield "doctype", make(before="<!DOCTYPE e:Envelope>"), "DOCTYPE"
    yield "bomb", make(before=BOMB, body=NOTE % ("&j;", "")), "DOCTYPE"
    yield "external entity", make(before="<!DOCTYPE e [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
                                  body=NOTE % ("&x;", "")), "DOCTYPE"
    yield "external subset", make(before=f"<!DOCTYPE e SYSTEM '{backend.url}/x.dtd'>"), "DOCTYPE"
    yield "entity", make(body=NOTE % ("&x;", "")), "XML"
    yield "instruction", make(before="<?xml-stylesheet href='x'?>"), "processing instruction"
    yield "deep", make(body=NOTE % ("x", "<free>" + "<a>" * 9000 + "</a>" * 9000 + "</free>")), \
        "deep"
    yield "deep in nothing", make(body="<a>" * 100000), "deep"
    yield "siblings in the body", make(body="<a/>" * 5000), "unknown elements"
    yield "siblings in the header", \
        make(header="<e:Header>" + "<x:a xmlns:x='urn:x'/>" * 5000 + "</e:Header>"), "unknown"
    yield "siblings in the operation", make(body=NOTE % ("x", "<a/>" * 5000)), "not expected"
    yield "siblings of a list", make(body=NOTE % ("x", "<tags>t</tags>" * 5000)), "at most 10"
    yield "siblings of free names", \
        make(body=NOTE % ("x", "<free>" + "".join(f"<a{n}/>" for n in range(5000)) + "</free>")), \
        "different"
    yield "attributes", make(body="<a " + " ".join(f'a{n}="1"' for n in range(5000)) + "/>"), \
        "attributes"
    yield "namespaces", make(body="".join(f'<a xmlns:p{n}="urn:{n}">' for n in range(600))), "XML"
    yield "unbound prefix", make(body="<x:putNote/>"), "prefix"
    yield "unbound attribute", make(body='<putNote xmlns="urn:telgate:note" x:a="1"/>'), "prefix"
    yield "trailing element", good + "<x/>", "XML"
    yield "trailing text", good + "x", "XML"
    yield "trailing nul", good + "\0", "XML"
    yield "second envelope", good + good, "XML"
    yield "two bodies", make(after="<e:Body/>"), "twice"
    yield "two headers", make(header="<e:Header/><e:Header/>"), "twice"
    yield "two operations", make(body=(NOTE % ("x", "")) * 2), "twice"
    yield "an operation and more", make(body=NOTE % ("x", "") + "<a/>"), "one element"
    yield "nothing", make(body=""), "Body"
    yield "no body", f'<e:Envelope xmlns:e="{ENVELOPE[version]}"/>', "Body"
    yield "another element", make(after="<e:Foot/>"), "not expected"
    yield "a member twice", make(body=NOTE % ("x", "<text>y</text>")), "twice"
    yield "no operation", make(body="<a xmlns='urn:telgate:note'/>"), "no operation"
    yield "control character", make(body=NOTE % ("&#1;", "")), "XML"
    yield "encoding", "<?xml version='1.0' encoding='UTF-7'?>" + good, "encod"
    yield "cut", good[:-9], "XML"
    yield "empty", "", "XML"
    yield "no XML", "{}", "XML"


def call(version, text):
    return gateway.request("POST", "/soap/note", text, media=MEDIA[version], prefix=False)


def test_each_is_a_fault():
    for version, status, code in (("1.1", 500, ":Client<"), ("1.2", 400, ":Sender<")):
        for what, text, told in hostile(version):
            begun = time.monotonic()
            answer = call(version, text)
            took = time.monotonic() - begun
            same((version, what, answer.status, code in answer.text, "Fault>" in answer.text),
                 (version, what, status, True, True))
            same((what, told, "root:" in answer.text, took < 1 * SLOW),
                 (what, told if told in answer.text else answer.text, False, True))
    same(backend.requests, [])


def test_bytes_that_are_no_text():
    for version in ENVELOPE:
        for junk in (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"):
            text = envelope(version).encode().replace(b"<text>x", b"<text>" + junk)
            answer = call(version, text)
            same((junk, answer.status in (400, 500), "Fault>" in answer.text), (junk, True, True))
    same(backend.requests, [])


def test_what_is_not_an_envelope_of_ours():
    answer = call("1.1", '<e:Envelope xmlns:e="urn:soap"><e:Body/></e:Envelope>')
    same((answer.status, "VersionMismatch" in answer.text), (500, True))


def test_the_gateway_is_well_after_all_that():
    backend.reply(200, {})
    for version in ENVELOPE:
        same(call(version, envelope(version)).status, 200)
    same(gateway.rss() < 200_000 * SLOW, True)
