# SPDX-License-Identifier: GPL-2.0-or-later
"""The small authorization server: tokens for client credentials, each error of RFC 6749, its key
set and metadata; `telgate token`; and no secret or token in any log."""

import base64
import hashlib
import json
import os
import time
import urllib.parse

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness import (Backend, FORM, GRANT, Gateway, READ, SLOW, claims_of, header_of, same,
                     telgate)

SECRET, HASHED = "planted-secret-of-partner", "planted:secret/with=signs&more"
WRONG = "planted-wrong-secret"


def scrypt(secret):
    """A secret as clients.yaml has it."""
    salt = b"0123456789abcdef"
    key = hashlib.scrypt(secret.encode(), salt=salt, n=16384, r=8, p=1, dklen=32, maxmem=1 << 26)
    parts = [base64.b64encode(part).rstrip(b"=").decode() for part in (salt, key)]
    return f"$scrypt$ln=14,r=8,p=1${parts[0]}${parts[1]}"


CLIENTS = {"clients": {
    "partner": {"secret": SECRET, "scopes": ["read", "list"]},
    "hashed": {"secret_scrypt": scrypt(HASHED), "scopes": ["read"], "lifetime": "1m"},
    "elsewhere": {"secret": SECRET, "scopes": ["read"], "audiences": ["https://elsewhere.test"]}}}
crm = Backend()
gateway = Gateway(READ, crm=crm, files={"clients.yaml": json.dumps(CLIENTS)},
                  config={"demo": True, "log": "debug"})
URL = f"http://127.0.0.1:{gateway.port}"
gateway.config["authorization_server"] = {
    "issuer": URL, "audience": "telgate", "lifetime": "5m", "key_file": "signing.pem",
    "clients": "clients.yaml"}
seen = {SECRET, HASHED, WRONG}  # what must not be written down


def basic(name, secret):
    quoted = ":".join(urllib.parse.quote(part, safe="") for part in (name, secret))
    credentials = base64.b64encode(quoted.encode()).decode()
    seen.add(credentials)
    return {"Authorization": f"Basic {credentials}"}


def ask(form, headers=(), media=FORM, method="POST"):
    """One call of the token endpoint. The form is a dict, or text as it is."""
    body = urllib.parse.urlencode(form) if isinstance(form, dict) else form
    return gateway.request(method, "/oauth2/token", body, headers=dict(headers), media=media,
                           prefix=False)


