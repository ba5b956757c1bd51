# SPDX-License-Identifier: GPL-2.0-or-later
"""authlib finds the endpoints in the metadata and does what it is told there: tokens by secret and
by key, exchange, introspection, revocation; and verifies a token by the published keys."""

import json

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from harness import Backend, Gateway, READ, make_key, public_jwk, same

KEY = make_key("RS256", "authlib")
CLIENTS = {"clients": {
    "shop": {"secret": "shop & secret: 1", "scopes": ["read", "write"]},
    "signer": {"jwks": {"keys": [public_jwk("RS256", KEY, "one")]}, "scopes": ["read"],
               "grants": ["client_credentials", "token_exchange"], "audiences": ["telgate"]}}}
crm = Backend()
gateway = Gateway(READ, crm=crm, files={"clients.yaml": json.dumps(CLIENTS)})
URL = f"http://127.0.0.1:{gateway.port}"
gateway.config = {"demo": True, "authorization_server": {
    "issuer": URL, "audience": "telgate", "clients": "clients.yaml", "key_file": "signing.pem"}}


def metadata():
    gateway.start()
    told = requests.get(URL + "/.well-known/oauth-authorization-server", timeout=10).json()
    same(told["issuer"], URL)
    return told


def by_secret(secret="shop & secret: 1"):
    return OAuth2Session("shop", secret, token_endpoint_auth_method="client_secret_basic",
                         token_endpoint=metadata()["token_endpoint"])


def by_key():
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    session = OAuth2Session("signer", pem, token_endpoint_auth_method="private_key_jwt",
                            revocation_endpoint_auth_method="private_key_jwt")
    session.register_client_auth_method(PrivateKeyJWT(metadata()["token_endpoint"]))
    return session


def fetch(session, **more):
    return session.fetch_token(metadata()["token_endpoint"],
                               **{"grant_type": "client_credentials", **more})


def calls(token):
    return requests.get(URL + "/v1/read", timeout=10,
                        headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_by_secret():
    token = fetch(by_secret(), scope="read")
    same((token["token_type"], token["scope"], token["expires_in"]), ("Bearer", "read", 600))
    same(calls(token["access_token"]), 200)
    session = by_secret()
    fetch(session)
    same(session.get(URL + "/v1/read", timeout=10).status_code, 200)  # its own way to send it


def test_a_token_by_key():
    same(calls(fetch(by_key())["access_token"]), 200)


def test_refusals_are_understood():
    for session, more, error in ((by_secret("wrong"), {}, "invalid_client"),
                                 (by_secret(), {"scope": "admin"}, "invalid_scope"),
                                 (by_secret(), {"grant_type": "x"}, "unsupported_grant_type")):
        try:
            fetch(session, **more)
            raise AssertionError(f"{error} was expected")
        except OAuthError as refused:
            same(refused.error, error)


def test_the_published_keys_verify():
    token = fetch(by_secret())["access_token"]
    keys = JsonWebKey.import_key_set(requests.get(metadata()["jwks_uri"], timeout=10).json())
    options = {"iss": {"essential": True, "value": URL},
               "aud": {"essential": True, "value": "telgate"}}
    claims = JsonWebToken(["RS256"]).decode(token, keys, claims_options=options)
    claims.validate()
    same(claims["client_id"], "shop")


def test_exchange_introspection_and_revocation():
    token = fetch(by_secret())["access_token"]
    got = fetch(by_key(), grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
                subject_token=token,
                subject_token_type="urn:ietf:params:oauth:token-type:access_token")
    same((got["scope"], calls(got["access_token"])), ("read", 200))
    session, told = by_key(), metadata()
    answer = session.introspect_token(told["introspection_endpoint"], token=got["access_token"])
    same((answer.json()["active"], answer.json()["sub"], answer.json()["act"]),
         (True, "shop", {"sub": "signer"}))
    answer = session.revoke_token(told["revocation_endpoint"], token=got["access_token"])
    same((answer.status_code, calls(got["access_token"]), calls(token)), (200, 401, 200))
    answer = session.introspect_token(told["introspection_endpoint"], token=got["access_token"])
    same(answer.json(), {"active": False})
