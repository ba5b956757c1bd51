# SPDX-License-Identifier: GPL-2.0-or-later
"""API keys, logins that are asked for (RFC 9470), what the gateway says of itself (RFC 9728)."""

import hashlib
import itertools
import json
import re
import secrets
import time

from harness import Backend, Gateway, Issuer, same, telgate, wait_for

CONTRACT = """
openapi: 3.1.0
info: {title: Keys, version: '1'}
servers: [{url: /v1}]
x-telgate: {name: keys/v1, backends: {crm: {url: "<crm>"}}, call: crm}
components:
  securitySchemes:
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /t, scopes: {}}}}
    key: {type: apiKey, in: header, name: x-api-key}
  responses: {any: {description: d, content: {application/json: {schema: {}}}}}
paths:
  /either:
    get: {operationId: either, security: [{oauth: [read]}, {key: [read]}], responses: R}
  /token: {get: {operationId: token, security: [{oauth: [read]}], responses: R}}
  /key: {get: {operationId: key, security: [{key: []}], responses: R}}
  /unsaid: {get: {operationId: unsaid, responses: R}}
  /who:
    get:
      operationId: who
      security: [{key: []}]
      x-telgate: {call: "crm GET /who/{$claims.client_id}"}
      responses: R
  /raw: {get: {operationId: raw, security: [{key: []}], x-telgate: {proxy: crm}, responses: R}}
  /strong:
    get:
      operationId: strong
      security: [{oauth: [read]}]
      x-telgate: {step_up: {acr: [gold, silver], max_age: 1m}}
      responses: R
  /recent:
    get: {operationId: recent, security: [{oauth: []}], x-telgate: {step_up: {max_age: 1m}},
          responses: R}
""".replace("responses: R", "responses: {'200': {$ref: '#/components/responses/any'}}")
crm, serial, issuer = Backend(), itertools.count(), Issuer()
KEYS = {name: f"tg_{name}_{secrets.token_urlsafe(32)}" for name in ("good", "bare", "old", "new")}


def entry(name, scopes=("read",), expires="2099-01-01T00:00:00Z", **changes):
    digest = hashlib.sha256(KEYS[name].encode()).hexdigest()
    return {"id": f"key-{name}", "client": f"client-{name}", "sha256": digest,
            "scopes": list(scopes), "expires": expires, **changes}


FILE = {"keys": [entry("good"), entry("bare", ()), entry("old", expires="2020-01-01T00:00:00Z")]}
gateway = Gateway(CONTRACT, {"api_keys": {"file": "keys.yaml"}}, crm=crm, issuer=issuer,
                  files={"keys.yaml": json.dumps(FILE)})


def ask(target, *headers):
    correlator = f"keys-{next(serial)}"
    answer = gateway.get(target, headers=[*headers, ("X-Correlator", correlator)])
    return answer, gateway.wait_log(correlator=correlator)


def status(target, *headers):
    answer, logged = ask(target, *headers)
    return answer.status, logged.get("denial")


def key(name):
    return ("X-API-Key", KEYS.get(name, name))


def bearer(*scope, **claims):
    return ("Authorization", f"Bearer {issuer.token(*scope, **claims)}")


def test_who_may_call_with_a_key():
    token = bearer("read")
    for target, header, got in (
            ("/either", key("good"), (200, None)), ("/either", token, (200, None)),
            ("/either", key("bare"), (403, "scope")), ("/either", bearer("x"), (403, "scope")),
            ("/key", key("good"), (200, None)), ("/key", key("bare"), (200, None)),
            ("/key", token, (403, "scope")),  # the contract asks for a key
            ("/token", key("good"), (403, "scope")), ("/token", token, (200, None)),
            ("/unsaid", key("good"), (403, "scope")), ("/unsaid", token, (200, None)),
            ("/key", key("old"), (401, "api-key-expired")),
            ("/key", key("new"), (401, "api-key-unknown")),
            ("/key", key(KEYS["good"][:-1]), (401, "api-key-unknown")),
            ("/key", key(KEYS["good"] + "x"), (401, "api-key-unknown")),
            ("/key", key(KEYS["good"].upper()), (401, "api-key-unknown")),
            ("/key", key("short"), (401, "api-key-unknown")),
            ("/key", key("x" * 300), (401, "api-key-unknown")),
            ("/key", key(FILE["keys"][0]["sha256"]), (401, "api-key-unknown")),
            ("/key", ("X-API-Key", ""), (401, "no-token"))):
        same((target, header[0], status(target, header)), (target, header[0], got))


def test_one_credential_a_request():
    same(status("/key", key("good"), key("good")), (400, "two-credentials"))
    same(status("/key", key("good"), bearer("read")), (400, "two-credentials"))


def test_the_caller_is_a_principal_like_any():
    _, logged = ask("/who", key("good"))
    same((logged["client"], logged["token"]), ("client-good", FILE["keys"][0]["sha256"][:16]))
    same(crm.wait().target, "/who/client-good")


def test_a_key_reaches_no_backend():
    same(status("/raw", key("good")), (200, None))
    same([name for name, _ in crm.wait().headers if name.lower() == "x-api-key"], [])


def test_the_file_is_read_again():
    same(status("/key", key("new")), (401, "api-key-unknown"))
    gateway.path("keys.yaml", json.dumps({"keys": [entry("new")]}))
    wait_for(lambda: status("/key", key("new")) == (200, None), 5, "the new key")
    same(status("/key", key("good")), (401, "api-key-unknown"))
    gateway.path("keys.yaml", json.dumps({"keys": [entry("good", sha256="x")]}))
    wait_for(lambda: gateway.log(event="api-keys", level="warning"), 5, "the mistake's being told")
    same(status("/key", key("new")), (200, None))  # the version before stays
    gateway.path("keys.yaml", json.dumps(FILE))
    wait_for(lambda: status("/key", key("good")) == (200, None), 5, "the old file")


