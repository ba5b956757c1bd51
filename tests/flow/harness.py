# SPDX-License-Identifier: GPL-2.0-or-later
"""Flow tests: a real gateway between a scripted backend and a client, in a few lines each.

    crm = Backend()
    gateway = Gateway('''
      /customer/{id}:
        get: {operationId: getCustomer, x-telgate: {call: crm}, ...}''', crm=crm)

    def test_the_backend_answers():
        crm.reply(200, {"id": "7"})
        answer = gateway.get("/customer/7", scope="customers:read")
        same(answer.status, 200)

`python3 harness.py FILE [PATTERN]` runs the test_* functions of one file and prints TAP. One
gateway process serves the whole file; at the end it must stop by SIGTERM with exit code 0 within
5 s and have left no sanitizer's report, which is a case of its own.
"""

import importlib.util
import json
import linecache
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import traceback

from backend import CLOSE, RESET, SILENCE, Backend, dribble, free_port, http
from client import Answer, Raw, request_bytes, tls_context
from tokens import (Issuer, Prover, b64, b64_number, claims_of, header_of, make_key, public_jwk,
                    sign)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TELGATE_BUILD", os.path.join(ROOT, "build"))
UNDER = os.environ.get("TELGATE_UNDER", "").split()  # valgrind and its options
SLOW = 10 if UNDER else 4 if os.environ.get("TELGATE_SAN") else 1  # times are this much longer
TEST_SECONDS = 30 * SLOW
START_SECONDS = 10 * SLOW
STOP_SECONDS = 5 * SLOW
REPORT = re.compile(r"(ERROR|WARNING): (Address|Leak|Thread)Sanitizer|runtime error: ")
SERVER_PATH = "/v1"  # of contracts that are given by their paths only
FORM = "application/x-www-form-urlencoded"
GRANT = {"grant_type": "client_credentials"}
READ = """
/read:
  get:
    operationId: read
    security: [{oauth: [read]}]
    x-telgate: {call: crm}
    responses: {'200': {description: good, content: {application/json: {schema: {}}}}}
"""  # paths of a contract: one guarded operation
OPEN = """
/open:
  get:
    operationId: open
    security: []
    x-telgate: {call: crm}
    responses: {'200': {description: good, content: {application/json: {schema: {}}}}}
"""  # and one for everybody


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def same(got, wanted):
    """Like `assert got == wanted`, but shows both."""
    if got != wanted:
        raise AssertionError(f"got    {got!r}\nwanted {wanted!r}")


def telgate(*arguments, stdin=b"", seconds=30):
    """Runs the command line tool; .returncode, .stdout and .stderr (text)."""
    return subprocess.run([os.path.join(BUILD, "telgate"), *arguments], cwd=ROOT, timeout=seconds,
                          input=stdin.decode(), capture_output=True, text=True, check=False)


