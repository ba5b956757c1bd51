# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of the authorization server: how each proves itself (secret, RFC 7523, RFC 8705), from
where, and for what; tokens bound to certificates; token exchange (RFC 8693); and the commands that
change clients and keys while the gateway serves."""

import base64
import json
import os
import re
import threading
import time
import urllib.parse
import uuid

from certificates import certificate, client_context, text, thumbprint
from client import Raw
from harness import (Backend, FORM, GRANT, Gateway, READ, SLOW, Skip, b64, claims_of, free_port,
                     header_of, make_key, parallel, public_jwk, request_bytes, same, sign,
                     telgate, wait_for)

for arguments in (("ca", "Test CA", None), ("server", "localhost", "DNS:localhost", "ca"),
                  ("partner", "partner", "DNS:partner.example", "ca"),
                  ("stranger-ca", "Another CA", None),
                  ("stranger", "partner", "DNS:partner.example", "stranger-ca"),
                  ("alone", "alone", None)):
    certificate(*arguments)
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TYPE = "urn:ietf:params:oauth:token-type:"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
CLIENTS = """\
# The clients of this test.
clients:
  shop:                      # sells things
    secret: shop-secret
    scopes: [read, write]
  swapper:
    secret: swapper-secret
    scopes: [read, list]
    audiences: [telgate, inner]
    grants: [client_credentials, token_exchange]
  away:
    secret: away-secret
    networks: [198.51.100.0/24, '2001:db8::/32']
  here:
    secret: here-secret
    networks: [127.0.0.0/8]
  signer:
    jwks_file: signer.json
    scopes: [read]
  by-name:
    tls_client_auth_san_dns: partner.example
    scopes: [read]
    certificate_bound: true
  by-subject:
    tls_client_auth_subject_dn: CN=partner
    scopes: [read]
  by-thumbprint:
    certificate_thumbprints: [THUMBPRINT]
    scopes: [read]
    certificate_bound: true
    grants: [client_credentials, token_exchange]
