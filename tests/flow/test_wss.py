# SPDX-License-Identifier: GPL-2.0-or-later
"""WS-Security: each token becomes the same principal; hostile messages are faults, nothing else."""

import base64
import hashlib
import subprocess

import wss
import xmlsec
from certificates import FOLDER, certificate, path, text
from client import Raw
from harness import Backend, Gateway, free_port, request_bytes, same, tls_context
from lxml import etree

certificate("ca", "Test CA", None)
certificate("partner", "partner", None, "ca")
certificate("stranger", "stranger", None, "ca")
certificate("ca2", "Test CA", None)  # another authority of the same name
certificate("forged", "partner", None, "ca2")
certificate("idp", "idp", None)
certificate("idp2", "idp", None)
certificate("idp3", "idp", None)
certificate("front", "localhost", "IP:127.0.0.1", "ca")
TLS_PORT = free_port()
ISSUER, AUDIENCE = "https://idp.example", "https://gateway.example"
CONTRACT = """
  /thing/{id}:
    get:
      operationId: getThing
      security: [{oauth: [read]}]
      x-telgate: {call: crm}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: d, content: {application/json: {schema: {type: object,
        properties: {id: {type: string}}}}}}}
  /write:
    post:
      operationId: write
      security: [{oauth: [write]}]
      x-telgate: {call: crm}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}
  /open:
    get:
      operationId: open
      security: []
      x-telgate: {call: crm}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}"""


def scrypt(secret):
    salt = b"saltsaltsaltsalt"
    made = hashlib.scrypt(secret.encode(), salt=salt, n=1024, r=8, p=1, dklen=32)
    return "$scrypt$ln=10,r=8,p=1$%s$%s" % tuple(base64.b64encode(b).decode().rstrip("=")
                                                 for b in (salt, made))


crm = Backend()
gateway = Gateway(
    CONTRACT,
    {"tls": {"listen": f"127.0.0.1:{TLS_PORT}", "certificate": "front.pem", "key": "front.key"},
     "secrets": {"legacy": "sesame"},
     "wss": {"users": {"text": {"secret_scrypt": scrypt("open"), "client": "partner-text",
                                "scopes": ["read"]},
                       "legacy": {"shared_secret": "$secret.legacy", "scopes": ["read"]}},
             "certificates": {"ca": "ca.pem", "clients": [
                 {"subject": "CN=partner", "client": "partner-x", "scopes": ["read"]}]},
             "assertions": [{"issuer": ISSUER, "certificate": "idp.pem", "audiences": [AUDIENCE],
                             "recipient": AUDIENCE, "client": "idp-app", "scopes": ["read"]},
                            {"issuer": ISSUER, "certificate": "idp3.pem", "audiences": [AUDIENCE],
                             "client": "idp-next", "scopes": ["read"]}]}},
    files={name: text(name) for name in ("ca.pem", "idp.pem", "idp3.pem", "front.pem",
                                         "front.key")}, crm=crm)
GET = '<getThing xmlns="urn:telgate:test/v1"><id>7</id></getThing>'


def send(message, version="1.1", tls=False, token=None):
    crm.clear()
    crm.reply(200, {"id": "7"})
    headers = [("Content-Type", wss.MEDIA[version])]
    headers += [("Authorization", f"Bearer {token}")] if token else []
    gateway.start()
    with Raw(*(TLS_PORT, tls_context(path("ca.pem"))) if tls else (gateway.port,)) as c:
        c.send(request_bytes("POST", "/soap/test/v1", headers, message.encode()))
        return c.read()


def call(*blocks, version="1.1", body=GET, **more):
    return send(wss.envelope(body, wss.security(*blocks), version), version, **more)


def entry(answer):
    return gateway.wait_log(correlator=answer.headers["X-Correlator"])


def accepted(answer, client, **more):
    same((answer.status, "<n1:id>7</n1:id>" in answer.text or answer.text), (200, True))
    logged = entry(answer)
    same((logged.get("client"), {k: logged.get(k) for k in more}), (client, more))