def wait_for(condition, seconds=5, what="the condition"):
    """Polls until condition() is true; returns what it gave."""
    end = time.monotonic() + seconds * SLOW
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def parallel(*functions):
    """Runs them at once; their results in order, or the first one's exception."""
    results = [None] * len(functions)

    def run(at):
        try:
            results[at] = functions[at]()
        except BaseException as fault:  # handed on below
            results[at] = fault

    threads = [threading.Thread(target=run, args=(at,), daemon=True)
               for at in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


class Process:
    """A program of the project that says it is ready in a JSON line on stderr."""

    all = []

    def __init__(self, name):
        self.name, self.process, self.folder = name, None, tempfile.mkdtemp(prefix="telgate-test-")
        self.stderr_path = os.path.join(self.folder, "stderr")
        Process.all.append(self)

    def command(self):
        raise NotImplementedError

    def path(self, name, text=None):
        """A path in the process's own folder; written when text is given."""
        path = os.path.join(self.folder, name)
        if text is not None:
            with open(path, "wb" if isinstance(text, bytes) else "w") as file:
                file.write(text)
        return path

    def start(self):
        if self.process:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} is not running any more")
            return self
        command = self.command()
        if not os.path.exists(command[0]):
            raise AssertionError(f"not built: {command[0]}")
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(UNDER + command, stdin=subprocess.DEVNULL, cwd=ROOT,
                                            stdout=stderr, stderr=stderr)
        wait_for(self.is_ready, START_SECONDS / SLOW, f"{self.name}'s being ready")
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            code = self.process.returncode
            raise AssertionError(f"{self.name} ended with {code}\n{self.stderr()}")
        return any(event.get("event") == "ready" for event in self.log())

    def stderr(self):
        if not os.path.exists(self.stderr_path):
            return ""
        with open(self.stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def log(self, **wanted):
        """The log's entries that have these members."""
        entries = []
        for line in self.stderr().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and all(entry.get(k) == v for k, v in wanted.items()):
                entries.append(entry)
        return entries

    def wait_log(self, seconds=5, **wanted):
        """The last such entry, once there is one."""
        return wait_for(lambda: self.log(**wanted), seconds, f"a log entry with {wanted}")[-1]

    def rss(self):
        """Resident memory, in KB."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM; what was wrong with the end of the process, or None."""
        if not self.process:
            return None
        code = self.process.poll()
        if code is not None:
            return f"{self.name} had ended before its time, with {code}"
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return f"{self.name} did not stop within {STOP_SECONDS} s"
        if code:
            return f"{self.name} ended with {code}"
        return f"{self.name}: a sanitizer's report" if REPORT.search(self.stderr()) else None

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def contract_text(text, backends, top):
    """A whole contract: one that is given by its paths only gets the rest around it."""
    text = textwrap.dedent(text).strip("\n")
    if text.startswith("/"):
        named = {name: {"url": backend.url} for name, backend in backends.items()}
        extension = dict({"name": "test/v1", "backends": named}, **(top or {}))
        text = "\n".join([
            "openapi: 3.0.3", "info: {title: Test, version: '1'}",
            "servers: [{url: %s}]" % SERVER_PATH,
            "x-telgate: " + json.dumps(extension),
            "components: {securitySchemes: {oauth: {type: oauth2, flows: {clientCredentials: "
            "{tokenUrl: /oauth2/token, scopes: {}}}}}}",
            "paths:", textwrap.indent(text, "  ")])
    for name, backend in backends.items():
        text = text.replace(f"<{name}>", backend.url)
    return text + "\n"


class Gateway(Process):
    """telgate with one contract (or several, as {name: text}) and an issuer of its own.

    Keyword arguments that are Backends are the contract's backends; `<NAME>` in its text stands
    for their URL. x_telgate adds to the document's extension when the text is paths only. config
    is merged over the configuration; files are written beside it.
    """

    def __init__(self, contract, config=None, x_telgate=None, issuer=None, files=None, **backends):
        super().__init__("telgate")
        self.contracts = contract if isinstance(contract, dict) else {"contract": contract}
        self.config, self.x_telgate, self.backends = config or {}, x_telgate, backends
        self.issuer = issuer or Issuer()
        self.files = files or {}
        self.port, self.admin_port, self.tls = free_port(), free_port(), None

    def configuration(self):
        """The generated configuration, as a tree (JSON is YAML)."""
        names = []
        for name, text in self.contracts.items():
            names.append(f"{name}.yaml")
            self.path(names[-1], contract_text(text, self.backends, self.x_telgate))
        self.path("jwks.json", json.dumps(self.issuer.jwks()))
        tree = {
            "listen": f"127.0.0.1:{self.port}",
            "admin": f"127.0.0.1:{self.admin_port}",
            "workers": 2,
            "contracts": names,
            "issuers": [{"issuer": self.issuer.url, "audiences": [self.issuer.audience],
                         "algorithms": list(self.issuer.keys), "jwks_file": "jwks.json"}],
        }
        return dict(tree, **self.config)

    def command(self):
        for backend in self.backends.values():
            if isinstance(backend, Place):
                backend.process.start()
        for name, text in self.files.items():
            self.path(name, text)
        config = self.path("telgate.yaml", json.dumps(self.configuration(), indent=1) + "\n")
        return [os.path.join(BUILD, "telgate"), "run", "-c", config]

    def reload(self):
        """SIGHUP; what the log says of it, once it is over: the last event is "reloaded", or says
        that it was refused."""
        self.start()
        before = len(self.log())
        self.signal(signal.SIGHUP)

        def told():
            new = [e for e in self.log()[before:] if e["event"] in ("reload", "reloaded")]
            over = new and (new[-1]["event"] == "reloaded" or "refused" in new[-1]["message"])
            return new if over else None

        return wait_for(told, 10, "the reload")

    # Calls
    def token(self, scope="", **changes):
        return self.issuer.token(scope, **changes)

    def connect(self, timeout=10):
        """A connection for exact bytes."""
        self.start()
        return Raw(self.port, self.tls, timeout * SLOW)

    def raw(self, data):
        """Sends exact bytes; the answer, or None when the connection was closed without one."""
        with self.connect() as connection:
            return connection.send(data).read()

    def request(self, method, target, body=None, headers=(), token=None, scope=None, media=None,
                prefix=True):
        """One request on a connection of its own. A body that is no bytes or text is sent as JSON.
        token is sent as it is; scope has one made. The server path is put before the target."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers)
        if body is not None and not isinstance(body, (bytes, str)):
            body, media = json.dumps(body), media or "application/json"
        body = body.encode() if isinstance(body, str) else body
        pairs += [("Content-Type", media)] if media else []
        token = self.token(scope) if token is None and scope is not None else token
        pairs += [("Authorization", f"Bearer {token}")] if token else []
        target = SERVER_PATH + target if prefix else target
        with self.connect() as connection:
            connection.send(request_bytes(method, target, pairs, body))
            answer = connection.read(head_only=method == "HEAD")
        if answer is None:
            last = self.stderr()[-2000:]
            raise AssertionError(f"{method} {target}: closed without an answer\n{last}")
        return answer

    def get(self, target, **more):
        return self.request("GET", target, **more)

    def post(self, target, body, **more):
        return self.request("POST", target, body, **more)

    def admin(self, target):
        """GET on the admin port."""
        self.start()
        with Raw(self.admin_port) as connection:
            return connection.send(request_bytes("GET", target, [], None)).read()


class Sandbox(Process):
    """The telecom systems; sandbox.at("/customers") is a backend of a Gateway."""

    def __init__(self, *options):
        super().__init__("telgate-sandbox")
        self.port, self.options = free_port(), options

    def command(self):
        return [os.path.join(BUILD, "telgate-sandbox"), "--listen", f"127.0.0.1:{self.port}",
                *self.options]

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended\n{self.stderr()}")
        try:
            Raw(self.port).close()
            return True
        except OSError:
            return False

    def at(self, path):
        return Place(f"http://127.0.0.1:{self.port}{path}", self)


class Place:
    """A backend that is a part of a running program."""

    def __init__(self, url, process):
        self.url, self.process = url, process


# The runner

def load(path):
    spec = importlib.util.spec_from_file_location("flow_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tests_of(module, pattern):
    return [(name, value) for name, value in vars(module).items()
            if name.startswith("test_") and callable(value) and pattern in name]


def on_alarm(_number, _frame):
    raise AssertionError(f"longer than {TEST_SECONDS} s")


def explain(fault):
    """The fault, where in the test file it came up, and the test's local values."""
    own = os.path.dirname(__file__)
    frames, values = [], []
    for frame, line in traceback.walk_tb(fault.__traceback__):
        path = frame.f_code.co_filename
        if path != __file__ and (os.path.dirname(path) != own or "/test_" in path):
            frames.append(f"{path}:{line}: {linecache.getline(path, line).strip()}")
            values = [f"    {name} = {value!r:.2000}" for name, value in frame.f_locals.items()]
    told = traceback.format_exception_only(type(fault), fault)
    return "\n".join(frames + values) + "\n" + "".join(told)


def comment(text):
    print("".join(f"# {line}\n" for line in text.splitlines()), end="", flush=True)


def run_one(number, name, function):
    """One case; False when it failed."""
    for backend in Backend.all:
        backend.clear()
        if backend.listener is None:
            backend.up()
    title = name[len("test_"):].replace("_", " ")
    signal.alarm(TEST_SECONDS)
    try:
        function()
    except Skip as reason:
        print(f"ok {number} - {title} # SKIP {reason}", flush=True)
        return True
    except Exception as fault:  # a test may fail in any way
        print(f"not ok {number} - {title}", flush=True)
        comment(explain(fault))
        return False
    finally:
        signal.alarm(0)
    print(f"ok {number} - {title}", flush=True)
    return True


def run_file(path, pattern=""):
    cases = tests_of(load(path), pattern)
    good, number = True, 0
    try:
        for number, (name, function) in enumerate(cases, 1):
            good = run_one(number, name, function) and good
        for process in [p for p in Process.all if p.process]:
            number += 1
            wrong = process.stop()
            print(f"{'not ' if wrong else ''}ok {number} - {process.name} stops cleanly")
            comment(wrong or "")
            good = good and not wrong
            if not good:
                comment(f"{process.name}'s stderr:\n" + process.stderr()[-20000:])
    finally:
        for process in Process.all:
            process.remove()
    print(f"1..{number}")
    return 0 if good else 1


def main():
    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # removes its processes
    return run_file(sys.argv[1], *sys.argv[2:3])


__all__ = ["Answer", "BUILD", "Backend", "CLOSE", "Gateway", "Issuer", "Process",
           "Prover", "RESET", "ROOT", "SERVER_PATH", "SILENCE", "SLOW", "Sandbox", "Skip", "b64",
           "b64_number", "claims_of", "dribble", "free_port", "header_of", "http", "make_key",
           "parallel", "public_jwk",
           "request_bytes", "same", "sign", "telgate", "tls_context", "wait_for"]

if __name__ == "__main__":
    import harness  # under its own name, which the test files import: one registry, not two
    sys.exit(harness.main())
