# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may call: every token that must be refused, in each dialect, with its challenge, its body
and its reason in the access log; algorithms; scopes; and that no token is ever written down."""

import itertools
import json
import re
import time

from harness import (Backend, Gateway, Issuer, b64, http, make_key, parallel, public_jwk,
                     request_bytes, same, sign, wait_for)

DIALECTS = ("problem", "tmf", "camara")
CONTRACT = """
openapi: 3.0.3
info: {title: Tokens, version: '1'}
servers: [{url: /DIALECT}]
x-telgate: {name: DIALECT/v1, errors: DIALECT, backends: {crm: {url: "<crm>"}}, call: crm,
  graphql: false}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /oauth2/token, scopes: {}}}}
    other: {type: openIdConnect, openIdConnectUrl: /x}
  responses:
    any: {description: whatever, content: {application/json: {schema: {}}}}
paths:
  /read:
    get: {operationId: read, security: [{oauth: [read]}], responses: {'200': RESPONSE}}
  /either:
    get:
      operationId: either
      security: [{oauth: [read, list]}, {other: [admin]}]
      responses: {'200': RESPONSE}
  /both:
    get: {operationId: both, security: [{oauth: [read], other: [x]}], responses: {'200': RESPONSE}}
  /unsaid:
    get: {operationId: unsaid, responses: {'200': RESPONSE}}
  /open:
    get: {operationId: open, security: [], responses: {'200': RESPONSE}}
  /who:
    get:
      operationId: who
      security: [{oauth: []}]
      x-telgate: {call: "crm GET /who/{$claims.client_id}"}
      responses: {'200': RESPONSE}
""".replace("RESPONSE", "{$ref: '#/components/responses/any'}")

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")
crm = Backend()
main = Issuer()
stranger = Issuer("https://stranger.test")
every = Issuer("https://every.test", algorithms=ALGORITHMS)


def issuer_entry(issuer, file, **changes):
    entry = {"issuer": issuer.url, "audiences": [issuer.audience], "jwks_file": file}
    return dict(entry, **changes)


def pinned(alg):
    """An issuer with every key, but pinned to one algorithm."""
    issuer = Issuer(f"https://{alg.lower()}.test", algorithms=())
    issuer.keys = every.keys
    return issuer


def bare_jwks():
    """Keys that do not say their algorithm, so that only the configuration pins it."""
    keys = [public_jwk(alg, key, alg) for alg, key in every.keys.items()]
    return {"keys": [{k: v for k, v in jwk.items() if k != "alg"} for jwk in keys]}


gateway = Gateway(
    {dialect: CONTRACT.replace("DIALECT", dialect) for dialect in DIALECTS},
    config={"log": "debug", "limits": {"header": "16KB"},
            "issuers": [issuer_entry(main, "jwks.json", algorithms=["RS256", "ES256"]),
                        issuer_entry(every, "every.json", algorithms=list(ALGORITHMS))]
                       + [issuer_entry(pinned(alg), "bare.json", algorithms=[alg])
                          for alg in ALGORITHMS]},
    files={"every.json": json.dumps(every.jwks()), "bare.json": json.dumps(bare_jwks())},
    issuer=main, crm=crm)
serial = itertools.count()
secrets = set()  # all that was sent and must not be seen again


def remember(text):
    """Notes the parts of a token that nobody may write down."""
    secrets.update(part for part in re.split(r"[.\s=&]", text) if len(part) >= 16)
    return text


def ask(target, *tokens, headers=()):
    """GET with these tokens; the answer and the exchange's entry in the access log."""
    correlator = f"tokens-{next(serial)}"
    pairs = [("Authorization", f"Bearer {token}") for token in tokens] + list(headers)
    for _, value in pairs:
        remember(value)
    answer = gateway.get(target, headers=pairs + [("X-Correlator", correlator)], prefix=False)
    return answer, gateway.wait_log(correlator=correlator)


