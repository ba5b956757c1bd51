# SPDX-License-Identifier: GPL-2.0-or-later
"""A SOAP backend, 1.1 and 1.2: messages by their type, faults, and answers that are none."""

from harness import CLOSE, RESET, Backend, Gateway, http, same
from pay import SOAP_11, wsdl

ENVELOPE = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/",
            "1.2": "http://www.w3.org/2003/05/soap-envelope"}
BINDING = {"1.1": SOAP_11, "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
MEDIA = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
ELEMENTS = """  <x:element name="Pay"><x:complexType><x:sequence>
   <x:element name="Account" type="x:string"/><x:element name="Amount" type="x:decimal"/>
   <x:element name="Count" type="x:long" minOccurs="0"/>
   <x:element name="Tag" type="x:string" minOccurs="0" maxOccurs="unbounded"/>
  </x:sequence></x:complexType></x:element>
  <x:element name="PayResponse"><x:complexType><x:sequence>
   <x:element name="Amount" type="x:decimal"/>
   <x:element name="Note" type="x:string" nillable="true"/>
   <x:element name="Bill" minOccurs="0" maxOccurs="unbounded"><x:complexType><x:sequence>
     <x:element name="No" type="x:string"/></x:sequence></x:complexType></x:element>
  </x:sequence></x:complexType></x:element>
  <x:element name="Poor"><x:complexType><x:sequence>
   <x:element name="Balance" type="x:decimal"/></x:sequence></x:complexType></x:element>
"""
PAY = """
  /%(name)s:
    post:
      operationId: %(name)s
      security: []
      x-telgate: {call: %(name)s Pay, request: {Account: $request.body#/account, Amount:
          $request.body#/amount, Count: $request.body#/count, Tag: $request.body#/tags},
        response: {amount: $response.body#/Amount, note: $response.body#/Note,
          bills: {$each: $response.body#/Bill, no: $item#/No}}, faults: {TooPoor: 409}}
      requestBody: {required: true, content: {application/json: {schema: {type: object,
        required: [account, amount], properties: {account: {type: string}, amount: {type: number},
          count: {type: integer}, tags: {type: array, items: {type: string}}}}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object,
        required: [amount, note, bills], properties: {amount: {type: number},
          note: {type: string, nullable: true},
          bills: {type: array, items: {type: object}}}}}}}}"""

old, new = Backend(), Backend()
gateway = Gateway(PAY % {"name": "old"} + PAY % {"name": "new"},
                  {"limits": {"answer": "256KB"}, "timeouts": {"operation": "2s"}},
                  x_telgate={"backends": {
                      "old": {"wsdl": "old.wsdl", "url": old.url, "auth": {"basic": "u:p"}},
                      "new": {"wsdl": "new.wsdl", "url": new.url}}},
                  files={"old.wsdl": wsdl(ELEMENTS, BINDING["1.1"]),
                         "new.wsdl": wsdl(ELEMENTS, BINDING["1.2"])})
BOTH = (("old", old, "1.1"), ("new", new, "1.2"))
GOOD = "<b:Amount>1.50</b:Amount><b:Note xsi:nil='true'/>"


def envelope(version, body, before=""):
    return (f'{before}<e:Envelope xmlns:e="{ENVELOPE[version]}" xmlns:b="urn:b" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Body>'
            f"{body}</e:Body></e:Envelope>")


def paid(version, inner, before=""):
    return http(200, envelope(version, f"<b:PayResponse>{inner}</b:PayResponse>", before),
                MEDIA[version])


def pay(name, body=None):
    return gateway.post(f"/{name}", body or {"account": "a", "amount": 1})


def fault(version, code, reason, detail=""):
    if version == "1.1":
        return envelope(version, f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>{reason}"
                        f"</faultstring><detail>{detail}</detail></e:Fault>")
    code = {"Client": "Sender", "Server": "Receiver"}.get(code, code)
    return envelope(version, f"<e:Fault><e:Code><e:Value>e:{code}</e:Value></e:Code><e:Reason>"
                    f'<e:Text xml:lang="en">{reason}</e:Text></e:Reason><e:Detail>{detail}'
                    "</e:Detail></e:Fault>")


def test_the_message_that_is_sent():
    for name, backend, version in BOTH:
        backend.play(paid(version, GOOD))
        body = (b'{"account":"<&>","amount":100000000000000.01,"count":9007199254740993,'
                b'"tags":["a"]}')
        answer = gateway.post(f"/{name}", body, media="application/json")
        same((answer.status, answer.body), (200, b'{"amount":1.50,"note":null,"bills":[]}'))
        seen = backend.wait()
        for part in (ENVELOPE[version], ">&lt;&amp;", ">100000000000000.01<", ">9007199254740993<"):
            same((part, part in seen.body.decode()), (part, True))
        same(seen.headers["Content-Type"].startswith(MEDIA[version].split(";")[0]), True)
        action = seen.headers["SOAPAction" if version == "1.1" else "Content-Type"]
        same("urn:b/Pay" in action or action, True)
    same((old.wait().headers["Authorization"], "Authorization" in new.wait().headers),
         ("Basic dTpw", False))


def test_lists_nulls_and_digits():
    for name, backend, version in BOTH:
        for bills in (0, 1, 3):
            backend.play(paid(version, "<b:Amount>100000000000000.01</b:Amount><b:Note>n</b:Note>" +
                              "<b:Bill><b:No>007</b:No></b:Bill>" * bills))
            same(pay(name).text, '{"amount":100000000000000.01,"note":"n","bills":[%s]}' %
                 ",".join(['{"no":"007"}'] * bills))


def test_values_that_the_message_does_not_take():
    for body in ({"account": "a\x0bb", "amount": 1},
                 {"account": "a", "amount": 1, "count": 2 ** 63}):
        same((body, pay("old", body).status), (body, 422))
    same(old.requests, [])


def test_faults_by_name_and_by_code():
    for name, backend, version in BOTH:
        for text, status in ((fault(version, "Server", "words", "<b:Poor><b:Balance>1</b:Balance>"
                                    "</b:Poor>"), 409),
                             (fault(version, "Client", "words"), 400),
                             (fault(version, "Server", "words"), 502),
                             (fault(version, "MustUnderstand", "words"), 502),
                             (fault(version, "Server", "words", "<c:O xmlns:c='urn:c'/>"), 502)):
            backend.play(http(500, text, MEDIA[version]))
            answer = pay(name)
            same((text, answer.status, "words" in str(answer)), (text, status, False))
            entry = gateway.wait_log(correlator=answer.headers["X-Correlator"])
            same((text, "words" in entry["cause"]), (text, True))


def test_a_fault_with_status_200_is_a_fault():
    for name, backend, version in BOTH:
        backend.play(http(200, fault(version, "Client", "words"), MEDIA[version]))
        same(pay(name).status, 400)


BOMB = ("<!DOCTYPE e:Envelope [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9)) + "]>")


def hostile(version):
    """Answers that are no answer of this operation: what is wrong, and its bytes."""
    body = f"<b:PayResponse>{GOOD}</b:PayResponse>"
    twice = envelope(version, body).replace("</e:Body>", f"</e:Body><e:Body>{body}</e:Body>")
    texts = {
        "bomb": envelope(version, "<b:PayResponse><b:Amount>1</b:Amount><b:Note>&j;</b:Note>"
                         "</b:PayResponse>", BOMB),
        "doctype": envelope(version, body, "<!DOCTYPE e:Envelope>"),
        "external": envelope(version, body, "<!DOCTYPE e [<!ENTITY x SYSTEM '/etc/passwd'>]>"),
        "entity": envelope(version, body.replace("1.50", "&x;")),
        "two bodies": twice, "no body": twice.split("<e:Body>")[0] + "</e:Envelope>",
        "two answers": envelope(version, body + body), "empty": "", "text": "no XML",
        "trailing junk": envelope(version, body) + "<x/>", "cut": envelope(version, body)[:-9],
        "html": "<html><body>Error: internal</body></html>",
        "another answer": envelope(version, "<b:Other/>"), "nothing": envelope(version, ""),
        "wrong type": envelope(version, body.replace("1.50", "1,50")),
        "missing": envelope(version, "<b:PayResponse><b:Amount>1</b:Amount></b:PayResponse>"),
        "nil": envelope(version, body.replace("<b:Amount>1.50", "<b:Amount xsi:nil='true'>")),
        "deep": envelope(version, "<a>" * 10000 + "</a>" * 10000),
        "bytes": envelope(version, body.replace("1.50", "\x01")),
    }
    return {name: http(200, text, MEDIA[version]) for name, text in texts.items()}


def test_answers_that_are_none():
    for name, backend, version in BOTH:
        for what, answer in hostile(version).items():
            backend.play(answer)
            got = pay(name)
            same((version, what, got.status), (version, what, 502))
            same((what, "internal" in str(got) or "root:" in str(got)), (what, False))
        backend.play(paid(version, GOOD))
        same(pay(name).status, 200)
    same(gateway.rss() < 200000, True)


def test_http_errors_without_an_envelope():
    for name, backend, version in BOTH:
        for status, told in ((500, 502), (503, 503), (404, 502), (401, 502), (302, 502)):
            backend.reply(status, "<html>internal</html>", "text/html")
            answer = pay(name)
            same((status, answer.status, "internal" in answer.text), (status, told, False))
        backend.play(http(200, "{}"))
        same(pay(name).status, 502)


def test_broken_off():
    for name, backend, version in BOTH:
        for steps in ([RESET], [CLOSE], [paid(version, GOOD)[:-5], RESET]):
            backend.play(*steps)
            same(pay(name).status, 502)


def test_harmless_varieties():
    for name, backend, version in BOTH:
        body, other = f"<b:PayResponse>{GOOD}</b:PayResponse>", "1.2" if version == "1.1" else "1.1"
        for text in (envelope(other, body),  # either version is read
                     envelope(version, body.replace("<b:Note", "<b:New>1</b:New><b:Note")),
                     envelope(version, body, '<?xml version="1.0" encoding="UTF-8"?>\n<!-- c -->'),
                     envelope(version, body).replace("<e:Body>", "<e:Header/><e:Body>"),
                     envelope(version, body.replace("b:", "q:").replace(
                         "<q:PayResponse", "<q:PayResponse xmlns:q='urn:b'")),
                     envelope(version, body.replace("1.50", " <![CDATA[1.50]]>\n")),
                     envelope(version, body) + "\n<!-- end -->\n"):
            backend.play(http(200, text, MEDIA[version]))
            same((text, pay(name).text), (text, '{"amount":1.50,"note":null,"bills":[]}'))
