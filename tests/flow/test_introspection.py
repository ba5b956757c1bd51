# SPDX-License-Identifier: GPL-2.0-or-later
"""Opaque tokens (RFC 7662) and issuers known by their name (OpenID Connect Discovery, RFC 8414):
what is asked and how often, each answer altered in turn, and that an outage denies."""

import base64
import itertools
import json
import threading
import time
import urllib.parse

from harness import (SILENCE, SLOW, Backend, Gateway, Issuer, Prover, READ, http, parallel, same,
                     wait_for)

CONTRACT = READ + """
/who:
  get:
    operationId: who
    security: [{oauth: [read]}]
    x-telgate: {call: "crm GET /who/{$claims.client_id}"}
    responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
"""
crm, server, serial = Backend(), Backend(), itertools.count()
signer = Issuer()
AUDIENCE = "https://api.test"


def answer_of(**changes):
    """A good answer; None leaves a member out."""
    now = int(time.time())
    told = {"active": True, "iss": "https://opaque.test", "aud": AUDIENCE, "scope": "read",
            "client_id": "c1", "sub": "s1", "exp": now + 300, "iat": now, "token_type": "Bearer"}
    told.update(changes)
    return {name: value for name, value in told.items() if value is not None}


def gateway_with(workers=2, introspection=None, **entry):
    asks = {"url": server.url + "/introspect", "client_id": "gate way", "client_secret":
            "$secret.rs", **(introspection or {})}
    made = Gateway(CONTRACT, crm=crm, issuer=signer, config={
        "workers": workers, "secrets": {"rs": "s:cr%t"}, "issuers": [
            {"issuer": signer.url, "audiences": [AUDIENCE], "jwks_file": "jwks.json",
             "algorithms": ["RS256", "ES256"]},
            {"issuer": "https://opaque.test", "audiences": [AUDIENCE], "introspection": asks,
             **entry}]}, files={"signed.json": json.dumps(Issuer("https://opaque.test").jwks())})
    return made.start()


gateway = gateway_with()


def opaque():
    return f"opaque-{time.time_ns()}-{next(serial)}"


def ask(token=None, at=None, target="/read"):
    """Status and denial."""
    correlator = f"introspection-{next(serial)}"
    at = at or gateway
    answer = at.get(target, token=token or opaque(), headers={"X-Correlator": correlator})
    return answer.status, at.wait_log(correlator=correlator).get("denial")


def asked(token=None):
    """The requests for a token."""
    return [r for r in server.requests
            if token is None or dict(urllib.parse.parse_qsl(r.body.decode())).get("token") == token]


def test_what_is_asked():
    server.reply(200, answer_of())
    token = "aA0-._~+/="
    same(ask(token), (200, None))
    seen = server.wait()
    same((seen.method, seen.target), ("POST", "/introspect"))
    same(dict(urllib.parse.parse_qsl(seen.body.decode())),
         {"token": token, "token_type_hint": "access_token"})
    same(seen.headers["Content-Type"], "application/x-www-form-urlencoded")
    basic = base64.b64decode(seen.headers["Authorization"].removeprefix("Basic ")).decode()
    same(basic, "gate%20way:s%3Acr%25t")  # RFC 6749 section 2.3.1


def test_the_claims_are_the_callers():
    server.reply(200, answer_of(client_id="partner-7"))
    same(ask(target="/who"), (200, None))
    same(crm.wait().target, "/who/partner-7")


def test_signed_tokens_are_not_asked_for():
    same(ask(signer.token("read")), (200, None))
    same(ask(signer.token("read", iss="https://opaque.test")), (401, "key-unknown"))
    same(server.requests, [])


