# SPDX-License-Identifier: GPL-2.0-or-later
"""Revocation: by the endpoint (RFC 7009), the command and the watched file; of a token, a client, a
subject and a key; of our own tokens and of other issuers'. In force on every worker, for tokens
that were verified a moment ago, too; kept over kill -9. And introspection (RFC 7662), which sees
it."""

import base64
import hashlib
import json
import os
import signal
import threading
import time

from harness import (Backend, FORM, Gateway, Issuer, READ, SLOW, claims_of, parallel, same,
                     telgate, wait_for)

WORKERS = 4
CLIENTS = {"clients": {
    "one": {"secret": "one-secret", "scopes": ["read"]},
    "two": {"secret": "two-secret", "scopes": ["read"]},
    "off": {"secret": "off-secret", "scopes": ["read"], "networks": ["192.0.2.0/24"]},
    "api": {"secret": "api-secret", "scopes": [], "introspects": ["telgate"]}}}
crm = Backend()
other = Issuer("https://other.test")
gateway = Gateway(READ, crm=crm, issuer=other,
                  files={"clients.yaml": json.dumps(CLIENTS), "list.yaml": "revocations: []\n"},
                  config={"demo": True, "workers": WORKERS})
URL = f"http://127.0.0.1:{gateway.port}"
gateway.config["authorization_server"] = {"issuer": URL, "audience": "telgate",
                                          "clients": "clients.yaml", "key_file": "signing.pem"}
gateway.config["revocations"] = {"log": "revocations.log", "file": "list.yaml"}


def basic(name):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{name}-secret".encode()).decode()}


def ask(path, form, client="one"):
    return gateway.request("POST", f"/oauth2/{path}", form, headers=basic(client) if client else {},
                           media=FORM, prefix=False)


def issue(client="one"):
    return ask("token", "grant_type=client_credentials", client).json["access_token"]


def statuses(token, n=4 * WORKERS):
    """Of as many requests on connections of their own, which the kernel spreads over workers."""
    return {gateway.get("/read", token=token).status for _ in range(n)}


def gone(token, what, since):
    """Polls until every one of many connections is refused; tells how long the first and the last
    took."""
    wait_for(lambda: 200 not in statuses(token, 1), 5, f"the refusal of {what}")
    first = time.monotonic() - since
    wait_for(lambda: 200 not in statuses(token), 5, f"the refusal of {what} by every worker")
    print(f"# {what}: refused after {first * 1000:.0f} ms; by {4 * WORKERS} connections over "
          f"{WORKERS} workers after {(time.monotonic() - since) * 1000:.0f} ms, their requests "
          "included", flush=True)
    answer = gateway.get("/read", token=token)
    same((answer.status, "invalid_token" in answer.headers["WWW-Authenticate"]), (401, True))
    gateway.wait_log(event="exchange", status=401, denial="revoked")


def revoke(*options):
    config = os.path.join(gateway.folder, "telgate.yaml")
    ran = telgate("revoke", "-c", config, *options, seconds=30 * SLOW)
    same((ran.returncode, ran.stdout[:8]), (0, "revoked:"))
    return time.monotonic()


def test_a_client_revokes_its_token():
    token, stays = issue(), issue()
    same((statuses(token), statuses(stays, 1)), ({200}, {200}))
    answer = ask("revoke", f"token={token}")
    since = time.monotonic()
    same((answer.status, answer.json, answer.headers["Cache-Control"]), (200, {}, "no-store"))
    gone(token, "a token by its client", since)
    same(statuses(stays), {200})
    same(ask("revoke", f"token={token}&token_type_hint=access_token").status, 200)  # again


def test_each_answer_of_the_endpoint():
    token = issue()
    head, payload, signature = token.split(".")
    rows = [
        ("unknown", "token=whatever", "one", 200, None),
        ("broken signature", f"token={head}.{payload}.{'A' * len(signature)}", "one", 200, None),
        ("another issuer's", "token=" + gateway.token("read"), "one", 200, None),
        ("another client's", f"token={token}", "two", 400, "unauthorized_client"),
        ("no token", "x=1", "one", 400, "invalid_request"),
        ("token twice", "token=a&token=b", "one", 400, "invalid_request"),
        ("no client", f"token={token}", None, 401, "invalid_client"),
        ("from elsewhere", f"token={token}", "off", 401, "invalid_client"),
        ("nobody", f"token={token}", "nobody", 401, "invalid_client"),
    ]
    for name, form, client, status, error in rows:
        answer = ask("revoke", form, client)
        same((name, answer.status, answer.json.get("error")), (name, status, error))
    same(statuses(token), {200})
    answer = gateway.request("GET", "/oauth2/revoke", prefix=False)
    same((answer.status, "POST" in answer.headers["Allow"]), (405, True))


def test_introspection():
    token = issue()
    for client in ("one", "api"):
        answer = ask("introspect", f"token={token}", client)
        told = claims_of(token)
        same((answer.status, answer.headers["Cache-Control"]), (200, "no-store"))
        same(answer.json, dict({name: told[name] for name in
                                ("iss", "sub", "aud", "client_id", "scope", "jti", "iat", "exp")},
                               active=True, token_type="Bearer"))
    inactive = [("another client's", f"token={token}", "two"), ("garbage", "token=x", "api"),
                ("another issuer's", "token=" + gateway.token("read"), "api"),
                ("altered", f"token={token[:-4]}AAAA", "api")]
    for name, form, client in inactive:
        answer = ask("introspect", form, client)
        same((name, answer.status, answer.json), (name, 200, {"active": False}))
    for name, form, client, status, error in [
            ("no token", "x=1", "api", 400, "invalid_request"),
            ("no client", f"token={token}", None, 401, "invalid_client"),
            ("from elsewhere", f"token={token}", "off", 401, "invalid_client")]:
        answer = ask("introspect", form, client)
        same((name, answer.status, answer.json["error"]), (name, status, error))
    ask("revoke", f"token={token}")
    same(ask("introspect", f"token={token}", "api").json, {"active": False})


