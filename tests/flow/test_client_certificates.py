# SPDX-License-Identifier: GPL-2.0-or-later
"""Certificates of callers at the front door (RFC 8705): who is let in, and what is known of him."""

import ssl

from certificates import certificate, client_context, expired, text, thumbprint
from client import Raw
from harness import Gateway, free_port, request_bytes, same

certificate("ca", "Test CA", None)
certificate("server", "localhost", "DNS:localhost", "ca")
certificate("partner", "partner", "DNS:partner.example,DNS:p2.example,IP:127.0.0.1", "ca")
certificate("stranger-ca", "Another CA", None)
certificate("stranger", "partner", "DNS:partner.example", "stranger-ca")
certificate("alone", "alone", None)
expired("old", "ca")
certificate("front", "front", None, "ca", usage="serverAuth")
FILES = {name: text(name) for name in ("ca.pem", "server.pem", "server.key")}
CONTRACT = """
/open:
  get:
    operationId: open
    security: []
    x-telgate: {call: crm}
    responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
"""


def gateway(**tls):
    """A gateway with these tls options beside the usual ones."""
    made = Gateway(CONTRACT, {"tls": {"listen": f"127.0.0.1:{free_port()}",
                                      "certificate": "server.pem", "key": "server.key", **tls}},
                   x_telgate={"backends": {"crm": {"url": "http://127.0.0.1:1"}}}, files=FILES)
    made.tls_port = int(made.config["tls"]["listen"].split(":")[1])
    return made.start()


def seen(made, name=None, requests=1):
    """The certificate and its chain, as the access log has it; None when the door stays shut."""
    try:
        with Raw(made.tls_port, client_context("ca", name)) as c:
            for _ in range(requests):
                answer = c.send(request_bytes("GET", "/", [], None)).read()
    except (ssl.SSLError, ConnectionError):
        return None
    if answer is None:
        return None
    entry = made.wait_log(correlator=answer.headers["X-Correlator"])
    return entry.get("certificate"), entry.get("certificate_chain")


def test_nobody_is_asked_by_default():
    made = gateway()
    same((seen(made), seen(made, "partner")), ((None, None), (None, None)))


def test_optional_certificates():
    made = gateway(client_ca="ca.pem", client_certificates="optional")
    same(seen(made), (None, None))
    same(seen(made, "partner", requests=3), (thumbprint("partner"), "verified"))
    for name in ("stranger", "alone", "old", "front"):
        same((name, seen(made, name)), (name, (thumbprint(name), "unverified")))
    same(seen(made), (None, None))  # nothing of one connection stays for the next


def test_without_a_ca_nobody_is_verified():
    made = gateway(client_certificates="optional")
    same(seen(made, "partner"), (thumbprint("partner"), "unverified"))


def test_required_certificates():
    made = gateway(client_ca="ca.pem", client_certificates="required")
    same(seen(made, "partner"), (thumbprint("partner"), "verified"))
    for name in (None, "stranger", "alone", "old", "front"):
        same((name, seen(made, name)), (name, None))
    same(made.get("/", prefix=False).status, 200)  # the plain door asks for none


def test_required_without_a_ca_takes_any():
    made = gateway(client_certificates="required")
    same(seen(made, "alone"), (thumbprint("alone"), "unverified"))
    same(seen(made), None)


def test_tls_1_2_too():
    made = gateway(client_ca="ca.pem", client_certificates="required")
    context = client_context("ca", "partner")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for _ in range(2):
        with Raw(made.tls_port, context) as c:
            answer = c.send(request_bytes("GET", "/", [], None)).read()
            same(made.wait_log(correlator=answer.headers["X-Correlator"])["certificate"],
                 thumbprint("partner"))


def test_a_word_that_is_no_choice():
    try:
        gateway(client_certificates="sometimes")
    except AssertionError as told:
        same("takes one of off, optional, required" in str(told), True)
        Gateway.all[-1].process = None
        return
    raise AssertionError("it started")
