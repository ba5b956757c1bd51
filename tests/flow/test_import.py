# SPDX-License-Identifier: GPL-2.0-or-later
"""`telgate import wsdl`: its contract as it is, called over REST, SOAP and GraphQL. shop.wsdl has
two namespaces with a type Address each, subtypes, a choice, headers, a one-way operation."""

import json
import os
import re
import tempfile

from harness import Backend, Gateway, http, same, telgate

HERE = os.path.dirname(os.path.abspath(__file__))
NS = 'xmlns:o="urn:example:orders" xmlns:c="urn:example:customers" ' \
     'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
SCOPES = "shop:read shop:write"

with open(os.path.join(HERE, "shop.wsdl"), encoding="utf-8") as _file:
    WSDL = _file.read()
shop = Backend()


def imported():
    with tempfile.TemporaryDirectory() as folder:
        wsdl, out = os.path.join(folder, "shop.wsdl"), os.path.join(folder, "shop.yaml")
        with open(wsdl, "w", encoding="utf-8") as file:
            file.write(WSDL.replace("http://shop.example.net/soap", shop.url))
        ran = telgate("import", "wsdl", wsdl, "-o", out)
        same((ran.returncode, ran.stderr), (0, ""))
        again = telgate("import", "wsdl", wsdl, "-o", out)
        same((again.returncode, "is there already" in again.stderr), (1, True))
        checked = telgate("check", out)
        same((checked.returncode, checked.stdout, checked.stderr),
             (0, "shop: 6 operations at /shop\n", ""))
        with open(out, encoding="utf-8") as file:
            return file.read()


CONTRACT = imported()
gateway = Gateway(CONTRACT, files={"shop.wsdl": WSDL})

ORDER = {"OrderNo": "A/1", "Day": "2024-02-29",
         "Buyer": {"No": 9007199254740993, "Home": {"Street": "S", "City": None, "country": "DE"},
                   "Manager": {"No": 1, "Home": {"Street": "T", "City": "C"}}},
         "Dock": {"Port": 7}, "Item": ["one"],
         "Payment": [{"@type": "Card", "Amount": 1.5, "Pan": "4"},
                     {"@type": "Transfer", "Amount": 2, "Iban": "DE1"}],
         "Refund": {"@type": "Card", "Amount": 3, "Pan": "5"}, "Next": None, "Discount": 0.1}
XML = ("<o:OrderNo>A/1</o:OrderNo><o:Day>2024-02-29</o:Day><o:Buyer><c:No>9007199254740993</c:No>"
       '<c:Home country="DE"><c:Street>S</c:Street><c:City i:nil="true"></c:City></c:Home>'
       "<c:Manager><c:No>1</c:No><c:Home><c:Street>T</c:Street><c:City>C</c:City></c:Home>"
       "</c:Manager></o:Buyer>"
       "<o:Dock><o:Port>7</o:Port></o:Dock><o:Item>one</o:Item>"
       '<o:Payment i:type="o:Card"><o:Amount>1.5</o:Amount><o:Pan>4</o:Pan></o:Payment>'
       '<o:Payment i:type="o:Transfer"><o:Amount>2</o:Amount><o:Iban>DE1</o:Iban></o:Payment>'
       '<o:Refund i:type="o:Card"><o:Amount>3</o:Amount><o:Pan>5</o:Pan></o:Refund>'
       '<o:Next i:nil="true"></o:Next>'
       "<o:Discount>0.1</o:Discount>")


def envelope(body):
    return ('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" %s><e:Body>%s'
            "</e:Body></e:Envelope>" % (NS, body))


def reply(body, status=200):
    shop.play(http(status, envelope(body), "text/xml"))


def sent():
    """What the backend was sent in its Body, with this file's prefixes."""
    text = shop.wait().body.decode()
    for prefix, ns in re.findall(r'xmlns:(\w+)="([^"]*)"', text):
        ours = {"urn:example:orders": "o", "urn:example:customers": "c",
                "http://www.w3.org/2001/XMLSchema-instance": "i"}.get(ns)
        if ours:
            text = re.sub(r'(</?|[ "])%s:' % prefix, r"\1%s:" % ours, text)
    return text.split("<e:Body>")[1].split("</e:Body>")[0]


def call(method, target, body=None):
    return gateway.request(method, "/shop" + target, body, scope=SCOPES, prefix=False)


