# SPDX-License-Identifier: GPL-2.0-or-later
"""Tokens that are bound to their sender: to a certificate (RFC 8705), to a key (RFC 9449). Each
claim and header of a proof deleted or altered in turn; each denial's status, challenge, reason."""

import itertools
import json
import re
import time

from certificates import certificate, client_context, text, thumbprint
from client import Raw
from harness import (Backend, Gateway, Issuer, Prover, b64, free_port, parallel, request_bytes,
                     same, sign)

certificate("ca", "Test CA", None)
certificate("server", "localhost", "DNS:localhost", "ca")
for client in ("partner", "other"):
    certificate(client, client, None, "ca")
certificate("alone", "alone", None)
FILES = {name: text(name) for name in ("ca.pem", "server.pem", "server.key")}
CONTRACT = """
/read:
  get:
    operationId: read
    security: [{oauth: [read]}]
    parameters: [{name: x, in: query, schema: {type: string}}]
    x-telgate: {call: crm}
    responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
  post:
    operationId: write
    security: [{oauth: [read]}]
    x-telgate: {call: crm}
    responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
"""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")
crm, serial = Backend(), itertools.count()
issuer, strict = Issuer(), Issuer("https://strict.test")
prover = Prover()


def gateway_with(**config):
    """With TLS, an issuer, and one whose tokens must be bound."""
    made = Gateway(CONTRACT, crm=crm, issuer=issuer, config={
        "tls": {"listen": f"127.0.0.1:{free_port()}", "certificate": "server.pem",
                "key": "server.key", "client_ca": "ca.pem", "client_certificates": "optional"},
        "issuers": [{"issuer": issuer.url, "audiences": [issuer.audience],
                     "algorithms": ["RS256", "ES256"], "jwks_file": "jwks.json"},
                    {"issuer": strict.url, "audiences": [strict.audience],
                     "jwks_file": "strict.json", "sender_constrained": True}], **config},
                   files=dict(FILES, **{"strict.json": json.dumps(strict.jwks())}))
    made.tls_port = int(made.config["tls"]["listen"].split(":")[1])
    return made


gateway = gateway_with()


def ask(headers, tls=None, method="GET", target="/v1/read", at=None):
    """The answer, and the denial in the access log. tls: the certificate shown; "": none."""
    at = at or gateway
    at.start()
    context = None if tls is None else client_context("ca", tls)
    correlator = f"sender-{next(serial)}"
    with Raw(at.port if tls is None else at.tls_port, context) as c:
        pairs = list(headers) + [("X-Correlator", correlator)]
        answer = c.send(request_bytes(method, target, pairs, None)).read()
    return answer, at.wait_log(correlator=correlator).get("denial")


def challenges(answer):
    """{scheme: {parameter: value}} of WWW-Authenticate."""
    found, told = answer.headers["WWW-Authenticate"] or "", {}
    for scheme, rest in re.findall(r"(Bearer|DPoP) (.*?)(?=, (?:Bearer|DPoP) |$)", found):
        told[scheme] = dict(re.findall(r'(\w+)="([^"]*)"', rest))
    return told


def check(name, got, denial, scheme=None, error="invalid_token", status=401):
    """scheme None: the request passed."""
    answer, reason = got
    try:
        same((answer.status, reason), (status if scheme else 200, denial))
        if scheme:
            told = challenges(answer)
            same((list(told), told[scheme].get("error")), ([scheme], error))
            same("algs" in told[scheme], scheme == "DPoP")
    except AssertionError as wrong:
        raise AssertionError(f"{name}: {wrong}\n{answer}") from wrong


# RFC 8705

def test_certificate_bound_tokens():
    bound = issuer.token("read", cnf={"x5t#S256": thumbprint("partner")})
    alone = issuer.token("read", cnf={"x5t#S256": thumbprint("alone")})
    missing, other = "certificate-missing", "certificate-other"
    for again in range(2):  # the second time from the cache of verified tokens
        for name, token, tls, denial in (
                ("its certificate", bound, "partner", None), ("another", bound, "other", other),
                ("none", bound, "", missing), ("no TLS", bound, None, missing),
                ("self-signed", alone, "alone", None),
                ("not self-signed", alone, "partner", other)):
            check(f"{name}, {again}", ask([("Authorization", f"Bearer {token}")], tls), denial,
                  denial and "Bearer")


