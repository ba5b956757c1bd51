# SPDX-License-Identifier: GPL-2.0-or-later
"""`breaker`: a backend that fails gets no more calls for a while, each face says so, and it is
taken back when it works again. What is no failure of the backend opens nothing."""

import json
import signal
import threading

from harness import CLOSE, RESET, SILENCE, SLOW, Backend, Gateway, http, same, wait_for
from pay import wsdl

ANSWER = ("responses: {'200': {description: d, content: {application/json: {schema: "
          "{type: object, properties: {n: {type: integer}}}}}}}")
LONG = "{errors: 50%, window: 1m, open: 1m, calls: 4}"  # opens, and stays open
QUICK = "{errors: 100%, window: 1m, open: 200ms, calls: 1}"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ELEMENTS = """  <x:element name="Pay"><x:complexType/></x:element>
  <x:element name="PayResponse"><x:complexType/></x:element>
  <x:element name="Poor"><x:complexType/></x:element>
"""


def get(name, telgate):
    return f"/{name}: {{get: {{operationId: {name}, security: [], {ANSWER}, " \
        f"x-telgate: {telgate}}}}}\n"


crm, other, erp = Backend(), Backend(), Backend()
gateway = Gateway(
    get("read", "{call: crm, faults: {'507': 404}}") +
    get("hasty", "{call: crm, timeout: 300ms}") +
    get("same", f"{{call: crm GET /read, breaker: {LONG}}}") +
    get("quick", f"{{call: crm GET /quick, breaker: {QUICK}, graphql: false, soap: false}}") +
    get("none", "{call: crm, breaker: null}") +
    get("other", "{call: other}") +
    get("retry", "{call: crm, retry: 10, breaker: {errors: 100%, open: 1m, calls: 2}}") +
    get("maybe", "{calls: {a: other GET /a, b: {call: crm GET /b, optional: true}}, "
        "response: {n: $calls.a#/n}}") +
    get("pass", "{proxy: crm}") +
    get("quickpass", f"{{proxy: crm, breaker: {QUICK}}}") +
    "/pay: {post: {operationId: pay, security: [], responses: {'200': {description: d}}, "
    "x-telgate: {call: erp Pay, faults: {TooPoor: 409}}}}\n",
    {"workers": 1},
    {"breaker": {"errors": "50%", "window": "1m", "open": "1m", "calls": 4}, "backends": {
        "crm": {"url": crm.url}, "other": {"url": other.url},
        "erp": {"url": erp.url, "wsdl": "erp.wsdl"}}},
    files={"erp.wsdl": wsdl(ELEMENTS)})
pair = Gateway(get("read", "{call: crm, breaker: {errors: 100%, open: 1m, calls: 1}}"),
               {"workers": 2}, crm=crm)


def fresh():
    """A reload starts with closed breakers."""
    gateway.start()
    done = len(gateway.log(event="reloaded"))
    gateway.signal(signal.SIGHUP)
    wait_for(lambda: len(gateway.log(event="reloaded")) > done, 10, "the reload")


def statuses(path, n):
    return [gateway.get(path).status for _ in range(n)]


def is_left_alone(path="/read", backend=crm):
    """The breaker is open: refused at once, and the backend hears nothing of it."""
    seen = len(backend.requests)
    same((statuses(path, 3), len(backend.requests)), ([503] * 3, seen))


def metric(name, at=gateway):
    lines = at.admin("/metrics").text.splitlines()
    return int(next(line for line in lines if line.startswith(name + " ")).split()[1])


def open_gauge(backend, at=gateway):
    return metric('telgate_breaker_open{contract="test/v1",backend="%s"}' % backend, at)


def test_500_opens_it():
    fresh()
    crm.reply(500)
    refused = metric("telgate_breaker_refused_total")
    same((open_gauge("crm"), statuses("/read", 4), len(crm.requests)), (0, [502] * 4, 4))
    is_left_alone()
    is_left_alone("/same")  # another operation of an equal rule
    told = gateway.wait_log(event="breaker")
    same((told["level"], "test/v1" in told["message"], "crm" in told["message"]),
         ("warning", True, True))
    same((open_gauge("crm"), open_gauge("other"), open_gauge("erp")), (1, 0, 0))
    same(metric("telgate_breaker_refused_total"), refused + 6)
    crm.reply(200, {})
    same((statuses("/none", 1), statuses("/quick", 1), statuses("/other", 2)),
         ([200], [200], [200, 200]))  # no rule, another rule, another backend


