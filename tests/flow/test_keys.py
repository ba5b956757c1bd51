# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys from a jwks_uri: fetched once, again for a new key, never without bound; the last good set
stays while its source is away; waiting for keys holds up nobody else; issuers side by side."""

import itertools
import json
import threading
import time

from harness import (Backend, Gateway, Issuer, OPEN, READ, SILENCE, SLOW, http, make_key, parallel,
                     public_jwk, same, wait_for)

RETRY = 1  # seconds between two fetches for unknown keys
crm, keys, serial = Backend(), Backend(), itertools.count()
issuer = Issuer("https://remote.test", algorithms=("RS256",))
filed = Issuer("https://filed.test")


def jwks(*names):
    """A key set of these keys; "RS256" is the issuer's own."""
    made = {name: make_key("RS256", issuer.url if name == "RS256" else name) for name in names}
    return http(200, {"keys": [public_jwk("RS256", key, name) for name, key in made.items()]})


def token(name="RS256", **changes):
    """A token by the key of that name."""
    key = make_key("RS256", issuer.url if name == "RS256" else name)
    return issuer.token("read", header={"kid": name}, key=key, **changes)


def started(answer=None, path=None):
    """A new gateway that has read the keys, and trusts an issuer with a file, too. Its source has a
    path of its own: the gateways before it may still ask."""
    path = path if path is not None else f"/jwks?of={next(serial)}"
    entry = {"issuer": issuer.url, "audiences": ["https://api.test"],
             "jwks_uri": keys.url + path, "retry": f"{RETRY}s", "refresh": "1h"}
    gateway = Gateway(READ + OPEN, issuer=filed, crm=crm, config={"issuers": [
        {"issuer": filed.url, "audiences": ["https://filed.api.test"], "jwks_file": "jwks.json",
         "algorithms": ["RS256", "ES256"]}, entry]})
    keys.play(answer or jwks("RS256"))
    gateway.start()
    gateway.fetches = lambda: sum(request.target == (path or "/") for request in keys.requests)
    wait_for(lambda: gateway.fetches() or not keys.listener, 5, "the first fetch")
    return gateway


def refused(gateway, sent, status, denial):
    same(gateway.get("/read", token=sent).status, status)
    gateway.wait_log(event="exchange", status=status, denial=denial)


def accepted(gateway, sent):
    return gateway.get("/read", token=sent).status == 200


def test_keys_are_fetched_once():
    gateway = started()
    for _ in range(20):
        same(gateway.get("/read", token=token()).status, 200)
    seen = keys.wait()
    same((gateway.fetches(), seen.method), (1, "GET"))
    same(seen.headers["Accept"], "application/json")
    same("Authorization" in seen.headers, False)


def test_an_address_without_a_path():
    same(accepted(started(path=""), token()), True)


def test_two_issuers_side_by_side():
    gateway = started()
    mine = filed.token("read", aud="https://filed.api.test")
    same((accepted(gateway, mine), accepted(gateway, token())), (True, True))
    refused(gateway, filed.token("read"), 401, "audience")  # the other's audience
    refused(gateway, token(aud="https://filed.api.test"), 401, "audience")
    forged = filed.token("read", iss=issuer.url)  # both have a key named RS256
    refused(gateway, forged, 401, "signature-wrong")
    refused(gateway, issuer.token("read", iss=filed.url), 401, "signature-wrong")


def test_a_new_key_is_fetched_once_and_the_old_one_goes():
    gateway, old = started(), token()
    same(accepted(gateway, old), True)
    keys.play(jwks("second"))
    wait_for(lambda: accepted(gateway, token("second")), RETRY + 4, "the new key's acceptance")
    same(gateway.fetches(), 2)
    refused(gateway, old, 401, "key-unknown")  # although it was in the cache of verified tokens
    for _ in range(10):
        same(accepted(gateway, token("second")), True)
    same(gateway.fetches() <= 3, True)  # the old key may have been looked for once


