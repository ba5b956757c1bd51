# SPDX-License-Identifier: GPL-2.0-or-later
"""What a browser gets at /graphql: GraphiQL where its files are, a plain page where they are not,
and nothing where no folder is named. Tests bring files of their own."""

from harness import ROOT, Backend, Gateway, same, telgate

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
CONTRACT = """
  /a: {get: {operationId: getA, security: [{oauth: [read]}], x-telgate: {call: b},
    responses: {'200': {description: d}}}}
"""
NAMES = ("start.js", "start.css", "graphiql.min.js", "graphiql.min.css", "react.production.min.js",
         "react-dom.production.min.js")


def page():
    with open(f"{ROOT}/conf/graphiql/index.html", encoding="utf-8") as file:
        return file.read()


backend = Backend()
FILES = dict({name: f"/* {name} */" for name in NAMES}, **{"index.html": page()})
full = Gateway(CONTRACT, config={"graphql": {"graphiql": "."}}, files=FILES, b=backend)
part = Gateway(CONTRACT, config={"graphql": {"graphiql": "."}}, b=backend,
               files={"index.html": "x", "start.js": "y"})
none = Gateway(CONTRACT, b=backend)


def get(gateway, target="/graphql", accept=BROWSER, **more):
    return gateway.get(target, prefix=False, headers={"Accept": accept}, **more)


def test_a_browser_gets_the_page_and_its_files():
    answer = get(full)  # without a token
    same((answer.status, answer.headers["content-type"], answer.text),
         (200, "text/html; charset=utf-8", page()))
    policy = answer.headers["content-security-policy"]
    same(("default-src 'none'" in policy, "script-src 'self';" in policy, "http" in policy),
         (True, True, False))
    for name in NAMES:
        answer = get(full, f"/graphiql/{name}", "*/*")
        kind = "javascript" if name.endswith("js") else "css"
        same((answer.status, answer.headers["content-type"], answer.text),
             (200, f"text/{kind}; charset=utf-8", f"/* {name} */"))
    for name in ("", "telgate.yaml", "../telgate.yaml", "index.html"):
        same(get(full, f"/graphiql/{name}").status in (400, 404), True)


def test_the_page_names_no_other_host():
    for name in ("index.html", "start.js", "start.css"):
        with open(f"{ROOT}/conf/graphiql/{name}", encoding="utf-8") as file:
            same((name, "//" in file.read().replace("// ", "")), (name, False))
    with open(f"{ROOT}/conf/graphiql/index.html", encoding="utf-8") as file:
        text = file.read()
    same([n for n in NAMES if f'"/graphiql/{n}"' not in text], [])


def test_a_program_gets_graphql():
    same(get(full, accept="application/json").status, 401)
    same(get(full, accept="*/*").status, 401)
    same(get(full, accept="application/json, text/html", scope="read").status, 400)
    same(get(full, "/graphql?query=%7B__typename%7D", scope="read").status, 200)
    answer = full.request("POST", "/graphql", {"query": "{ __typename }"}, scope="read",
                          prefix=False, headers={"Accept": BROWSER})
    same(answer.json, {"data": {"__typename": "Query"}})


def test_without_its_files_a_plain_page():
    answer = get(part)
    same((answer.status, "GraphiQL is not installed here" in answer.text, "<script" in answer.text),
         (200, True, False))


def test_not_where_nobody_asked_for_it():
    same(get(none).status, 401)
    same(get(none, "/graphiql/start.js").status, 404)
    same(get(none, scope="read", accept="text/html").status, 406)


def test_the_demo_configuration_has_it():
    same("../build/graphiql" in telgate("options").stdout, False)
    with open(f"{ROOT}/conf/telgate.yaml", encoding="utf-8") as file:
        same("graphiql: ../build/graphiql" in file.read(), True)
