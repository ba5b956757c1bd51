# SPDX-License-Identifier: GPL-2.0-or-later
"""Which calls a query makes: a level's at once, none twice, many as one where the contract says
`batch`; and what the token, a failing backend and the deadline do to them."""

import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

from harness import SILENCE, Backend, Gateway, http, same

crm, billing, network = Backend(), Backend(), Backend()
CUSTOMERS = [str(1000 + n) for n in range(50)]


def answers(schema):
    return "responses: {'200': {description: d, content: {application/json: {schema: " \
        + schema + "}}}}"


def component(name):
    return "{$ref: '#/components/schemas/" + name + "'}"


ACCOUNT = "parameters: [{name: account, in: query, required: true, schema: {type: string}}]"
ACCOUNTS = "parameters: [{name: account, in: query, required: true, schema: {type: array, " \
    "items: {type: string}}}]"
BILLS = answers("{type: array, items: " + component("Bill") + "}")

gateway = Gateway({"contract": f"""
openapi: 3.1.0
info: {{title: Test, version: '1'}}
servers: [{{url: /v1}}]
security: [{{oauth: [read]}}]
x-telgate:
  name: test/v1
  backends: {{crm: {{url: <crm>}}, billing: {{url: <billing>}}, network: {{url: <network>}}}}
paths:
  /customer:
    get: {{operationId: listCustomers, x-telgate: {{call: crm}},
      {answers("{type: array, items: " + component("Customer") + "}")}}}
  /customer/{{id}}:
    get: {{operationId: getCustomer, x-telgate: {{call: crm}},
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}],
      {answers(component("Customer"))}}}
    put: {{operationId: changeCustomer, x-telgate: {{call: crm}},
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}],
      {answers(component("Customer"))}}}
  /bill:
    get: {{operationId: listBills, {ACCOUNT}, {BILLS}, x-telgate: {{call: billing,
      batch: {{parameter: account, operation: listBillsOf, key: /owner/account}}}}}}
  /bills:
    get: {{operationId: listBillsOf, {ACCOUNTS}, {BILLS}, x-telgate: {{call: billing,
        batch: {{parameter: account, key: /owner/account}}}},
      security: [{{oauth: [read, many]}}]}}
  /usage:
    get: {{operationId: listUsage, {ACCOUNT}, x-telgate: {{call: network}},
      {answers(component("Usage"))}}}
  /secret:
    get: {{operationId: getSecret, security: [{{oauth: [secret]}}], x-telgate: {{call: crm}},
      {answers("{type: string}")}}}
components:
  securitySchemes: {{oauth: {{type: oauth2, flows: {{clientCredentials: {{tokenUrl: /t,
    scopes: {{read: r, many: m, secret: s}}}}}}}}}}
  schemas:
    Customer:
      type: object
      properties: {{id: {{type: string}}}}
      x-telgate: {{links: {{
        bills: {{operationId: listBills, parameters: {{account: /id}}}},
        usage: {{operationId: listUsage, parameters: {{account: /id}}}}}}}}
    Bill:
      type: object
      required: [no]
      properties: {{no: {{type: string}}, owner: {{type: object,
        properties: {{account: {{type: string}}}}}}}}
    Usage:
      type: object
      properties: {{account: {{type: string}}, used: {{type: integer}}}}
"""}, config={"graphql": {"timeout": "5s"}}, crm=crm, billing=billing, network=network)


def ask(query, scope="read many"):
    answer = gateway.request("POST", "/graphql", {"query": query}, scope=scope, prefix=False)
    same(answer.status, 200)
    return answer.json


def accounts_of(request):
    return parse_qs(urlsplit(request.target).query)["account"]


def customers(request):
    if request.target == "/customer":
        return http(200, [{"id": customer} for customer in CUSTOMERS])
    return http(200, {"id": request.target.rpartition("/")[2]})


def bills(request):
    return http(200, [{"no": f"{account}-{n}", "owner": {"account": account}}
                      for n in range(2) for account in accounts_of(request)])


def usage(request):
    return http(200, {"account": accounts_of(request)[0], "used": 1})


def all_answer():
    for backend, function in ((crm, customers), (billing, bills), (network, usage)):
        backend.choose(function)


def test_with_batch_fifty_are_one_call():
    all_answer()
    got = ask("{ listCustomers { id bills { no } } }")
    same(got, {"data": {"listCustomers": [
        {"id": c, "bills": [{"no": f"{c}-0"}, {"no": f"{c}-1"}]} for c in CUSTOMERS]}})
    same([accounts_of(request) for request in billing.requests], [CUSTOMERS])
    same(len(crm.requests), 1)


def test_lists_are_joined_and_each_gets_its_own_part():
    """An operation whose parameter takes many values itself."""
    all_answer()
    got = ask('{ a: listBillsOf(account: ["1", "2"]) { no } b: listBillsOf(account: ["3", "2"]) '
              '{ no } c: listBillsOf(account: "1") { no } }')
    same(got, {"data": {"a": [{"no": "1-0"}, {"no": "2-0"}, {"no": "1-1"}, {"no": "2-1"}],
                        "b": [{"no": "2-0"}, {"no": "3-0"}, {"no": "2-1"}, {"no": "3-1"}],
                        "c": [{"no": "1-0"}, {"no": "1-1"}]}})
    same([accounts_of(r) for r in billing.requests], [["1", "2", "3"]])


