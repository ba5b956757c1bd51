# SPDX-License-Identifier: GPL-2.0-or-later
"""WS-Addressing: what a request's headers change in its answer, and which are refused."""

import wss
from harness import Backend, Gateway, request_bytes, same
from lxml import etree

WSA = "http://www.w3.org/2005/08/addressing"
ANSWER = "urn:telgate:test/v1:TestPortType:getThingResponse"
CALL = '<getThing xmlns="urn:telgate:test/v1"/>'
crm = Backend()
gateway = Gateway("""
  /thing:
    get:
      operationId: getThing
      security: []
      x-telgate: {call: crm}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}
""", crm=crm)


def send(header, version="1.1", body=CALL):
    with gateway.connect() as c:
        c.send(request_bytes("POST", "/soap/test/v1", [("Content-Type", wss.MEDIA[version])],
                             wss.envelope(body, header, version).encode()))
        answer = c.read()
    tree = etree.fromstring(answer.body)
    header = tree.find("{*}Header")
    found = {node.tag: node.text for node in (header if header is not None else [])}
    return answer, {tag.replace("{%s}" % WSA, ""): text for tag, text in found.items()}


def wsa(local, text, more=""):
    return f'<a:{local} xmlns:a="{WSA}" {more}>{text}</a:{local}>'


def endpoint(local, address, more=""):
    return wsa(local, f"<a:Address>{address}</a:Address>", more)


MUST = 'e:mustUnderstand="1"'
GOOD = (wsa("MessageID", "urn:uuid:1&amp;2", MUST) + wsa("To", "http://here", MUST) +
        wsa("Action", "urn:telgate:test/v1#getThing", MUST) +
        endpoint("ReplyTo", WSA + "/anonymous", MUST) +
        endpoint("FaultTo", " " + WSA + "/anonymous\n") + endpoint("From", "http://me"))


def test_an_answer_refers_to_its_request():
    for version in ("1.1", "1.2"):
        answer, header = send(GOOD, version)
        same((answer.status, header), (200, {"Action": ANSWER, "RelatesTo": "urn:uuid:1&2"}))
        answer, header = send(wsa("Action", "x"), version)
        same((answer.status, list(header)), (200, ["Action"]))
        same(send("", version)[1], {})


def test_a_fault_does_too():
    for version in ("1.1", "1.2"):
        _, header = send(GOOD, version, '<noThing xmlns="urn:telgate:test/v1"/>')
        same(header, {"Action": WSA + "/soap/fault", "RelatesTo": "urn:uuid:1&2"})
    _, header = send(GOOD + '<x:y xmlns:x="urn:x" e:mustUnderstand="1"/>', "1.2")
    same((header["RelatesTo"], "{%s}NotUnderstood" % wss.SOAP["1.2"] in header),
         ("urn:uuid:1&2", True))


def test_other_addresses_are_refused():
    for local in ("ReplyTo", "FaultTo"):
        for address in ("http://evil.example/", WSA + "/none", ""):
            for version in ("1.1", "1.2"):
                answer, header = send(wsa("MessageID", "m") + endpoint(local, address), version)
                same((answer.status, header["Action"], header["RelatesTo"]),
                     (500 if version == "1.1" else 400, WSA + "/fault", "m"))
                for part in ("a:OnlyAnonymousAddressSupported", f">a:{local}<"):
                    same((part, part in answer.text or answer.text), (part, True))
    same(crm.requests, [])


def test_headers_for_others_are_none_of_ours():
    actor = 'e:actor="urn:somebody"'
    answer, header = send(endpoint("ReplyTo", "http://evil.example/", actor) +
                          wsa("MessageID", "m", actor))
    same((answer.status, header), (200, {}))


def test_security_that_is_not_configured():
    block = wss.security(wss.password("user", "password"))
    answer, _ = send(block)
    same((answer.status, "<faultcode>e:MustUnderstand<" in answer.text), (500, True))
    same((send(block.replace("mustUnderstand", "x"))[0].status), 200)
    answer, header = send(block, "1.2")
    same((answer.status, "{%s}NotUnderstood" % wss.SOAP["1.2"] in header), (500, True))


def test_headers_that_come_twice():
    answer, _ = send(wsa("MessageID", "a") + wsa("MessageID", "b"))
    same((answer.status, "is there twice" in answer.text), (500, True))
