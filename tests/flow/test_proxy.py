# SPDX-License-Identifier: GPL-2.0-or-later
"""Proxy bindings: bytes streamed both ways in bounded memory, and whoever gives up first."""

import hashlib
import os
import socket
import threading

from harness import CLOSE, RESET, SLOW, Backend, Gateway, http, parallel, same, wait_for
from client import read_message

ID = "{name: name, in: path, required: true, schema: {type: string}}"
OPEN = "security: [], responses: {'200': {description: d}}"
MB = 1 << 20
DATA = os.urandom(10 * MB)
# What 10 MB and more in transit may cost the gateway; a sanitizer keeps shadow bytes beside.
GROWTH_KB = 3000 if SLOW == 1 else 6000


class Tap:
    """A backend that the test plays itself, byte by byte."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(10)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        """A connection, its stream, and the request's head as bytes."""
        sock = self.listener.accept()[0]
        sock.settimeout(10)
        stream, head = sock.makefile("rb"), b""
        while not head.endswith(b"\r\n\r\n"):
            head += stream.readline()
        return sock, stream, head


store, tap = Backend(), Tap()
gateway = Gateway(f"""
  /f/{{name}}:
    parameters: [{ID}]
    get: {{operationId: getFile, {OPEN}, x-telgate: {{proxy: store}}}}
    head: {{operationId: headFile, {OPEN}, x-telgate: {{proxy: store}}}}
    put: {{operationId: putFile, {OPEN}, x-telgate: {{proxy: store}}}}
  /t/{{name}}:
    parameters: [{ID}]
    get: {{operationId: getTapped, {OPEN}, x-telgate: {{proxy: tap}}}}
    put: {{operationId: putTapped, {OPEN}, x-telgate: {{proxy: tap}}}}
  /closed:
    get: {{operationId: getClosed, security: [oauth: [files]], x-telgate: {{proxy: store}},
      responses: {{'200': {{description: d}}}}}}
""", {"limits": {"body": "200MB"}, "timeouts": {"operation": "20s"}},
                  x_telgate={"backends": {"tap": {"url": tap.url, "timeout": "1s"}, "store": {
                      "url": store.url + "/base", "auth": {"bearer": "own"}}}})


def put(target, data, chunked=False):
    if not chunked:
        return gateway.request("PUT", target, data)
    pieces = [data[at:at + 100000] for at in range(0, len(data), 100000)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return gateway.request("PUT", target, body, [("Transfer-Encoding", "chunked")])


def until_stuck(sock, data=bytes(MB), most=100 * MB):
    """Sends until nobody takes more; how many bytes went."""
    sock.settimeout(0.5)
    sent = 0
    try:
        while sent < most:
            sent += sock.send(data)
    except (socket.timeout, BlockingIOError):
        return sent
    raise AssertionError("nothing held back the sender")


def in_flight():
    line = [x for x in gateway.admin("/metrics").text.splitlines() if x.startswith("telgate_in_fl")]
    return int(line[0].split()[1]) - 1  # this one


def test_ten_megabytes_each_way():
    store.reply(200, DATA, "application/octet-stream")
    store.chooser = None
    for chunked in (False, True):
        answer = put("/f/a", DATA, chunked)
        same((answer.status, hashlib.sha256(answer.body).digest()),
             (200, hashlib.sha256(DATA).digest()))
        same(store.requests[-1].body == DATA, True)
    store.play(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%s\r\n" % (MB, DATA[at:at + MB]) for at in range(0, len(DATA), MB)) +
               b"0\r\n\r\n")
    answer = gateway.get("/f/a")
    same((answer.headers["Transfer-Encoding"], answer.body == DATA), ("chunked", True))


def test_a_slow_caller_holds_the_backend_back():
    gateway.get("/f/a")
    floor = gateway.rss()
    with gateway.connect() as c:
        c.send("GET /v1/t/a HTTP/1.1\r\nHost: a\r\n\r\n")
        sock, _, _ = tap.accept()
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 * MB))
        sent = until_stuck(sock)
        same(gateway.rss() - floor < GROWTH_KB or (gateway.rss(), floor), True)
        same(len(c.stream.read(min(sent, 10 * MB))), min(sent, 10 * MB))
    same(parallel(lambda: leaves(sock)), [True])
    wait_for(lambda: in_flight() == 0)


def leaves(sock):
    """The gateway gives this connection up."""
    sock.settimeout(5)
    try:
        while sock.recv(MB):
            pass
    except ConnectionResetError:
        pass
    return True


def test_a_slow_backend_holds_the_caller_back():
    gateway.get("/f/a")
    floor = gateway.rss()
    with gateway.connect() as c:
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (100 * MB))
        sock, stream, _ = tap.accept()
        sent = until_stuck(c.sock, most=99 * MB)
        same(gateway.rss() - floor < GROWTH_KB or (gateway.rss(), floor), True)
        c.sock.settimeout(20 * SLOW)
        rest = threading.Thread(target=lambda: c.send(bytes(100 * MB - sent)))
        rest.start()
        left = 100 * MB
        while left:
            left -= len(stream.read(min(left, MB)))
        sock.sendall(http(200, "done", "text/plain"))
        rest.join()
        same(c.read().body, b"done")


