# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGHUP: the configuration and the contracts are read again while the gateway serves. Nothing is
refused and no connection is closed for it; what has begun ends as it began; a mistake changes
nothing; who may call is settled as before."""

import os
import pty
import signal
import threading

import audit_trail
from harness import (Backend, Gateway, Prover, READ, claims_of, parallel, request_bytes, same,
                     wait_for)

WORKERS = 3
OPERATION = """
/%(name)s:
  get:
    operationId: %(name)s
    security: []
    x-telgate: {call: "crm GET /%(to)s"}
    responses: {'200': {description: good, content: {application/json: {schema: {}}}}}
"""
STREAM = """
/stream:
  get: {operationId: stream, security: [], x-telgate: {proxy: crm, timeout: 20s},
        responses: {'200': {description: good}}}
"""
BODY = """
/body:
  post:
    operationId: body
    security: []
    x-telgate: {call: crm}
    requestBody: {content: {application/json: {schema: {}}}}
    responses: {'200': {description: good, content: {application/json: {schema: {}}}}}
"""
crm = Backend()
prover = Prover()
gateway = Gateway(READ, crm=crm, config={
    "workers": WORKERS, "access_log": "access.log", "audit": {"folder": "audit"}})
FIRST = dict(gateway.config)


def open_to(name, to=None):
    return OPERATION % {"name": name, "to": to or name}


def reload(contract, wanted="reloaded", **config):
    """Writes both anew, sends the signal and waits; what the log says of it."""
    gateway.start()
    gateway.contracts, gateway.config = {"contract": contract}, dict(FIRST, **config)
    gateway.command()
    told = gateway.reload()
    same(told[-1]["event"], wanted)
    return told


def statuses(path, n=4 * WORKERS):
    """Of as many connections, which the kernel spreads over the workers."""
    return {gateway.get(path).status for _ in range(n)}


def records(**wanted):
    return audit_trail.records(f"{gateway.folder}/audit", **wanted)


def metric(name):
    lines = gateway.admin("/metrics").text.splitlines()
    return float(next(line for line in lines if line.startswith(name + " ")).split()[1])


def test_operations_come_and_go_on_every_worker():
    reload(READ + open_to("one"))
    same((statuses("/one"), statuses("/two")), ({200}, {404}))
    event = reload(READ + open_to("two"))[-1]
    same((statuses("/one"), statuses("/two")), ({404}, {200}))
    same("1 contracts" in event["message"], True)


def test_every_face_and_page_shows_the_new_contract():
    reload(READ + open_to("before"))
    reload(READ + open_to("after"))
    for path in ("/openapi/test/v1.json", "/soap/test/v1?wsdl", "/graphql?sdl"):
        text = gateway.request("GET", path, prefix=False).text
        same((path, "after" in text, "before" in text), (path, True, False))
    answer = gateway.request("POST", "/graphql", {"query": "{ after }"}, prefix=False,
                             token=gateway.token("read"))
    same(answer.json, {"data": {"after": {}}})


def test_a_connection_is_kept():
    reload(open_to("one"))
    with gateway.connect() as c:
        same(c.send(request_bytes("GET", "/v1/one", [], None)).read().status, 200)
        reload(open_to("two"))
        same(c.send(request_bytes("GET", "/v1/one", [], None)).read().status, 404)
        same(c.send(request_bytes("GET", "/v1/two", [], None)).read().status, 200)


def test_what_has_begun_ends_as_it_began():
    reload(open_to("slow", "old") + STREAM)
    go = threading.Event()

    def held(request):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"
        if request.target == "/stream":
            return [head + b'{"a"', go.wait, b': 1} ']
        return [go.wait, head + b'{"b": 2} ']

    crm.choose(held)

    def during():
        crm.wait(2)
        reload(open_to("new"))
        same((statuses("/slow"), statuses("/stream")), ({404}, {404}))
        go.set()

    slow, stream, _ = parallel(lambda: gateway.get("/slow"), lambda: gateway.get("/stream"), during)
    same((slow.status, slow.json), (200, {"b": 2}))
    same((stream.status, stream.json), (200, {"a": 1}))
    crm.wait_closed()  # the old contract's connections, with the last exchange that had begun
    same(metric("telgate_in_flight"), 1.0)


def test_a_mistake_changes_nothing():
    reload(open_to("good"))
    refused, version = metric('telgate_reloads_total{outcome="refused"}'), records()[-1]["policy"]
    rows = [
        ("a contract", open_to("bad").replace("responses", "response"), {}, "contract.yaml:"),
        ("no YAML", "/bad: {", {}, "contract.yaml:"),
        ("an option", open_to("bad"), {"limits": {"body": "much"}}, "telgate.yaml:"),
        ("no such file", open_to("bad"), {"contracts": ["missing.yaml"]}, "missing.yaml"),
    ]
    for name, contract, config, where in rows:
        told = [e["message"] for e in reload(contract, "reload", **config) if e["level"] == "error"]
        same((name, where in told[0]), (name, True))
        same((name, statuses("/good"), statuses("/bad")), (name, {200}, {404}))
        last = wait_for(lambda: records(event="config", outcome="deny")[-1:], what="the record")[0]
        same((name, last["reason"], where in last["detail"]), (name, "reload", True))
    same(metric('telgate_reloads_total{outcome="refused"}'), refused + len(rows))
    same(version, records(event="config", outcome="allow")[-1]["policy"])


def test_a_backend_that_cannot_be_used_changes_nothing():
    reload(open_to("good"))
    gateway.x_telgate = {"backends": {"crm": {"url": "https://a.test", "tls": {"ca": "none.pem"}}}}
    told = reload(open_to("bad"), "reload")
    gateway.x_telgate = None
    same((told[0]["level"], statuses("/good"), statuses("/bad")), ("error", {200}, {404}))


def test_options():
    reload(BODY, limits={"body": "2KB"})
    same(gateway.post("/body", {"a": "x" * 1500}).status, 200)
    told = reload(BODY, limits={"body": "1KB", "connections": 500}, workers=1)
    same(gateway.post("/body", {"a": "x" * 1500}).status, 413)
    same(sorted(e["message"].split(": ", 1)[1] for e in told if e["level"] == "warning"),
         ["limits/connections has changed: that takes a restart",
          "workers has changed: that takes a restart"])
    same(len(os.listdir(f"/proc/{gateway.process.pid}/task")) > WORKERS, True)


def test_the_secret_of_a_backend():
    gateway.path("secret", "first\n")
    gateway.x_telgate = {"backends": {"crm": {"url": crm.url, "auth": {"bearer": "$secret.crm"}}}}
    for text in ("first", "second"):
        gateway.path("secret", text + "\n")
        reload(open_to("one"), secrets={"crm": {"file": "secret"}})
        same(gateway.get("/one").status, 200)
        same(crm.requests[-1].headers["Authorization"], f"Bearer {text}")
    gateway.x_telgate = None


def test_who_calls_is_known_on():
    """A verified token stays verified, and a proof that was used stays used."""
    reload(READ)
    token, bound = gateway.token("read"), gateway.token("read", cnf={"jkt": prover.jkt})
    proof = prover.proof("GET", f"http://127.0.0.1:{gateway.port}/v1/read", bound)
    headers = [("Authorization", f"DPoP {bound}"), ("DPoP", proof)]
    same(gateway.get("/read", token=token).status, 200)
    same(gateway.get("/read", headers=headers).status, 200)
    reload(READ + open_to("more"))
    same(gateway.get("/read", token=token).status, 200)
    wait_for(lambda: records(jti=jti(token), cached=True), what="a record that says so")
    same(gateway.get("/read", headers=headers).status, 401)


def jti(token):
    return claims_of(token)["jti"]


def test_each_record_names_what_it_was_decided_by():
    reload(READ + open_to("one"))
    first = gateway.token("read")
    gateway.get("/read", token=first)
    reload(READ + open_to("two"))
    second = gateway.token("read")
    gateway.get("/read", token=second)
    policies = [records(jti=jti(token))[-1]["policy"] for token in (first, second)]
    reloads = [r["policy"] for r in records(event="config", reason="reload", outcome="allow")[-2:]]
    same(policies, reloads)
    same(len(set(policies)), 2)


def test_an_access_log_that_was_moved_away():
    reload(open_to("one"))
    path = gateway.path("access.log")
    gateway.get("/one")
    os.rename(path, path + ".1")
    gateway.get("/one")
    gateway.reload()
    gateway.get("/one", headers={"X-Correlator": "after-the-move"})
    wait_for(lambda: "after-the-move" in open(path, encoding="utf-8").read(), what="the new log")
    same("after-the-move" in open(path + ".1", encoding="utf-8").read(), False)


def test_under_load_nothing_is_lost():
    reload(open_to("one"))
    end, wrong = threading.Event(), []

    def call():
        count = 0
        while not end.is_set():
            with gateway.connect() as c:
                for _ in range(20):
                    answer = c.send(request_bytes("GET", "/v1/one", [], None)).read()
                    count += 1
                    if answer is None or answer.status != 200:
                        wrong.append(answer and answer.text)
        return count

    def change():
        for n in range(20):
            reload(open_to("one") + open_to(f"other{n}"))
        end.set()

    *counts, _ = parallel(call, call, call, change)
    print(f"# {sum(counts)} requests during 20 reloads", flush=True)
    same((wrong, min(counts) > 0), ([], True))


def test_a_terminal_that_closes_ends_it():
    other = Gateway(open_to("one"), crm=crm)
    command = other.command()
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(command[0], command)
    wait_for(lambda: other.admin_port in listening(pid), 10, "its listening")
    os.kill(pid, signal.SIGHUP)  # the terminal is there: a reload
    wait_for(lambda: b'"reloaded"' in os.read(terminal, 65536), what="the reload")
    os.close(terminal)
    same(os.waitpid(pid, 0)[1], 0)


def listening(pid):
    """Local ports of the process's network namespace."""
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as file:
        return {int(line.split()[1].split(":")[1], 16) for line in file.readlines()[1:]}


def test_nothing_of_the_old_ones_stays():
    for n in range(5):
        reload(open_to("one") + open_to(f"x{n}"))
    statuses("/one")
    files, memory = gateway.open_files(), gateway.rss()
    for n in range(30):
        reload(open_to("one") + open_to(f"y{n}"))
        statuses("/one")
    print(f"# {memory} KB before 30 reloads, {gateway.rss()} KB after", flush=True)
    same((gateway.open_files() <= files + WORKERS, gateway.rss() < memory * 1.5), (True, True))
