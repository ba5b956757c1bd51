# SPDX-License-Identifier: GPL-2.0-or-later
"""What zeep is asked to do; see soap_house.py."""

import decimal
import sys

import zeep
from requests import Session
from zeep.transports import Transport

BASE, TOKEN, VERSION = sys.argv[1:4]
PROBLEM = "{urn:ietf:rfc:7807}"


def service(name, token=TOKEN):
    session = Session()
    if token:
        session.headers["Authorization"] = "Bearer " + token
    client = zeep.Client(f"{BASE}/soap/{name}?wsdl", transport=Transport(session=session))
    ports = list(client.wsdl.services.values())[0].ports
    port = next(p for p in ports if p.endswith("Port12") == (VERSION == "1.2"))
    return client.bind(list(client.wsdl.services)[0], port)


def show(name, *parts):
    print(f"{name}=" + "|".join("null" if p is None else str(p) for p in parts))


def fault(name, call, **arguments):
    try:
        call(**arguments)
        show(name, "no fault")
    except zeep.exceptions.Fault as f:
        problem = f.detail.find(PROBLEM + "problem")
        texts = [problem.findtext(PROBLEM + m) for m in ("status", "code", "pointer")]
        print(f"{name}=fault " + " ".join(t for t in texts if t))


def customers():
    s = service("customer/v4")
    c = s.getCustomer(id="1001")
    show("read", c.name, c.status, c.id, c.type, c.account[0].id, c.account[0].referredType)
    page = s.listCustomers(offset=1, limit=2)
    show("list", len(page), page[0].id, page[1].id)
    one = s.listCustomers(name="Customer 1001 Ltd")
    show("one", len(one), one[0].id)
    c = s.createCustomer({"name": "A & B <ö>", "contactMedium": [
        {"mediumType": "email", "preferred": True,
         "characteristic": {"emailAddress": "x@example.com"}}]})
    m = c.contactMedium[0]
    show("write", c.name, m.mediumType, m.characteristic.emailAddress, len(c.contactMedium),
         str(m.preferred is True).lower())
    d = s.changeCustomer(id=c.id, CustomerUpdate={"status": "suspended"})
    show("change", d.status, f"{'null' if d.statusReason is None else d.statusReason} reason")
    s.deleteCustomer(id=c.id)
    show("delete", "gone")
    fault("missing", s.getCustomer, id=c.id)
    fault("no token", service("customer/v4", None).getCustomer, id="1001")


def bills():
    s = service("billing/v4")
    page = s.listBills(account="1001")
    show("bills", len(page), page[0].id, page[0].state, page[0].amountDue.unit)
    b = s.getBill(id="INV-1003-01")
    assert isinstance(b.amountDue.value, decimal.Decimal)
    show("bill", b.id, b.amountDue.value, b.item[0].position, b.billDate.isoformat(),
         f"{'null' if b.note is None else b.note} note")
    before = s.getBalance(account="1001")
    show("balance", before.account, before.balance.unit)
    after = s.topUp({"account": "1001", "amount": decimal.Decimal("100.01")})
    show("topup", f"raised by {after.balance.value - before.balance.value}")
    fault("negative", s.topUp, TopupBalanceCreate={"account": "1001", "amount": -1})
    fault("no account", s.getBalance, account="999999")


customers()
bills()
o = service("overview/v1").getOverview(id="1003")
show("overview", o.id, o.name, o.segment, str(o.blocked).lower())