def test_answers_altered():
    now = int(time.time())
    for name, told, status, denial in (
            ("inactive", {"active": False}, 401, "token-inactive"),
            ("inactive, with claims", answer_of(active=False), 401, "token-inactive"),
            ("no active", answer_of(active=None), 503, "introspection-unavailable"),
            ("active as text", answer_of(active="true"), 503, "introspection-unavailable"),
            ("active as a number", answer_of(active=1), 503, "introspection-unavailable"),
            ("no object", [answer_of()], 503, "introspection-unavailable"),
            ("no JSON", b"active", 503, "introspection-unavailable"),
            ("twice", b'{"active": false, "active": true}', 503, "introspection-unavailable"),
            ("nothing", b"", 503, "introspection-unavailable"),
            ("another issuer", answer_of(iss="https://other.test"), 401, "issuer-unknown"),
            ("no issuer", answer_of(iss=None), 200, None),
            ("another audience", answer_of(aud="https://other.test"), 401, "audience"),
            ("among audiences", answer_of(aud=["https://other.test", AUDIENCE]), 200, None),
            ("no audience", answer_of(aud=None), 401, "missing-claim"),
            ("expired", answer_of(exp=now - 60), 401, "expired"),
            ("exp as text", answer_of(exp=str(now + 60)), 401, "malformed-claim"),
            ("no exp", answer_of(exp=None), 200, None),
            ("not yet", answer_of(nbf=now + 60), 401, "not-yet-valid"),
            ("from the future", answer_of(iat=now + 60), 401, "issued-in-future"),
            ("a refresh token", answer_of(token_type="refresh_token"), 401, "token-type"),
            ("bearer in small letters", answer_of(token_type="bearer"), 200, None),
            ("no token_type", answer_of(token_type=None), 200, None),
            ("nobody", answer_of(client_id=None, sub=None), 401, "missing-claim"),
            ("no client", answer_of(client_id=None), 200, None),
            ("bound", answer_of(cnf={"jkt": Prover().jkt}), 401, "sender-bound"),
            ("bound by a certificate", answer_of(cnf={"x5t#S256": "x"}), 401,
             "certificate-missing"),
            ("another scope", answer_of(scope="write"), 403, "scope"),
            ("no scope", answer_of(scope=None), 403, "scope")):
        server.reply(200, told)
        same((name, ask()), (name, (status, denial)))


def test_statuses_that_are_no_answer():
    for status in (201, 204, 301, 400, 401, 403, 404, 500, 503):
        server.reply(status, answer_of())
        same((status, ask()), (status, (503, "introspection-unavailable")))


def test_tokens_that_are_not_sent_on():
    for token in ("a%b", "=", "a=b", "a\"b", "a:b"):
        same((token, ask(token)), (token, (401, "token-form")))
    same(server.requests, [])


def test_a_good_answer_is_kept_for_a_while_and_a_bad_one_is_not():
    at = gateway_with(introspection={"cache": "2s"})
    token = opaque()
    server.reply(200, answer_of())
    begin = time.monotonic()
    same([ask(token, at) for _ in range(10)], [(200, None)] * 10)
    same(len(asked(token)) == 1 or time.monotonic() - begin > 2, True)
    server.reply(200, {"active": False})
    wait_for(lambda: ask(token, at) == (401, "token-inactive"), 4, "the revocation's effect")
    same(time.monotonic() - begin < 4 * SLOW, True)
    before = len(asked(token))
    same([ask(token, at) for _ in range(3)], [(401, "token-inactive")] * 3)
    same(len(asked(token)), before + 3)


def test_an_answer_is_never_kept_past_its_expiry():
    token = opaque()
    server.reply(200, answer_of(exp=int(time.time()) + 1 - 30 + 2))  # the leeway is 30 s
    ask(token)
    before = len(asked(token))
    ask(token)
    same(len(asked(token)), before + 1)


def test_one_request_in_flight_a_token_over_all_workers():
    token, other = opaque(), opaque()
    server.play(0.5, http(200, answer_of()))
    got = parallel(*[lambda t=t: ask(t) for t in [token] * 12 + [other]])
    same((got, len(asked(token)), len(asked(other))), ([(200, None)] * 13, 1, 1))
    token = opaque()
    server.play(0.5, http(200, {"active": False}))
    got = parallel(*[lambda: ask(token) for _ in range(12)])
    same((got, len(asked(token))), ([(401, "token-inactive")] * 12, 1))


def test_who_waits_does_not_depend_on_who_asks():
    token = opaque()
    server.then(1, http(200, answer_of()))
    with gateway.connect() as first:  # leaves in the middle
        first.send(f"GET /v1/read HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n")
        wait_for(lambda: asked(token))
        second = []
        thread = threading.Thread(target=lambda: second.append(ask(token)))
        thread.start()
        time.sleep(0.2)
        server.reply(200, answer_of())
    thread.join()
    same((second, len(asked(token)) <= 2), ([(200, None)], True))


def test_an_outage_denies_and_holds_up_nobody_else():
    kept = opaque()
    server.reply(200, answer_of())
    same(ask(kept), (200, None))
    server.down()
    same(ask(), (503, "introspection-unavailable"))
    same((ask(kept), ask(signer.token("read"))), ((200, None), (200, None)))
    answer = gateway.get("/read", token=opaque())
    same("WWW-Authenticate" in answer.headers, False)
    server.up()
    server.play(SILENCE)
    begin, late = time.monotonic(), []
    thread = threading.Thread(target=lambda: late.append(ask()))
    thread.start()
    for _ in range(20):
        same(ask(signer.token("read")), (200, None))
    same((time.monotonic() - begin < 2 * SLOW, late), (True, []))
    thread.join()
    same(late, [(503, "introspection-unavailable")])