def test_a_flood_of_unknown_keys_makes_few_fetches():
    gateway, begin = started(), time.monotonic()
    tokens = [token("flood", jti=str(n)) for n in range(4)]
    head = [issuer.token("read", header={"kid": f"flood-{n}"}) for n in range(400)]

    def flood(first):
        for sent in head[first::4] + tokens:
            same(gateway.get("/read", token=sent).status, 401)
            same(accepted(gateway, token(jti=f"{first}")), True)

    parallel(*[lambda n=n: flood(n) for n in range(4)])
    most = 2 + (time.monotonic() - begin) / RETRY
    same(gateway.fetches() <= most, True)


def test_a_failing_source_leaves_the_last_good_set():
    gateway = started()
    same(accepted(gateway, token()), True)
    bad = [http(500), http(200, "no JSON"), http(200, {"keys": []}), http(200, {"keys": [{}]}),
           http(301, b"", Location=keys.url), http(200, b"x" * 300000), b"garbage\r\n\r\n",
           http(200, {"keys": [public_jwk("RS256", make_key("RS256", "second"), "RS256")] * 2})]
    for answer in bad:
        before = gateway.fetches()
        keys.play(answer)
        wait_for(lambda: not accepted(gateway, token("second")) and gateway.fetches() > before,
                 RETRY + 4, "another fetch")
        same(accepted(gateway, token(jti="fresh")), True)


def test_an_outage_and_its_end():
    gateway = started()
    same(accepted(gateway, token()), True)
    keys.down()
    time.sleep(RETRY + 0.1)
    refused(gateway, token("second"), 401, "key-unknown")
    same(accepted(gateway, token(jti="fresh")), True)
    keys.play(jwks("RS256", "second"))
    keys.up()
    wait_for(lambda: accepted(gateway, token("second")), RETRY + 4, "the end of the outage")


def test_without_any_keys_the_gateway_starts_and_answers_503():
    keys.down()
    gateway = started()
    answer = gateway.get("/read", token=token())
    same((answer.status, answer.json["code"]), (503, "UNAVAILABLE"))
    same("WWW-Authenticate" in answer.headers, False)  # no other token would help
    gateway.wait_log(status=503, denial="keys-unavailable")
    same(gateway.get("/open").status, 200)
    same(accepted(gateway, filed.token("read", aud="https://filed.api.test")), True)
    keys.up()
    wait_for(lambda: accepted(gateway, token()), 5, "keys at last")


def test_a_slow_source_holds_up_nobody_else():
    gateway = started()
    same(accepted(gateway, token()), True)
    time.sleep(RETRY + 0.1)
    keys.play(1.5, jwks("RS256", "second"))
    late = []
    waiting = [threading.Thread(target=lambda: late.append(accepted(gateway, token("second"))))
               for _ in range(8)]
    for thread in waiting:
        thread.start()
    wait_for(lambda: gateway.fetches() == 2)
    slowest = 0
    for n in range(20):
        begin = time.monotonic()
        same((accepted(gateway, token(jti=str(n))), gateway.get("/open").status), (True, 200))
        slowest = max(slowest, time.monotonic() - begin)
    same((slowest < 0.5 * SLOW, late if SLOW == 1 else []), (True, []))
    for thread in waiting:
        thread.join()
    same((late, gateway.fetches()), ([True] * 8, 2))  # they waited for one fetch together


def test_a_source_that_never_answers_costs_a_bounded_wait():
    gateway = started()
    time.sleep(RETRY + 0.1)
    keys.play(SILENCE)
    begin = time.monotonic()
    refused(gateway, token("second"), 401, "key-unknown")
    same(time.monotonic() - begin < 4 + SLOW, True)


def test_keys_in_a_file_that_grew_are_found():
    gateway = started()
    same(accepted(gateway, filed.token("read", aud="https://filed.api.test")), True)
    new = Issuer(filed.url, audience="https://filed.api.test", algorithms=("RS384",))
    entry = public_jwk("RS256", new.keys["RS384"], "new")
    gateway.path("jwks.json", json.dumps({"keys": filed.jwks()["keys"] + [entry]}))
    fresh = lambda: new.token("read", header={"kid": "new"}, key=new.keys["RS384"], alg="RS256")
    wait_for(lambda: accepted(gateway, fresh()), 15, "the new key")
