# SPDX-License-Identifier: GPL-2.0-or-later
"""Plain XML over HTTP: backends that answer it and take it, callers that send it and ask for it."""

import xml.etree.ElementTree as ET

from harness import Backend, Gateway, http, parallel, same, telgate

CREDIT = """
openapi: 3.1.0
info: {title: Credit, version: 1.2.3}
servers: [{url: /v1}]
x-telgate:
  name: credit/v1
  backends:
    plain: {url: "<plain>"}
    credit: {url: "<credit>", media: application/xml}
security: []
paths:
  /score/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get:
      operationId: getScore
      x-telgate: {call: plain}
      responses: {'200': {description: d, content: &score {
        application/json: {schema: {$ref: '#/components/schemas/Score'}},
        application/xml: {schema: {$ref: '#/components/schemas/Score'}}}}}
    put:
      operationId: putScore
      x-telgate: {call: plain}
      requestBody: {required: true, content: *score}
      responses: {'200': {description: d, content: *score}}
  /scores:
    get:
      operationId: listScores
      x-telgate: {call: credit}
      responses: {'200': {description: d, content: {application/xml: {schema: {
        $ref: '#/components/schemas/Scores'}}}}}
    post:
      operationId: addScore
      x-telgate: {call: credit}
      requestBody: {content: *score}
      responses: {'201': {description: d, content: *score}}
  /person/{id}:
    get:
      operationId: getPerson
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      x-telgate:
        call: plain GET /score/{id}
        answer: '#/components/schemas/Score'
        response: {name: $response.body#/subject, flags: $response.body#/flags}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object,
        properties: {name: {type: string}, flags: {type: array, items: {type: string}}}}}}}}
  /verify:
    post:
      operationId: verify
      x-telgate:
        call: credit POST /checks
        body: '#/components/schemas/Check'
        request: {amount: $request.body#/sum}
        answer: {type: object, required: [ok], properties: {ok: {type: boolean}},
          xml: {name: Verdict}}
      requestBody: {content: {application/json: {schema: {type: object,
        properties: {sum: {type: number}, who: {type: string}}}}}}
      responses: {'200': {description: d, content: {application/json: {schema: {type: object,
        properties: {ok: {type: boolean}}}}}}}
  /raw:
    get:
      operationId: getRaw
      x-telgate: {call: plain}
      responses: {'200': {description: d, content: {application/json: {schema: {}}}}}
  /form:
    put:
      operationId: putForm
      x-telgate: {call: plain}
      requestBody: {content: {text/xml: {schema: {$ref: '#/components/schemas/Check'}}}}
      responses: {'200': {description: d, content: {text/xml: {schema: {
        $ref: '#/components/schemas/Check'}}}}}
components:
  schemas:
    Score:
      type: object
      required: [subject, flags]
      xml: {name: CreditScore, namespace: 'urn:credit', prefix: c}
      properties:
        version: {type: string, xml: {attribute: true}}
        subject: {type: string, xml: {namespace: 'urn:credit'}}
        points: {type: integer}
        limit: {type: [number, 'null']}
        flags: {type: array, items: {type: string, xml: {name: flag}}}
        debts: {type: array, xml: {wrapped: true}, items: {type: object, xml: {name: debt},
          properties: {owed: {type: number}, since: {type: string, format: date}}}}
    Scores: {type: array, xml: {name: scores, wrapped: true}, items: {
      $ref: '#/components/schemas/Score'}}
    Check:
      type: object
      properties: {who: {type: string}, amount: {type: number, xml: {name: Amount}},
        place: {type: string, readOnly: true}}
"""
plain, credit = Backend(), Backend()
gateway = Gateway(CREDIT, plain=plain, credit=credit)
SCORE = """<?xml version="1.0"?>
<CreditScore xmlns="urn:credit" version="0123"><subject>Ada &amp; Co</subject>
  <points xmlns="">90071992547409930001</points><limit xmlns="">100000000000000.010</limit>
  %s</CreditScore>"""
ONE = SCORE % '<flag xmlns="">late</flag><debts xmlns=""><debt><owed>1.50</owed></debt></debts>'
ADA = {"version": "0123", "subject": "Ada & Co", "points": 9, "flags": ["late"]}


def shape(text):
    """(name, attributes, text or children): what a document says, without its prefixes."""
    def of(element):
        return (element.tag, dict(element.attrib), [of(e) for e in element] or element.text)
    return of(ET.fromstring(text))


