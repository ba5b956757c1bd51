# SPDX-License-Identifier: GPL-2.0-or-later
"""The audit trail: what leaves a record, and what stands in it."""

import time

import audit_trail
from harness import SLOW, Backend, Gateway, same, telgate

crm = Backend()
gateway = Gateway('''
  /customer/{id}:
    get:
      operationId: getCustomer
      x-telgate: {call: crm}
      security: [{oauth: [customers:read]}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {
        type: object, properties: {id: {type: string}}}}}}}
  /secret:
    get:
      operationId: getSecret
      x-telgate: {call: crm}
      security: [{oauth: [secrets:read]}]
      responses: {"200": {description: ok, content: {application/json: {schema: {
        type: object, properties: {id: {type: string}}}}}}}
  /photo/{id}:
    get:
      operationId: getPhoto
      x-telgate: {proxy: crm, soap: false, graphql: false}
      security: [{oauth: [photos:read]}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok}}
''', config={"audit": {"folder": "audit", "node": "gw-1", "durable": "strict"}}, crm=crm)


def record_of(correlator):
    """The exchange's one record; in strict mode it is on the disk before the answer is sent."""
    found = audit_trail.records(f"{gateway.folder}/audit", request=correlator)
    same(len(found), 1)
    return found[0]


def call(target, correlator, **more):
    answer = gateway.get(target, headers={"x-correlator": correlator}, **more)
    return answer, record_of(correlator)


def test_an_accepted_call():
    crm.reply(200, {"id": "7"})
    token = gateway.token("customers:read other", sub="alice", jti="j-accepted")
    answer, record = call("/customer/7", "accepted", token=token)
    same(answer.status, 200)
    same([record[k] for k in ("event", "outcome", "node", "jti", "scope", "used", "route", "method",
                              "status", "ip", "alg")],
         ["validate", "allow", "gw-1", "j-accepted", "customers:read other", "customers:read",
          "/v1/customer/{id}", "GET", 200, "127.0.0.1", "RS256"])


def test_a_denied_call():
    answer, record = call("/customer/7", "denied", scope="other")
    same(answer.status, 403)
    same([record["event"], record["outcome"], record["reason"], record["status"]],
         ["deny", "deny", "scope", 403])


def test_an_expired_token_is_named():
    token = gateway.token("customers:read", jti="j-expired", exp=1700000000)
    answer, record = call("/customer/7", "expired", token=token)
    same(answer.status, 401)
    same([record["reason"], record["jti"]], ["expired", "j-expired"])


def test_a_forged_token_names_nothing():
    token = gateway.token("customers:read", jti="j-forged")
    head, body, signature = token.split(".")
    _, record = call("/customer/7", "forged", token=f"{head}.{body}.{signature[::-1][4:]}AAAA")
    same([record["event"], "jti" in record, "client" in record], ["deny", False, False])


def test_a_streamed_answer():
    crm.reply(200, "x" * 100000, media="image/png")
    answer, record = call("/photo/7", "streamed", scope="photos:read")
    same([answer.status, len(answer.body), record["status"]], [200, 100000, 200])


def test_no_record_for_what_is_open():
    gateway.get("/openapi/test/v1.json", prefix=False, headers={"x-correlator": "open"})
    same(audit_trail.records(f"{gateway.folder}/audit", request="open"), [])


def test_the_start_is_a_record():
    first = audit_trail.records(f"{gateway.folder}/audit")[0]
    same([first["seq"], first["event"], first["reason"]], [1, "config", "start"])


def test_graphql_names_its_operations():
    crm.reply(200, {"id": "7"})
    answer = gateway.post("/graphql", {"query": '{ a: getCustomer(id: "7") '
                                                '{ __typename } b: getSecret { __typename } }'},
                          scope="customers:read", prefix=False,
                          headers={"x-correlator": "graph"})
    same(answer.status, 200)
    denied, whole = audit_trail.records(f"{gateway.folder}/audit", request="graph")
    same([denied[k] for k in ("event", "reason", "detail", "route", "client")],
         ["deny", "scope", "getSecret", "/graphql", "client-1"])
    same([whole[k] for k in ("event", "detail", "used", "status")],
         ["validate", "getCustomer", "customers:read", 200])


def test_a_new_hash_key():
    token = gateway.token("customers:read", sub="carol")
    crm.reply(200, {"id": "7"})
    _, before = call("/customer/7", "key-one", token=token)
    done = telgate("audit", "keys", "--rotate", f"{gateway.folder}/audit")
    same(done.returncode, 0)
    time.sleep(0.3 * SLOW)
    _, after = call("/customer/7", "key-two", token=token)
    same([done.stdout.split()[0], done.stdout.split()[1]], [before["hash_key"], after["hash_key"]])
    assert before["sub"] != after["sub"] and before["token"] != after["token"]
    done = telgate("audit", "keys", "--destroy", before["hash_key"], f"{gateway.folder}/audit")
    same(done.stdout.split(), [after["hash_key"], "in", "use"])


def test_metrics():
    text = gateway.admin("/metrics").body.decode()
    assert "telgate_audit_records_total" in text, text
