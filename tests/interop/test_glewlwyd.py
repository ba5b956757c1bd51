#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's glewlwyd as the issuer, over sockets: its tokens pass, altered ones do not, what it
revokes is refused, its keys change, its DPoP tokens are bound.

The package is taken apart, not installed: its scripts want a database and start a service.
"""

import base64
import glob
import gzip
import http.client
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "flow"))
if __name__ == "__main__":
    import harness
    sys.exit(harness.run_file(os.path.abspath(__file__)))

# pylint: disable=wrong-import-position
from harness import (BUILD, Backend, Gateway, Process, Prover, READ, b64, free_port, same,
                     wait_for)

PACKAGE = os.path.join(BUILD, "glewlwyd")
PROGRAM = os.path.join(PACKAGE, "usr", "bin", "glewlwyd")


def skip(why):
    print(f"1..0 # SKIP {why}")
    sys.exit(77)


def fetch_package():
    """The package's files, in the build folder."""
    shutil.rmtree(PACKAGE, ignore_errors=True)
    os.makedirs(PACKAGE)
    subprocess.run(["apt-get", "-q", "download", "glewlwyd"], cwd=PACKAGE, check=True, timeout=60,
                   capture_output=True)
    for deb in glob.glob(os.path.join(PACKAGE, "*.deb")):
        tar = subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], check=True, timeout=60,
                             capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", PACKAGE, "./usr"], input=tar, check=True, timeout=60)


try:
    if not os.path.exists(PROGRAM):
        fetch_package()
    subprocess.run([PROGRAM, "--version"], check=False, timeout=20, capture_output=True)
    missing = subprocess.run(["ldd", PROGRAM], check=True, capture_output=True, text=True).stdout
except (OSError, subprocess.SubprocessError) as fault:
    skip(f"Debian's glewlwyd cannot be fetched: {fault}")
if "not found" in missing:
    skip("glewlwyd's libraries are not installed: make test-deps")


class Glewlwyd(Process):
    """The issuer, with a client `app`, and a scope `read`, which is its tokens' audience, too."""

    def __init__(self):
        super().__init__("glewlwyd")
        self.port, self.cookie = free_port(), None
        self.url = f"http://127.0.0.1:{self.port}/api/oidc"

    def command(self):
        scripts = os.path.join(PACKAGE, "usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz")
        with gzip.open(scripts, "rt", encoding="utf-8") as script, \
                sqlite3.connect(self.path("db")) as database:
            database.executescript(script.read())
        modules = {"user": "user", "user_middleware": "user_middleware", "client": "client",
                   "user_auth_scheme": "scheme", "plugin": "plugin"}
        os.makedirs(os.path.join(PACKAGE, "usr/lib/glewlwyd/user_middleware"), exist_ok=True)
        lines = [f'{name}_module_path="{PACKAGE}/usr/lib/glewlwyd/{folder}"'
                 for name, folder in modules.items()]
        lines += [f"port={self.port}", 'bind_address="127.0.0.1"', 'login_url="login.html"',
                  f'external_url="http://127.0.0.1:{self.port}"', 'api_prefix="api"',
                  'log_mode="console"', 'log_level="WARNING"', 'cookie_domain="127.0.0.1"',
                  "cookie_secure=0", 'session_key="S"', 'admin_scope="g_admin"',
                  'profile_scope="g_profile"', 'hash_algorithm="SHA512"',
                  f'database = {{ type = "sqlite3"; path = "{self.path("db")}"; }};']
        return [PROGRAM, "-c", self.path("conf", "\n".join(lines) + "\n")]

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended\n{self.stderr()}")
        try:
            return self.call("GET", "/api/auth/")[0] > 0
        except OSError:
            return False

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()

    def call(self, method, target, tree=None, form=None, headers=()):
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = dict(headers, **({"Cookie": self.cookie} if self.cookie else {}))
        body = json.dumps(tree) if tree else urllib.parse.urlencode(form) if form else None
        if body:
            sent["Content-Type"] = "application/" + ("json" if tree else "x-www-form-urlencoded")
        connection.request(method, target, body, sent)
        answer = connection.getresponse()
        if "Set-Cookie" in answer.headers and not self.cookie:
            self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        return answer.status, answer.read().decode()

    def must(self, *arguments, **more):
        status, body = self.call(*arguments, **more)
        same((arguments[1], status, body if status != 200 else ""), (arguments[1], 200, ""))
        return body

    def plugin(self):
        """The plugin's parameters, with a key of its own."""
        key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True,
                             check=True).stdout
        public = subprocess.run(["openssl", "rsa", "-pubout"], capture_output=True, text=True,
                                check=True, input=key).stdout
        flags = {f"auth-type-{name}-enabled": name == "client" for name in (
            "code", "token", "id-token", "none", "password", "client", "device", "refresh")}
        parameters = {
            "iss": self.url, "jwt-type": "rsa", "jwt-key-size": "256", "key": key, "cert": public,
            "access-token-duration": 300, "refresh-token-duration": 300, "code-duration": 300,
            "refresh-token-rolling": True, "allow-non-oidc": True, "jwks-show": True,
            "introspection-revocation-allowed": True, "introspection-revocation-auth-scope": [],
            "introspection-revocation-allow-target-client": True, "scope": [],
            "subject-type": "public", "request-parameter-allow": False,
            "oauth-dpop-allowed": True, "oauth-dpop-iat-duration": 60, **flags}
        return {"module": "oidc", "name": "oidc", "display_name": "oidc", "enabled": True,
                "parameters": parameters}

    def set_up(self):
        self.start()
        self.cookie = None
        self.must("POST", "/api/auth/", {"username": "admin", "password": "password"})
        self.must("POST", "/api/scope/", {"name": "read", "display_name": "r", "description": "r",
                                          "password_required": False, "scheme": {}})
        self.must("POST", "/api/mod/plugin/", self.plugin())
        self.must("POST", "/api/client/", {
            "client_id": "app", "name": "app", "enabled": True, "confidential": True,
            "password": "app-secret", "client_secret": "app-secret", "scope": ["read"],
            "authorization_type": ["client_credentials"], "redirect_uri": ["http://127.0.0.1/"],
            "token_endpoint_auth_method": ["client_secret_basic"]})
        return self

    def rotate(self):
        self.must("PUT", "/api/mod/plugin/oidc", self.plugin())
        self.must("PUT", "/api/mod/plugin/oidc/reset", {"x": 1})

    def ask_as_app(self, target, form, headers=()):
        basic = base64.b64encode(b"app:app-secret").decode()
        return self.must("POST", f"/api/oidc{target}", form=form,
                         headers=dict(headers, Authorization=f"Basic {basic}"))

    def token(self, headers=()):
        body = self.ask_as_app("/token", {"grant_type": "client_credentials", "scope": "read"},
                               headers)
        return json.loads(body)["access_token"]