def test_an_xml_backend_is_json_to_the_caller():
    plain.reply(200, ONE, "application/xml")
    answer = gateway.get("/score/1")
    same(answer.headers["Content-Type"], "application/json")
    same(answer.text, '{"version":"0123","subject":"Ada & Co","points":90071992547409930001,'
         '"limit":100000000000000.010,"flags":["late"],"debts":[{"owed":1.50}]}')
    plain.reply(200, SCORE % "", "text/xml; charset=utf-8")
    same(gateway.get("/score/1").json["flags"], [])
    same(plain.wait().headers["Accept"], "application/json")


def test_an_xml_backend_is_soap_and_graphql_too():
    plain.reply(200, ONE, "application/vnd.score+xml")
    query = {"query": '{getScore(id: "1") {subject flags points}}'}
    got = gateway.post("/graphql", query, prefix=False).json
    same(got["data"]["getScore"]["flags"], ["late"])
    envelope = ('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">'
                '<e:Body><getScore xmlns="urn:telgate:credit/v1"><id>1</id></getScore>'
                '</e:Body></e:Envelope>')
    answer = gateway.post("/soap/credit/v1", envelope, media="text/xml", prefix=False)
    assert "90071992547409930001" in answer.text and "late" in answer.text, answer.text
    plain.reply(200, SCORE % "", "application/xml")
    got = gateway.post("/graphql", query, prefix=False).json
    same(got["data"]["getScore"]["flags"], [])
    assert "Ada &amp; Co" in gateway.post("/soap/credit/v1", envelope, media="text/xml",
                                          prefix=False).text


def test_xml_where_the_caller_prefers_it():
    plain.reply(200, dict(ADA, limit=None, debts=[{"owed": 1, "since": "2024-01-01"}]))
    answer = gateway.get("/score/1", headers={"Accept": "application/xml, application/json;q=0.5"})
    same(answer.headers["Content-Type"], "application/xml")
    assert answer.text.startswith('<?xml version="1.0" encoding="UTF-8"?><'), answer.text
    same(shape(answer.body), (
        "{urn:credit}CreditScore", {"version": "0123"},
        [("{urn:credit}subject", {}, "Ada & Co"), ("points", {}, "9"),
         ("limit", {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}, None),
         ("flag", {}, "late"),
         ("debts", {}, [("debt", {}, [("owed", {}, "1"), ("since", {}, "2024-01-01")])])]))
    same(gateway.get("/score/1", headers={"Accept": "*/*"}).headers["Content-Type"],
         "application/json")
    same(gateway.get("/person/1", headers={"Accept": "application/xml"}).status, 406)


def test_xml_from_a_caller_to_a_json_backend():
    plain.reply(200, ADA)
    answer = gateway.request("PUT", "/score/1", SCORE % "", media="application/xml")
    same(answer.status, 200)
    sent = plain.wait()
    same(sent.headers["Content-Type"], "application/json")
    same(sent.body, b'{"version":"0123","subject":"Ada & Co","points":90071992547409930001,'
         b'"limit":100000000000000.010,"flags":[]}')


def test_a_backend_that_speaks_xml_is_sent_it():
    credit.reply(201, ONE, "application/xml")
    answer = gateway.post("/scores", dict(ADA, debts=[{"owed": 2.5}]))
    same((answer.status, answer.json["points"]), (201, 90071992547409930001))
    sent = credit.wait()
    same((sent.headers["Content-Type"], sent.headers["Accept"]), ("application/xml",) * 2)
    same(shape(sent.body), (
        "{urn:credit}CreditScore", {"version": "0123"},
        [("{urn:credit}subject", {}, "Ada & Co"), ("points", {}, "9"), ("flag", {}, "late"),
         ("debts", {}, [("debt", {}, [("owed", {}, "2.5")])])]))


def test_a_list_is_a_document_by_its_wrapper():
    for count in (0, 1, 2):
        part = ONE.split("?>")[1]
        credit.reply(200, f"<scores>{part * count}</scores>", "application/xml")
        same(len(gateway.get("/scores", headers={"Accept": "*/*"}).body.split(b"late")), 1 + count)
    same(shape(gateway.get("/scores").body)[0], "scores")


def test_a_call_of_its_own_reads_and_writes_by_its_types():
    plain.reply(200, ONE, "application/xml")
    same(gateway.get("/person/7").json, {"name": "Ada & Co", "flags": ["late"]})
    same(plain.wait().target, "/score/7")
    credit.reply(200, "<Verdict><ok>1</ok></Verdict>", "application/xml")
    same(gateway.post("/verify", {"who": "Ada", "sum": 7}).json, {"ok": True})
    same(shape(credit.wait().body), ("Check", {}, [("who", {}, "Ada"), ("Amount", {}, "7")]))
    credit.reply(200, "<Verdict/>", "application/xml")
    same(gateway.post("/verify", {"who": "Ada", "sum": 7}).status, 502)