def test_what_was_chosen():
    for part in ("  /order/{OrderNo}:\n    get:\n      operationId: getOrder\n"
                 "      description: One order, by its number.",
                 "faults: {OrderNotFound: 404}", "faults: {CreditDenied: 403}",
                 "  /orders:\n    get:\n      operationId: listOrders",
                 "  /findOrders:\n    post:\n      operationId: findOrders",
                 "x-telgate: {call: shop FindOrders, graphql: query}", "'204': {", "'202': {",
                 "    Address:\n", "    OrdersAddress:\n", "description: When it was placed.",
                 "description: Orders of a shop.", "# Session\n", "- {oauth2: ['shop:write']}",
                 shop.url, "wsdl: shop.wsdl"):
        same((part, part in CONTRACT), (part, True))


def test_read_by_rest():
    reply(f"<o:GetOrderResponse><o:Order>{XML}</o:Order></o:GetOrderResponse>")
    answer = call("GET", "/order/A%2F1")
    same((answer.status, json.loads(answer.text)), (200, {"Order": ORDER}))
    same("9007199254740993" in answer.text, True)
    same(sent(), "<o:GetOrder><o:OrderNo>A/1</o:OrderNo></o:GetOrder>")


def test_a_list_and_its_parameters():
    reply("<o:ListOrdersResponse/>")
    same(call("GET", "/orders?Status=new&Status=old&From=2024-01-01").json, {"OrderNo": []})
    same(sent(), "<o:ListOrders><o:Status>new</o:Status><o:Status>old</o:Status>"
                 "<o:From>2024-01-01</o:From></o:ListOrders>")
    same(call("GET", "/orders?Status=none").status, 400)


def test_write_by_rest():
    reply("<o:PlaceOrderResponse/>")
    same(call("POST", "/placeOrder", {"Order": ORDER}).status, 204)
    same(sent(), f"<o:PlaceOrder><o:Order>{XML}</o:Order></o:PlaceOrder>")
    both = {"Order": dict(ORDER, Gift="g")}
    same((call("POST", "/placeOrder", both).status, len(shop.requests)), (400, 1))


def test_deep_messages():
    """Through mappings by name; what is too deep is refused, and nothing breaks."""
    reply("<o:PlaceOrderResponse/>")
    for depth, by_type, by_subtype in ((20, 204, 204), (50, 204, 400), (500, 400, 400)):
        order, card = dict(ORDER), {"@type": "Card", "Amount": 1, "Pan": "4"}
        for _ in range(depth):
            order, card = dict(ORDER, Next=order), dict(card, Split=card)
        for body, status in ((order, by_type), (dict(ORDER, Payment=[card]), by_subtype)):
            same((depth, call("POST", "/placeOrder", {"Order": body}).status), (depth, status))


def test_a_message_that_is_a_subtype():
    reply("<o:PayResponse>3.50</o:PayResponse>")
    answer = call("POST", "/pay", {"@type": "Card", "Amount": 1, "Pan": "4"})
    same((answer.status, answer.text), (200, '{"$value":3.50}'))
    same(sent(), '<o:Pay i:type="o:Card"><o:Amount>1</o:Amount><o:Pan>4</o:Pan></o:Pay>')


def test_one_way():
    shop.reply(202)
    same(call("POST", "/notify", {"Text": "x"}).status, 202)


def test_faults():
    for code, detail, status in (
            ("Server", "<o:Gone><o:OrderNo>A</o:OrderNo></o:Gone>", 404),
            ("Client", "", 400), ("Server", "", 502)):
        reply(f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>f</faultstring>"
              f"<detail>{detail}</detail></e:Fault>", 500)
        same((code, call("GET", "/order/A").status), (code, status))


def test_scopes():
    refused = gateway.request("POST", "/shop/notify", {"Text": "x"}, scope="shop:read",
                              prefix=False)
    same((refused.status, shop.requests), (403, []))


