# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages to SOAP backends: UsernameToken, X.509 signatures that libxmlsec verifies, addressing,
and header parts of the WSDL that the mapping fills."""

import base64
import datetime
import hashlib
import subprocess

import wss
import xmlsec
from certificates import FOLDER, certificate, path, text
from harness import Backend, Gateway, http, same, telgate
from lxml import etree

certificate("ec", "gateway", None)
subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "rsa.key",
                "-out", "rsa.pem", "-subj", "/CN=gateway"], cwd=FOLDER, check=True,
               capture_output=True)
WSA = "http://www.w3.org/2005/08/addressing"
WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="%s" xmlns:b="urn:b"
  xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b">
 <types><x:schema targetNamespace="urn:b" elementFormDefault="qualified">
  <x:element name="Pay"><x:complexType><x:sequence><x:element name="Account" type="x:string"/>
   <x:element name="Tag" type="x:string" minOccurs="0" maxOccurs="unbounded"/>
  </x:sequence></x:complexType></x:element>
  <x:element name="PayResponse"><x:complexType/></x:element>
  <x:element name="Session"><x:complexType><x:sequence><x:element name="Id" type="x:string"/>
  </x:sequence></x:complexType></x:element>
 </x:schema></types>
 <message name="In"><part name="p" element="b:Pay"/></message>
 <message name="Out"><part name="p" element="b:PayResponse"/></message>
 <message name="Head"><part name="session" element="b:Session"/></message>
 <portType name="T"><operation name="Pay"><input message="b:In"/><output message="b:Out"/>
 </operation></portType>
 <binding name="B" type="b:T"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="Pay"><s:operation soapAction="%s"/><input><s:body use="literal"/>
   <s:header message="b:Head" part="session" use="literal"/></input>
   <output><s:body use="literal"/></output></operation></binding>
 <service name="S"><port name="P" binding="b:B"><s:address location="http://localhost/"/></port>
 </service></definitions>"""
BINDING = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/",
           "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
PAY = """
  /%(name)s:
    post:
      operationId: %(name)s
      security: []
      x-telgate: {call: %(name)s Pay, request: {Account: $request.body#/account, Tag:
          $request.body#/tags}, headers: {Session: {Id: $request.body#/session}}}
      requestBody: {required: true, content: {application/json: {schema: {type: object,
        required: [account, session], properties: {account: {type: string}, session: {type: string},
          tags: {type: array, items: {type: string}}}}}}}
      responses: {'204': {description: d}}"""
crm = Backend()
BACKENDS = {
    "text": {"auth": {"username_token": "u<ser:pass:word&"}},
    "digest": {"auth": {"username_token": {"credentials": "$secret.crm", "digest": True}}},
    "ec": {"auth": {"x509": {"certificate": "ec.pem", "key": "ec.key"}}, "addressing": True},
    "rsa": {"auth": {"x509": {"certificate": "rsa.pem", "key": "rsa.key"}}},
    "plain": {},
}
VERSIONS = {"text": "1.1", "digest": "1.2", "ec": "1.1", "rsa": "1.2", "plain": "1.1"}
gateway = Gateway(
    "".join(PAY % {"name": name} for name in BACKENDS), {"secrets": {"crm": "user:secret"}},
    x_telgate={"backends": {name: dict(more, url=crm.url + "/in", wsdl=f"{VERSIONS[name]}.wsdl")
                            for name, more in BACKENDS.items()}},
    files=dict({f"{v}.wsdl": WSDL % (BINDING[v], "urn:b/Pay" if v == "1.1" else "")
                for v in BINDING}, **{name: text(name) for name in ("ec.pem", "ec.key", "rsa.pem",
                                                                   "rsa.key")}))


def sent(name, **body):
    """The envelope that the backend got."""
    version = VERSIONS[name]
    crm.play(http(200, f'<e:Envelope xmlns:e="{wss.SOAP[version]}"><e:Body><b:PayResponse '
                       'xmlns:b="urn:b"/></e:Body></e:Envelope>', wss.MEDIA[version]))
    answer = gateway.post(f"/{name}", dict({"account": "1", "session": "s"}, **body))
    same((name, answer.status, answer.text), (name, 204, ""))
    return etree.fromstring(crm.wait().body)