def forged():
    """Tokens that no honest issuer makes, by name."""
    now, good = int(time.time()), main.token("read")
    head, payload, signature = good.split(".")
    none = b64({"typ": "at+jwt", "alg": "none", "kid": "RS256"})
    hs256 = b64({"typ": "at+jwt", "alg": "HS256", "kid": "RS256"})
    admin = b64(main.claims("read admin"))
    return {
        "alg none": f"{none}.{payload}.",
        "alg none, signed": f"{none}.{payload}.{signature}",
        "HS256 under the RSA key": main.sign(hs256, payload, "HS256", main.public_pem()),
        "empty signature": f"{head}.{payload}.",
        "signature of another token": f"{head}.{payload}.{main.token('x').split('.')[2]}",
        "tampered payload": f"{head}.{admin}.{signature}",
        "tampered header": f"{b64({'typ': 'at+jwt', 'alg': 'RS256'})}.{payload}.{signature}",
        "tampered signature": f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}"
                              + signature[1:],
        "two parts": f"{head}.{payload}",
        "four parts": f"{good}.{signature}",
        "padding": f"{head}.{payload}.{signature}==",
        "no JSON": main.sign(b64("{"), payload),
        "duplicate claim": main.sign(head, b64('{"iss":"%s","iss":"x","exp":%d}'
                                               % (main.url, now + 60))),
        "NUL behind the claims": main.sign(head, b64(json.dumps(main.claims("read")) + "\0")),
        "claims 2,500 deep": main.sign(head, b64('{"a":' + "[" * 2500 + "]" * 2500 + "}")),
        "ECDSA of zeros": main.sign(b64({"typ": "at+jwt", "alg": "ES256", "kid": "ES256"}), payload,
                                    "ES256").rsplit(".", 1)[0] + "." + b64(bytes(64)),
    }


def token_rows():
    """Name, token, fault, denial in the access log."""
    now = int(time.time())
    token = main.token
    return [
        ("expired", token("read", exp=now - 60), "EXPIRED_TOKEN", "expired"),
        ("expired within the leeway", token("read", exp=now - 10), None, None),
        ("not yet valid", token("read", nbf=now + 60), "INVALID_TOKEN", "not-yet-valid"),
        ("issued in the future", token("read", iat=now + 60), "INVALID_TOKEN", "issued-in-future"),
        ("exp as text", token("read", exp=str(now + 60)), "INVALID_TOKEN", "malformed-claim"),
        ("no exp", token("read", exp=None), "INVALID_TOKEN", "missing-claim"),
        ("no client_id", token("read", client_id=None), "INVALID_TOKEN", "missing-claim"),
        ("wrong audience", token("read", aud="https://other.test"), "INVALID_TOKEN", "audience"),
        ("audience among others", token("read", aud=["https://o.test", main.audience]), None, None),
        ("no audience", token("read", aud=None), "INVALID_TOKEN", "missing-claim"),
        ("wrong issuer", stranger.token("read"), "INVALID_TOKEN", "issuer-unknown"),
        ("another's keys", token("read", key=stranger.keys["RS256"]), "INVALID_TOKEN",
         "signature-wrong"),
        ("issuer with a slash more", token("read", iss=main.url + "/"), "INVALID_TOKEN",
         "issuer-unknown"),
        ("ID token by typ", token("read", header={"typ": "JWT"}), "INVALID_TOKEN", "token-type"),
        ("no typ", token("read", header={"typ": None}), "INVALID_TOKEN", "token-type"),
        ("crit", token("read", header={"crit": ["exp"]}), "INVALID_TOKEN", "critical-header"),
        ("b64", token("read", header={"b64": False}), "INVALID_TOKEN", "unencoded-payload"),
        ("alg in small letters", token("read", header={"alg": "rs256"}), "INVALID_TOKEN",
         "algorithm-unknown"),
        ("kid unknown", token("read", header={"kid": "other"}), "INVALID_TOKEN", "key-unknown"),
        ("kid of an EC key", token("read", header={"kid": "ES256"}), "INVALID_TOKEN", "key-unfit"),
        ("key in the header", token("read", header={"jwk": public_jwk("RS256", make_key("RS256"),
                                                                      "x")}), None, None),
        ("bound to a certificate", token("read", cnf={"x5t#S256": "x"}), "INVALID_TOKEN",
         "certificate-missing"),
        ("too long", token("read", x="x" * 7000), "INVALID_TOKEN", "too-long"),
        ("missing scope", token("list"), "INSUFFICIENT_SCOPE", "scope"),
        ("scope in capitals", token("READ"), "INSUFFICIENT_SCOPE", "scope"),
        ("no scope", token(scope="", nothing=1), "INSUFFICIENT_SCOPE", "scope"),
        ("good", token("read"), None, None),
        ("good by ES256", token("read list", alg="ES256"), None, None),
    ]