def test_a_foreign_token_by_jti_by_itself_and_by_hash():
    tokens = [gateway.token("read") for _ in range(2)]
    same([statuses(token) for token in tokens], [{200}, {200}])
    since = revoke("--jti", claims_of(tokens[0])["jti"], "--issuer", other.url)
    gone(tokens[0], "a foreign token by jti", since)
    same(statuses(tokens[1]), {200})
    config = os.path.join(gateway.folder, "telgate.yaml")
    ran = telgate("revoke", "-c", config, "--token", "-", stdin=tokens[1].encode(),
                  seconds=30 * SLOW)
    same(ran.returncode, 0)
    gone(tokens[1], "a foreign token by itself", time.monotonic())
    third = gateway.token("read")
    same(statuses(third), {200})
    digest = hashlib.sha256(third.rpartition(".")[0].encode()).hexdigest()
    gone(third, "a foreign token by its hash", revoke("--token-hash", digest))


def test_a_client_a_subject_and_a_key():
    later = int(time.time()) + 2
    for flag, claim in (("--client", "client_id"), ("--subject", "sub")):
        name = f"planted-{claim}"
        mine = gateway.token("read", **{claim: name})
        beside, new = gateway.token("read"), gateway.token("read", **{claim: name, "iat": later})
        same([statuses(token) for token in (mine, beside)], [{200}, {200}])
        gone(mine, f"all of a {claim}", revoke(flag, name))
        same([statuses(token) for token in (beside, new)], [{200}, {200}])
    with open(os.path.join(gateway.folder, "revocations.log"), encoding="utf-8") as file:
        written = file.read()
    same(("planted-client_id" in written, "planted-sub" in written), (True, False))
    signed = gateway.issuer.token("read", alg="ES256")
    same(statuses(signed), {200})
    gone(signed, "all of a key", revoke("--kid", "ES256", "--issuer", other.url))
    same(statuses(gateway.token("read")), {200})


def test_the_watched_file():
    token = gateway.token("read", client_id="listed")
    same(statuses(token), {200})
    gateway.path("list.yaml", "revocations:\n - {client: listed}\n - {jti: without its issuer}\n")
    gone(token, "a client in the watched file", time.monotonic())
    gateway.wait_log(event="revocations", level="error")  # the other line's mistake is told
    gateway.path("list.yaml", "revocations: []\n")


def test_the_command_works_beside_a_broken_contract():
    token = gateway.token("read", client_id="broken")
    same(statuses(token), {200})
    path = os.path.join(gateway.folder, "contract.yaml")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    gateway.path("contract.yaml", "openapi: [\n")
    gone(token, "a client, with a broken contract", revoke("--client", "broken"))
    gateway.path("contract.yaml", text)


def test_mistakes_of_the_command():
    config = os.path.join(gateway.folder, "telgate.yaml")
    for options in ([], ["--jti", "x"], ["--client", "a", "--kid", "b"], ["--token", "eyJ.x.y"],
                    ["--client", "a", "--before", "yesterday"], ["--client", ""]):
        ran = telgate("revoke", "-c", config, *options, seconds=30 * SLOW)
        same((options, ran.returncode, ran.stdout, ran.stderr != ""), (options, 2, "", True))


def test_kill_and_restart_keep_what_was_revoked():
    tokens = [issue() for _ in range(6)]
    same([statuses(token, 1) for token in tokens], [{200}] * 6)
    answers = parallel(*[lambda t=token: ask("revoke", f"token={t}").status
                         for token in tokens[:5]])
    gateway.signal(signal.SIGKILL)  # what was answered is on the disk
    gateway.process.wait()
    gateway.process = None
    same(answers, [200] * 5)
    with open(os.path.join(gateway.folder, "revocations.log"), "ab") as file:
        file.write(b'0badc0de {"revoke":"jti","issu')  # as if the next one had been cut short
    files, gateway.files = gateway.files, {}
    gateway.start()
    gateway.files = files
    same([statuses(token) for token in tokens], [{401}] * 5 + [{200}])
    gateway.wait_log(event="revocations", level="warning")  # the torn line is told
    ask("revoke", f"token={tokens[5]}")
    same(statuses(tokens[5]), {401})


def test_kill_at_random_moments_while_tokens_are_revoked():
    answered, files = [], gateway.files
    gateway.files = {}
    for after in (0.01, 0.05, 0.12):
        tokens, done = [issue() for _ in range(150)], []

        def work(part, acknowledged=done):
            for token in part:
                try:
                    if ask("revoke", f"token={token}").status == 200:
                        acknowledged.append(token)
                except (OSError, AssertionError):
                    return  # the gateway is gone

        workers = [threading.Thread(target=work, args=(tokens[n::3],)) for n in range(3)]
        for worker in workers:
            worker.start()
        time.sleep(after)
        gateway.signal(signal.SIGKILL)
        gateway.process.wait()
        for worker in workers:
            worker.join()
        gateway.process = None
        gateway.start()
        answered += done
        same([token for token in answered if 401 not in statuses(token, 1)], [])
    print(f"# {len(answered)} revocations were acknowledged before a kill -9; none is lost",
          flush=True)
    gateway.files = files