def test_bindings_that_are_none():
    for name, cnf, denial in (
            ("no object", "x", "malformed-claim"), ("empty", {}, "malformed-claim"),
            ("no text", {"x5t#S256": 7}, "malformed-claim"),
            ("no text either", {"jkt": None}, "malformed-claim"),
            ("empty text", {"x5t#S256": ""}, "malformed-claim"),
            ("another way", {"kid": "x"}, "binding-unknown"),
            ("one known, one not", {"x5t#S256": thumbprint("partner"), "jwk": {}},
             "binding-unknown"),
            ("a piece of it", {"x5t#S256": thumbprint("partner")[:42]}, "certificate-other"),
            ("another case", {"x5t#S256": thumbprint("partner").swapcase()}, "certificate-other")):
        token = issuer.token("read", cnf=cnf)
        check(name, ask([("Authorization", f"Bearer {token}")], "partner"), denial, "Bearer")


def test_an_issuer_whose_tokens_must_be_bound():
    free, bound = strict.token("read"), strict.token("read", cnf={"x5t#S256": thumbprint("other")})
    check("free", ask([("Authorization", f"Bearer {free}")], "other"), "unbound", "Bearer")
    check("bound", ask([("Authorization", f"Bearer {bound}")], "other"), None)


# RFC 9449

def url(path="/v1/read"):
    return f"http://127.0.0.1:{gateway.port}{path}"


def dpop(token, proof):
    return [("Authorization", f"DPoP {token}"), ("DPoP", proof)]


def bound_token(who=prover, **changes):
    return issuer.token("read", cnf={"jkt": who.jkt}, **changes)


def test_proofs_by_every_algorithm():
    for alg in ALGORITHMS:
        who = Prover(alg)
        token = bound_token(who)
        check(alg, ask(dpop(token, who.proof("GET", url(), token))), None)
        check(alg, ask(dpop(token, who.proof("GET", url(), token))), None)