def test_by_soap():
    reply(f"<o:GetOrderResponse><o:Order>{XML}</o:Order></o:GetOrderResponse>")
    ask = '<g:getOrder xmlns:g="urn:telgate:shop"><g:OrderNo>A</g:OrderNo></g:getOrder>'
    answer = gateway.request("POST", "/soap/shop", envelope(ask), scope=SCOPES, prefix=False,
                             media="text/xml")
    same(answer.status, 200)
    for part in ("9007199254740993", 'country="DE"', ' xsi:type="n1:Card"', "Iban>DE1</"):
        same((part, part in answer.text), (part, True))
    reply("<o:PayResponse>1</o:PayResponse>")
    ask = ('<g:pay xmlns:g="urn:telgate:shop"><g:Payment i:type="g:Card"><g:Amount>1</g:Amount>'
           "<g:Pan>4</g:Pan></g:Payment></g:pay>")
    same(gateway.request("POST", "/soap/shop", envelope(ask), scope=SCOPES, prefix=False,
                         media="text/xml").status, 200)
    same(sent(), '<o:Pay i:type="o:Card"><o:Amount>1</o:Amount><o:Pan>4</o:Pan></o:Pay>')


def test_by_graphql():
    reply(f"<o:GetOrderResponse><o:Order>{XML}</o:Order></o:GetOrderResponse>")
    query = '{ getOrder(OrderNo: "A") { Order { Day Buyer { No Home { country } } Item } } }'
    answer = gateway.request("POST", "/graphql", {"query": query}, scope=SCOPES, prefix=False)
    same(answer.json, {"data": {"getOrder": {"Order": {
        "Day": "2024-02-29", "Buyer": {"No": 9007199254740993, "Home": {"country": "DE"}},
        "Item": ["one"]}}}})
    reply("<o:ListOrdersResponse><o:OrderNo>A</o:OrderNo></o:ListOrdersResponse>")
    query = '{ findOrders(input: {Buyer: {Street: "S", City: null}}) { OrderNo } }'
    answer = gateway.request("POST", "/graphql", {"query": query}, scope=SCOPES, prefix=False)
    same(answer.json, {"data": {"findOrders": {"OrderNo": ["A"]}}})


SECOND = """
 <w:message name="Ping"><w:part name="p" element="o:Session"/></w:message>
 <w:portType name="Other"><w:operation name="CheckSession"><w:input message="o:Ping"/>
  <w:output message="o:Ping"/></w:operation><w:operation name="GetOrder"><w:input message="o:Ping"/>
  <w:output message="o:Ping"/></w:operation></w:portType>
 <w:binding name="B2" type="o:Other"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
  <w:operation name="CheckSession"><w:input><s:body use="literal"/></w:input></w:operation>
  <w:operation name="GetOrder"><w:input><s:body use="literal"/></w:input></w:operation></w:binding>
 <w:service name="Other"><w:port name="P" binding="o:B2"><s:address location="WRITE_ME"/></w:port>
 </w:service>
</w:definitions>"""


def test_two_services():
    """Each address is a backend; what has the name of another operation is told of."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = os.path.join(folder, "two.wsdl"), os.path.join(folder, "two.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(WSDL.replace("</w:definitions>", SECOND))
        ran = telgate("import", "wsdl", path, "-o", out)
        same((ran.returncode, "GetOrder cannot be called" in ran.stderr), (0, True))
        with open(out, encoding="utf-8") as file:
            text = file.read()
        for part in ("shop: {wsdl: two.wsdl, url: 'http://shop.example.net/soap'}",
                     "(WRITE_ME)", "url: http://backend.invalid", "call: shop2 CheckSession"):
            same((part, part in text), (part, True))
        checked = telgate("check", out)
        same((checked.returncode, "a backend of their own" in checked.stderr), (0, False))
        with open(out, "w", encoding="utf-8") as file:
            file.write(text.replace(", url: 'http://shop.example.net/soap'", ""))
        same("a backend of their own" in telgate("check", out).stderr, True)


def test_what_cannot_be_imported():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bad.wsdl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(WSDL.replace('element="o:GetOrder"', 'element="o:Nothing"'))
        ran = telgate("import", "wsdl", path)
        same((ran.returncode, ran.stdout), (1, ""))
        same(re.match(r".*bad\.wsdl:\d+:\d+: element \{urn:example:orders\}Nothing is not declared",
                      ran.stderr) is not None, True)
        ran = telgate("import", "wsdl", os.path.join(folder, "none.wsdl"))
        same((ran.returncode, "cannot open" in ran.stderr), (1, True))
    same(telgate("import", "wsdl").returncode, 2)
