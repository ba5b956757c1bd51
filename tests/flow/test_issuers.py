# SPDX-License-Identifier: GPL-2.0-or-later
"""Several issuers side by side, each in the forms of a product: Keycloak's, Entra's (keys that name
no algorithm), and the gateway's own authorization server; each pinned to what is its own."""

import base64
import itertools
import json
import time

from harness import Backend, Gateway, Issuer, free_port, http, same, wait_for

CONTRACT = """
/read:
  get:
    operationId: read
    security: [{oauth: [bills]}]
    x-telgate: {call: "crm GET /who/{$claims.iss}"}
    responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
"""
crm, serial = Backend(), itertools.count()
places = {name: Backend() for name in ("keycloak", "entra")}
keycloak = Issuer(places["keycloak"].url + "/realms/telco", "account", ("RS256", "ES256"))
entra = Issuer(places["entra"].url + "/tenant/v2.0", "api://telgate", ("RS256",))
own = f"http://127.0.0.1:{free_port()}"


def describe(name, issuer, keys):
    documents = {"/.well-known/openid-configuration": {"issuer": issuer.url,
                                                       "jwks_uri": places[name].url + "/keys"}}
    path = issuer.url[len(places[name].url):]
    documents = {path + at: told for at, told in documents.items()}
    documents["/keys"] = keys
    places[name].choose(lambda r: http(200, documents[r.target]) if r.target in documents
                        else http(404))


def entra_keys():
    """No `alg`; and a key that is for encryption."""
    keys = [{k: v for k, v in key.items() if k != "alg"} for key in entra.jwks()["keys"]]
    return {"keys": keys + [dict(keys[0], kid="enc", use="enc")]}


def describe_all():
    describe("keycloak", keycloak, keycloak.jwks())
    describe("entra", entra, entra_keys())


gateway = Gateway(CONTRACT, {
    "issuers": [
        {"issuer": keycloak.url, "audiences": ["telgate"], "algorithms": ["RS256"],
         "token_types": ["jwt"], "retry": "1s"},
        {"issuer": entra.url, "audiences": ["api://telgate"], "algorithms": ["RS256"],
         "token_types": ["jwt"], "scope_claims": ["scp", "roles"], "retry": "1s"}],
    "demo": True,
    "authorization_server": {"issuer": own, "audience": "telgate", "clients": "clients.yaml"}},
    files={"clients.yaml": json.dumps({"clients": {"demo": {"secret": "demo-secret",
                                                            "scopes": ["bills"]}}})}, crm=crm)


def keycloak_token(scope="bills", alg="RS256", **changes):
    now = int(time.time())
    claims = {"typ": "Bearer", "azp": "partner", "client_id": None, "aud": ["telgate", "account"],
              "realm_access": {"roles": ["offline_access"]}, "acr": "1", "session_state": "s",
              "preferred_username": "p", "auth_time": now, **changes}
    return keycloak.token(scope, alg=alg, header={"typ": "JWT"}, **claims)


def entra_token(scope=None, **changes):
    claims = {"client_id": None, "appid": "partner", "ver": "1.0", "tid": "t",
              "oid": "o", "roles": ["bills", "other"], "nbf": int(time.time()), **changes}
    return entra.token(scope, header={"typ": "JWT"}, **claims)


def own_token():
    basic = base64.b64encode(b"demo:demo-secret").decode()
    answer = gateway.post("/oauth2/token", "grant_type=client_credentials", prefix=False,
                          headers={"Authorization": f"Basic {basic}"},
                          media="application/x-www-form-urlencoded")
    return answer.json["access_token"]


def ask(token):
    correlator = f"issuers-{next(serial)}"
    answer = gateway.get("/read", token=token, headers={"X-Correlator": correlator})
    logged = gateway.wait_log(correlator=correlator)
    return answer.status, logged.get("denial") or logged.get("client")


def ready():
    describe_all()
    gateway.start()
    wait_for(lambda: ask(keycloak_token())[0] == 200 and ask(entra_token())[0] == 200, 8, "keys")


def test_each_in_its_own_form():
    ready()
    for name, token, client in (
            ("Keycloak", keycloak_token(), "partner"),
            ("Entra, application", entra_token(), "partner"),
            ("Entra, user", entra_token(roles=None, scp="bills other"), "partner"),
            ("Entra, version 2", entra_token(appid=None, azp="partner"), "partner"),
            ("own", own_token(), "demo")):
        same((name, ask(token)), (name, (200, client)))


def test_what_each_is_refused():
    ready()
    for name, token, denial in (
            ("Keycloak's ID token", keycloak_token(typ="ID"), "id-token"),
            ("Keycloak's refresh token", keycloak_token(typ="Refresh"), "id-token"),
            ("Keycloak, another algorithm", keycloak_token(alg="ES256"), "algorithm-not-allowed"),
            ("Keycloak, the other's audience", keycloak_token(aud="api://telgate"), "audience"),
            ("Keycloak, the account's audience", keycloak_token(aud="account"), "audience"),
            ("Keycloak, as at+jwt", keycloak.token("bills", aud="telgate"), "token-type"),
            ("Keycloak, roles are no scopes", keycloak_token("x", roles=["bills"]), "scope"),
            ("Entra, another audience", entra_token(aud="telgate"), "audience"),
            ("Entra, user's roles are no scopes", entra_token(scp="x"), "scope"),
            ("Entra, scope is not its claim", entra_token(roles=None, scope="bills"), "scope"),
            ("Entra, the key for encryption",
             entra.token(None, header={"typ": "JWT", "kid": "enc"}, roles=["bills"]),
             "key-unknown"),
            ("Entra's name, Keycloak's key", keycloak_token(iss=entra.url, aud="api://telgate"),
             "signature-wrong"),
            ("Keycloak's name, Entra's key", entra_token(iss=keycloak.url, aud="telgate"),
             "signature-wrong"),
            ("own name, Keycloak's key", keycloak_token(iss=own), "token-type"),
            ("own name and type, Keycloak's key", keycloak.token("bills", iss=own, aud="telgate"),
             "key-unknown")):
        got = ask(token)
        same((name, got), (name, (403 if denial == "scope" else 401, denial)))