def find(tree, *names):
    for name in names:
        tree = tree.find("{*}" + name)
    return tree


def seconds(text_of_time):
    then = datetime.datetime.fromisoformat(text_of_time.rstrip("Z"))
    return (then - datetime.datetime.utcnow()).total_seconds()


def test_a_plain_message_has_its_header_part_only():
    tree = sent("plain", session="<1>")
    same([node.tag for node in find(tree, "Header")], ["{urn:b}Session"])
    same((find(tree, "Header", "Session", "Id").text, find(tree, "Body").attrib), ("<1>", {}))


def test_a_password():
    tree = sent("text")
    same([etree.QName(node).localname for node in find(tree, "Header")], ["Security", "Session"])
    token = find(tree, "Header", "Security", "UsernameToken")
    same((find(token, "Username").text, find(token, "Password").text), ("u<ser", "pass:word&"))
    same(find(token, "Password").attrib["Type"].endswith("#PasswordText"), True)


def test_a_digest():
    seen = set()
    for _ in range(2):
        token = find(sent("digest"), "Header", "Security", "UsernameToken")
        nonce, created = find(token, "Nonce").text, find(token, "Created").text
        made = hashlib.sha1(base64.b64decode(nonce) + created.encode() + b"secret").digest()
        same((find(token, "Username").text, find(token, "Password").text),
             ("user", base64.b64encode(made).decode()))
        same((find(token, "Password").attrib["Type"].endswith("#PasswordDigest"),
              abs(seconds(created)) < 10), (True, True))
        seen.add(nonce)
    same(len(seen), 2)


def verify(tree, name):
    security = find(tree, "Header", "Security")
    der = base64.b64decode(find(security, "BinarySecurityToken").text)
    key = xmlsec.Key.from_memory(der, xmlsec.KeyFormat.CERT_DER)
    same(der, base64.b64decode("".join(text(f"{name}.pem").split("-----")[2].split())))
    context = xmlsec.SignatureContext()
    context.key = key
    for node in (find(tree, "Body"), find(security, "Timestamp")):
        context.register_id(node, "Id", wss.WSU)
    context.verify(find(security, "Signature"))
    uris = [r.attrib["URI"] for r in security.iter("{*}Reference") if "}Reference" in r.tag]
    same([uri for uri in uris if uri != "#certificate"],
         ["#" + node.attrib[wss.ID] for node in (find(tree, "Body"), find(security, "Timestamp"))])


def test_a_signature():
    for name in ("ec", "rsa"):
        tree = sent(name, account="<&>\"' \u00e9 \t\n", tags=["", " a ", "\r", "]]>"])
        verify(tree, name)
        stamp = find(tree, "Header", "Security", "Timestamp")
        same((abs(seconds(find(stamp, "Created").text)) < 10,
              200 < seconds(find(stamp, "Expires").text) < 310), (True, True))
        find(tree, "Body")[0].attrib["tampered"] = "yes"
        try:
            verify(tree, name)
        except xmlsec.Error:
            continue
        raise AssertionError("a changed message verifies")


def test_addressing():
    tree, ids = None, set()
    for _ in range(2):
        tree = sent("ec")
        ids.add(find(tree, "Header", "MessageID").text)
    header = find(tree, "Header")
    same((find(header, "Action").text, find(header, "To").text,
          find(header, "ReplyTo", "Address").text, len(ids)),
         ("urn:b/Pay", crm.url + "/in", WSA + "/anonymous", 2))
    same(all(i.startswith("urn:uuid:") and len(i) == 45 for i in ids), True)


def test_explain_shows_no_secret():
    told = telgate("explain", "text", "-c", gateway.path("telgate.yaml")).stdout
    same(("u&lt;ser" in told, "***" in told, "pass:word" in told), (True, True, False))


def test_keys_that_do_not_fit():
    for key, what in (("rsa.key", "the key is not the certificate's"), ("no.key", "no key in PEM")):
        other = Gateway(PAY % {"name": "ec"}, x_telgate={"backends": {"ec": {
            "url": crm.url, "wsdl": "1.1.wsdl",
            "auth": {"x509": {"certificate": "ec.pem", "key": key}}}}}, files=gateway.files)
        done = telgate("check", "-c", other.command()[-1])
        same((done.returncode, what in done.stdout + done.stderr), (1, True))
