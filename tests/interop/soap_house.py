# SPDX-License-Identifier: GPL-2.0-or-later
"""A running gateway and sandbox for the SOAP clients, what each of them is asked to do, and what
must come of it.

A client's program is called as `PROGRAM BASE_URL TOKEN VERSION` (VERSION: 1.1 or 1.2), takes the
steps of EXPECTED, and prints one line `NAME=VALUE` for each.
"""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TELGATE_BUILD", os.path.join(ROOT, "build"))
HERE = os.path.join(ROOT, "tests", "interop")
NPM = os.path.join(BUILD, "npm")
SLOW = 6 if os.environ.get("TELGATE_SAN") else 1

# Every step and its result; a fault is "fault", the HTTP status that REST would answer, the code,
# and where it says so the pointer.
EXPECTED = {
    "read": "Customer 1001 Ltd|active|1001|Customer|1001|BillingAccount",
    "list": "2|1002|1003",
    "one": "1|1001",
    "write": "A & B <ö>|email|x@example.com|1|true",
    "change": "suspended|null reason",
    "delete": "gone",
    "missing": "fault 404 NOT_FOUND",
    "bills": "3|INV-1001-01|settled|EUR",
    "bill": "INV-1003-01|98.67|1|2024-01-01|null note",
    "balance": "1001|EUR",
    "topup": "raised by 100.01",
    "negative": "fault 400 INVALID_VALUE /amount",
    "no account": "fault 404 NOT_FOUND",
    "overview": "1003|Customer 1003 Ltd|business|false",
    "no token": "fault 401 MISSING_TOKEN",
}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class House:
    """Both programs, until the `with` ends."""

    def __init__(self, **options):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="telgate-soap-")
        self.port, self.admin = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.running = []

    def configuration(self, backend):
        options = "".join(f"{k}: {v}\n" for k, v in self.options.items())
        return f"""
listen: 127.0.0.1:{self.port}
admin: 127.0.0.1:{self.admin}
workers: 1
demo: true
contracts:
  - document: {ROOT}/schemas/customer.yaml
    overlays: [{ROOT}/schemas/customer.overlay.yaml]
  - {ROOT}/schemas/billing.yaml
  - {ROOT}/schemas/overview.yaml
backends:
  customer/v4: {{crm: {backend}/customers}}
  billing/v4: {{billing: {backend}/billing}}
  overview/v1: {{crm: {backend}/customers, billing: {backend}/billing}}
authorization_server:
  issuer: {self.base}
  audience: telgate
  clients: {ROOT}/conf/clients.yaml
access_log: "off"
{options}"""

    def __enter__(self):
        sandbox = subprocess.Popen([f"{BUILD}/telgate-sandbox", "--listen", "127.0.0.1:0"],
                                   stdout=subprocess.PIPE, text=True)
        self.running.append(sandbox)
        backend = "http://127.0.0.1:" + sandbox.stdout.readline().rsplit(":", 1)[1].strip()
        path = os.path.join(self.folder, "telgate.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.configuration(backend))
        self.running.append(subprocess.Popen([f"{BUILD}/telgate", "run", "-c", path]))
        end = time.monotonic() + 10 * SLOW
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/readyz", timeout=2):
                    return self
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        for program in reversed(self.running):
            program.send_signal(signal.SIGTERM)
        for program in self.running:
            try:
                program.wait(10 * SLOW)
            except subprocess.TimeoutExpired:
                program.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def token(self):
        basic = base64.b64encode(b"internal-app:internal-app-secret").decode()
        request = urllib.request.Request(f"{self.base}/oauth2/token",
                                         b"grant_type=client_credentials",
                                         {"Authorization": f"Basic {basic}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["access_token"]

    def wsdl(self, name):
        with urllib.request.urlopen(f"{self.base}/soap/{name}?wsdl", timeout=10) as answer:
            return answer.read()


def run_client(command, versions, expected=None, env=None):
    """Runs a client's program in each version and prints TAP."""
    expected = expected or EXPECTED
    number = 0
    with House() as house:
        print(f"1..{len(versions) * len(expected)}", flush=True)
        for version in versions:
            done = subprocess.run(command + [house.base, house.token(), version],
                                  capture_output=True, text=True, timeout=120 * SLOW, check=False,
                                  env=dict(os.environ, **(env or {})))
            got = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
            for name, value in expected.items():
                number += 1
                good = got.get(name) == value
                print(f"{'' if good else 'not '}ok {number} - SOAP {version} {name}")
                if not good:
                    print(f"# got    {got.get(name)!r}\n# wanted {value!r}")
            if got.keys() != expected.keys():
                print("# " + "\n# ".join((done.stderr or "no error text").splitlines()[-12:]))
    return 0


def skip(why):
    print(why)
    sys.exit(77)


def command(*names):
    """The first program of these that is installed, else the test is skipped."""
    for name in names:
        if shutil.which(name):
            return name
    return skip(f"{names[0]} is not installed")