def refused(answer, denial, status=401, version="1.1", says=""):
    """A fault of the caller's version with the problem, and no call of the backend."""
    same((answer.status, f"<status>{status}</status>" in answer.text or answer.text,
          entry(answer).get("denial")), (500 if version == "1.1" else 400, True, denial))
    tree = etree.fromstring(answer.body)
    same((tree.tag, len(tree.findall(f".//{{{wss.SOAP[version]}}}Fault"))),
         (f"{{{wss.SOAP[version]}}}Envelope", 1))
    same((says in answer.text or answer.text, crm.requests), (True, []))
    if denial in ("no-token", "scope"):  # no matter of WS-Security
        return
    code = tree.find(".//faultcode" if version == "1.1" else ".//{*}Subcode/{*}Value").text
    same((code.split(":")[0] in ("wsse", "wsu") or code, code in entry(answer).get("cause", code)),
         (True, True))


def x509(name="partner", signer=None, stamp=None, version="1.1", **how):
    blocks = (stamp or wss.timestamp(), wss.certificate(name))
    return wss.signed(wss.envelope(GET, wss.security(*blocks), version), signer or name, **how)


def test_a_password_over_tls():
    for version in ("1.1", "1.2"):
        accepted(call(wss.password("text", "open"), version=version, tls=True), "partner-text")
    accepted(call(wss.timestamp(), wss.password("legacy", "sesame"), tls=True), "legacy")
    for user, secret in (("text", "wrong"), ("nobody", "open"), ("legacy", "open")):
        refused(call(wss.password(user, secret), tls=True), "user-or-password")
    refused(call(wss.password("text", "open"), version="1.2"), "password-without-tls",
            version="1.2")
    same("open" in gateway.stderr().replace('"open', "").replace("open_", ""), False)


def test_a_digest_once():
    once = wss.envelope(GET, wss.security(wss.digest("legacy", "sesame")))
    accepted(send(once), "legacy")
    for _ in range(8):  # other connections, which the kernel spreads over the workers
        refused(send(once), "message-replayed", says="was used before")
    accepted(call(wss.digest("legacy", "sesame", b"short"), version="1.2"), "legacy")
    for token, denial in ((wss.digest("legacy", "wrong"), "user-or-password"),
                          (wss.digest("text", "open"), "user-or-password"),
                          (wss.digest("nobody", "open"), "user-or-password"),
                          (wss.digest("legacy", "sesame", created=wss.when(-400)), "message-stale"),
                          (wss.digest("legacy", "sesame", created=wss.when(+90)), "message-stale"),
                          (wss.digest("legacy", "sesame", created="yesterday"), "nonce-missing"),
                          (wss.password("legacy", "AAAA", "PasswordDigest"), "nonce-missing")):
        refused(call(token), denial)


def test_scopes_are_those_of_the_configuration():
    answer = call(wss.digest("legacy", "sesame"), body='<write xmlns="urn:telgate:test/v1"/>')
    refused(answer, "scope", 403)
    same("WWW-Authenticate" in answer.headers, False)
    refused(send(wss.envelope(GET)), "no-token")
    same(send(wss.envelope(GET), token=gateway.token("read")).status, 200)


def test_two_tokens_are_one_too_many():
    refused(call(wss.digest("legacy", "sesame"), token=gateway.token("read")), "two-tokens")
    refused(call(wss.digest("legacy", "sesame"), wss.digest("legacy", "sesame")),
            "security-header", says="holds one token")
    message = wss.envelope(GET, wss.security(wss.digest("legacy", "sesame")) * 2)
    refused(send(message), "security-header", says="two Security headers")
    other = wss.security(wss.digest("legacy", "sesame"), attributes='e:actor="urn:other"')
    accepted(send(wss.envelope(GET, wss.security(wss.digest("legacy", "sesame")) + other)),
             "legacy")