issuer, crm, serial = Glewlwyd().set_up(), Backend(), itertools.count()
gateway = Gateway(READ, {"issuers": [{
    "issuer": issuer.url, "audiences": ["read"], "discover": True, "retry": "1s",
    "introspection": {"client_id": "app", "client_secret": "app-secret", "signed": True,
                      "cache": "1s"}}]}, crm=crm)
gateway.start()


def ask(token, scheme="Bearer", proof=None):
    """Status and denial."""
    correlator = f"glewlwyd-{next(serial)}"
    headers = [("Authorization", f"{scheme} {token}"), ("X-Correlator", correlator)]
    answer = gateway.get("/read", headers=headers + ([("DPoP", proof)] if proof else []))
    return answer.status, gateway.wait_log(correlator=correlator).get("denial")


def test_its_tokens_and_each_alteration():
    token = issuer.token()
    same(ask(token), (200, None))
    head, payload, signature = token.split(".")
    decode = lambda part: json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    for name in decode(payload):
        changed = {k: v for k, v in decode(payload).items() if k != name}
        same((name, ask(f"{head}.{b64(changed)}.{signature}")[0]), (name, 401))
    for name in decode(head):
        changed = {k: v for k, v in decode(head).items() if k != name}
        same((name, ask(f"{b64(changed)}.{payload}.{signature}")[0]), (name, 401))
    for i in (0, len(signature) // 2):
        other = signature[:i] + ("A" if signature[i] != "A" else "B") + signature[i + 1:]
        same((i, ask(f"{head}.{payload}.{other}")), (i, (401, "signature-wrong")))
    same(ask(token), (200, None))


def test_what_it_revokes_is_refused():
    token = issuer.token()
    same(ask(token), (200, None))
    issuer.ask_as_app("/revoke", {"token": token, "token_type_hint": "access_token"})
    begin = time.monotonic()
    wait_for(lambda: ask(token) == (401, "token-inactive"), 3, "the revocation's effect")
    same(time.monotonic() - begin < 3, True)


def test_its_tokens_bound_to_a_key():
    who, at = Prover(), f"http://127.0.0.1:{gateway.port}/v1/read"
    token = issuer.token({"DPoP": who.proof("POST", f"{issuer.url}/token", "", ath=None)})
    same(ask(token, "DPoP", who.proof("GET", at, token)), (200, None))
    same(ask(token), (401, "sender-bound"))
    thief = Prover(name="thief")
    same(ask(token, "DPoP", thief.proof("GET", at, token)), (401, "dpop-key-other"))


def test_new_keys():
    old = issuer.token()
    same(ask(old), (200, None))
    time.sleep(1.1)
    issuer.rotate()
    same(ask(issuer.token()), (200, None))
    same(ask(old), (401, "key-unknown"))