def test_files_that_are_refused():
    for name, file, told in (
            ("no list", {}, "there is no list `keys`"),
            ("no id", [entry("good", id="")], "`id` must be a text"),
            ("no client", [{k: v for k, v in entry("good").items() if k != "client"}],
             "`client` is missing"),
            ("no hash", [{k: v for k, v in entry("good").items() if k != "sha256"}],
             "`sha256` is missing"),
            ("a key instead", [entry("good", sha256=KEYS["good"])], "64 hexadecimal digits"),
            ("no expiry", [{k: v for k, v in entry("good").items() if k != "expires"}],
             "`expires` is missing"),
            ("a date", [entry("good", expires="tomorrow")], "must be a time such as"),
            ("scopes in one", [entry("good", scopes=["a b"])], "must be a list of scopes"),
            ("twice", [entry("good"), entry("good", id="other")], "the same `sha256`"),
            ("another member", [entry("good", colour="red")], "unknown key `colour`")):
        gateway.path("bad.yaml", json.dumps({"keys": file} if file else file))
        config = gateway.configuration()
        config["api_keys"] = {"file": "bad.yaml"}
        done = telgate("check", "-c", gateway.path("bad-config.yaml", json.dumps(config)))
        same((name, done.returncode, told in done.stdout + done.stderr), (name, 1, True))


def test_schemes_that_no_key_fits():
    for name, change, told in (
            ("another header", ("name: x-api-key", "name: x-other"), "takes no bearer token"),
            ("in the query", ("in: header", "in: query"), "takes no bearer token"),
            ("both at once", ("[{key: []}]", "[{key: [], oauth: []}]"), "not both")):
        path = gateway.path("wrong.yaml", CONTRACT.replace(*change).replace("<crm>", crm.url))
        config = dict(gateway.configuration(), contracts=[path])
        done = telgate("check", "-c", gateway.path("wrong-config.yaml", json.dumps(config)))
        same((name, told in done.stdout + done.stderr), (name, True))


def test_no_key_is_ever_written_down():
    for name in KEYS:
        ask("/key", key(name))
    same([name for name in KEYS if KEYS[name] in gateway.stderr()], [])


# RFC 9470

def test_logins_that_are_asked_for():
    now = int(time.time())
    for name, claims, passes in (
            ("gold and recent", {"acr": "gold", "auth_time": now}, True),
            ("silver and recent", {"acr": "silver", "auth_time": now - 30}, True),
            ("bronze", {"acr": "bronze", "auth_time": now}, False),
            ("no acr", {"auth_time": now}, False),
            ("acr no text", {"acr": ["gold"], "auth_time": now}, False),
            ("acr in capitals", {"acr": "GOLD", "auth_time": now}, False),
            ("long ago", {"acr": "gold", "auth_time": now - 90}, False),
            ("no time", {"acr": "gold"}, False),
            ("time as text", {"acr": "gold", "auth_time": str(now)}, False)):
        answer, logged = ask("/strong", bearer("read", **claims))
        got = (200, None) if passes else (401, "step-up")
        same((name, (answer.status, logged.get("denial"))), (name, got))
        if not passes:
            told = dict(re.findall(r'(\w+)="([^"]*)"', answer.headers["WWW-Authenticate"]))
            same((told["error"], told["acr_values"], told["max_age"]),
                 ("insufficient_user_authentication", "gold silver", "60"))
    same(status("/strong", bearer("x", acr="gold", auth_time=now)), (403, "scope"))  # comes first
    same(status("/recent", bearer("", auth_time=now)), (200, None))
    answer, _ = ask("/recent", bearer("", x="y"))
    same(("acr_values" in answer.headers["WWW-Authenticate"], answer.status), (False, 401))


def test_a_login_for_graphql():
    query = {"query": "{ strong }"}
    now = int(time.time())
    for claims, passes in (({"acr": "gold", "auth_time": now}, True), ({}, False)):
        answer = gateway.post("/graphql", query, prefix=False, token=issuer.token("read", **claims))
        same((claims, "errors" not in answer.json), (claims, passes))


# RFC 9728

def test_what_the_gateway_says_of_itself():
    metadata = gateway.get("/.well-known/oauth-protected-resource", prefix=False).json
    base = f"http://127.0.0.1:{gateway.port}"
    same((metadata["resource"], metadata["authorization_servers"]), (base, [issuer.url]))
    same(metadata["scopes_supported"], ["read"])
    same(metadata["bearer_methods_supported"], ["header"])
    same(metadata["tls_client_certificate_bound_access_tokens"], False)
    same("ES256" in metadata["dpop_signing_alg_values_supported"], True)
    challenge = ask("/token")[0].headers["WWW-Authenticate"]
    same(f'resource_metadata="{base}/.well-known/oauth-protected-resource"' in challenge, True)


def test_the_same_behind_a_proxy():
    made = Gateway(CONTRACT, {"public_url": "https://api.example.net/gw"}, crm=crm, issuer=issuer)
    made.contracts["contract"] = CONTRACT.replace("[{key: []}]", "[{oauth: []}]")
    made.start()
    for path in ("", "/gw"):  # as a client asks, and as a proxy may pass it on
        answer = made.get(f"/.well-known/oauth-protected-resource{path}", prefix=False)
        same(answer.json["resource"], "https://api.example.net/gw")
    challenge = made.get("/token").headers["WWW-Authenticate"]
    same('resource_metadata="https://api.example.net/.well-known/oauth-protected-resource/gw"'
         in challenge, True)