def test_without_batch_fifty_distinct_calls_in_parallel():
    all_answer()
    barrier = threading.Barrier(50, timeout=20)  # none is answered before all are there
    network.choose(lambda request: barrier.wait() * 0 or usage(request))
    got = ask("{ listCustomers { id usage { used } again: usage { account } } }")
    same("errors" in got, False)
    same(got["data"]["listCustomers"][7], {"id": "1007", "usage": {"used": 1},
                                           "again": {"account": "1007"}})
    same(sorted(accounts_of(request)[0] for request in network.requests), CUSTOMERS)


def test_never_the_same_call_twice():
    all_answer()
    ask('{ a: getCustomer(id: "1") { usage { used } } b: getCustomer(id: "1") { id } '
        'listUsage(account: "1") { used } listBills(account: "1") { no } '
        'c: getCustomer(id: "2") { bills { no } } }')
    same([r.target for r in network.requests], ["/usage?account=1"])
    same(sorted(r.target for r in crm.requests), ["/customer/1", "/customer/2"])
    same(sorted(r.target for r in billing.requests), ["/bill?account=1", "/bill?account=2"])


def test_a_mutation_is_followed_by_fresh_answers():
    all_answer()
    ask('mutation { a: changeCustomer(id: "1") { usage { used } u: usage { account } } '
        'b: changeCustomer(id: "1") { usage { used } } }')
    same([r.target for r in network.requests], ["/usage?account=1"] * 2)
    same([r.method for r in crm.requests], ["PUT"] * 2)


def test_one_that_is_refused_does_not_take_the_others():
    all_answer()
    billing.choose(lambda r: http(404, {}) if "1001" in accounts_of(r) else bills(r))
    got = ask('{ a: listBills(account: "1000") { no } b: listBills(account: "1001") { no } }')
    same(got["data"], {"a": [{"no": "1000-0"}, {"no": "1000-1"}], "b": None})
    same([(e["path"], e["extensions"]["status"]) for e in got["errors"]], [(["b"], 404)])
    same(sorted(r.target for r in billing.requests),
         ["/bill?account=1000", "/bill?account=1001", "/bills?account=1000&account=1001"])


def test_what_the_token_does_not_allow_is_not_called_for_many():
    """The operation that takes many has a scope of its own."""
    all_answer()
    got = ask('{ a: listBills(account: "1") { no } b: listBills(account: "2") { no } }', "read")
    same(got, {"data": {"a": [{"no": "1-0"}, {"no": "1-1"}], "b": [{"no": "2-0"}, {"no": "2-1"}]}})
    same(sorted(r.target for r in billing.requests), ["/bill?account=1", "/bill?account=2"])


def test_three_systems_at_once_as_slow_as_the_slowest():
    all_answer()
    barrier = threading.Barrier(3, timeout=10)
    for backend, function in ((crm, customers), (billing, bills), (network, usage)):
        backend.choose(lambda r, f=function: (barrier.wait(), [0.2 if f is usage else 0, f(r)])[1])
    started = time.monotonic()
    got = ask('{ getCustomer(id: "1") { id } listBills(account: "1") { no } '
              'listUsage(account: "1") { used } }')
    same(list(got), ["data"])
    same(time.monotonic() - started < 5, True)  # the barrier has shown that they are parallel


def test_the_scope_is_asked_for_each_call():
    all_answer()
    crm.choose(lambda r: http(200, '"s"') if r.target == "/secret" else customers(r))
    got = ask('{ getSecret getCustomer(id: "1") { id } }')
    same(got["data"], {"getSecret": None, "getCustomer": {"id": "1"}})
    same([(e["path"], e["extensions"]["code"], e["extensions"]["status"]) for e in got["errors"]],
         [(["getSecret"], "FORBIDDEN", 403)])
    same([r.target for r in crm.requests], ["/customer/1"])
    same(ask("{ getSecret }", "read secret"), {"data": {"getSecret": "s"}})
    same(gateway.request("POST", "/graphql", {"query": "{ __typename }"}, prefix=False).status, 401)


def test_the_deadline_is_for_the_whole():
    """The second level gets what is left of it, not a time of its own."""
    all_answer()
    network.choose(lambda request: [SILENCE])
    crm.choose(lambda request: [2.5, customers(request)])
    started = time.monotonic()
    got = ask('{ getCustomer(id: "1") { id usage { used } } }')
    same(got["data"], {"getCustomer": {"id": "1", "usage": None}})
    same(got["errors"][0]["extensions"]["code"], "TIMEOUT")
    same(4.5 < time.monotonic() - started < 7.4, True)


def test_more_calls_than_allowed():
    all_answer()
    crm.choose(lambda request: http(200, [{"id": str(n)} for n in range(300)]))
    got = ask("{ listCustomers { usage { used } } }")
    same(len(network.requests), 99)
    same((len(got["errors"]), {e["extensions"]["code"] for e in got["errors"]}),
         (100, {"TOO_MANY_REQUESTS"}))  # no more errors than that
    same(len([c for c in got["data"]["listCustomers"] if c["usage"]]), 99)
    got = ask("{ listCustomers { bills { no } } }")
    same(("errors" in got, [len(accounts_of(r)) for r in billing.requests]), (False, [100] * 3))
    same(json.dumps(got["data"]).count('"no"'), 600)