def test_whatever_way_it_fails():
    bad = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    for steps, status in (([http(503)], 503), ([RESET], 502), ([CLOSE], 502),
                          ([b"\0\r\n\r\n", CLOSE], 502),
                          ([http(200, "{")], 502), ([http(200, {"n": "x"})], 502),
                          ([http(200, "x", "text/x")], 502),
                          ([bad + b"9\r\n\r\n{}", CLOSE], 502)):
        fresh()
        crm.play(*steps)
        same((steps, statuses("/read", 4)), (steps, [status] * 4))
        is_left_alone()
    fresh()
    crm.play(SILENCE)
    same(statuses("/hasty", 4), [504] * 4)
    is_left_alone()
    fresh()
    crm.down()
    same(statuses("/read", 4), [502] * 4)
    crm.up()
    is_left_alone()


def test_how_rest_says_it():
    fresh()
    crm.reply(500)
    statuses("/read", 4)
    answer = gateway.get("/read")
    same((answer.status, answer.json["code"], answer.json["detail"]),
         (503, "UNAVAILABLE", "the backend is failing; try again later"))
    same((0 < int(answer.headers["Retry-After"]) <= 60, "crm" in answer.text), (True, False))
    entry = gateway.wait_log(correlator=answer.headers["X-Correlator"])
    same((entry["fault"], "crm" in json.dumps(entry)), ("UNAVAILABLE", True))
    answer = gateway.get("/pass")
    same((answer.status, "Retry-After" in answer.headers), (503, True))


def test_how_the_others_say_it():
    fresh()
    crm.reply(500)
    statuses("/read", 4)
    body = (f'<e:Envelope xmlns:e="{SOAP}"><e:Body><read xmlns="urn:telgate:test/v1"/></e:Body>'
            "</e:Envelope>")
    answer = gateway.post("/soap/test/v1", body, media="text/xml", prefix=False)
    same((answer.status, "the backend is failing; try again later" in answer.text,
          "Retry-After" in answer.headers, "crm" in answer.text),
         (500, True, True, False))  # SOAP 1.1 has no other status
    answer = gateway.post("/graphql", {"query": "{ read { n } other { n } }"}, prefix=False)
    error = answer.json["errors"][0]
    same((answer.status, answer.json["data"], error["message"], error["extensions"]["code"]),
         (200, {"read": None, "other": {"n": None}}, "the backend is failing; try again later",
          "SERVICE_UNAVAILABLE"))


def test_not_below_the_threshold():
    fresh()
    same(statuses("/read", 4), [200] * 4)
    crm.reply(500)
    same(statuses("/read", 3), [502] * 3)  # 3 of 7
    crm.reply(200, {})
    same(statuses("/read", 3), [200] * 3)
    crm.reply(500)
    same(statuses("/read", 4), [502] * 4)  # 7 of 14
    is_left_alone()
    same(len(crm.requests), 14)


def test_what_says_nothing_against_the_backend():
    fresh()
    for answer in (http(404), http(400), http(409), http(429), http(401), http(403), http(302)):
        crm.play(answer)
        same(statuses("/read", 5).count(503), 0)
    crm.reply(507)  # `faults` makes it a 404
    same((statuses("/read", 5), len(crm.requests)), ([404] * 5, 40))
    same(open_gauge("crm"), 0)


def soap_fault(code, detail=""):
    return http(500, f'<e:Envelope xmlns:e="{SOAP}"><e:Body><e:Fault><faultcode>e:{code}'
                f"</faultcode><faultstring>no</faultstring><detail>{detail}</detail></e:Fault>"
                "</e:Body></e:Envelope>", "text/xml")


def test_soap_faults():
    fresh()
    for fault, status in ((soap_fault("Server", '<b:Poor xmlns:b="urn:b"/>'), 409),
                          (soap_fault("Client"), 400)):
        erp.play(fault)
        same([gateway.post("/pay", "").status for _ in range(5)], [status] * 5)
    fresh()
    erp.play(soap_fault("Server"))
    same([gateway.post("/pay", "").status for _ in range(5)], [502] * 4 + [503])
    same(len(erp.requests), 14)