def test_a_kept_connection_that_died_is_no_outage():
    server.reply(200, answer_of())
    same(ask(), (200, None))
    server.down()
    server.up()
    server.reply(200, answer_of())
    same(ask(), (200, None))


def test_an_answer_without_audience_where_that_is_allowed():
    at = gateway_with(introspection={"without_audience": True})
    for aud, got in ((None, (200, None)), (AUDIENCE, (200, None)), ("x", (401, "audience"))):
        server.reply(200, answer_of(aud=aud))
        same((aud, ask(at=at)), (aud, got))


def test_signed_tokens_are_asked_for_where_that_is_wanted():
    signed = Issuer("https://opaque.test")
    at = gateway_with(introspection={"signed": True, "cache": "1s"}, jwks_file="signed.json",
                      algorithms=["RS256"])
    token = signed.token("read", jti="one")
    for name, told, got in (("active", answer_of(), (200, None)),
                            ("revoked", {"active": False}, (401, "token-inactive")),
                            ("away", None, (503, "introspection-unavailable"))):
        server.reply(200 if told else 500, told or b"")
        time.sleep(1.1)  # a good answer serves for a second
        same((name, ask(token, at), len(asked(token)) > 0), (name, got, True))
    before = len(server.requests)
    same(ask(signed.token("read", key=signer.keys["RS256"]), at), (401, "signature-wrong"))
    same(ask("opaque", at), (401, "not-three-parts"))
    same(len(server.requests), before)  # neither was asked for


# Discovery

def described(path="", well_known="/.well-known/openid-configuration", before=True, **changes):
    """A server that describes itself, and has keys and answers, too; its issuer and a gateway."""
    place = Backend()
    url = place.url + path
    issuer = Issuer(url, AUDIENCE)
    document = {"issuer": url, "jwks_uri": place.url + "/keys",
                "introspection_endpoint": place.url + "/ask", **changes}
    document = {name: value for name, value in document.items() if value is not None}
    at = path + well_known if before else well_known + path
    answers = {at: document, "/keys": issuer.jwks(), "/ask": answer_of(iss=url)}
    place.choose(lambda r: http(200, answers[r.target]) if r.target in answers else http(404))
    place.answers = answers
    return place, issuer


def discovering(issuer, **entry):
    return Gateway(CONTRACT, crm=crm, issuer=signer, config={"issuers": [
        {"issuer": issuer.url, "audiences": [AUDIENCE], "retry": "1s", **entry}]}).start()


def test_an_issuer_is_found_by_its_name():
    oauth = "/.well-known/oauth-authorization-server"
    for path, where, before in (("", "/.well-known/openid-configuration", True),
                                ("/realms/a", "/.well-known/openid-configuration", True),
                                ("", oauth, False), ("/realms/a", oauth, False)):
        place, issuer = described(path, where, before)
        at = discovering(issuer, introspection={"client_id": "a", "client_secret": "b"})
        wait_for(lambda: ask(issuer.token("read"), at) == (200, None), 5, f"{path}, {where}")
        same(ask(at=at), (200, None))
        same("/ask" in [r.target for r in place.requests], True)
        place.down()


def test_descriptions_that_are_not_used():
    for name, changes in (("another issuer's", {"issuer": "https://other.test"}),
                          ("nobody's", {"issuer": None}),
                          ("a slash more", {"issuer": "SLASH"}),
                          ("keys over plain HTTP", {"jwks_uri": "http://192.0.2.1/keys"}),
                          ("keys from nowhere", {"jwks_uri": None}),
                          ("keys no text", {"jwks_uri": 7}),
                          ("endpoint over plain HTTP",
                           {"introspection_endpoint": "http://192.0.2.1/ask"})):
        place, issuer = described()
        if changes.get("issuer") == "SLASH":
            changes["issuer"] = issuer.url + "/"
        place.answers["/.well-known/openid-configuration"].update(changes)
        at = discovering(issuer)
        wait_for(lambda: at.log(event="keys"), 5, name)
        same((name, ask(issuer.token("read"), at)), (name, (503, "keys-unavailable")))
        same("/keys" in [r.target for r in place.requests], False)
        place.down()


def test_keys_that_move_are_found_again():
    place, issuer = described()
    at = discovering(issuer, refresh="1s")
    wait_for(lambda: ask(issuer.token("read"), at) == (200, None), 5, "the first keys")
    place.answers["/moved"] = place.answers.pop("/keys")
    place.answers["/.well-known/openid-configuration"]["jwks_uri"] = place.url + "/moved"
    wait_for(lambda: "/moved" in [r.target for r in place.requests], 5, "another look")
    same(ask(issuer.token("read"), at), (200, None))
    del place.answers["/.well-known/openid-configuration"]  # what was found serves on
    time.sleep(1.5)
    same(ask(issuer.token("read"), at), (200, None))