"""
KEYS = {alg: make_key(alg, "signer") for alg in ALGORITHMS}
crm = Backend()
gateway = Gateway(READ, crm=crm, files={
    "clients.yaml": CLIENTS.replace("THUMBPRINT", thumbprint("alone")),
    "signer.json": json.dumps({"keys": [public_jwk(alg, key, alg) for alg, key in KEYS.items()]}),
    **{name: text(name) for name in ("ca.pem", "server.pem", "server.key")}})
URL = f"http://127.0.0.1:{gateway.port}"
TLS = free_port()
gateway.config = {
    "demo": True, "tls": {"listen": f"127.0.0.1:{TLS}", "certificate": "server.pem",
                          "key": "server.key", "client_ca": "ca.pem",
                          "client_certificates": "optional"},
    "authorization_server": {"issuer": URL, "audience": "telgate", "lifetime": "1m",
                             "clients": "clients.yaml", "key_file": "signing.pem"}}


def basic(name, secret=None):
    pair = f"{name}:{secret or name + '-secret'}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def ask(form, headers=(), path="token"):
    return gateway.request("POST", f"/oauth2/{path}", urllib.parse.urlencode(form),
                           headers=dict(headers), media=FORM, prefix=False)


def ask_tls(name, form, path="/oauth2/token", token=None):
    """The same by the door with TLS, showing a certificate; without a form, a GET."""
    gateway.start()
    headers = [("Authorization", f"Bearer {token}")] if token else []
    headers += [("Content-Type", FORM)] if form else []
    body = urllib.parse.urlencode(form).encode() if form else None
    with Raw(TLS, client_context("ca", name)) as connection:
        return connection.send(request_bytes("POST" if form else "GET", path, headers,
                                             body)).read()


def command(*arguments, status=0):
    name, verb, *rest = arguments
    ran = telgate(name, verb, "-c", os.path.join(gateway.folder, "telgate.yaml"), *rest,
                  seconds=30 * SLOW)
    same((arguments, ran.returncode, ran.stderr if status == 0 else ""), (arguments, status, ""))
    return ran.stdout.strip()


def test_networks():
    same(ask(GRANT, basic("here")).status, 200)
    answer = ask(GRANT, basic("away"))
    same((answer.status, answer.json["error"]), (401, "invalid_client"))
    same("address" in answer.json["error_description"], True)


def assertion(alg="RS256", header=None, key=None, **changes):
    now = int(time.time())
    said = {"iss": "signer", "sub": "signer", "aud": URL, "iat": now, "exp": now + 60,
            "jti": uuid.uuid4().hex, **changes}
    head = {"alg": alg, "kid": alg, **(header or {})}
    head, said = [{k: v for k, v in part.items() if v is not None} for part in (head, said)]
    data = f"{b64(head)}.{b64(said)}"
    return f"{data}.{b64(sign(alg, key or KEYS[alg], data.encode()))}"


def asserted(text_, **more):
    return ask(dict(GRANT, client_assertion_type=BEARER, client_assertion=text_, **more))


def test_private_key_jwt():
    for alg in ALGORITHMS:
        answer = asserted(assertion(alg))
        same((alg, answer.status, claims_of(answer.json["access_token"])["sub"]),
             (alg, 200, "signer"))
    for aud in (URL, URL + "/oauth2/token", [URL], [URL, URL + "/oauth2/token"]):
        same((aud, asserted(assertion(aud=aud)).status), (aud, 200))
    same(asserted(assertion(header={"typ": "client-authentication+jwt"})).status, 200)
    same(asserted(assertion(), client_id="signer").status, 200)


def test_each_mistake_of_an_assertion():
    now, other = int(time.time()), make_key("RS256", "other")
    head, said, _ = assertion().split(".")
    rows = [
        ("no iss", assertion(iss=None)), ("other iss", assertion(iss="shop")),
        ("no sub", assertion(sub=None)), ("other sub", assertion(sub="shop")),
        ("unknown client", assertion(iss="nobody", sub="nobody")),
        ("client of another kind", assertion(iss="shop", sub="shop")),
        ("no aud", assertion(aud=None)), ("other aud", assertion(aud="https://other.test")),
        ("aud of others, too", assertion(aud=[URL, "https://other.test"])),
        ("empty aud", assertion(aud=[])), ("aud by prefix", assertion(aud=URL + "/")),
        ("no exp", assertion(exp=None)), ("expired", assertion(exp=now - 60)),
        ("far exp", assertion(exp=now + 7200)), ("exp as text", assertion(exp=str(now + 60))),
        ("no iat", assertion(iat=None)), ("iat ahead", assertion(iat=now + 300)),
        ("nbf ahead", assertion(nbf=now + 300)), ("from before the start", assertion(iat=1)),
        ("no jti", assertion(jti=None)), ("jti as number", assertion(jti=5)),
        ("an access token's typ", assertion(header={"typ": "at+jwt"})),
        ("other key", assertion(key=other)), ("unknown kid", assertion(header={"kid": "x"})),
        ("kid of another type", assertion(header={"kid": "ES256"})),
        ("alg none", f"{b64({'alg': 'none', 'kid': 'RS256'})}.{said}."),
        ("no signature", f"{head}.{said}."), ("altered", f"{head}.{said}.AAAA"),
        ("crit", assertion(header={"crit": ["x"], "x": 1})), ("no JWT", "x"),
    ]
    for name, sent in rows:
        answer = asserted(sent)
        same((name, answer.status, answer.json["error"]), (name, 401, "invalid_client"))
    answer = asserted(assertion(), client_id="shop")
    same((answer.status, answer.json["error"]), (401, "invalid_client"))
    answer = ask(dict(GRANT, client_assertion=assertion()))
    same((answer.status, answer.json["error"]), (400, "invalid_request"))
    answer = ask(dict(GRANT, client_assertion_type=BEARER, client_assertion=assertion()),
                 basic("shop"))
    same((answer.status, answer.json["error"]), (400, "invalid_request"))


def test_an_assertion_is_used_once_whichever_worker_has_it():
    sent = assertion()
    got = parallel(*[lambda: asserted(sent).status for _ in range(8)])
    same(sorted(got), [200] + [401] * 7)
    same("before" in asserted(sent).json["error_description"], True)


def test_certificates_as_credentials():
    rows = [
        ("by-name", "partner", 200), ("by-name", "stranger", 401), ("by-name", "alone", 401),
        ("by-name", None, 401), ("by-subject", "partner", 200), ("by-subject", "stranger", 401),
        ("by-thumbprint", "alone", 200), ("by-thumbprint", "partner", 401),
        ("shop", "partner", 401), ("signer", "partner", 401), ("nobody", "partner", 401),
    ]
    for client, shown, status in rows:
        answer = ask_tls(shown, dict(GRANT, client_id=client))
        same((client, shown, answer.status), (client, shown, status))
        if status == 401:
            same((client, shown, answer.json["error"]), (client, shown, "invalid_client"))
    same(ask(dict(GRANT, client_id="by-name")).status, 401)  # without TLS at all


def test_a_token_bound_to_a_certificate():
    token = ask_tls("partner", dict(GRANT, client_id="by-name")).json["access_token"]
    same(claims_of(token)["cnf"], {"x5t#S256": thumbprint("partner")})
    same(ask_tls("partner", None, "/v1/read", token).status, 200)
    same([ask_tls(name, None, "/v1/read", token).status for name in ("alone", None)], [401, 401])
    same(gateway.get("/read", token=token).status, 401)
    free = ask_tls("partner", dict(GRANT, client_id="by-subject")).json["access_token"]
    same(("cnf" in claims_of(free), gateway.get("/read", token=free).status), (False, 200))


def test_the_metadata_names_certificates():
    told = gateway.get("/.well-known/oauth-authorization-server", prefix=False).json
    same(told["token_endpoint_auth_methods_supported"],
         ["client_secret_basic", "private_key_jwt", "tls_client_auth",
          "self_signed_tls_client_auth"])
    same(told["tls_client_certificate_bound_access_tokens"], True)


def subject(**more):
    return ask(dict(GRANT, **more), basic("shop")).json["access_token"]


def exchange(token, client="swapper", **more):
    form = {"grant_type": EXCHANGE, "subject_token": token,
            "subject_token_type": TYPE + "access_token", **more}
    return ask({name: value for name, value in form.items() if value}, basic(client))


def test_exchange():
    token = subject()
    answer = exchange(token)
    said, was = claims_of(answer.json["access_token"]), claims_of(token)
    same((answer.status, answer.json["issued_token_type"], answer.json["token_type"]),
         (200, TYPE + "access_token", "Bearer"))
    same([said[name] for name in ("sub", "client_id", "aud", "scope", "act")],
         ["shop", "swapper", "telgate", "read", {"sub": "swapper"}])
    same((said["exp"] <= was["exp"], said["jti"] != was["jti"]), (True, True))
    same(gateway.get("/read", token=answer.json["access_token"]).status, 200)
    again = exchange(answer.json["access_token"], audience="inner", scope="read",
                     requested_token_type=TYPE + "jwt")
    said = claims_of(again.json["access_token"])
    same((said["aud"], said["act"]), ("inner", {"sub": "swapper", "act": {"sub": "swapper"}}))


def test_each_mistake_of_an_exchange():
    token, foreign = subject(), gateway.token("read")
    head, said, _ = token.split(".")
    writes = subject(scope="write")
    dead = subject()
    same(ask({"token": dead}, basic("shop"), "revoke").status, 200)
    rows = [
        ("more scopes", token, {"scope": "read list"}, 400, "invalid_scope"),
        ("scopes of the client only", token, {"scope": "list"}, 400, "invalid_scope"),
        ("scopes of the token only", token, {"scope": "write"}, 400, "invalid_scope"),
        ("no scope in common", writes, {}, 400, "invalid_scope"),
        ("other audience", token, {"audience": "outer"}, 400, "invalid_target"),
        ("other resource", token, {"resource": "https://outer.test"}, 400, "invalid_target"),
        ("another issuer's", foreign, {}, 400, "invalid_request"),
        ("altered", f"{head}.{said}.AAAA", {}, 400, "invalid_request"),
        ("garbage", "x", {}, 400, "invalid_request"),
        ("revoked", dead, {}, 400, "invalid_request"),
        ("no token", "", {}, 400, "invalid_request"),
        ("no type", token, {"subject_token_type": ""}, 400, "invalid_request"),
        ("an ID token's type", token, {"subject_token_type": TYPE + "id_token"}, 400,
         "invalid_request"),
        ("wants a refresh token", token, {"requested_token_type": TYPE + "refresh_token"}, 400,
         "invalid_request"),
        ("an actor", token, {"actor_token": token}, 400, "invalid_request"),
    ]
    for name, sent, more, status, error in rows:
        answer = exchange(sent, **more)
        same((name, answer.status, answer.json.get("error")), (name, status, error))
    same(exchange(token, "shop").json["error"], "unauthorized_client")


def test_a_bound_token_is_exchanged_by_its_holder_only():
    form = {"grant_type": EXCHANGE, "client_id": "by-thumbprint",
            "subject_token_type": TYPE + "access_token"}
    bound = ask_tls("partner", dict(GRANT, client_id="by-name")).json["access_token"]
    same(exchange(bound).json["error"], "invalid_request")
    answer = ask_tls("alone", dict(form, subject_token=bound))
    same((answer.status, answer.json["error"]), (400, "invalid_request"))
    own = ask_tls("alone", dict(GRANT, client_id="by-thumbprint")).json["access_token"]
    got = ask_tls("alone", dict(form, subject_token=own)).json["access_token"]
    same(claims_of(got)["cnf"], {"x5t#S256": thumbprint("alone")})


def test_guessing_a_secret_is_slowed_down():
    if SLOW == 10:
        raise Skip("under valgrind a guess takes longer than it is slowed down to")
    gateway.start()
    secret = command("client", "add", "guessed", "--scopes", "read")
    wait_for(lambda: ask(GRANT, basic("guessed", secret)).status == 200, 5, "the new client")
    wrong = [ask(GRANT, basic("guessed", f"wrong-{n}")) for n in range(8)]
    same((wrong[0].status, 429 in [answer.status for answer in wrong]), (401, True))
    limited = next(answer for answer in wrong if answer.status == 429)
    same((limited.json["error"], limited.headers["Retry-After"]), ("temporarily_unavailable", "1"))
    same(ask(GRANT, basic("guessed", secret)).status, 200)  # who knows it is let in all the same


def test_wrong_secrets_hold_up_nobody_else():
    gateway.start()
    secrets = [command("client", "add", f"slow-{n}") for n in range(3)]
    wait_for(lambda: ask(GRANT, basic("slow-2", secrets[2])).status == 200, 5, "the new clients")
    ended, times = threading.Event(), []
    token = ask(GRANT, basic("shop")).json["access_token"]

    def guess(client):
        for number in range(6):
            ask(GRANT, basic(client, f"{client}-{number}"))

    def read():
        while not ended.is_set():
            begin = time.monotonic()
            same(gateway.get("/read", token=token).status, 200)
            times.append(time.monotonic() - begin)

    reader = threading.Thread(target=read)
    reader.start()
    parallel(*[lambda c=f"slow-{n}": guess(c) for n in range(3)])
    ended.set()
    reader.join()
    print(f"# {len(times)} calls beside 18 wrong secrets: median "
          f"{sorted(times)[len(times) // 2] * 1000:.1f} ms, slowest {max(times) * 1000:.1f} ms",
          flush=True)
    same(len(times) > 5, True)


def test_commands_change_clients_while_the_gateway_serves():
    gateway.start()
    path = os.path.join(gateway.folder, "clients.yaml")
    first = command("client", "add", "new", "--scopes", "read", "--networks", "127.0.0.1",
                    "--lifetime", "30s")
    wait_for(lambda: ask(GRANT, basic("new", first)).status == 200, 5, "the new client")
    same(ask(GRANT, basic("new", first)).json["expires_in"], 30)
    second = command("client", "rotate", "new", "--overlap", "yes")
    wait_for(lambda: ask(GRANT, basic("new", second)).status == 200, 5, "the new secret")
    same((first != second, ask(GRANT, basic("new", first)).status), (True, 200))
    third = command("client", "rotate", "new")
    wait_for(lambda: ask(GRANT, basic("new", second)).status == 401, 5, "the old secret's end")
    same(ask(GRANT, basic("new", third)).status, 200)
    command("client", "disable", "new")
    wait_for(lambda: ask(GRANT, basic("new", third)).status == 401, 5, "its end")
    listed = command("client", "list")
    same(("disabled" in listed, third in listed, "$scrypt" in listed), (True, False, False))
    command("client", "enable", "new")
    wait_for(lambda: ask(GRANT, basic("new", third)).status == 200, 5, "its return")
    with open(path, encoding="utf-8") as file:
        written = file.read()
    same([line in written for line in ("# The clients of this test.", "# sells things",
                                       "networks: [127.0.0.0/8]")], [True] * 3)
    same([secret in written for secret in (first, second, third)], [False] * 3)


def test_mistakes_of_the_client_command():
    before = command("client", "list")
    for arguments in (["add", "shop"], ["add", "a:b"], ["add", "x", "--networks", "10.0.0.1/8"],
                      ["add", "x", "--lifetime", "long"], ["add", "x", "--grants", "password"],
                      ["add", "x", "--jwks-file", "missing.json"], ["rotate", "nobody"],
                      ["rotate", "signer"], ["disable", "nobody"]):
        command("client", *arguments, status=1)
    for arguments in (["add"], ["list", "x"], ["remove", "shop"], ["rotate", "shop", "--overlap",
                                                                   "no"]):
        command("client", *arguments, status=2)
    same(command("client", "list"), before)


def test_a_broken_table_leaves_the_old_one_in_force():
    gateway.start()
    path = os.path.join(gateway.folder, "clients.yaml")
    with open(path, encoding="utf-8") as file:
        good = file.read()
    gateway.path("clients.yaml", good + "  broken: {secret: x, scope: [read]}\n")
    gateway.wait_log(event="clients", level="error")
    same(ask(GRANT, basic("shop")).status, 200)
    gateway.path("clients.yaml", good + "  mended: {secret: mended-secret}\n")
    wait_for(lambda: ask(GRANT, basic("mended")).status == 200, 5, "the mended table")
    gateway.path("clients.yaml", good)


def kids():
    return [key["kid"] for key in gateway.get("/oauth2/jwks", prefix=False).json["keys"]]


def test_keys_are_rotated_without_a_refused_request():
    gateway.start()
    before, ended, refused, seen = kids(), threading.Event(), [], set()

    def use():
        while not ended.is_set():
            token = ask(GRANT, basic("shop")).json["access_token"]
            seen.add(header_of(token)["kid"])
            if gateway.get("/read", token=token).status != 200:
                refused.append(token)

    token = ask(GRANT, basic("shop")).json["access_token"]
    users = [threading.Thread(target=use) for _ in range(3)]
    for user in users:
        user.start()
    told = command("key", "rotate", "--in", "2s")
    new = re.match(r"new key (\S+) signs from", told).group(1)
    wait_for(lambda: new in kids(), 5, "the new key in the set")
    wait_for(lambda: new in seen, 8, "the new key's first signature")
    ended.set()
    for user in users:
        user.join()
    same((len(before), kids(), refused), (1, [new] + before, []))
    same(gateway.get("/read", token=token).status, 200)  # the old key's tokens stay good
    listed = command("key", "list")
    same((f"{new}  signs" in listed, f"{before[0]}  published" in listed), (True, True))


def test_an_expired_key_leaves_the_set():
    gateway.start()
    path = os.path.join(gateway.folder, "signing.pem")
    with open(path, encoding="ascii") as file:
        pem = file.read()
    old = kids()[-1]
    soon = int(time.time()) + 2
    gateway.path("signing.pem", re.sub(r"until [1-9]\d*", f"until {soon}", pem))
    token = ask(GRANT, basic("shop")).json["access_token"]
    wait_for(lambda: old not in kids(), 8, "the old key's end")
    same(gateway.get("/read", token=token).status, 200)


def test_nothing_secret_is_written_down():
    ask(GRANT, basic("shop", "planted-wrong-secret"))
    sent, token = assertion(), ask(GRANT, basic("shop")).json["access_token"]
    same((asserted(sent).status, asserted(sent).status), (200, 401))
    same((exchange(token).status, exchange(sent).status), (200, 400))
    gateway.wait_log(event="exchange", route="/oauth2/token", denial="invalid_request")
    written = gateway.stderr()
    parts = sent.split(".") + token.split(".") + ["planted-wrong-secret", "shop-secret"]
    same([part for part in parts if part in written], [])