FORGED = {  # name: denial in the access log
    "alg none": "empty-signature", "alg none, signed": "algorithm-unknown",
    "HS256 under the RSA key": "algorithm-unknown", "empty signature": "empty-signature",
    "signature of another token": "signature-wrong", "tampered payload": "signature-wrong",
    "tampered header": "signature-wrong", "tampered signature": "signature-wrong",
    "two parts": "not-three-parts", "four parts": "not-three-parts",
    "padding": "not-base64url", "no JSON": "malformed-header-part",
    "duplicate claim": "malformed-payload", "NUL behind the claims": "malformed-payload",
    "claims 2,500 deep": "malformed-payload", "ECDSA of zeros": "signature-wrong",
}
HEADERS = [  # name, header fields, query, fault, denial
    ("no token", [], "", "MISSING_TOKEN", "no-token"),
    ("an empty header", [("Authorization", "")], "", "MISSING_TOKEN", "no-token"),
    ("another scheme", [("Authorization", "Basic YTpi")], "", "MISSING_TOKEN", "other-scheme"),
    ("a scheme that begins alike", [("Authorization", "BearerX abc")], "", "MISSING_TOKEN",
     "other-scheme"),
    ("the scheme alone", [("Authorization", "Bearer")], "", "BAD_REQUEST", "malformed-header"),
    ("two tokens in one header", [("Authorization", "Bearer abc def")], "", "BAD_REQUEST",
     "malformed-header"),
    ("two headers", [("Authorization", "Bearer abc"), ("Authorization", "Bearer abc")], "",
     "BAD_REQUEST", "two-credentials"),
    ("two headers, one of another scheme", [("Authorization", "Basic YTpi"),
                                            ("authorization", "Bearer abc")], "",
     "BAD_REQUEST", "two-credentials"),
    ("a token in the query", [], "?a=b&access_token=abcdefghijklmnopqrst", "BAD_REQUEST",
     "token-in-query"),
    ("in the query, escaped", [], "?%61ccess_token=abcdefghijklmnopqrst", "BAD_REQUEST",
     "token-in-query"),
]
# fault: status, error in the challenge, TMF630 code, CAMARA code
FAULTS = {
    "MISSING_TOKEN": (401, None, "40", "UNAUTHENTICATED"),
    "INVALID_TOKEN": (401, "invalid_token", "41", "UNAUTHENTICATED"),
    "EXPIRED_TOKEN": (401, "invalid_token", "42", "UNAUTHENTICATED"),
    "INSUFFICIENT_SCOPE": (403, "insufficient_scope", "50", "PERMISSION_DENIED"),
    "BAD_REQUEST": (400, "invalid_request", "20", "INVALID_ARGUMENT"),
}


def check_challenge(answer, error, scope):
    value = answer.headers["WWW-Authenticate"]
    same(value.startswith('Bearer realm="telgate"'), True)
    told = dict(re.findall(r'(\w+)="([^"]*)"', value))
    same((told.get("error"), "error_description" in told), (error, error is not None))
    same(told.get("scope"), None if error == "invalid_request" else scope)


def check_body(answer, dialect, fault):
    """Exactly the members of the dialect."""
    status, _, tmf, camara = FAULTS[fault]
    body, media = answer.json, answer.headers["Content-Type"]
    if dialect == "problem":
        same((media, sorted(body)), ("application/problem+json", sorted(
            ["type", "title", "status", "code", "detail", "correlator"])))
        same((body["status"], body["code"]), (status, fault))
    elif dialect == "tmf":
        same((media, sorted(body)), ("application/json", sorted(
            ["@type", "code", "message", "reason", "status"])))
        same((body["status"], body["code"], body["@type"]), (str(status), tmf, "Error"))
    else:
        same((media, sorted(body)), ("application/json", ["code", "message", "status"]))
        same((body["status"], body["code"]), (status, camara))


