# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions that are made to cost: each is refused before any call, or answered at the price of a
plain one. What they cost in all is bounded by the memory that the gateway still has after them."""

import json

from harness import SLOW, Backend, Gateway, same

ANY = "responses: {'200': {description: d, content: {application/json: {schema: {$ref: " \
    "'#/components/schemas/A'}}}}}"
CONTRACT = f"""
openapi: 3.1.0
info: {{title: T, version: '1'}}
servers: [{{url: /v1}}]
security: []
x-telgate: {{name: t/v1, backends: {{b: {{url: <b>}}}}, call: b}}
paths:
  /a: {{get: {{operationId: getA, {ANY}, parameters: [
    {{name: list, in: query, schema: {{type: array, items: {{type: string}}}}}},
    {{name: any, in: query, schema: {{}}}}]}}}}
components:
  schemas:
    A:
      type: object
      properties: {{v: {{type: string}}, w: {{type: string}},
        a: {{$ref: '#/components/schemas/A'}}}}
"""
backend = Backend()
gateway = Gateway({"contract": CONTRACT}, b=backend)


def ask(query, status=200, **members):
    backend.reply(200, {"v": "x"})
    answer = gateway.request("POST", "/graphql", dict({"query": query}, **members), prefix=False)
    same((query[:60], answer.status), (query[:60], status))
    return answer.json


def refused(query, why, **members):
    """Errors that say why, no data, and nothing asked of the backend."""
    answer = ask(query, **members)
    same(("data" in answer, why in answer["errors"][0]["message"], len(answer["errors"]) <= 100),
         (False, True, True))
    same(backend.requests, [])


def nested(before, inner, after, times):
    return before * times + inner + after * times


def fragments(count, body):
    return "".join(f"fragment F{n} on A {{ {body(n)} }} " for n in range(count))


def test_repeated_fields():
    """Two thousand of one are one; of two arguments they are a conflict, told once."""
    same(ask("{ getA { " + "v " * 2000 + "} }"), {"data": {"getA": {"v": "x"}}})
    same(len(backend.requests), 1)
    backend.clear()
    refused("{ " + "getA { v } " * 500 + "}", "fields at its root")
    refused("{ getA { " + "x: v " * 900 + "x: w } }", "aliases")
    refused("{ getA { " + "v: w v " * 900 + "} }", "aliases")
    refused("{ getA { " + "v " * 500 + "v: w } }", "conflict")
    same(ask("{ getA { " + "a { a { a { v } } } " * 240 + "} }"), {"data": {"getA": {"a": None}}})


def test_aliases():
    refused("{ getA { " + " ".join(f"a{n}: v" for n in range(10000)) + " } }", "too many tokens")
    refused("{ getA { " + " ".join(f"a{n}: v" for n in range(31)) + " } }", "aliases")
    refused("{ getA { ...F } } fragment F on A { "
            + " ".join(f"a{n}: v" for n in range(31)) + " }", "aliases")


def test_fragments():
    """Chains, doublings, circles; each fragment looked at once."""
    refused("{ getA { ...F0 } } " + fragments(300, lambda n: f"...F{n + 1}")
            + "fragment F300 on A { v }", "levels of selections")
    doubling = fragments(60, lambda n: f"...F{n + 1} ...F{n + 1}") + "fragment F60 on A { v }"
    same(ask("{ getA { ...F0 } } " + doubling), {"data": {"getA": {"v": "x"}}})
    backend.clear()
    refused("{ getA { ...F0 } } " + fragments(9, lambda n: f"x: a {{ ...F{n + 1} }} y: a {{ "
            f"...F{n + 1} }}") + "fragment F9 on A { v }", "aliases")
    refused("{ getA { ...F0 } } " + fragments(1, lambda n: "...F0"), "within itself")
    refused("{ getA { ...F0 } } " + fragments(200, lambda n: f"...F{(n + 1) % 200}"),
            "within itself")
    refused("{ getA { ...F0 } } " + fragments(200, lambda n: f"a {{ ...F{n} }}"), "within itself")


def test_depth():
    refused(nested("{ getA ", "", "", 1) + nested("{ a ", "{ v }", " }", 60) + " }",
            "levels of fields")
    refused("{ getA " + nested("{ a ", "{ v }", " }", 1000) + " }", "too deep")
    refused(nested("{ ... ", "{ getA { v } }", " }", 1000), "too deep")
    refused("{ getA(list: " + nested("[", "", "]", 1000) + ") { v } }", "too deep")
    refused("{ getA(any: " + nested("{a:", "1", "}", 1000) + ") { v } }", "too deep")
    refused("query ($a: " + nested("[", "Int", "]", 1000) + ") { getA { v } }", "fewer lists")
    refused("{ __schema { types " + nested("{ fields { type ", "{ name }", " } }", 3) + " } }",
            "introspection")


def test_variables():
    query = "query ($l: [String!], $a: JSON) { getA(list: $l, any: $a) { v } }"
    deep = '{"query": %s, "variables": {"a": %s}}' % (json.dumps(query), nested("[", "", "]", 5000))
    answer = gateway.request("POST", "/graphql", deep, prefix=False, media="application/json")
    same(answer.status, 400)
    refused(query, "Variable", variables={"l": [["x"]] * 20000})
    refused("query (" + " ".join(f"$v{n}: String" for n in range(1200)) + ") { getA { v } }",
            "Never used")


def test_size():
    same(gateway.request("POST", "/graphql", {"query": "{ a }" + " " * (1 << 18)},
                         prefix=False).status, 413)
    same(gateway.request("POST", "/graphql", {"query": "{" + "a " * (1 << 19) + "}"},
                         prefix=False).status, 413)
    refused("{" + "a " * 120000 + "}", "too many tokens")
    refused("{ getA { v } } #" + "x" * 250000 + "\nquery", "Syntax")
    refused('{ getA(any: "' + "\\u0041" * 30000, "Unterminated")
    refused('{ getA(any: """' + "\n  x" * 40000, "Unterminated")


def test_errors():
    """As many as told: a hundred."""
    answer = ask("{ getA { " + " ".join(f"x{n}" for n in range(1000)) + " } }")
    same((len(answer["errors"]), "data" in answer), (100, False))
    answer = ask("{ getA(" + " ".join(f"x{n}: 1" for n in range(1000)) + ") { v } }")
    same((len(answer["errors"]), "data" in answer), (100, False))
    same(backend.requests, [])


def test_memory_is_what_it_was():
    for attack in (test_repeated_fields, test_aliases, test_fragments, test_depth, test_variables,
                   test_size, test_errors):
        attack()  # what is kept for good is there after the first time
        backend.clear()
    before = gateway.rss()
    for _ in range(10):
        for attack in (test_repeated_fields, test_fragments, test_size, test_variables):
            attack()
            backend.clear()
    grown = gateway.rss() - before
    if SLOW == 1:  # a sanitizer keeps what is freed
        same((grown, grown < 16 * 1024), (grown, True))