def test_it_closes_when_the_backend_is_back():
    fresh()
    crm.reply(500)
    same(gateway.get("/quick").status, 502)
    same(wait_for(lambda: statuses("/quick", 1) == [502], what="a probe"), True)
    same(open_gauge("crm"), 1)
    crm.reply(200, {})
    wait_for(lambda: statuses("/quick", 1) == [200], what="its closing")
    same((statuses("/quick", 5), open_gauge("crm")), ([200] * 5, 0))
    last = gateway.wait_log(event="breaker")
    same((last["level"], "works again" in last["message"]), ("info", True))


def half_opened(path="/quick"):
    """The backend holds one call back, which is the probe; its thread, and what releases it."""
    fresh()
    crm.reply(500)
    statuses(path, 1)
    release = threading.Event()
    crm.choose(lambda request: http(200 if release.wait(5 * SLOW) else 500, {}))
    seen, told = len(crm.requests), []

    def ask():
        while len(crm.requests) == seen:
            told[:] = [gateway.get(path).status]

    thread = threading.Thread(target=ask)
    thread.start()
    crm.wait(seen + 1)
    return thread, release, told


def test_one_probe_at_a_time():
    thread, release, told = half_opened("/quickpass")
    answer = gateway.get("/quickpass")
    same((answer.status, answer.headers["Retry-After"], open_gauge("crm")), (503, "1", 1))
    is_left_alone("/quickpass")
    release.set()
    thread.join()
    same((told, statuses("/quickpass", 3), open_gauge("crm")), ([200], [200] * 3, 0))


def test_a_probe_whose_caller_leaves():
    fresh()
    crm.reply(500)
    statuses("/quick", 1)
    crm.play(SILENCE)
    seen = len(crm.requests)

    def probe():
        with gateway.connect() as c:
            c.send("GET /v1/quick HTTP/1.1\r\nHost: a\r\n\r\n")
            c.sock.settimeout(0.1)
            try:
                return c.read() is None
            except TimeoutError:
                return len(crm.requests) > seen

    wait_for(probe, what="a probe that waits")
    crm.reply(200, {})
    wait_for(lambda: statuses("/quick", 1) == [200], what="its closing")
    same(open_gauge("crm"), 0)


def test_an_optional_call_is_absent():
    fresh()
    crm.reply(500)
    other.reply(200, {"n": 7})
    same(statuses("/maybe", 4), [200] * 4)
    seen = len(crm.requests)
    answer = gateway.get("/maybe")
    same((answer.status, answer.json, len(crm.requests), len(other.requests)),
         (200, {"n": 7}, seen, 5))
    is_left_alone()


def test_an_open_one_ends_the_retries():
    fresh()
    crm.play(b"\0", CLOSE)
    same((gateway.get("/retry").status, len(crm.requests)), (502, 2))
    is_left_alone("/retry")


def test_a_reload_starts_closed():
    fresh()
    crm.reply(500)
    statuses("/read", 4)
    is_left_alone()
    fresh()
    crm.reply(200, {})
    same((open_gauge("crm"), statuses("/read", 3)), (0, [200] * 3))


def test_each_worker_has_its_own():
    crm.reply(500)
    told = []

    def both_open():
        told.append(pair.get("/read").status)
        return open_gauge("crm", pair) == 2

    wait_for(both_open, what="both workers' opening")
    same((told.count(502), set(told) <= {502, 503}, len(crm.requests)), (2, True, 2))
    same(metric("telgate_breaker_refused_total", pair), told.count(503))


def test_streams():
    for steps in ([http(500, "x", "text/plain")], [RESET], [http(200, bytes(200000))[:-1], CLOSE],
                  [http(200, "all")[:-1], CLOSE]):
        fresh()
        crm.play(*steps)
        for _ in range(4):
            with gateway.connect() as c:
                c.send("GET /v1/pass HTTP/1.1\r\nHost: a\r\n\r\n")
                try:
                    c.read()
                except ConnectionError:
                    pass  # broken off
        is_left_alone("/pass")
        is_left_alone("/read")
    fresh()
    crm.reply(404, "x", "text/plain")
    same(statuses("/pass", 6), [404] * 6)


def test_streams_that_callers_give_up():
    fresh()
    crm.play(http(200, bytes(50_000_000)))
    for n in range(6):
        with gateway.connect() as c:
            c.send("GET /v1/pass HTTP/1.1\r\nHost: a\r\n\r\n")
            crm.wait(n + 1)
            same(c.stream.readline(), b"HTTP/1.1 200 OK\r\n")
    crm.reply(200, {})
    same((statuses("/pass", 3), open_gauge("crm")), ([200] * 3, 0))
