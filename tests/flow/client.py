# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients: one that sends exact bytes and reads whatever comes, and a plain one for daily use."""

import collections
import json
import socket
import ssl

Message = collections.namedtuple("Message", "start headers body head")


class CaseInsensitive(list):
    """Headers in their order, as (name, value); headers["name"] joins the values with `, `."""

    def __getitem__(self, key):
        if isinstance(key, str):
            return self.get(key)
        return super().__getitem__(key)

    def get(self, name, default=None):
        values = self.all(name)
        return ", ".join(values) if values else default

    def all(self, name):
        return [value for key, value in self if key.lower() == name.lower()]

    def __contains__(self, name):
        return bool(self.all(name)) if isinstance(name, str) else super().__contains__(name)


class Answer:
    """What the gateway sent back."""

    def __init__(self, message):
        self.version, status, *_ = message.start.split(" ", 2)
        self.status, self.headers = int(status), message.headers
        self.body, self.head = message.body, message.head

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def json(self):
        return json.loads(self.body, parse_float=str)  # digits as they came, not as a double

    def __repr__(self):
        return f"Answer({self.status}, {self.headers!r}, {self.body[:2000]!r})"


def _read_chunks(stream):
    body = b""
    while True:
        line = stream.readline(65537)
        size = int(line.split(b";")[0], 16)
        if size == 0:
            while stream.readline(65537) not in (b"\r\n", b""):
                pass
            return body
        piece = stream.read(size)
        if len(piece) < size or stream.read(2) != b"\r\n":
            raise ConnectionError("the chunked body broke off")
        body += piece


def _read_body(stream, headers, to_end):
    if "chunked" in (headers["Transfer-Encoding"] or "").lower():
        return _read_chunks(stream)
    if "Content-Length" in headers:
        size = int(headers["Content-Length"])
        body = stream.read(size)
        if len(body) < size:
            raise ConnectionError(f"the body broke off after {len(body)} of {size} bytes")
        return body
    return stream.read() if to_end else b""


def read_message(stream, is_answer, to_head=False):
    """One HTTP message, or None at the orderly end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(1 << 20)
        if not line:
            if head:
                raise ConnectionError(f"the head broke off: {head[:200]!r}")
            return None
        head += line
    start, *lines = head[:-4].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    headers = CaseInsensitive((name, value.strip()) for name, _, value in pairs)
    status = start.split(" ")[1] if is_answer else ""
    if to_head or status[:1] == "1" or status in ("204", "304"):
        return Message(start, headers, b"", head)
    return Message(start, headers, _read_body(stream, headers, is_answer), head)


class Raw:
    """A connection for exact bytes. Use it as `with gateway.connect() as c:`."""

    def __init__(self, port, tls=None, timeout=10):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.stream = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.sock.sendall(data.encode() if isinstance(data, str) else data)
        return self

    def read(self, head_only=False):
        """The next answer; None when the gateway closed the connection instead."""
        try:
            message = read_message(self.stream, is_answer=True, to_head=head_only)
        except ConnectionResetError:
            return None
        return Answer(message) if message else None

    def at_end(self):
        """True when the gateway has closed, or closes within the timeout."""
        try:
            return self.stream.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.stream.close()
        self.sock.close()


def tls_context(ca_file):
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = False
    return context


def request_bytes(method, target, headers, body):
    """A well-formed request, Host and Content-Length included unless given."""
    names = {name.lower() for name, _ in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [] if "host" in names else ["Host: localhost"]
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