def issued(answer):
    """The token of a good answer, whose form is checked."""
    same((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
    same((answer.headers["Cache-Control"], answer.json["token_type"]), ("no-store", "Bearer"))
    token = answer.json["access_token"]
    seen.update(token.split("."))
    return token


def test_a_token_by_basic_is_accepted():
    answer = ask(GRANT, basic("partner", SECRET))
    token, now = issued(answer), time.time()
    same((answer.json["expires_in"], answer.json["scope"]), (300, "read list"))
    head, claims = header_of(token), claims_of(token)
    same((head["typ"], head["alg"]), ("at+jwt", "RS256"))
    wanted = {"iss": URL, "aud": "telgate", "sub": "partner", "client_id": "partner",
              "scope": "read list"}
    same({name: claims[name] for name in wanted}, wanted)
    same((abs(claims["iat"] - now) < 5 * SLOW, claims["exp"] - claims["iat"]), (True, 300))
    same(gateway.get("/read", token=token).status, 200)
    gateway.wait_log(event="exchange", operation="read", client="partner")


def test_a_token_with_fewer_scopes():
    answer = ask(dict(GRANT, scope="list", other="ignored"), basic("partner", SECRET))
    same(answer.json["scope"], "list")
    refused = gateway.get("/read", token=issued(answer))
    same((refused.status, "insufficient_scope" in refused.headers["WWW-Authenticate"]), (403, True))


def test_a_hashed_secret_and_the_clients_own_lifetime():
    for _ in range(2):  # the first costs a scrypt, the second is remembered
        answer = ask(GRANT, basic("hashed", HASHED))
        issued(answer)
        same(answer.json["expires_in"], 60)
    same(ask(GRANT, basic("hashed", WRONG)).status, 401)


def test_a_token_for_another_audience_is_not_accepted_here():
    token = issued(ask(GRANT, basic("elsewhere", SECRET)))
    same(claims_of(token)["aud"], "https://elsewhere.test")
    same(gateway.get("/read", token=token).status, 401)


def test_each_mistake_of_a_token_request():
    good, post = basic("partner", SECRET), dict(GRANT, client_id="partner", client_secret=SECRET)
    rows = [
        ("wrong secret", GRANT, basic("partner", WRONG), 401, "invalid_client"),
        ("secret by post", post, {}, 401, "invalid_client"),
        ("wrong secret by post", dict(post, client_secret=WRONG), {}, 401, "invalid_client"),
        ("unknown client", GRANT, basic("nobody", SECRET), 401, "invalid_client"),
        ("another's secret", GRANT, basic("hashed", SECRET), 401, "invalid_client"),
        ("empty secret", GRANT, basic("partner", ""), 401, "invalid_client"),
        ("no client", GRANT, {}, 401, "invalid_client"),
        ("no secret", dict(GRANT, client_id="partner"), {}, 401, "invalid_client"),
        ("another scheme", GRANT, {"Authorization": "Bearer x"}, 401, "invalid_client"),
        ("broken base64", GRANT, {"Authorization": "Basic !"}, 401, "invalid_client"),
        ("both ways at once", post, good, 400, "invalid_request"),
        ("unknown scope", dict(GRANT, scope="read admin"), good, 400, "invalid_scope"),
        ("part of a scope", dict(GRANT, scope="rea"), good, 400, "invalid_scope"),
        ("other grant", {"grant_type": "password"}, good, 400, "unsupported_grant_type"),
        ("no grant", {"scope": "read"}, good, 400, "invalid_request"),
        ("empty body", "", good, 400, "invalid_request"),
        ("grant twice", "grant_type=client_credentials&grant_type=client_credentials", good, 400,
         "invalid_request"),
        ("scope twice", "grant_type=client_credentials&scope=read&scope=read", good, 400,
         "invalid_request"),
        ("twice in disguise", "grant_type=client_credentials&%67rant_type=x", good, 400,
         "invalid_request"),
        ("NUL", "grant_type=client_credentials&scope=read%00", good, 400, None),
        ("client of the form is another", dict(GRANT, client_id="hashed"), good, 400,
         "invalid_request"),
    ]
    for name, form, headers, status, error in rows:
        answer = ask(form, headers)
        told = answer.json["error"]
        same((name, answer.status, told), (name, status, error or told))
        same((name, "error_description" in answer.json), (name, True))
        same(answer.headers["Cache-Control"], "no-store")
        challenge = answer.headers.get("WWW-Authenticate", "")
        same((name, challenge.startswith("Basic ")), (name, status == 401))


def test_a_token_request_of_another_form():
    good = basic("partner", SECRET)
    answer = ask(json.dumps(GRANT), good, media="application/json")
    same((answer.status, answer.json["error"]), (400, "invalid_request"))
    answer = ask(None, good, media=None, method="GET")
    same((answer.status, "POST" in answer.headers["Allow"]), (405, True))
    answer = ask("grant_type=client_credentials&x=" + "x" * 100000, good)
    same(answer.status in (400, 413), True)
    same(issued(ask(GRANT, good, media=FORM + ";charset=UTF-8")) != "", True)


def test_the_key_set_verifies_what_is_issued():
    answer = gateway.get("/oauth2/jwks", prefix=False)
    same((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
    key, = answer.json["keys"]
    same((key["kty"], key["use"], "d" in key, "p" in key), ("RSA", "sig", False, False))
    token = issued(ask(GRANT, basic("partner", SECRET)))
    same(header_of(token)["kid"], key["kid"])
    n, e = [int.from_bytes(base64.urlsafe_b64decode(key[x] + "=="), "big") for x in "ne"]
    data, _, signature = token.rpartition(".")
    rsa.RSAPublicNumbers(e, n).public_key().verify(  # raises when it is wrong
        base64.urlsafe_b64decode(signature + "=="), data.encode(), padding.PKCS1v15(),
        hashes.SHA256())


def test_the_metadata_is_that_of_the_endpoints():
    answer = gateway.get("/.well-known/oauth-authorization-server", prefix=False)
    same((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
    told = answer.json
    same((told["issuer"], told["token_endpoint"], told["jwks_uri"]),
         (URL, URL + "/oauth2/token", URL + "/oauth2/jwks"))
    same(told["grant_types_supported"],
         ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange"])
    for endpoint in ("token", "revocation", "introspection"):
        same(told[f"{endpoint}_endpoint"].startswith(URL + "/oauth2/"), True)
        same(told[f"{endpoint}_endpoint_auth_methods_supported"],
             ["client_secret_basic", "private_key_jwt"])
        answer = gateway.request("GET", told[f"{endpoint}_endpoint"][len(URL):], prefix=False)
        same((endpoint, answer.status), (endpoint, 405))  # it is there
    same("tls_client_certificate_bound_access_tokens" in told, False)  # no door asks for one
    same("response_types_supported" in told, True)  # RFC 8414 section 2: required


def test_the_command_line_mints_what_the_running_gateway_accepts():
    gateway.start()
    config = os.path.join(gateway.folder, "telgate.yaml")
    ran = telgate("token", "-c", config, "--client", "partner", "--scope", "read",
                  seconds=30 * SLOW)
    same((ran.returncode, ran.stderr), (0, ""))
    seen.update(ran.stdout.strip().split("."))
    same(gateway.get("/read", token=ran.stdout.strip()).status, 200)
    for options in (["--client", "nobody"], ["--client", "partner", "--scope", "admin"], []):
        ran = telgate("token", "-c", config, *options, seconds=30 * SLOW)
        same((ran.returncode != 0, ran.stdout, ran.stderr != ""), (True, "", True))


def test_without_a_key_file_it_is_said_that_no_other_process_accepts_the_token():
    tree = json.loads(json.dumps(gateway.configuration()))
    del tree["authorization_server"]["key_file"]
    config = gateway.path("alone.yaml", json.dumps(tree))
    gateway.path("clients.yaml", json.dumps(CLIENTS))
    ran = telgate("token", "-c", config, "--client", "partner", seconds=30 * SLOW)
    seen.update(ran.stdout.strip().split("."))
    same((ran.returncode, "without `key_file`" in ran.stderr), (0, True))


def test_the_key_file_is_for_its_owner_only():
    gateway.start()
    mode = os.stat(os.path.join(gateway.folder, "signing.pem")).st_mode & 0o777
    same(oct(mode), oct(0o600))


def test_errors_stand_in_the_access_log_with_their_reason():
    ask(GRANT, basic("partner", WRONG))
    gateway.wait_log(event="exchange", route="/oauth2/token", status=401, denial="invalid_client")


def test_no_secret_is_ever_written_down():
    written = gateway.stderr()
    same([secret for secret in seen if len(secret) > 8 and secret in written], [])
    same(len(seen) > 20, True)