def test_where_xml_is_the_only_form():
    plain.reply(200, "<Check><who>Ada</who></Check>", "text/xml")
    body = "<Check><Amount>1.0</Amount></Check>"
    answer = gateway.request("PUT", "/form", body, media="text/xml")
    same((answer.status, answer.headers["Content-Type"]), (200, "text/xml"))
    same(shape(answer.body), ("Check", {}, [("who", {}, "Ada")]))
    sent = plain.wait()
    same((sent.headers["Content-Type"], sent.headers["Accept"]), ("text/xml", "text/xml"))
    same(shape(sent.body), ("Check", {}, [("Amount", {}, "1.0")]))


def test_without_a_type_it_is_read_as_it_comes():
    plain.reply(200, "<r a='1'><x>1</x><x>2</x><y/></r>", "application/xml")
    same(gateway.get("/raw").json, {"@a": "1", "x": ["1", "2"], "y": ""})


BOMB = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbb'><!ENTITY c '&b;&b;&b;'>]>"
HOSTILE = [
    ("text", "not well-formed"), ("<a>", ""),
    (BOMB + "<Check><who>&c;</who></Check>", "DOCTYPE"),
    ("<Check><who>&c;</who></Check>", ""),
    ("<?php x?><Check/>", "processing instruction"),
    ("<x:Check/>", "prefix"), ("<Check a='1' a='2'/>", "not well-formed"),
    ("<Check><who>a</who><who>b</who></Check>", "twice"),
    ("<Check><Amount>ten</Amount></Check>", "Amount in line 1 is no number"),
    ("<check/>", "the root element must be Check, without a namespace"),
    ("<Check xmlns='urn:x'/>", "the root element must be Check"),
    ("<Check/><Check/>", "not well-formed"), ("<Check/>\0", ""),
    ("<Check>" + "<a>" * 300 + "</a>" * 300 + "</Check>", "deep"),
    ("<?xml version='1.0' encoding='UTF-7'?><Check/>", ""),
    ("<Check><place>Rome</place></Check>", "/place"),
]


def test_hostile_xml_of_a_caller_is_refused():
    for body, told in HOSTILE:
        answer = gateway.request("PUT", "/form", body, media="text/xml")
        same((body, answer.status), (body, 400))
        same(answer.headers["Content-Type"], "application/problem+json")
        assert told in answer.text, (body, answer.text)
        assert "ten" not in answer.json["detail"], answer.text
    same(plain.requests, [])


def test_hostile_xml_of_a_backend_is_a_bad_gateway():
    for body, told in HOSTILE:
        if told == "/place":  # readOnly is for the backend to say
            continue
        plain.reply(200, body, "text/xml")
        answer = gateway.request("PUT", "/form", "<Check/>", media="text/xml")
        same((body, answer.status), (body, 502))
        same(answer.json["detail"], "the backend's answer does not have the agreed form")


def test_what_xml_has_no_form_for_is_not_sent():
    plain.reply(200, {"who": "nul \0 is no XML"})
    answer = gateway.request("PUT", "/form", "<Check/>", media="text/xml")
    same((answer.status, answer.headers["Content-Type"]), (502, "application/problem+json"))
    credit.reply(201, ONE, "application/xml")
    same(gateway.post("/scores", dict(ADA, subject="\0")).status, 422)
    same(credit.requests, [])


def test_callers_in_xml_may_come_at_once():
    def call(number):
        body = f"<Check><who>{number}</who></Check>"
        return gateway.request("PUT", "/form", body, media="text/xml").body

    plain.choose(lambda request: http(200, request.body, "text/xml"))
    for number, body in enumerate(parallel(*[lambda n=n: call(n) for n in range(16)])):
        same(shape(body), ("Check", {}, [("who", {}, str(number))]))


def test_mistakes_are_told_with_their_place():
    for old, new, told in (
            ("xml: {name: Verdict}", "nullable: true", "has no root element: add `xml: {name"),
            ("scores, wrapped: true", "scores", "add `xml: {name: NAME, wrapped: true}`"),
            ("body: '#/components/schemas/Check'", "query: {a: b}", "say by `body: '#/comp"),
            ("name: Amount", "name: 'an amount'", "'an amount' is no XML name"),
            ("application/xml}", "application/grpc}", "media 'application/grpc' is not known")):
        path = gateway.path("wrong.yaml", CREDIT.replace("<plain>", "http://h").replace(
            "<credit>", "http://h").replace(old, new))
        result = telgate("check", path)
        assert result.returncode == 1 and told in result.stdout + result.stderr, (old, result)
        assert "wrong.yaml:" in result.stdout + result.stderr, result
