# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness itself: its backend against its client, its tokens against openssl."""

import base64
import subprocess
import tempfile

from harness import (CLOSE, RESET, Backend, Issuer, b64, dribble, http, parallel,
                     request_bytes, same)
from client import Raw

backend = Backend()


def ask(method="GET", target="/a", body=None, headers=()):
    with Raw(backend.port) as connection:
        return connection.send(request_bytes(method, target, list(headers), body)).read()


def test_backend_records_and_answers():
    backend.reply(201, {"a": 1.50}, X_Test="yes")
    answer = ask("POST", "/a?b=c", b"body", [("X-Name", "value")])
    same((answer.status, answer.json, answer.headers["x-test"]), (201, {"a": "1.5"}, "yes"))
    seen = backend.wait()
    same((seen.method, seen.target, seen.body), ("POST", "/a?b=c", b"body"))
    same(seen.headers["x-name"], "value")


def test_scripts_are_played_once_then_the_default():
    backend.then(http(500))
    same([ask().status, ask().status], [500, 200])


def test_dribble_and_chunks():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    backend.play(*dribble(head + b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 7, 0.001))
    same(ask().body, b"abcde")


def test_body_to_the_end_and_broken_bodies():
    backend.play(b"HTTP/1.1 200 OK\r\n\r\nabc", CLOSE)
    same(ask().body, b"abc")
    backend.play(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", CLOSE)
    try:
        ask()
    except ConnectionError:
        return
    raise AssertionError("a broken body was not noticed")


def test_reset_and_down():
    backend.play(RESET)
    same(ask(), None)
    backend.down()
    try:
        ask()
    except ConnectionRefusedError:
        return backend.up()
    raise AssertionError("the backend is not down")


def test_keep_alive_and_requests_in_parallel():
    backend.choose(lambda request: http(200, request.target))
    with Raw(backend.port) as connection:
        for target in ("/1", "/2"):
            same(connection.send(request_bytes("GET", target, [], None)).read().text, target)
    answers = parallel(*[lambda n=n: ask("GET", f"/{n}").text for n in range(20)])
    same(answers, [f"/{n}" for n in range(20)])


def verified_by_openssl(issuer, token, options=()):
    """openssl is another's code: it must accept what the issuer signed."""
    head, payload, signature = token.split(".")
    with tempfile.TemporaryDirectory() as folder:
        raw = base64.urlsafe_b64decode(signature + "==")
        for name, data in (("key", issuer.public_pem()), ("sig", raw),
                           ("data", f"{head}.{payload}".encode())):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(data)
        command = ["openssl", "dgst", "-sha256", *options, "-verify", f"{folder}/key",
                   "-signature", f"{folder}/sig", f"{folder}/data"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_tokens_are_signed():
    issuer = Issuer(algorithms=("RS256", "PS256", "ES256", "ES512", "EdDSA"))
    same(verified_by_openssl(issuer, issuer.token("a b")), True)
    head, _, signature = issuer.token().split(".")
    same(verified_by_openssl(issuer, f"{head}.{b64({'sub': 'x'})}.{signature}"), False)
    same(len(issuer.jwks()["keys"]), 5)
    same([len(issuer.token(alg=alg).split(".")) for alg in issuer.keys], [3] * 5)


def test_a_claim_set_to_none_is_left_out():
    same("exp" in Issuer().claims(exp=None), False)