def check(name, answer, entry, dialect, fault, denial, scope="read"):
    try:
        same((answer.status, entry.get("denial")), (FAULTS[fault][0] if fault else 200, denial))
        same(entry["status"], answer.status)
        if fault:
            check_challenge(answer, FAULTS[fault][1], scope)
            check_body(answer, dialect, fault)
        else:
            same("WWW-Authenticate" in answer.headers, False)
    except AssertionError as wrong:
        raise AssertionError(f"{name}, {dialect}:\n{wrong}\n{answer}") from wrong


def test_tokens_that_are_refused_and_their_good_neighbours():
    for dialect in DIALECTS:
        for name, token, fault, denial in token_rows():
            answer, entry = ask(f"/{dialect}/read", token)
            check(name, answer, entry, dialect, fault, denial)


def claim_rows():
    """Each claim and header of RFC 9068 deleted and altered in turn: name, token, fault, denial."""
    bad, token = "INVALID_TOKEN", main.token
    for name in ("iss", "aud", "sub", "client_id", "iat", "exp", "jti"):
        yield f"no {name}", token("read", **{name: None}), bad, "missing-claim"
    for name in ("iss", "aud", "sub", "client_id", "jti"):
        for value in (7, "", {}, True, "a\x00b", "x" * 1100):
            yield f"{name} {value!r:.20}", token("read", **{name: value}), bad, "malformed-claim"
    for name in ("iat", "exp", "nbf"):
        for value in ("1", {}, True, -1, 1e300):
            yield f"{name} {value!r}", token("read", **{name: value}), bad, "malformed-claim"
    yield "no scope", token(None), "INSUFFICIENT_SCOPE", "scope"
    for value in (7, {}, True, [7], ["a b"], "a\"b"):
        yield f"scope {value!r}", token(value), bad, "malformed-claim"
    for value in ([], ["x"], [main.audience + "/"]):
        yield f"aud {value!r}", token("read", aud=value), bad, "audience"
    for name, denial in (("typ", "token-type"), ("alg", "malformed-header-part"), ("kid", None)):
        yield f"no {name}", token("read", header={name: None}), denial and bad, denial
        for value in (7, {}, True, "a\x00b"):
            yield (f"{name} {value!r}", token("read", header={name: value}), bad,
                   "malformed-header-part")


def test_each_claim_and_header_deleted_and_altered():
    for name, token, fault, denial in claim_rows():
        answer, entry = ask("/problem/read", token)
        check(name, answer, entry, "problem", fault, denial)


def test_forged_tokens():
    for dialect in DIALECTS:
        for name, token in forged().items():
            answer, entry = ask(f"/{dialect}/read", token)
            check(name, answer, entry, dialect, "INVALID_TOKEN", FORGED[name])


def test_how_a_token_may_come():
    for dialect in DIALECTS:
        for name, headers, query, fault, denial in HEADERS:
            remember(query)
            answer, entry = ask(f"/{dialect}/read{query}", headers=headers)
            check(name, answer, entry, dialect, fault, denial)


def test_refused_tokens_reach_no_backend():
    for _, token, fault, _ in token_rows():
        if fault:
            ask("/problem/read", token)
    same(len(crm.requests), 0)


def test_every_algorithm_is_accepted_where_pinned_and_refused_elsewhere():
    for own in ALGORITHMS:
        for alg in ALGORITHMS:
            answer, entry = ask("/problem/read", pinned(own).token("read", alg=alg))
            if alg == own:
                check(own, answer, entry, "problem", None, None)
            else:
                check(f"{alg} from an issuer of {own}", answer, entry, "problem", "INVALID_TOKEN",
                      "algorithm-not-allowed")


def test_a_key_serves_only_the_algorithm_it_names():
    rows = [("RS256", "PS256"), ("RS256", "RS512"), ("PS256", "RS256"), ("RS256", "EdDSA"),
            ("ES256", "ES384"), ("EdDSA", "RS256")]  # the key, and what the token says
    for kid, alg in rows:
        token = every.token("read", alg=alg, header={"kid": kid})
        answer, entry = ask("/problem/read", token)
        check(f"{alg} under {kid}", answer, entry, "problem", "INVALID_TOKEN", "key-unfit")


