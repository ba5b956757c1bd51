# SPDX-License-Identifier: GPL-2.0-or-later
"""CSV from backends and callers, and to both, by the operation's type."""

import csv
import io
import json
import random

from harness import Backend, Gateway, http, same, telgate, wait_for

CONTRACT = """
openapi: 3.1.0
info: {title: Prices, version: '1'}
servers: [{url: /v1}]
x-telgate: {name: prices/v1, backends: {erp: {url: "<erp>"}}, call: erp}
security: []
paths:
  /price:
    get:
      operationId: listPrices
      responses: {'200': {description: d, content: {application/json: &prices {schema:
        {type: array, items: {$ref: '#/components/schemas/Price'}}}}}}
    post:
      operationId: sendPrices
      requestBody: {required: true, content: {application/json: *prices, text/csv: *prices}}
      responses: {'200': {description: d, content: {application/json: *prices, text/csv: *prices}}}
  /table:
    post:
      operationId: sendTable
      requestBody: {required: true, content: {text/csv: *prices}}
      responses: {'200': {description: d, content: {text/csv: *prices}}}
  /asked:
    get:
      operationId: askPrices
      x-telgate: {call: erp GET /price, headers: {Accept: text/csv}}
      responses: {'200': {description: d, content: {application/json: *prices}}}
  /other:
    get:
      operationId: getOther
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}
components: {schemas: {Price: {type: object, required: [id, price], additionalProperties: false,
  properties: {id: {type: string, maxLength: 40}, price: {type: number},
  unit: {type: [string, 'null']}, active: {type: boolean}}}}}
"""

TABLES = """
openapi: 3.1.0
info: {title: Tables, version: '1'}
servers: [{url: /tables}]
x-telgate: {name: tables/v1, backends: {erp: {url: "<erp>", media: text/csv}}, call: erp}
security: []
paths:
  /price:
    get: {operationId: getTable, responses: &answer {'200': {description: d, content: &prices {
      application/json: {schema: {type: array, items: {type: object, properties: {
        id: {type: string}, price: {type: number}}}}}}}}}
    put: {operationId: putTable, requestBody: {content: *prices}, responses: *answer}
"""
erp = Backend()
gateway = Gateway({"prices": CONTRACT, "tables": TABLES}, erp=erp)
TABLE = ("id,price,unit,active\r\n0123,9007199254740993,EUR,true\r\n"
         "\"a \"\"b\"\"\",100000000000000.01,,\r\n")
VALUE = ('[{"id":"0123","price":9007199254740993,"unit":"EUR","active":true},'
         '{"id":"a \\"b\\"","price":100000000000000.01,"unit":null}]')


def answers(text, status=200, media="text/csv"):
    erp.reply(status, text, media=media)


def get(text, **more):
    answers(text, **more)
    return gateway.get("/price")


def test_a_backend_that_answers_csv():
    for media in ("text/csv", "Text/CSV; charset=utf-8; header=present"):
        answer = get(TABLE, media=media)
        same((answer.status, answer.body.decode()), (200, VALUE))
    same(answer.headers["Content-Type"], "application/json")
    same(get("id,price\n7,1").text, '[{"id":"7","price":1}]')
    for nothing in ("id,price\r\n", "id,price", "id,price\r\n\r\n"):
        same(get(nothing).text, "[]")


def test_other_dialects():
    wanted = '[{"price":1.5,"id":"7"}]'
    for text in ("\ufeffprice,id\r\n1.5,7\r\n", "Price;ID\r\n1.5;7\r\n", "PRICE\t_id\n1.5\t7\n"):
        same(get(text).text, wanted)
    same(get('7,1.5,"x;y",0\n', media='text/csv; header="absent"').text,
         '[{"id":"7","price":1.5,"unit":"x;y","active":false}]')


def test_what_a_backend_is_told_to_answer():
    get(TABLE)
    same(erp.wait().headers["Accept"], "application/json")
    same((gateway.get("/asked").text, erp.wait(2).head.lower().count(b"accept:")), (VALUE, 1))
    same(erp.wait(2).headers["Accept"], "text/csv")
    gateway.post("/table", TABLE, media="text/csv")
    same(erp.wait(3).headers["Accept"], "text/csv")


