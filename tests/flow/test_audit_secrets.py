# SPDX-License-Identifier: GPL-2.0-or-later
"""Markers are planted in tokens, subjects, secrets and queries, in good calls and in every kind of
bad one; then they are looked for in all that the gateway writes or says."""

import base64
import json
import os

from harness import Backend, Gateway, same, telgate

SUBJECT, SECRET, WRONG, QUERY = ("planted-subject-4711", "planted-secret-0815",
                                 "planted-wrong-secret", "planted-query-value")
INPUTS = {"clients.yaml", "telgate.yaml", "contract.yaml", "jwks.json"}  # what we have written
crm = Backend()
crm.reply(200, {"id": "7"})
gateway = Gateway('''
  /customer/{id}:
    get:
      operationId: getCustomer
      x-telgate: {call: crm}
      security: [{oauth: [customers:read]}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: q, in: query, schema: {type: string}}
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
  /photo/{id}:
    get:
      operationId: getPhoto
      x-telgate: {proxy: crm, soap: false, graphql: false}
      security: [{oauth: [photos:read]}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
''', config={"audit": {"folder": "audit"}, "demo": True, "log": "debug"}, crm=crm,
    files={"clients.yaml": json.dumps({"clients": {"shop": {"secret": SECRET, "scopes": ["a"]}}})})
gateway.config["authorization_server"] = {
    "issuer": f"http://127.0.0.1:{gateway.port}", "audience": "telgate",
    "key_file": "signing.pem", "clients": "clients.yaml"}
tokens, said = [], []


def planted(scope="customers:read", **claims):
    token = gateway.token(scope, sub=SUBJECT, **claims)
    tokens.append(token)
    return token


def call(target, **more):
    answer = gateway.get(target, **more)
    said.append(str(answer))
    return answer.status


def ask_for_token(secret):
    credentials = base64.b64encode(f"shop:{secret}".encode()).decode()
    answer = gateway.post("/oauth2/token", "grant_type=client_credentials", prefix=False,
                          media="application/x-www-form-urlencoded",
                          headers={"Authorization": f"Basic {credentials}"})
    tokens.append(credentials)
    if answer.status == 200:
        tokens.append(json.loads(answer.body)["access_token"])
    else:
        said.append(str(answer))
    return answer.status


def make_every_kind_of_call():
    good = planted()
    same(call(f"/customer/7?q={QUERY}", token=good), 200)
    same(call(f"/photo/7?q={QUERY}", token=planted("photos:read")), 200)
    same(call("/customer/7", token=planted("other")), 403)
    same(call("/customer/7", token=planted(exp=1700000000)), 401)
    same(call("/customer/7", token=planted(aud="elsewhere")), 401)
    same(call("/customer/7", token=planted(iss="https://nobody.test")), 401)
    same(call("/customer/7", token=good[:-8] + "AAAAAAAA"), 401)
    same(call("/customer/7", token=good + ".more"), 401)
    same(call("/customer/7", token=f"opaque-{SECRET}"), 401)
    same(call(f"/customer/7?access_token={good}&q={QUERY}"), 400)
    same(call("/customer/7", headers=[("Authorization", f"Bearer {good}")] * 2), 400)
    same(call("/nowhere/" + QUERY, token=good), 404)
    same(ask_for_token(SECRET), 200)
    same(ask_for_token(WRONG), 401)


def written():
    """(name, bytes) of all that the gateway has written."""
    for folder, _, names in os.walk(gateway.folder):
        for name in names:
            if name not in INPUTS:
                with open(os.path.join(folder, name), "rb") as file:
                    yield name, file.read()


def test_nothing_planted_is_found():
    make_every_kind_of_call()
    said.append(gateway.admin("/metrics").body.decode())
    folder = f"{gateway.folder}/audit"
    for question in ("denials", "key-usage", "expired-reuse"):
        said.append(telgate("audit", "query", "--json", "--dir", folder, question).stdout)
    said.append(telgate("audit", "tail", folder).stdout)
    assert '"event":"deny"' in said[-1], said[-1]
    # of a token the parts after the header, which is the same for all
    secrets = [part for token in tokens for part in token.split(".")[-2:] if len(part) > 8]
    secrets += [SUBJECT, SECRET, WRONG, QUERY]
    places = list(written()) + [("what was said", "\n".join(said).encode())]
    assert {"stderr", "000000000001.audit"} <= {name for name, _ in places}
    for secret in secrets:
        for name, text in places:
            assert secret.encode() not in text, f"{secret} is in {name}"


def test_a_crash_writes_no_memory():
    with open(f"/proc/{gateway.process.pid}/limits", encoding="ascii") as file:
        limit = next(line for line in file if line.startswith("Max core file size"))
    same(limit.split()[4:6], ["0", "0"])