def proof_rows(token):
    """Name, proof, denial; the error is invalid_dpop_proof where nothing else is said."""
    now, make = int(time.time()), lambda **more: prover.proof("GET", url(), token, **more)
    other, secret = Prover(name="other"), dict(prover.jwk, d=b64(b"x" * 32))
    rsa = Prover("RS256").jwk
    head, payload, signature = make().split(".")
    hs = f"{b64({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': prover.jwk})}.{payload}"
    return [
        ("no typ", make(header={"typ": None}), "dpop-type"),
        ("typ of a token", make(header={"typ": "at+jwt"}), "dpop-type"),
        ("typ JWT", make(header={"typ": "JWT"}), "dpop-type"),
        ("typ with application/", make(header={"typ": "application/dpop+jwt"}), None),
        ("no alg", make(header={"alg": None}), "dpop-malformed"),
        ("alg none", f"{b64({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': prover.jwk})}.{payload}.",
         "dpop-malformed"),
        ("alg HS256", f"{hs}.{b64(sign('HS256', b'x', hs.encode()))}", "dpop-algorithm"),
        ("alg of another key", make(header={"alg": "RS256"}), "dpop-key"),
        ("no jwk", make(header={"jwk": None}), "dpop-key"),
        ("jwk no object", make(header={"jwk": "x"}), "dpop-key"),
        ("jwk empty", make(header={"jwk": {}}), "dpop-key"),
        ("jwk private", make(header={"jwk": secret}), "dpop-key"),
        ("jwk symmetric", make(header={"jwk": {"kty": "oct", "k": "AAAA"}}), "dpop-key"),
        ("jwk of another", make(header={"jwk": other.jwk}), "dpop-signature"),
        ("jwk of another type", make(header={"jwk": rsa}), "dpop-key"),
        ("jwk off the curve", make(header={"jwk": dict(prover.jwk, x=prover.jwk["y"])}),
         "dpop-key"),
        ("jwk with a number", make(header={"jwk": dict(prover.jwk, x=7)}), "dpop-key"),
        ("crit", make(header={"crit": ["jwk"]}), "dpop-malformed"),
        ("another's signature", make(key=other.key), "dpop-signature"),
        ("another's proof", other.proof("GET", url(), token), "dpop-key-other"),
        ("tampered payload", f"{head}.{b64(json.dumps({'htm': 'GET'}))}.{signature}",
         "dpop-signature"),
        ("no signature", f"{head}.{payload}.", "dpop-malformed"),
        ("two parts", f"{head}.{payload}", "dpop-malformed"),
        ("no token at all", "x", "dpop-malformed"),
        ("long", make(x="x" * 1000), None),
        ("no htm", make(htm=None), "dpop-malformed"),
        ("another htm", make(htm="POST"), "dpop-method"),
        ("htm in small letters", make(htm="get"), "dpop-method"),
        ("no htu", make(htu=None), "dpop-malformed"),
        ("another host", make(htu=url().replace("127.0.0.1", "localhost")), "dpop-url"),
        ("another scheme", make(htu=url().replace("http", "https")), "dpop-url"),
        ("another port", make(htu=f"http://127.0.0.1:1/v1/read"), "dpop-url"),
        ("another path", make(htu=url("/v1/reads")), "dpop-url"),
        ("a shorter path", make(htu=url("/v1")), "dpop-url"),
        ("another case", make(htu=url("/V1/read")), "dpop-url"),
        ("a query", make(htu=url() + "?a=b"), None),
        ("a fragment", make(htu=url() + "#a"), None),
        ("an escape that need not be", make(htu=url("/v1/%72ead")), None),
        ("an escape that must be", make(htu=url("/v1%2fread")), "dpop-url"),
        ("scheme in capitals", make(htu=url().replace("http", "HTTP")), None),
        ("no iat", make(iat=None), "dpop-malformed"),
        ("iat as text", make(iat=str(now)), "dpop-malformed"),
        ("too old", make(iat=now - 70), "dpop-time"),
        ("from before the start", make(iat=now - 40), "dpop-time"),
        ("from the future", make(iat=now + 30), "dpop-time"),
        ("no jti", make(jti=None), "dpop-malformed"),
        ("jti no text", make(jti=7), "dpop-malformed"),
        ("jti empty", make(jti=""), "dpop-malformed"),
        ("jti too long", make(jti="x" * 300), "dpop-malformed"),
        ("no ath", make(ath=None), "dpop-malformed"),
        ("another ath", make(ath=b64(b"x" * 32)), "dpop-token"),
        ("good", make(), None),
    ]


def test_proofs_altered():
    token = bound_token()
    for name, proof, denial in proof_rows(token):
        error = "invalid_token" if denial == "dpop-key-other" else "invalid_dpop_proof"
        check(name, ask(dpop(token, proof)), denial, denial and "DPoP", error)


def test_how_a_proof_may_come():
    token, free = bound_token(), issuer.token("read")
    proof = lambda sent=token: prover.proof("GET", url(), sent)
    bearer = [("Authorization", f"Bearer {token}")]
    for name, headers, denial, scheme, error in (
            ("no proof", dpop(token, "")[:1], "dpop-missing", "DPoP", "invalid_dpop_proof"),
            ("an empty one", dpop(token, ""), "dpop-missing", "DPoP", "invalid_dpop_proof"),
            ("two", dpop(token, proof()) + [("DPoP", proof())], "dpop-several", "DPoP",
             "invalid_dpop_proof"),
            ("downgraded", bearer, "sender-bound", "DPoP", "invalid_token"),
            ("downgraded, with a proof", bearer + [("DPoP", proof())], "sender-bound", "DPoP",
             "invalid_token"),
            ("a free token", dpop(free, proof(free)), "dpop-unbound", "DPoP", "invalid_token"),
            ("another's token", dpop(bound_token(Prover(name="b")), proof()), "dpop-token", "DPoP",
             "invalid_dpop_proof"),
            ("a bad token", dpop(token + "x", proof(token + "x")), "not-base64url", "DPoP",
             "invalid_token")):
        for _ in range(2):
            check(name, ask(headers), denial, scheme, error)


