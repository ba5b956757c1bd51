# SPDX-License-Identifier: GPL-2.0-or-later
"""The process: how it stops, what it frees, how many it bears."""

import asyncio
import resource
import signal
import threading

from harness import SILENCE, SLOW, Backend, Gateway, Process, Skip, free_port, http, same, wait_for

PATHS = """
  /slow/{id}:
    get:
      operationId: getSlow
      security: []
      x-telgate: {call: crm, timeout: 20s}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: d, content: {application/json: {schema: {type: object}}}}}
  /stream:
    get:
      {operationId: getStream, security: [], x-telgate: {proxy: crm, timeout: 20s},
       responses: {'200': {description: d}}}
"""
IDLE, BUSY = 10000, 2000
ASK = b"GET /v1/slow/1 HTTP/1.1\r\nHost: a\r\n\r\n"

crm = Backend()
gateway = Gateway(PATHS, crm=crm)


def a_gateway(**config):
    """One of the test's own, which it ends itself."""
    made = Gateway(PATHS, config, crm=crm).start()
    Process.all.remove(made)
    return made


def ends_well(process):
    wrong = process.stop()
    process.remove()
    same(wrong, None)


def metric(name):
    line = [x for x in gateway.admin("/metrics").text.splitlines() if x.startswith(name + " ")]
    return float(line[0].split()[1])


def in_flight():
    return metric("telgate_in_flight") - 1  # this one


def refuses(process):
    try:
        process.connect().close()
        return False
    except ConnectionError:
        return True


def test_sigterm_finishes_what_is_in_flight():
    process, release = a_gateway(), threading.Event()
    crm.choose(lambda request: release.wait(5) * b"" or http(200, {"n": 1}))
    with process.connect() as busy, process.connect() as idle:
        busy.send(ASK + ASK)
        crm.wait()
        process.signal(signal.SIGTERM)
        same(idle.at_end(), True)
        wait_for(lambda: refuses(process))
        release.set()
        answer = busy.read()
        same((answer.status, answer.headers["Connection"], busy.at_end()), (200, "close", True))
    same(process.process.wait(5 * SLOW), 0)
    process.remove()


def test_sigterm_does_not_wait_for_ever():
    process = a_gateway(timeouts={"stop": "300ms"})
    crm.play(SILENCE)
    with process.connect() as busy, process.connect() as stream:
        busy.send(ASK)
        stream.send(ASK.replace(b"slow/1", b"stream"))
        crm.wait(2)
        process.signal(signal.SIGTERM)
        same(process.process.wait(5 * SLOW), 0)
        same((busy.at_end() or True, stream.at_end() or True), (True, True))
    process.remove()


def test_sigint_and_an_idle_process():
    process = a_gateway()
    process.signal(signal.SIGINT)
    same(process.process.wait(5 * SLOW), 0)
    process.remove()


def test_a_port_that_is_taken():
    process = Gateway(PATHS, {"listen": f"127.0.0.1:{crm.port}"}, crm=crm)
    Process.all.remove(process)
    try:
        process.start()
        raise AssertionError("it started")
    except AssertionError as told:
        same("ended with 1" in str(told) and str(crm.port) in str(told), True)
    process.remove()


def test_the_caller_leaves_while_the_backend_works():
    crm.play(SILENCE)
    crm.down()
    crm.up()
    for target in ("slow/1", "stream"):
        with gateway.connect() as c:
            c.send(ASK.replace(b"slow/1", target.encode()))
            crm.wait()
            same(in_flight(), 1)
        crm.wait_closed()
        wait_for(lambda: in_flight() == 0)
        crm.requests.clear()
    same(gateway.wait_log(operation="getSlow", fault="CANCELLED")["status"], 499)
    crm.clear()
    same(gateway.get("/slow/1").status, 200)


def test_health():
    same([gateway.admin(path).status for path in ("/healthz", "/readyz", "/metrics", "/v1/slow/1")],
         [200, 200, 200, 404])
    before = metric('telgate_exchanges_total{status="4xx"}')
    gateway.get("/nothing")
    same(metric('telgate_exchanges_total{status="4xx"}') - before, 1)


class Crowd:
    """A backend that answers nobody before everybody is there, and the crowd that asks."""

    def __init__(self):
        self.port, self.waiting, self.held, self.writers = free_port(), 0, 0, []
        self.url = f"http://127.0.0.1:{self.port}"

    async def answer(self, reader, writer):
        self.writers.append(writer)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.waiting += 1
                if self.waiting == self.held:
                    self.everybody.set()
                await self.everybody.wait()
                writer.write(http(200, {"n": 1}))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def connect(self, port, count):
        pairs = []
        for at in range(0, count, 200):  # no more at once than a backlog takes
            pairs += await asyncio.gather(*[asyncio.open_connection("127.0.0.1", port)
                                            for _ in range(min(200, count - at))])
        return pairs

    async def ask(self, pair):
        pair[1].write(ASK)
        head = await asyncio.wait_for(pair[0].readuntil(b"\r\n\r\n"), 30 * SLOW)
        return head.split()[1], await pair[0].readexactly(7)

    async def run(self, process, idle, busy):
        self.everybody, self.held = asyncio.Event(), busy
        server = await asyncio.start_server(self.answer, "127.0.0.1", self.port, backlog=4096)
        process.floor = process.rss()
        pairs = await self.connect(process.port, idle)
        await self.ask_one_and_wait(process, pairs[0])
        process.at_idle = process.rss()
        active = await self.connect(process.port, busy)
        answers = await asyncio.gather(*[self.ask(pair) for pair in active])
        process.at_busy = process.rss()
        server.close()
        for writer in [writer for _, writer in pairs + active] + self.writers:
            writer.close()
        await asyncio.gather(*[task for task in asyncio.all_tasks()
                               if task is not asyncio.current_task()])
        return answers

    async def ask_one_and_wait(self, process, pair):
        """Once one that came last is served, all are accepted."""
        held, self.held = self.held, 1
        await self.ask(pair)
        same(process.open_files() > 1000, True)
        self.everybody.clear()
        self.held, self.waiting = held, 0


def test_a_crowd():
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    scale = min(1, (files - 1000) / (IDLE + 2 * BUSY), 1 if SLOW == 1 else 0.2)
    idle, busy = int(IDLE * scale), int(BUSY * scale)
    if idle < 1000:
        raise Skip(f"only {files} files may be open")
    crowd = Crowd()
    process = Gateway(PATHS, {"access_log": "off"}, crm=crowd).start()
    answers = asyncio.run(crowd.run(process, idle, busy))
    same(set(answers), {(b"200", b'{"n":1}')})
    each = (process.at_idle - process.floor) / idle
    print(f"# {idle} idle, {busy} busy; KB at rest {process.floor}, idle {process.at_idle} "
          f"({each:.1f} each), busy {process.at_busy}")
    same(SLOW > 1 or each <= 12, True)
    wait_for(lambda: process.open_files() < 200)
    wait_for(lambda: SLOW > 1 or process.rss() < process.floor + 8000, 5, "the memory's return")
    print(f"# afterwards {process.rss()} KB")