def test_a_timestamp_beside_a_bearer_token():
    token = gateway.token("read")
    same(call(wss.timestamp(), token=token).status, 200)
    refused(call(wss.timestamp(-400, -100), token=token), "message-stale")
    refused(call(wss.timestamp(-100, -50), token=token), "message-stale")
    refused(call(wss.timestamp(100, 400), token=token), "message-stale")
    refused(call(wss.timestamp(expires=-10), token=token), "timestamp-malformed")
    refused(call(wss.timestamp() * 2, token=token), "security-header")


def test_a_jwt_in_the_envelope():
    token = gateway.token("read")
    for value in (token, base64.b64encode(token.encode()).decode()):
        same(call(wss.binary(value, wss.JWT)).status, 200)
    refused(call(wss.binary(gateway.token("read", exp=1), wss.JWT)), "expired")
    refused(call(wss.binary("????", wss.JWT)), "not-three-parts")
    refused(call(wss.binary(token, "urn:other")), "security-header")


def test_a_signature_over_body_and_timestamp():
    for version in ("1.1", "1.2"):
        accepted(send(x509(version=version), version), "partner-x")
    accepted(send(x509(ids=("TS", "BST", "B"), enveloped=True)), "partner-x")
    pretty = x509().replace("<w:Sec", "<!-- c -->\n  <w:Sec")  # outside of what is signed
    accepted(send(pretty), "partner-x")
    refused(send(pretty), "message-replayed")


def test_the_codes_of_the_standard():
    for message, code in (
            (x509().replace("<id>7<", "<id>8<"), "wsse:FailedCheck"),
            (x509(stamp=wss.timestamp(-400, -100)), "wsu:MessageExpired"),
            (x509(ids=("B",)), "wsse:InvalidSecurity"),
            (wss.envelope(GET, wss.security(wss.digest("legacy", "no"))),
             "wsse:FailedAuthentication")):
        same((code, f">{code}</faultcode>" in send(message).text), (code, True))


def test_signatures_that_prove_nothing():
    refused(send(x509("stranger")), "certificate-unknown")
    refused(send(x509("forged")), "certificate")
    refused(send(x509("partner", "stranger")), "signature-wrong")
    refused(send(x509(ids=("B",))), "security-header", says="does not cover a Timestamp")
    refused(send(x509(ids=("TS",))), "security-header", says="does not cover the Body")
    refused(call(wss.timestamp(), wss.certificate("partner")), "security-header",
            says="proves nothing")
    refused(send(x509(stamp=wss.timestamp(-400, -100))), "message-stale")
    refused(send(x509(stamp=wss.timestamp(-400, None))), "message-stale")
    message = x509()
    refused(send(message.replace("<id>7<", "<id>8<")), "digest-wrong", says="was changed")
    refused(send(message.replace("Z</u:Expires", "0Z</u:Expires")), "digest-wrong")
    refused(send(message.replace("Z</u:Expires", "<!-- c -->0Z</u:Expires")), "digest-wrong")
    for change in (("#BST", "#B"), ("xmldsig#}Sig", "")):
        if change[0] in message:
            refused(send(message.replace(*change)), "security-header")


def test_weak_algorithms_and_transforms():
    certificate_rsa()
    t = xmlsec.Transform
    refused(send(x509("rsa", method=t.RSA_SHA1)), "weak-algorithm")
    refused(send(x509("rsa", method=t.RSA_SHA256, hashing=t.SHA1)), "weak-algorithm")
    accepted(send(x509("rsa", method=t.RSA_SHA512, hashing=t.SHA512)), "partner-x")
    refused(send(x509(c14n=t.C14N)), "security-header", says="canonicalized otherwise")


def certificate_rsa():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                    "-keyout", "rsa.key", "-out", "rsa.pem", "-subj", "/CN=partner", "-CA",
                    "ca.pem", "-CAkey", "ca.key", "-addext",
                    "basicConstraints=critical,CA:FALSE"], cwd=FOLDER, check=True,
                   capture_output=True)