def test_a_proof_for_another_method_or_path():
    token = bound_token()
    check("POST", ask(dpop(token, prover.proof("GET", url(), token)), method="POST"), "dpop-method",
          "DPoP", "invalid_dpop_proof")
    check("escaped", ask(dpop(token, prover.proof("GET", url(), token)), target="/v1/re%61d?x=y"),
          None)


def test_no_proof_is_taken_twice_by_any_worker():
    token = bound_token()
    for _ in range(10):
        proof = prover.proof("GET", url(), token)
        got = parallel(*[lambda: ask(dpop(token, proof)) for _ in range(4)])
        same(sorted((answer.status, denial or "") for answer, denial in got),
             [(200, "")] + [(401, "dpop-replayed")] * 3)
    other = Prover(name="other")  # the same jti of another key is another one
    theirs = bound_token(other)
    for who, sent in ((prover, token), (other, theirs)):
        check("jti", ask(dpop(sent, who.proof("GET", url(), sent, jti="same"))), None)


def test_both_bindings_at_once():
    token = issuer.token("read", cnf={"jkt": prover.jkt, "x5t#S256": thumbprint("partner")})
    at = f"https://127.0.0.1:{gateway.tls_port}/v1/read"
    made = lambda: dpop(token, prover.proof("GET", at, token))
    check("both", ask(made(), "partner"), None)
    check("one", ask(made(), "other"), "certificate-other", "DPoP")
    check("other", ask([("Authorization", f"Bearer {token}")], "partner"), "sender-bound", "DPoP")


def test_without_a_token_both_schemes_are_told():
    answer, denial = ask([])
    same((answer.status, denial, list(challenges(answer))), (401, "no-token", ["Bearer", "DPoP"]))
    same(challenges(answer)["DPoP"]["algs"].split(" "), list(ALGORITHMS))


def test_nonces():
    made = gateway_with(dpop={"nonce": True, "lifetime": "30s"})
    made.start()
    token, at = bound_token(), f"http://127.0.0.1:{made.port}/v1/read"
    send = lambda **more: ask(dpop(token, prover.proof("GET", at, token, **more)), at=made)
    got = send()
    check("none", got, "dpop-nonce", "DPoP", "use_dpop_nonce")
    nonce = got[0].headers["DPoP-Nonce"]
    for _ in range(2):
        got = send(nonce=nonce)
        check("good", got, None)
        same("DPoP-Nonce" in got[0].headers, False)
    for wrong in (nonce[:-1] + ("A" if nonce[-1] != "A" else "B"), "A" * 32, "x", b64(b"x" * 24)):
        got = send(nonce=wrong)
        check(wrong, got, "dpop-nonce", "DPoP", "use_dpop_nonce")
        same("DPoP-Nonce" in got[0].headers, True)
    check("too old", send(nonce=nonce, iat=int(time.time()) - 40), "dpop-time", "DPoP",
          "invalid_dpop_proof")


def test_when_no_more_proofs_can_be_remembered():
    made = gateway_with(dpop={"replays": 1024})
    made.start()
    token, at = bound_token(), f"http://127.0.0.1:{made.port}/v1/read"

    def send(times):
        statuses = []
        with Raw(made.port) as c:
            for _ in range(times):
                pairs = dpop(token, prover.proof("GET", at, token))
                answer = c.send(request_bytes("GET", "/v1/read", pairs, None)).read()
                statuses.append(answer.status)
        return statuses

    statuses = sum(parallel(*[lambda: send(400) for _ in range(4)]), [])
    same((set(statuses), statuses.count(200) <= 1024), ({200, 503}, True))
    made.wait_log(status=503, denial="dpop-replays-full")


def test_behind_a_proxy():
    made = gateway_with(public_url="https://api.example.net/gw")
    made.start()
    token = bound_token()
    for at, denial in (("https://api.example.net/gw/v1/read", None),
                       ("https://API.example.net:443/gw/v1/read", None),
                       ("https://api.example.net/v1/read", "dpop-url"),
                       (f"http://127.0.0.1:{made.port}/v1/read", "dpop-url")):
        check(at, ask(dpop(token, prover.proof("GET", at, token)), at=made), denial,
              denial and "DPoP", "invalid_dpop_proof")