def test_csv_over_soap_and_graphql():
    answers(TABLE)
    answer = gateway.post("/graphql", {"query": "{listPrices {id price unit active}}"},
                          prefix=False)
    rows = json.loads(VALUE, parse_float=str)
    rows[1].update(active=None, price="100000000000000.01")  # more digits than a GraphQL Float has
    same(answer.json, {"data": {"listPrices": rows}})
    wsdl = gateway.get("/soap/prices/v1?wsdl", prefix=False).text
    space = wsdl.split('targetNamespace="')[1].split('"')[0]
    answer = gateway.post("/soap/prices/v1", '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/'
                          f'envelope/"><e:Body><listPrices xmlns="{space}"/></e:Body></e:Envelope>',
                          media="text/xml", prefix=False)
    same(answer.status, 200)
    for part in ("0123<", "9007199254740993<", "100000000000000.01<"):
        same((part, answer.text.count(part)), (part, 1))


def test_csv_only_is_served_by_graphql():
    answers(TABLE)
    query = 'mutation {sendTable(input: [{id: "01", price: 1.50}]) {id}}'
    answer = gateway.post("/graphql", {"query": query}, prefix=False)
    same((answer.json, erp.wait().body.decode()),
         ({"data": {"sendTable": [{"id": "0123"}, {"id": 'a "b"'}]}},
          "id,price,unit,active\r\n01,1.50,,\r\n"))


def test_a_request_in_csv():
    answers("[]", media="application/json")
    same(gateway.post("/price", TABLE, media="text/csv").status, 200)
    same((erp.wait().body.decode(), erp.wait().headers["Content-Type"]),
         (VALUE, "application/json"))
    same(gateway.post("/price", "7,1,,\n", media="text/csv; header=absent").status, 200)
    same(erp.wait(2).body.decode(), '[{"id":"7","price":1,"unit":null}]')


def test_a_backend_that_is_sent_csv():
    answers(TABLE)
    answer = gateway.post("/table", "\ufeffactive;price;unit;id\n1;9007199254740993;EUR;0123\n",
                          media="text/csv;charset=utf-8")
    same((answer.status, answer.body.decode()), (200, TABLE))
    seen = erp.wait()
    same((seen.headers["Content-Type"], seen.body.decode()),
         ("text/csv", "id,price,unit,active\r\n0123,9007199254740993,EUR,true\r\n"))


def test_an_answer_in_csv():
    answers(VALUE, media="application/json")
    for accept, media, body in (
            ("text/csv", "text/csv", TABLE), ("*/*", "application/json", VALUE),
            ("text/csv, application/json;q=0.9", "text/csv", TABLE),
            ("text/csv;q=0.5, application/json", "application/json", VALUE)):
        answer = gateway.post("/price", [], headers={"Accept": accept})
        same((accept, answer.headers["Content-Type"], answer.body.decode()), (accept, media, body))
    same(gateway.get("/price", headers={"Accept": "text/csv"}).status, 406)


def test_formulas_are_not_altered():
    text = 'id,price,unit,active\r\n=1+2,-1,@SUM(A1),\r\n'
    answers(text)
    same(gateway.post("/table", text, media="text/csv").body.decode(), text)
    same(erp.wait().body.decode(), text)


def test_malformed_csv_of_a_caller():
    for text, part, pointer in (
            ('id,price\n1,2\n1,"2\n', "line 3, column 2: the text ends inside", ""),
            ("id,price\n1\n", "line 2 has fewer than 2 columns", ""),
            ("id,price\n1,2,3\n", "line 2 has more than 2 columns", ""),
            ('id,price\n"a\nb",1\n2,01\n', 'line 4, column 2 ("price"): a number', "/1/price"),
            ("id,price,price\n", "line 1, column 3: a column that was there before", ""),
            ("id,price,more\n", "line 1, column 3: no member has this name", ""),
            ("id\n1\n", 'line 1: the column "price" is missing', "")):
        answer = gateway.post("/price", text, media="text/csv")
        same((answer.status, answer.json["code"]), (400, "INVALID_BODY"))
        same((text, part in answer.json["detail"], answer.json.get("pointer", "")),
             (text, True, pointer))
    same(gateway.post("/other", "", media="text/csv").status, 405)
    same(erp.requests, [])


def test_facets_are_checked():
    answer = gateway.post("/price", "id,price,unit\n1,2,\n2,3,x\n,,\n", media="text/csv")
    same((answer.status, answer.json.get("pointer")), (400, "/2/price"))
    answer = gateway.post("/price", f"id,price\n1,2\n{41 * 'x'},3\n", media="text/csv")
    same((answer.status, answer.json["code"], answer.json.get("pointer")),
         (400, "INVALID_VALUE", "/1/id"))
    same(erp.requests, [])


