#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""npm's oidc-provider as the issuer, over sockets: JWTs by each algorithm and opaque tokens, bound
to keys (DPoP) and certificates (mTLS); what is altered is refused, rotation and revocation work."""

import base64
import http.client
import itertools
import json
import os
import shutil
import ssl
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "flow"))
if __name__ == "__main__":
    import harness
    sys.exit(harness.run_file(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from certificates import certificate, client_context, path, text, thumbprint
from client import Raw
from harness import (BUILD, Backend, Gateway, Process, Prover, READ, b64, free_port,
                     request_bytes, same, wait_for)

NPM = os.path.join(BUILD, "npm", "node_modules")
NODE = shutil.which("node") or shutil.which("nodejs")
if not NODE or not os.path.isdir(os.path.join(NPM, "oidc-provider")):
    print("1..0 # SKIP npm's oidc-provider is not installed: make npm")
    sys.exit(77)

ALGORITHMS = ("RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA")
certificate("ca", "Test CA", None)
certificate("server", "localhost", "DNS:localhost,IP:127.0.0.1", "ca")
for client in ("partner", "other"):
    certificate(client, client, None, "ca")
FILES = {name: text(name) for name in ("ca.pem", "server.pem", "server.key")}


class Provider(Process):
    """The issuer."""

    def __init__(self):
        super().__init__("oidc-provider")
        self.port, self.tls_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def command(self):
        return [NODE, os.path.join(ROOT, "tests", "interop", "oidc_provider.js"), NPM,
                str(self.port), str(self.tls_port), path("server.pem"), path("server.key")]

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended\n{self.stderr()}")
        try:
            return self.call("GET", "/fetches")[0] == 200
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.kill()  # it does not know our way to end
            self.process.wait()

    def call(self, method, target, form=None, client=None, tls=None, headers=()):
        """Status and body. client: NAME authenticates itself; tls: the certificate it shows."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        if tls:
            connection = http.client.HTTPSConnection("127.0.0.1", self.tls_port, timeout=20,
                                                     context=client_context("ca", tls))
        sent = dict(headers)
        if client:
            pair = f"{client}:{client}-secret".encode()
            sent["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, target, form and urllib.parse.urlencode(form), sent)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def token(self, resource, client="app", scope="read", **more):
        status, body = self.call("POST", "/token", {"grant_type": "client_credentials",
                                                    "scope": scope, "resource": resource},
                                 client, **more)
        same((status, body if status != 200 else ""), (200, ""))
        return json.loads(body)["access_token"]


provider, crm, serial = Provider(), Backend(), itertools.count()
provider.start()
TLS_PORT = free_port()
gateway = Gateway(READ, {
    "tls": {"listen": f"127.0.0.1:{TLS_PORT}", "certificate": "server.pem", "key": "server.key",
            "client_ca": "ca.pem", "client_certificates": "optional"},
    "issuers": [{"issuer": provider.url, "audiences": ["telgate"], "discover": True,
                 "algorithms": list(ALGORITHMS), "retry": "1s", "introspection": {
                     "client_id": "gateway", "client_secret": "gateway-secret", "cache": "1s"}}]},
                  files=FILES, crm=crm)
gateway.start()


def ask(token, scheme="Bearer", proof=None, tls=None):
    """Status and denial."""
    correlator = f"oidc-{next(serial)}"
    context = client_context("ca", tls) if tls else None
    headers = [("Authorization", f"{scheme} {token}"), ("X-Correlator", correlator)]
    headers += [("DPoP", proof)] if proof else []
    with Raw(TLS_PORT if tls else gateway.port, context) as c:
        answer = c.send(request_bytes("GET", "/v1/read", headers, None)).read()
    return answer.status, gateway.wait_log(correlator=correlator).get("denial")


def at(tls=False):
    return (f"https://127.0.0.1:{TLS_PORT}" if tls else f"http://127.0.0.1:{gateway.port}") + \
        "/v1/read"


def altered(token):
    """A JWT with one thing changed, by name."""
    head, payload, signature = token.split(".")
    decode = lambda part: json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    flip = lambda part, i: part[:i] + ("A" if part[i] != "A" else "B") + part[i + 1:]
    rows = {f"signature, character {i}": f"{head}.{payload}.{flip(signature, i)}"
            for i in (0, len(signature) // 2, len(signature) - 5)}
    for name, value in decode(payload).items():
        less = {k: v for k, v in decode(payload).items() if k != name}
        rows[f"claim {name} gone"] = f"{head}.{b64(less)}.{signature}"
        other = value + 1 if isinstance(value, int) else "x"
        rows[f"claim {name} changed"] = f"{head}.{b64(dict(less, **{name: other}))}.{signature}"
    for name in decode(head):
        less = {k: v for k, v in decode(head).items() if k != name}
        rows[f"header {name} gone"] = f"{b64(less)}.{payload}.{signature}"
        rows[f"header {name} changed"] = f"{b64(dict(less, **{name: 'x'}))}.{payload}.{signature}"
    return rows


def test_signed_tokens_by_each_algorithm_and_each_alteration():
    for alg in ALGORITHMS:
        token = provider.token(f"urn:telgate:{alg}")
        same((alg, ask(token)), (alg, (200, None)))
        for name, changed in altered(token).items():
            status, denial = ask(changed)
            same((alg, name, status, denial is not None), (alg, name, 401, True))
        same((alg, ask(token)), (alg, (200, None)))


def test_an_audience_and_a_scope_that_are_not_ours():
    same(ask(provider.token("urn:other")), (401, "audience"))
    same(ask(provider.token("urn:telgate:RS256", scope="write")), (403, "scope"))
    same(ask(provider.token("urn:telgate:opaque", scope="write")), (403, "scope"))


def test_opaque_tokens_and_their_revocation():
    token = provider.token("urn:telgate:opaque")
    same("." in token, False)
    same(ask(token), (200, None))
    for changed in (token[:-1], token + "x", token.swapcase()):
        same((changed, ask(changed)), (changed, (401, "token-inactive")))
    same(provider.call("POST", "/token/revocation", {"token": token}, "app")[0], 200)
    begin = time.monotonic()
    wait_for(lambda: ask(token) == (401, "token-inactive"), 3, "the revocation's effect")
    same(time.monotonic() - begin < 3, True)


def prove(who, token, tls=False, **changes):
    return who.proof("GET", at(tls), token, **changes)


def test_tokens_bound_to_a_key():
    who, thief = Prover(), Prover(name="thief")
    for resource in ("urn:telgate:ES256", "urn:telgate:opaque"):
        proof = who.proof("POST", f"{provider.url}/token", "", ath=None)
        token = provider.token(resource, headers=[("DPoP", proof)])
        used = prove(who, token)
        for name, scheme, proof, got in (
                ("good", "DPoP", used, (200, None)),
                ("again", "DPoP", used, (401, "dpop-replayed")),
                ("another", "DPoP", prove(who, token), (200, None)),
                ("no proof", "DPoP", None, (401, "dpop-missing")),
                ("as bearer", "Bearer", None, (401, "sender-bound")),
                ("stolen", "DPoP", prove(thief, token), (401, "dpop-key-other")),
                ("of another token", "DPoP", prove(who, token + "x"), (401, "dpop-token")),
                ("for another URL", "DPoP", prove(who, token, htu=f"{provider.url}/token"),
                 (401, "dpop-url"))):
            same((resource, name, ask(token, scheme, proof)), (resource, name, got))


def test_tokens_bound_to_a_certificate():
    for resource in ("urn:telgate:PS256", "urn:telgate:opaque"):
        token = provider.token(resource, client="bound", tls="partner")
        for tls, got in (("partner", (200, None)), ("other", (401, "certificate-other")),
                         (None, (401, "certificate-missing"))):
            same((resource, tls, ask(token, tls=tls)), (resource, tls, got))
    told = json.loads(provider.call("POST", "/token/introspection", {"token": token},
                                    "gateway")[1])
    same(told["cnf"], {"x5t#S256": thumbprint("partner")})  # what the two agree upon


def test_a_flood_of_unknown_keys_makes_few_fetches():
    head, payload, signature = provider.token("urn:telgate:RS256").split(".")
    begin, before = time.monotonic(), int(provider.call("GET", "/fetches")[1])
    for n in range(200):
        head = b64({"alg": "RS256", "typ": "at+jwt", "kid": f"flood-{n}"})
        same(ask(f"{head}.{payload}.{signature}"), (401, "key-unknown"))
    fetches = int(provider.call("GET", "/fetches")[1]) - before
    same(fetches <= 2 + (time.monotonic() - begin), True)


def test_rotation_without_a_refused_request():
    old = provider.token("urn:telgate:ES256")
    same(ask(old), (200, None))
    time.sleep(1.1)  # the least time between two fetches, which the flood has used up
    same(provider.call("POST", "/rotate")[0], 200)
    same(ask(provider.token("urn:telgate:ES256")), (200, None))  # the very first one
    same([ask(provider.token(f"urn:telgate:{alg}")) for alg in ALGORITHMS],
         [(200, None)] * len(ALGORITHMS))
    same(ask(old), (401, "key-unknown"))


def test_an_outage_of_the_issuer():
    opaque, signed = provider.token("urn:telgate:opaque"), provider.token("urn:telgate:RS256")
    provider.stop()
    same((ask(opaque), ask(signed)), ((503, "introspection-unavailable"), (200, None)))
    provider.process = None
