# SPDX-License-Identifier: GPL-2.0-or-later
"""Composed operations: calls in parallel, one that needs another, optional ones, and their ends."""

import threading

from harness import CLOSE, SILENCE, Backend, Gateway, http, parallel, same, wait_for

ANY = "responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}"
ID = "parameters: [{name: id, in: path, required: true, schema: {type: string}}]"

one, two, three = Backend(), Backend(), Backend()
gateway = Gateway(f"""
  /both/{{id}}:
    get:
      {{operationId: getBoth, security: [], {ID}, {ANY}, x-telgate: {{timeout: 3s, calls: {{
        a: 'one GET /a/{{id}}', b: 'two GET /b/{{id}}'}},
        response: {{a: $calls.a#/v, b: $calls.b#/v}}}}}}
  /chain/{{id}}:
    get:
      {{operationId: getChain, security: [], {ID}, {ANY}, x-telgate: {{calls: {{
        c: {{call: 'three GET /c/{{$calls.b#/v}}', query: {{a: $calls.a#/v}}}},
        a: 'one GET /a/{{id}}', b: 'two GET /b/{{id}}'}}, response: {{c: $calls.c#/v}}}}}}
  /maybe/{{id}}:
    get:
      {{operationId: getMaybe, security: [], {ID}, {ANY}, x-telgate: {{calls: {{
        a: 'one GET /a/{{id}}', b: {{call: 'two GET /b/{{id}}', optional: true, timeout: 300ms}}}},
        response: {{a: $calls.a#/v, b: $calls.b#/v}}}}}}
  /alone/{{id}}:
    get:
      {{operationId: getAlone, security: [], {ID}, {ANY}, x-telgate: {{calls: {{
        b: {{call: 'two GET /b/{{id}}', optional: true}}}},
        response: {{b: $calls.b#/v, id: $inputs.id}}}}}}
""", x_telgate={"backends": {"one": {"url": one.url}, "two": {"url": two.url},
                             "three": {"url": three.url}}})


def in_flight():
    line = [x for x in gateway.admin("/metrics").text.splitlines() if x.startswith("telgate_in_fl")]
    return int(line[0].split()[1]) - 1  # this one


def all_reply(value="x"):
    for backend in (one, two, three):
        backend.reply(200, {"v": value})


def forget_connections():
    """Closes the kept ones, so that those which are open are in use."""
    for backend in (one, two):
        backend.down()
        backend.up()


def test_parallel():
    barrier = threading.Barrier(2, timeout=5)
    for backend in (one, two):  # each answers only when the other is asked, too
        backend.choose(lambda request: barrier.wait() * 0 or http(200, {"v": request.target}))
    for n in range(5):
        same(gateway.get(f"/both/{n}").json, {"a": f"/a/{n}", "b": f"/b/{n}"})


def test_it_answers_when_the_slower_one_does():
    release, told = threading.Event(), []
    all_reply()
    two.choose(lambda request: release.wait(5) and http(200, {"v": "slow"}))
    caller = threading.Thread(target=lambda: told.append(gateway.get("/both/1").json))
    caller.start()
    one.wait()
    two.wait()
    caller.join(0.1)
    same(told, [])
    release.set()
    caller.join()
    same(told, [{"a": "x", "b": "slow"}])


def test_one_that_needs_others():
    all_reply("v1/..")
    same((gateway.get("/chain/1").status >= 400, three.requests), (True, []))  # no way out
    all_reply("v/1")
    same(gateway.get("/chain/1").json, {"c": "v/1"})
    same(three.wait().target, "/c/v%2F1?a=v%2F1")


def test_an_optional_one_that_fails():
    for steps in ([http(500)], [CLOSE], [http(200, "{")], [http(404)], [SILENCE]):
        all_reply()
        two.play(*steps)
        answer = gateway.get("/maybe/1")
        same((steps, answer.status, answer.json), (steps, 200, {"a": "x"}))
    all_reply()
    same(gateway.get("/maybe/1").json, {"a": "x", "b": "x"})
    one.reply(500)
    same(gateway.get("/maybe/1").status, 502)


def test_an_optional_one_that_is_alone():
    two.reply(200, {"v": "x"})
    same(gateway.get("/alone/1").json, {"b": "x", "id": "1"})
    two.reply(500)
    answer = gateway.get("/alone/1")
    same((answer.status, answer.json), (200, {"id": "1"}))


def test_one_that_fails_ends_the_others():
    forget_connections()
    all_reply()
    one.reply(404)
    two.play(SILENCE)
    same(gateway.get("/both/1").status, 404)
    two.wait_closed()
    wait_for(lambda: in_flight() == 0)


def test_the_deadline_is_for_all_of_them():
    forget_connections()
    one.play(SILENCE)
    two.play(SILENCE)
    same(gateway.get("/both/1").status, 504)
    parallel(one.wait_closed, two.wait_closed)


def test_the_caller_leaves():
    forget_connections()
    for backend in (one, two):
        backend.play(SILENCE)
    with gateway.connect() as c:
        c.send("GET /v1/both/1 HTTP/1.1\r\nHost: a\r\n\r\n")
        parallel(one.wait, two.wait)
        same(in_flight(), 1)
    parallel(one.wait_closed, two.wait_closed)
    wait_for(lambda: in_flight() == 0)
    same(gateway.wait_log(operation="getBoth", fault="CANCELLED")["status"], 499)
