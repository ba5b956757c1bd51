# SPDX-License-Identifier: GPL-2.0-or-later
"""What the authorization server leaves in the audit trail: tokens issued, exchanged, introspected
and revoked, each refusal, and what commands and files have changed beside any request."""

import base64
import json
import os
import urllib.parse

import audit_trail
from harness import FORM, GRANT, Gateway, READ, SLOW, claims_of, header_of, same, telgate, wait_for

CLIENTS = """\
clients:
  one:
    secret: one-secret
    scopes: [read]
  two:
    secret: two-secret
    scopes: [read]
    grants: [token_exchange]
"""
gateway = Gateway(READ, x_telgate={"backends": {"crm": {"url": "http://127.0.0.1:1"}}},
                  files={"clients.yaml": CLIENTS, "list.yaml": "revocations: []\n"})
URL = f"http://127.0.0.1:{gateway.port}"
gateway.config = {"demo": True, "audit": {"folder": "audit", "durable": "strict"},
                  "revocations": {"log": "revocations.log", "file": "list.yaml"},
                  "authorization_server": {"issuer": URL, "audience": "telgate",
                                           "clients": "clients.yaml", "key_file": "signing.pem"}}


def ask(path, form, client="one", secret=None):
    pair = f"{client}:{secret or client + '-secret'}"
    answer = gateway.request("POST", f"/oauth2/{path}", urllib.parse.urlencode(form), media=FORM,
                             headers={"Authorization": "Basic " +
                                      base64.b64encode(pair.encode()).decode()}, prefix=False)
    found = audit_trail.records(f"{gateway.folder}/audit",
                                request=answer.headers["X-Correlator"])
    same(len(found), 1)
    return answer, found[0]


def changed(**wanted):
    """The record of a change that no request has made."""
    return wait_for(lambda: audit_trail.records(f"{gateway.folder}/audit", **wanted), 5,
                    f"a record with {wanted}")[-1]


def members(record, *names):
    return [record.get(name) for name in names]


def command(*arguments):
    ran = telgate(*arguments, "-c", os.path.join(gateway.folder, "telgate.yaml"),
                  seconds=30 * SLOW)
    same((arguments, ran.returncode), (arguments, 0))
    return ran.stdout


def test_a_token_s_life():
    answer, record = ask("token", GRANT)
    token = answer.json["access_token"]
    jti = claims_of(token)["jti"]
    kid = header_of(token)["kid"]
    same(members(record, "event", "outcome", "client", "jti", "iss", "scope", "aud", "kid"),
         ["issue", "allow", "one", jti, URL, "read", "telgate", kid])
    answer, record = ask("token", {
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}, "two")
    same(members(record, "event", "client", "jti", "detail"),
         ["issue", "two", claims_of(answer.json["access_token"])["jti"],
          f"in exchange for jti {jti} of client one"])
    _, record = ask("introspect", {"token": token})
    same(members(record, "event", "outcome", "client", "jti"), ["introspect", "allow", "one", jti])
    _, record = ask("revoke", {"token": token}, "two")
    same(members(record, "event", "outcome", "reason", "client", "jti"),
         ["revoke", "deny", "unauthorized_client", "two", jti])
    _, record = ask("revoke", {"token": token})
    same(members(record, "event", "outcome", "client", "jti"), ["revoke", "allow", "one", jti])
    answer = gateway.get("/read", token=token)
    record, = audit_trail.records(f"{gateway.folder}/audit",
                                  request=answer.headers["X-Correlator"])
    same((answer.status, members(record, "event", "reason", "jti")),
         (401, ["deny", "revoked", jti]))
    same(record["revocations"] > 0, True)


def test_refusals():
    _, record = ask("token", GRANT, secret="wrong")
    same(members(record, "event", "outcome", "reason", "client", "jti"),
         ["issue", "deny", "invalid_client", "one", None])
    _, record = ask("token", dict(GRANT, scope="write"))
    same(members(record, "event", "outcome", "reason"), ["issue", "deny", "invalid_scope"])


def test_changes_beside_any_request():
    gateway.start()
    command("client", "add", "three")
    same(changed(event="config", detail="the table of clients")["outcome"], "allow")
    kid = command("key", "rotate").split()[2]
    same(changed(event="key-rotate")["kid"], kid)
    command("revoke", "--client", "one")
    same(changed(event="revoke", client="one", detail="client, from the log")["outcome"], "allow")
    command("revoke", "--subject", "planted-subject")
    gateway.path("list.yaml", "revocations: [{jti: listed, issuer: 'https://x.test'}]\n")
    same(changed(jti="listed")["detail"], "jti, from the watched file")
    written = json.dumps(audit_trail.records(f"{gateway.folder}/audit"))
    same(("planted-subject" in written, "one-secret" in written), (False, False))
