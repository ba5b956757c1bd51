# SPDX-License-Identifier: GPL-2.0-or-later
"""Trusted documents: `documentId`, the folder they come from, and the mode in which no other
document runs."""

import hashlib
import json
import os

from harness import Backend, Gateway, same, telgate

ANY = "responses: {'200': {description: d, content: {application/json: {schema: {type: object, " \
      "properties: {v: {type: string}}}}}}}"
CONTRACT = f"""
  /a/{{id}}:
    get: {{operationId: getA, security: [], {ANY}, x-telgate: {{call: b}},
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]}}
    post: {{operationId: doA, security: [], {ANY}, x-telgate: {{call: b}},
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]}}
"""
READ = "query One($id: String!) { getA(id: $id) { v } }\nquery Two { getA(id: \"2\") { v } }\n"
WRITE = "mutation { doA(id: \"1\") { v } }"


def ident(text):
    return hashlib.sha256(text.encode()).hexdigest()


backend = Backend()
FILES = {ident(text) + ".graphql": text for text in (READ, WRITE)}
gateway = Gateway(CONTRACT, config={"graphql": {"documents": "."}}, files=FILES, b=backend)
strict = Gateway(CONTRACT, config={"graphql": {"documents": ".", "trusted_only": True}},
                 files=FILES, b=backend)


def ask(who, status=200, **members):
    backend.reply(200, {"v": "x"})
    answer = who.request("POST", "/graphql", members, prefix=False,
                         headers={"Accept": "application/graphql-response+json"})
    same((members, answer.status), (members, status))
    return answer.json


def code(answer):
    same("data" in answer, False)
    return [error["extensions"]["code"] for error in answer["errors"]]


def test_by_id():
    for name in (ident(READ), "sha256:" + ident(READ)):
        same(ask(gateway, documentId=name, operationName="One", variables={"id": "7"}),
             {"data": {"getA": {"v": "x"}}})
        same(backend.requests[-1].target, "/a/7")
        same(ask(strict, documentId=name, operationName="Two"), {"data": {"getA": {"v": "x"}}})
    same(ask(gateway, documentId=ident(WRITE))["data"], {"doA": {"v": "x"}})
    same(code(ask(gateway, 400, documentId=ident(READ))), ["BAD_USER_INPUT"])  # which of the two?


def test_by_get():
    backend.reply(200, {"v": "x"})
    got = strict.get(f"/graphql?documentId=sha256:{ident(READ)}&operationName=One"
                     "&variables=%7B%22id%22%3A%229%22%7D", prefix=False)
    same((got.status, got.json), (200, {"data": {"getA": {"v": "x"}}}))
    got = strict.get(f"/graphql?documentId={ident(WRITE)}", prefix=False)
    same((got.status, got.headers["allow"]), (405, "POST"))


def test_what_is_not_there():
    for name in ("", "sha256:", ident("x"), "sha256:" + ident("x"), ident(READ).upper(),
                 "../" + ident(READ)):
        same(code(ask(gateway, 400, documentId=name)), ["DOCUMENT_NOT_FOUND"])
    same(code(ask(gateway, 400, documentId=ident(READ), query=READ)), ["BAD_REQUEST"])
    same(code(ask(gateway, 400, documentId=7)), ["BAD_REQUEST"])
    same(backend.requests, [])


def test_no_other_runs():
    for query in ("{ __typename }", READ, WRITE):
        same(code(ask(strict, 400, query=query)), ["DOCUMENT_NOT_TRUSTED"])
    same(ask(gateway, query="{ __typename }"), {"data": {"__typename": "Query"}})
    same(backend.requests, [])


def test_the_folder_is_checked():
    """A name that is another's, and a document that cannot run."""
    gateway.start()
    config = json.loads(open(gateway.path("telgate.yaml"), encoding="utf-8").read())
    bad = "{ getA(id: \"1\") { v }\n  nope }"
    for name, text, told in (
            (ident(READ), "{ __typename }", f"call it {ident('{ __typename }')}.graphql"),
            (ident(bad), bad, f"{ident(bad)}.graphql:2:3: Cannot query field \"nope\"")):
        folder = gateway.path("wrong")
        os.makedirs(folder, exist_ok=True)
        for old in os.listdir(folder):
            os.unlink(os.path.join(folder, old))
        gateway.path(f"wrong/{name}.graphql", text)
        config["graphql"] = {"documents": "wrong"}
        done = telgate("check", "-c", gateway.path("wrong.yaml", json.dumps(config)))
        same((done.returncode, told in done.stdout + done.stderr), (1, True))
    config["graphql"] = {"documents": "nowhere"}
    done = telgate("check", "-c", gateway.path("wrong.yaml", json.dumps(config)))
    same((done.returncode, "this folder cannot be read" in done.stdout + done.stderr), (1, True))