def test_an_rsa_signature_of_another_padding_is_wrong():
    """The key says no algorithm, the token says RS256, the signature is PS256's."""
    head = b64({"typ": "at+jwt", "alg": "RS256", "kid": "RS256"})
    payload = b64(pinned("RS256").claims("read"))
    data = f"{head}.{payload}".encode()
    token = f"{head}.{payload}.{b64(sign('PS256', every.keys['RS256'], data))}"
    answer, entry = ask("/problem/read", token)
    check("PS256 as RS256", answer, entry, "problem", "INVALID_TOKEN", "signature-wrong")


def test_scopes_are_alternatives_of_sets():
    rows = [("/either", "read list", True), ("/either", "list read more", True),
            ("/either", "admin", True), ("/either", "read", False), ("/either", "list", False),
            ("/either", "", False), ("/either", "administrator", False),
            ("/both", "read x", True), ("/both", "read", False), ("/both", "x", False),
            ("/unsaid", "", True), ("/unsaid", "anything", True)]
    for path, scope, allowed in rows:
        answer, entry = ask(f"/problem{path}", main.token(scope))
        check(f"{path} with {scope!r}", answer, entry, "problem",
              None if allowed else "INSUFFICIENT_SCOPE", None if allowed else "scope",
              "read x" if path == "/both" else "read list")


def test_an_operation_without_security_still_wants_a_token():
    answer, entry = ask("/problem/unsaid")
    check("unsaid", answer, entry, "problem", "MISSING_TOKEN", "no-token", None)


def test_an_open_operation_looks_at_no_token():
    same(ask("/problem/open")[0].status, 200)
    answer, entry = ask("/problem/open", "no.token.atall")
    same((answer.status, entry.get("client")), (200, None))
    same("Authorization" in crm.requests[-1].headers, False)


def test_a_token_in_the_query_of_an_open_operation_is_an_unknown_parameter():
    answer, entry = ask("/problem/open?access_token=" + remember("plantedQueryTokenOfAnOpenOne"))
    same((answer.status, answer.json["code"]), (400, "INVALID_PARAMETER"))
    same(("WWW-Authenticate" in answer.headers, entry.get("denial")), (False, None))
    same(len(crm.requests), 0)


def test_the_callers_token_is_not_sent_to_the_backend():
    ask("/problem/read", main.token("read"))
    same("Authorization" in crm.wait().headers, False)


def test_a_head_over_the_limit_is_refused_whole():
    answer = gateway.raw(request_bytes("GET", "/problem/read", [
        ("Authorization", "Bearer " + remember("a" * 20000))], None))
    same(answer.status, 431)


def test_a_cached_token_still_expires():
    token = main.token("read", exp=int(time.time()) - 28)  # two seconds of the leeway are left
    if ask("/problem/read", token)[0].status == 200:
        wait_for(lambda: ask("/problem/read", token)[0].status == 401, 6, "the token's expiry")
    answer, entry = ask("/problem/read", token)
    check("expired in the cache", answer, entry, "problem", "EXPIRED_TOKEN", "expired")


def test_200_tokens_on_two_workers_are_each_answered_for_their_own_client():
    crm.choose(lambda request: http(200, json.dumps(request.target)))
    names = [f"client-{n}" for n in range(200)]
    tokens = {name: remember(main.token(client_id=name)) for name in names}

    def caller(first):
        with gateway.connect() as connection:
            for name in names[first::8] * 2:  # the second time from the cache
                pairs = [("Authorization", f"Bearer {tokens[name]}"),
                         ("X-Correlator", f"own-{name}")]
                connection.send(request_bytes("GET", "/problem/who", pairs, None))
                same(connection.read().json, f"/who/{name}")

    parallel(*[lambda n=n: caller(n) for n in range(8)])
    wait_for(lambda: len(gateway.log(event="exchange", operation="who")) >= 400)
    for entry in gateway.log(event="exchange", operation="who"):
        same((entry["status"], entry["correlator"]), (200, f"own-{entry['client']}"))


def test_no_token_is_ever_written_down():
    """Of all that the tests above sent, nothing is in the logs: they run at level debug."""
    gateway.get("/problem/" + remember("plantedInAPathThatIsNowhere"), prefix=False)
    gateway.wait_log(fault="NOT_FOUND")
    same(len(secrets) > 400, True)
    written = gateway.stderr()
    same([secret for secret in secrets if secret in written], [])