def test_malformed_csv_of_a_backend():
    for text in ("id,price\n1,x-internal\n", "id,x-internal\n", '"', "id,price\n1",
                 b"id,price\n\xff,1"):
        answer = get(text)
        same((text, answer.status, answer.json["code"]), (text, 502, "BACKEND_INVALID"))
        same("x-internal" in answer.text, False)
    wait_for(lambda: any("line 2, column 1: not UTF-8" in event["cause"]
                         for event in gateway.log(fault="BACKEND_INVALID")), what="its cause")
    answers(TABLE)  # the type is an object
    same(gateway.get("/other").json["code"], "BACKEND_INVALID")


def test_an_answer_that_csv_can_not_say():
    answers('[{"id":"\\u0001","price":1}]', media="application/json")
    answer = gateway.post("/price", [], headers={"Accept": "text/csv"})
    same((answer.status, answer.json["code"]), (502, "BACKEND_INVALID"))
    same(gateway.post("/price", []).status, 200)


def test_a_backend_that_speaks_csv_only():
    answers("price;id\r\n1.50;01\r\n")
    answer = gateway.request("PUT", "/tables/price", '[{"id":"0123","price":9007199254740993}]',
                             media="application/json", prefix=False)
    same((answer.status, answer.text), (200, '[{"price":1.50,"id":"01"}]'))
    sent = erp.wait()
    same([sent.headers[name] for name in ("Content-Type", "Accept")], ["text/csv"] * 2)
    same(sent.body, b"id,price\r\n0123,9007199254740993\r\n")
    same(gateway.get("/tables/price", prefix=False).text, '[{"price":1.50,"id":"01"}]')


def test_a_type_that_does_not_suit_its_backend():
    text = TABLES.replace("<erp>", erp.url).replace("{type: number}", "{type: object}")
    answer = telgate("check", gateway.path("wrong.yaml", text))
    same((answer.returncode, answer.stderr.count("a cell of CSV holds one")), (1, 3))


def test_types_that_do_not_suit():
    wanted = "operation 'listPrices' has this as text/csv: "
    for schema, why in (("{type: string}", "CSV is a list of records"),
                        ("{type: array, items: {type: string}}", "a record of CSV is an object"),
                        ("{type: array, items: {type: object, properties: {a: {type: array}}}}",
                         "a cell of CSV holds one")):
        path = gateway.path("wrong.yaml", CONTRACT.replace("<erp>", erp.url).replace(
            "application/json: &prices {schema:\n        {type: array, items: {$ref: "
            "'#/components/schemas/Price'}}}", "text/csv: {schema: %s}, application/json: &prices "
            "{schema: {}}" % schema))
        answer = telgate("check", path)
        same((answer.returncode, wanted + why in answer.stderr, "1 mistake," in answer.stderr),
             (1, True, True))
        same("wrong.yaml:11:" in answer.stderr, True)


def rows(seed):
    source = random.Random(seed)
    texts = ["", "a", "0123", "x,y", 'q"q', "line\nbreak", "cr\r\nlf", " b ", "é€😀", "\t", "a;b"]
    return [[source.choice(texts) + str(source.randrange(9)), str(source.randrange(10**20)),
             source.choice(texts), source.choice(["true", "false", ""])] for _ in range(500)]


def test_the_same_as_python_reads():
    for seed in range(5):
        for quoting, delimiter in ((csv.QUOTE_MINIMAL, ","), (csv.QUOTE_ALL, ","),
                                   (csv.QUOTE_MINIMAL, ";"), (csv.QUOTE_ALL, "\t")):
            out = io.StringIO(newline="")
            csv.writer(out, quoting=quoting, delimiter=delimiter).writerows(
                [["id", "price", "unit", "active"]] + rows(seed))
            got = json.loads(get(out.getvalue()).text)
            again = csv.DictReader(io.StringIO(out.getvalue(), newline=""), delimiter=delimiter)
            for mine, theirs in zip(got, again, strict=True):
                same((mine["id"], str(mine["price"]), mine["unit"] or "",
                      json.dumps(mine["active"]) if "active" in mine else ""),
                     (theirs["id"], theirs["price"], theirs["unit"], theirs["active"]))


def test_python_reads_what_is_written():
    data = [{"id": row[0], "price": int(row[1]), "unit": row[2]} for row in rows(7)]
    erp.choose(lambda request: http(200, data))
    answer = gateway.post("/price", [], headers={"Accept": "text/csv"})
    again = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
    same([(row["id"], int(row["price"]), row["unit"]) for row in again],
         [(row["id"], row["price"], row["unit"]) for row in data])
