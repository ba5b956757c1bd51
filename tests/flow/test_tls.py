# SPDX-License-Identifier: GPL-2.0-or-later
"""TLS at the front door and towards backends; certificates are made here, by openssl."""

import ssl

from cryptography import x509

from certificates import certificate, path, text
from client import Raw
from harness import Backend, Gateway, free_port, request_bytes, same, tls_context

certificate("ca", "Test CA", None)
certificate("good", "localhost", "DNS:localhost,IP:127.0.0.1", "ca")
certificate("other", "other.example", "DNS:other.example", "ca")
certificate("self", "localhost", "DNS:localhost,IP:127.0.0.1")
FILES = {name: text(name) for name in ("ca.pem", "good.pem", "good.key")}


class TlsBackend(Backend):
    """Speaks TLS with one of the certificates; client_ca asks for the caller's."""

    def __init__(self, name, host="localhost", client_ca=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(path(f"{name}.pem"), path(f"{name}.key"))
        if client_ca:
            self.context.load_verify_locations(path(f"{client_ca}.pem"))
            self.context.verify_mode = ssl.CERT_REQUIRED
        super().__init__()
        self.url = f"https://{host}:{self.port}"

    def _serve(self, sock):
        try:
            super()._serve(self.context.wrap_socket(sock, server_side=True))
        except OSError:
            with self.lock:
                self.sockets.discard(sock)
            sock.close()


def get(name):
    return f"""
  /{name}:
    get:
      {{operationId: get{name}, security: [], x-telgate: {{call: {name}}}, responses: {{'200':
        {{description: d, content: {{application/json: {{schema: {{type: object}}}}}}}}}}}}"""


good, address = TlsBackend("good"), TlsBackend("good", "127.0.0.1")
other, alone, mutual = TlsBackend("other"), TlsBackend("self"), TlsBackend("good", client_ca="ca")
plain = Backend()
BACKENDS = {
    "good": {"url": good.url, "tls": {"ca": "ca.pem"}},
    "address": {"url": address.url, "tls": {"ca": "ca.pem"}},
    "unknown": {"url": good.url}, "alone": {"url": alone.url},
    "selfother": {"url": alone.url, "tls": {"ca": "ca.pem"}},
    "other": {"url": other.url, "tls": {"ca": "ca.pem"}},
    "insecure": {"url": alone.url, "tls": {"insecure": True}},
    "anonymous": {"url": mutual.url, "tls": {"ca": "ca.pem"}},
    "mutual": {"url": mutual.url, "tls": {"ca": "ca.pem", "certificate": "good.pem",
                                          "key": "good.key"}},
    "notls": {"url": plain.url.replace("http", "https")},
}
TLS_PORT = free_port()
gateway = Gateway("".join(get(name) for name in BACKENDS),
                  {"tls": {"listen": f"127.0.0.1:{TLS_PORT}", "certificate": "good.pem",
                           "key": "good.key"}, "timeouts": {"connect": "500ms"}},
                  x_telgate={"backends": BACKENDS}, files=FILES)


def test_backends_that_are_who_they_say():
    for name in ("good", "address", "insecure", "mutual"):
        same((name, [gateway.get(f"/{name}").status for _ in range(3)]), (name, [200] * 3))
    same(good.wait().headers["Host"], f"localhost:{good.port}")


def test_backends_that_are_not():
    for name, cause, status in (("unknown", "certificate", 502), ("alone", "certificate", 502),
                                ("selfother", "certificate", 502), ("other", "mismatch", 502),
                                ("anonymous", "", 502), ("notls", "", 504)):
        answer = gateway.get(f"/{name}")
        same((name, answer.status), (name, status))
        entry = gateway.wait_log(correlator=answer.headers["X-Correlator"])
        same((name, cause in entry.get("cause", "") or entry), (name, True))
    same((alone.requests, other.requests, mutual.requests), ([], [], []))


def test_large_answers_over_tls():
    data = {"a": "x" * 3000000}
    good.reply(200, data)
    same(gateway.get("/good").json == data, True)


def test_the_front_door():
    with Raw(TLS_PORT, tls_context(path("ca.pem"))) as c:
        same(c.sock.getpeercert()["subject"][0][0][1], "localhost")
        for target, status in (("/v1/good", 200), ("/v1/nothing", 404), ("/", 200)):
            same(c.send(request_bytes("GET", target, [], None)).read().status, status)
    same(gateway.get("/", prefix=False).status, 200)


def test_versions_of_tls():
    for version, wanted in ((ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
                            (ssl.TLSVersion.TLSv1_3, True)):
        context = tls_context(path("ca.pem"))
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("ALL:@SECLEVEL=0")
        try:
            with Raw(TLS_PORT, context) as c:
                same((c.sock.version(), wanted), (version.name.replace("v1_", "v1."), True))
        except (ssl.SSLError, ConnectionError):
            same((version, wanted), (version, False))


def test_a_broken_handshake_harms_nobody():
    for data in (b"", b"\x16\x03\x01\x02\x00\x01", b"\0" * 100, b"GET / HTTP/1.1\r\n\r\n"):
        with Raw(TLS_PORT) as c:
            c.send(data)
    with Raw(TLS_PORT, tls_context(path("ca.pem"))) as c:
        same(c.send(request_bytes("GET", "/v1/good", [], None)).read().status, 200)


def test_key_and_certificate_that_do_not_fit():
    process = Gateway(get("plain"), {"tls": {"listen": f"127.0.0.1:{free_port()}", "key": "ca.key",
                                             "certificate": "good.pem"}}, plain=plain,
                      files=dict(FILES, **{"ca.key": text("ca.key")}))
    try:
        process.start()
    except AssertionError as told:
        process.process = None
        same("ended with 1" in str(told), True)
        return
    raise AssertionError("it started")


def shown(connection):
    """The serial number of the certificate that it was shown."""
    der = connection.sock.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(der).serial_number


def test_a_renewed_certificate_is_shown_after_a_reload():
    gateway.start()
    ask = request_bytes("GET", "/", [], None)
    with Raw(TLS_PORT, tls_context(path("ca.pem"))) as kept:
        first = shown(kept)
        certificate("renewed", "localhost", "DNS:localhost", "ca")
        for ending in ("pem", "key"):
            gateway.path(f"good.{ending}", text(f"renewed.{ending}"))
        same(gateway.reload()[-1]["event"], "reloaded")
        same(kept.send(ask).read().status, 200)
        for _ in range(8):  # of as many workers as there are
            with Raw(TLS_PORT, tls_context(path("ca.pem"))) as new:
                same((shown(new) != first, new.send(ask).read().status), (True, 200))


def test_a_certificate_that_does_not_fit_its_key_is_not_taken():
    gateway.start()
    with Raw(TLS_PORT, tls_context(path("ca.pem"))) as c:
        first = shown(c)
    good = {name: open(gateway.path(name), encoding="ascii").read()
            for name in ("good.pem", "good.key")}
    rows = (("another's key", "good.key", text("other.key"), "do not match"),
            ("no certificate", "good.pem", "nothing", "good.pem"))
    for name, file, content, why in rows:
        gateway.path(file, content)
        told = gateway.reload()
        same((name, why in told[-2]["message"], "refused" in told[-1]["message"]),
             (name, True, True))
        gateway.path(file, good[file])
    with Raw(TLS_PORT, tls_context(path("ca.pem"))) as c:
        same(shown(c), first)