def test_headers_of_one_connection_stay_there():
    store.play(http(200, "x", "text/plain", Connection="X-Own, keep-alive", X_Own="a",
                    Keep_Alive="timeout=5", Proxy_Authenticate="Basic", Upgrade="h2c", Trailer="X",
                    X_Kept="yes", Set_Cookie="a=b", X_Correlator="theirs"))
    answer = gateway.get("/f/a", token="mine", headers=[
        ("Connection", "X-Mine"), ("Connection", "TE, x-too"), ("X-Mine", "a"), ("X-Too", "b"),
        ("TE", "trailers"), ("Keep-Alive", "5"), ("Proxy-Authorization", "Basic eA=="),
        ("Upgrade", "h2c"), ("X-Kept", "yes"), ("Cookie", "a=b")])
    seen = store.wait().headers
    lost = ("X-Mine", "X-Too", "TE", "Keep-Alive", "Proxy-Authorization", "Upgrade", "Cookie")
    same([name for name in lost if name in seen], [])
    same((seen["X-Kept"], seen.all("Authorization"), seen.all("Host")),
         ("yes", ["Bearer own"], [f"127.0.0.1:{store.port}"]))
    gone = ("X-Own", "Keep-Alive", "Proxy-Authenticate", "Upgrade", "Trailer")
    same([name for name in gone if name in answer.headers], [])
    same((answer.headers["X-Kept"], answer.headers.all("X-Correlator") != ["theirs"],
          len(answer.headers.all("X-Correlator"))), ("yes", True, 1))


def test_what_is_proxied_is_left_as_it_is():
    for status in (200, 201, 304, 404, 409, 500):
        body = b"" if status == 304 else b"\0\xff anything"
        store.reply(status, body, "image/x", ETag='"a"')
        answer = gateway.get("/f/a%20b%2Fc?x=%20&y")
        same((answer.status, answer.body, answer.headers["ETag"]), (status, body, '"a"'))
        same(store.requests[-1].target, "/base/f/a%20b%2Fc?x=%20&y")
    store.play(http(204))
    same(gateway.get("/f/a").status, 204)
    store.play(b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\nETag: a\r\n\r\n")
    answer = gateway.request("HEAD", "/f/a")
    same((answer.status, answer.headers["Content-Length"]), (200, "12345"))


def test_it_is_checked_all_the_same():
    same([gateway.get("/closed").status, gateway.get("/closed", scope="other").status], [401, 403])
    same(store.requests, [])
    same(gateway.get("/closed", scope="files").status, 200)
    for name in ("..", "%2e%2e", "%2E.", "..%2fx", "x%2f..%2fy", ".."):
        same((name, gateway.get("/f/" + name).status), (name, 404))
    same(len(store.requests), 1)


def test_the_caller_leaves_in_the_middle_of_its_body():
    with gateway.connect() as c:
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + bytes(50000))
        sock, stream, _ = tap.accept()
        same(len(stream.read(50000)), 50000)
    same(leaves(sock), True)
    wait_for(lambda: in_flight() == 0)


def test_the_backend_answers_before_the_body_is_there():
    with gateway.connect() as c:
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + bytes(1000))
        sock, _, _ = tap.accept()
        sock.sendall(http(403, "no", "text/plain"))
        same([c.read().status, leaves(sock)], [403, True])
    with gateway.connect() as c:  # and closes, with bytes unread
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000))
        sock, _, _ = tap.accept()
        sock.sendall(http(413, "no", "text/plain", Connection="close"))
        sock.close()
        same(c.read().status, 413)
    with gateway.connect() as c:  # or leaves without a word
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + bytes(1000))
        tap.accept()[0].close()
        same(c.read().status, 502)


def test_the_backend_answers_and_reads_no_more():
    with gateway.connect() as c:
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (100 * MB))
        sock, _, _ = tap.accept()
        until_stuck(c.sock)
        sock.sendall(http(507, "full", "text/plain"))
        same([c.read().status, leaves(sock)], [507, True])
    wait_for(lambda: in_flight() == 0)


def test_the_backend_breaks_off():
    for steps in ([http(200, bytes(200000))[:100000], RESET],
                  [http(200, bytes(200000))[:-1], CLOSE],
                  [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", CLOSE]):
        store.play(*steps)
        with gateway.connect() as c:
            c.send("GET /v1/f/a HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                answer = c.read()
            except (ConnectionError, ValueError):
                answer = None  # the caller can tell
            same((answer and answer.status) in (None, 502), True)
    store.play(RESET)
    same(gateway.get("/f/a").status, 502)


def test_time_runs_out():
    with gateway.connect() as c:
        c.send("GET /v1/t/a HTTP/1.1\r\nHost: a\r\n\r\n")
        sock, _, _ = tap.accept()
        same([c.read().status, leaves(sock)], [504, True])
    with gateway.connect() as c:  # too late for a status
        c.send("GET /v1/t/a HTTP/1.1\r\nHost: a\r\n\r\n")
        sock, _, _ = tap.accept()
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(90000))
        same([c.stream.readline(), leaves(sock), len(c.stream.read()) < 100000],
             [b"HTTP/1.1 200 OK\r\n", True, True])


def test_the_tap_reads_what_was_sent():
    with gateway.connect() as c:
        c.send(b"PUT /v1/t/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        sock = tap.listener.accept()[0]
        c.send(b"2\r\nde\r\n0\r\n\r\n")
        message = read_message(sock.makefile("rb"), is_answer=False)
        same((message.body, message.headers["Transfer-Encoding"]), (b"abcde", "chunked"))
        sock.sendall(http(200, "ok", "text/plain"))
        same(c.read().body, b"ok")
