# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend on a raw socket that answers, records and misbehaves as a test tells it.

A script is a list of steps played after a request has been read: bytes are sent as they are, a
number sleeps that many seconds, and the words below do what they say.
"""

import collections
import json
import socket
import struct
import threading
import time

from client import read_message

CLOSE = "close"    # orderly, after what was sent
RESET = "reset"    # RST, what was sent may be lost
SILENCE = "silence"  # never answer, until the other side leaves

Request = collections.namedtuple("Request", "method target headers body head")
FIRST_PORT, LAST_PORT = 20000, 32000  # below the ephemeral range
_next_port = FIRST_PORT + (time.time_ns() // 1000) % (LAST_PORT - FIRST_PORT)


def free_port():
    """A port below 32768 that nobody listens on."""
    global _next_port
    while True:
        _next_port = _next_port + 1 if _next_port < LAST_PORT else FIRST_PORT
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", _next_port))
                return _next_port
            except OSError:
                continue


def http(status, body=b"", media="application/json", **headers):
    """The bytes of a well-formed answer; a body that is no text or bytes is written as JSON. In
    header names `_` stands for `-`."""
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    body = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {media}"] if body else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def dribble(data, size=1, pause=0.01):
    """Steps that send the data in pieces."""
    steps = []
    for at in range(0, len(data), size):
        steps += [data[at:at + size], pause]
    return steps


class Backend:
    """Listens from its making on. Between tests the harness calls clear()."""

    all = []

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lock = threading.Condition()
        self.sockets, self.listener = set(), None
        self.clear()
        self.up()
        Backend.all.append(self)

    def clear(self):
        with self.lock:
            self.requests, self.accepted = [], 0
            self.once, self.always = collections.deque(), [http(200, {})]
            self.chooser = None

    # What to answer
    def reply(self, status, body=b"", media="application/json", **headers):
        """The answer to every request from now on."""
        self.always = [http(status, body, media, **headers)]

    def play(self, *steps):
        """A script for every request from now on."""
        self.always = list(steps)

    def then(self, *steps):
        """A script for one request; call it several times to queue several."""
        self.once.append(list(steps))

    def choose(self, function):
        """function(request) gives bytes or a list of steps for each request."""
        self.chooser = function

    def down(self):
        """Refuses connections, and closes those that are open."""
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        for sock in list(self.sockets):
            _shut(sock)

    def up(self):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(1024)
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    # What came
    def wait(self, count=1, seconds=5):
        """The last request, once `count` have come."""
        with self.lock:
            if not self.lock.wait_for(lambda: len(self.requests) >= count, seconds):
                raise AssertionError(f"{len(self.requests)} requests came, not {count}")
            return self.requests[-1]

    def wait_closed(self, seconds=5):
        """Until the gateway has closed all its connections to here."""
        with self.lock:
            if not self.lock.wait_for(lambda: not self.sockets, seconds):
                raise AssertionError(f"{len(self.sockets)} connections are still open")

    @property
    def open(self):
        return len(self.sockets)

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.accepted += 1
                self.sockets.add(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            stream = sock.makefile("rb")
            while self._one(sock, stream):
                pass
        except (OSError, ValueError):
            pass
        finally:
            with self.lock:
                self.sockets.discard(sock)
                self.lock.notify_all()
            _shut(sock)
            sock.close()

    def _one(self, sock, stream):
        """Reads one request and plays its script; False when the connection is over."""
        message = read_message(stream, is_answer=False)
        if message is None:
            return False
        method, target, _ = message.start.split(" ", 2)
        request = Request(method, target, message.headers, message.body, message.head)
        with self.lock:
            steps = self.once.popleft() if self.once else self.always
            self.requests.append(request)
            self.lock.notify_all()
        if self.chooser:
            steps = self.chooser(request)
        return _play(sock, [steps] if isinstance(steps, bytes) else steps)


def _play(sock, steps):
    for step in steps:
        if isinstance(step, bytes):
            sock.sendall(step)
        elif isinstance(step, (int, float)):
            time.sleep(step)
        elif callable(step):
            step()
        elif step == RESET:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()
            return False
        elif step == SILENCE:
            while sock.recv(65536):
                pass
            return False
        elif step == CLOSE:
            return False
    return True


def _shut(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


__all__ = ["Backend", "CLOSE", "RESET", "SILENCE", "dribble", "free_port", "http"]