def wrap(place, keep_id):
    """Moves the signed Body away and puts another one in its place."""
    def change(tree):
        soap = "{%s}" % wss.SOAP["1.1"]
        body, header = tree.find(soap + "Body"), tree.find(soap + "Header")
        evil = etree.fromstring(wss.envelope(GET.replace(">7<", ">wrapped<"))).find(soap + "Body")
        evil.attrib[wss.ID] = body.attrib[wss.ID] if keep_id else "evil"
        tree.replace(body, evil)
        holder = {"header": header, "security": header[0], "signature": header[0][-1],
                  "body": evil[0]}[place]
        if place == "signature":
            holder = etree.SubElement(holder, "{%s}Object" % wss.DS)
        holder = etree.SubElement(holder, "{urn:evil}Wrapper") if place != "body" else holder
        holder.append(body)
    return change


def test_signature_wrapping():
    for place in ("header", "security", "signature", "body"):
        for keep_id in (True, False):
            answer = send(x509(at=wrap(place, keep_id)))
            same((answer.status, "wrapped" in answer.text, crm.requests), (500, False, []))


def test_an_assertion():
    good = lambda **how: wss.assertion(ISSUER, AUDIENCE, "idp", **how)
    accepted(call(good()), "idp-app")
    accepted(call(good(), version="1.2"), "idp-app")
    for token, denial in (
            (good(until=-60), "expired"), (good(since=90), "not-yet-valid"),
            (good(confirmed=-60), "subject-confirmation"),
            (good(confirmed=None), "subject-confirmation"),
            (good(recipient="https://other"), "subject-confirmation"),
            (good(method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"), "subject-confirmation"),
            (wss.assertion(ISSUER, "https://other", "idp"), "audience"),
            (wss.assertion("https://evil", AUDIENCE, "idp"), "issuer-unknown"),
            (wss.assertion(ISSUER, AUDIENCE, "idp2"), "signature-wrong"),
            (good().replace(">jane<", ">root<"), "digest-wrong"),
            (good(conditions="<s:Condition/>"), "security-header"),
            (good(version="1.1"), "security-header"),
            (good() * 2, "security-header")):
        refused(call(token), denial)
    accepted(call(wss.assertion(ISSUER, AUDIENCE, "idp3", recipient="any")), "idp-next")
    once = good(conditions="<s:OneTimeUse/>")
    accepted(call(once), "idp-app")
    refused(call(once), "message-replayed")


def test_assertions_that_are_wrapped():
    for place in ("inside", "beside", "in the signature"):
        tree = etree.fromstring(wss.assertion(ISSUER, AUDIENCE, "idp"))
        evil = etree.fromstring(wss.assertion(ISSUER, AUDIENCE, "idp2", subject="root"))
        evil.attrib["ID"] = "evil"
        if place == "inside":
            evil.append(tree)
        elif place == "beside":
            evil.remove(evil[1])
            evil.insert(1, tree[1])
        else:
            etree.SubElement(evil[1], f"{{{wss.DS}}}Object").append(tree)
        refused(call(etree.tostring(evil).decode()), "security-header")


def test_a_comment_does_not_cut_a_name():
    token = wss.assertion(ISSUER, AUDIENCE, "idp", subject="root<!-- -->.evil")
    accepted(call(token), "idp-app")


def test_what_is_not_accepted():
    for block, says in (("<x:EncryptedKey xmlns:x='http://www.w3.org/2001/04/xmlenc#'/>",
                         "not accepted"),
                        (wss.password("a", ""), "needs Username and Password"),
                        (wss.password("a", "b", "Other"), "PasswordText"),
                        (wss.password("a", "<b/>"), "a text only")):
        refused(call(block, tls=True), "security-header", says=says)
    many = "<x:y xmlns:x='urn:x'>" + "<x:z/>" * 25000 + "</x:y>"
    message = wss.envelope(GET, wss.security(wss.digest("legacy", "sesame")) + many)
    refused(send(message), "security-header", says="20000")


def test_an_open_operation():
    body = '<open xmlns="urn:telgate:test/v1"/>'
    same(send(wss.envelope(body)).status, 200)
    same(call(wss.digest("legacy", "sesame"), body=body).status, 200)
    refused(call(wss.digest("legacy", "wrong"), body=body), "user-or-password")
