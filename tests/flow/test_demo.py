# SPDX-License-Identifier: GPL-2.0-or-later
"""The contracts that come with telgate, before the sandbox: the main job, end to end."""

import base64
import json
import os

from client import Raw
from harness import ROOT, Gateway, Sandbox, request_bytes, same, wait_for

sandbox = Sandbox()
SCHEMAS, CONF = os.path.join(ROOT, "schemas"), os.path.join(ROOT, "conf")
CUSTOMERS = "/tmf-api/customerManagement/v4"
BILLS = "/tmf-api/customerBillManagement/v4"


class Demo(Gateway):
    """Its contracts are files; its tokens come from its own authorization server."""

    def configuration(self):
        crm, billing = sandbox.at("/customers").url, sandbox.at("/billing").url
        return dict(super().configuration(), contracts=[
            {"document": f"{SCHEMAS}/customer.yaml",
             "overlays": [f"{SCHEMAS}/customer.overlay.yaml"]},
            f"{SCHEMAS}/billing.yaml", f"{SCHEMAS}/overview.yaml"], demo=True, backends={
                "customer/v4": {"crm": crm}, "billing/v4": {"billing": billing},
                "overview/v1": {"crm": crm, "billing": billing}},
                    authorization_server={"issuer": f"http://127.0.0.1:{self.port}",
                                          "audience": "telgate", "clients": f"{CONF}/clients.yaml"})

    def token_of(self, client):
        basic = base64.b64encode(f"{client}:{client}-secret".encode()).decode()
        return self.request("POST", "/oauth2/token", "grant_type=client_credentials",
                            {"Authorization": "Basic " + basic}, prefix=False,
                            media="application/x-www-form-urlencoded").json["access_token"]


demo = Demo({}, crm=sandbox.at("/customers"))
tokens = {}


def call(method, target, body=None, client="internal-app", **more):
    demo.start()
    if client not in tokens:
        tokens[client] = demo.token_of(client)
    return demo.request(method, target, body, token=tokens[client], prefix=False, **more)


def bills(account):
    answer = call("GET", f"{BILLS}/customerBill?account={account}")
    same(answer.status, 200)
    return answer


def switch(system, **switches):
    with Raw(sandbox.port) as c:
        body = json.dumps(switches).encode()
        same(c.send(request_bytes("PUT", f"/_switch/{system}", [], body)).read().status, 200)


def test_none_one_and_many_bills():
    same([bills(1002).json, len(bills(1003).json), len(bills(1006).json)], [[], 1, 25])
    one = bills(1003).json[0]
    same((one["id"], one["note"], type(one["item"])), ("INV-1003-01", None, list))
    same(b'"value":100000000000000.01}' in bills(1004).body, True)
    same(bills(1007).json[0]["state"], "unknown")
    same(len(call("GET", f"{BILLS}/customerBill?account=1006&offset=20&limit=3").json), 3)
    same(call("GET", f"{BILLS}/customerBill/INV-1003-01").json, one)


def test_errors_in_the_dialect_of_the_contract():
    for target, status, code in (
            (f"{BILLS}/customerBill?account=9999", 404, "60"), (f"{BILLS}/balance/9999", 404, "60"),
            (f"{CUSTOMERS}/customer/9999", 404, "60"), ("/overview/v1/overview/9999", 404, "60"),
            (f"{BILLS}/customerBill/none", 404, "60"), (f"{BILLS}/customerBill", 400, "27"),
            (f"{CUSTOMERS}/customer?limit=0", 400, "28")):
        answer = call("GET", target)
        same((target, answer.status, answer.json["code"]), (target, status, code))
    body = {"account": "1001", "amount": 100000}
    same(call("POST", f"{BILLS}/topupBalance", body).status, 422)
    same(call("POST", f"{BILLS}/topupBalance", body, client="partner-demo").status, 403)
    same(call("GET", f"{CUSTOMERS}/customer/1001", client="auditor").status, 403)


def test_a_top_up():
    before = call("GET", f"{BILLS}/balance/1010").json["balance"]["value"]
    answer = call("POST", f"{BILLS}/topupBalance", b'{"account":"1010","amount":12.30}',
                  media="application/json")
    same(answer.status, 201)
    after = answer.json["balance"]["value"]
    same(round(float(after) - float(before), 2), 12.3)
    same(call("GET", f"{BILLS}/balance/1010").json["balance"]["value"], after)


def test_a_customers_life():
    made = call("POST", f"{CUSTOMERS}/customer", {"name": "Customer 2001 Ltd"})
    same((made.status, made.headers["Location"]), (201, made.json["href"]))
    changed = call("PATCH", made.headers["Location"], b'{"status":"suspended","validFor":null}',
                   media="application/merge-patch+json")
    same((changed.status, changed.json["status"]), (200, "suspended"))
    same(call("GET", made.headers["Location"]).json, changed.json)
    same([call("DELETE", made.json["href"]).status for _ in range(2)], [204, 404])


def test_a_list_in_pages():
    answer = call("GET", f"{CUSTOMERS}/customer?limit=5&fields=name")
    same((answer.status, len(answer.json), answer.headers["X-Result-Count"]), (206, 5, "5"))
    same(int(answer.headers["X-Total-Count"]) > 5, True)


def test_an_overview_of_both_systems():
    answer = call("GET", "/overview/v1/overview/1003")
    same((answer.status, answer.json["id"], len(answer.json["bills"])), (200, "1003", 1))
    same(demo.wait_log(operation="getOverview", status=200)["calls"], 3)
    switch("billing", outage=True)
    try:
        less = call("GET", "/overview/v1/overview/1003").json
        same((less["name"], [x for x in ("bills", "balance") if x in less]),
             (answer.json["name"], []))
        same(call("GET", f"{BILLS}/customerBill?account=1003").status >= 502, True)
    finally:
        switch("billing")


def test_a_graph_over_both_systems():
    """The bills of all customers are one call of billing, and are those that REST gives."""
    answer = call("POST", "/graphql", {"query": "{ listCustomers(limit: 50) { id bills { id } } }"})
    customers = answer.json["data"]["listCustomers"]
    same((list(answer.json), len(customers) > 10), (["data"], True))
    same(demo.wait_log(route="/graphql")["calls"], 2)
    for customer in customers[:3]:
        same(customer["bills"], [{"id": bill["id"]} for bill in bills(customer["id"]).json])


def test_a_sandbox_that_misbehaves():
    for system, target in (("customers", f"{CUSTOMERS}/customer/1001"),
                           ("billing", f"{BILLS}/customerBill?account=1001")):
        for switches, status in (({"garbage": True}, 502), ({"wrong": True}, 502),
                                 ({"reset": True}, 502), ({"delay": "3s"}, 504)):
            switch(system, **switches)
            answer = call("GET", target)
            same((system, switches, answer.status), (system, switches, status))
        switch(system)
        wait_for(lambda: call("GET", target).status == 200)
