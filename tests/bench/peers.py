# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that are measured, each with one worker, and the backends behind them.

All get what a careful operator would give them for this job: keep-alive to both sides, no access
log, no limit in the way. `port` is the front door of each.
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "flow"))
from backend import free_port
from measure import find

HERE = os.path.dirname(os.path.abspath(__file__))
BODY = json.dumps({"text": "x" * 1013})  # 1 KB
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
MAX_CONNECTIONS = min(12000, (FILES - 100) // 2)  # HAProxy wants two files for each
running = []


def die_with_parent():
    """In the child: SIGKILL when the benchmark is gone, however it went."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def stop_all():
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    running.clear()


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Peer:
    """A program with its own folder and port; start() returns once it accepts."""

    name = "?"

    def __init__(self, folder):
        self.folder, self.port = os.path.join(folder, self.name), free_port()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "wb" if isinstance(text, bytes) else "w") as file:
            file.write(text)
        return path

    def launch(self, command):
        with open(os.path.join(self.folder, "stderr"), "wb") as stderr:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stderr,
                                            stderr=stderr, preexec_fn=die_with_parent)
        running.append(self.process)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            if answers(self.port):
                return self
            time.sleep(0.05)
        with open(os.path.join(self.folder, "stderr"), encoding="utf-8") as stderr:
            raise RuntimeError(f"{self.name} did not start: {stderr.read()[-2000:]}")


NGINX = """daemon off; master_process off; worker_processes 1;
pid %(folder)s/pid; error_log stderr crit;
events { worker_connections %(files)d; }
http {
  access_log off; keepalive_timeout 300s; keepalive_requests 1000000000; tcp_nodelay on;
  client_body_temp_path %(folder)s/b; proxy_temp_path %(folder)s/p; fastcgi_temp_path %(folder)s/f;
  uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
  %(inner)s
}
"""


def nginx_conf(folder, inner):
    return NGINX % {"folder": folder, "inner": inner, "files": min(FILES, 50000) - 100}


class NginxBackend(Peer):
    """Answers 1 KB at once."""

    name = "nginx-backend"

    def start(self):
        inner = "server { listen 127.0.0.1:%d backlog=4096; default_type application/json; " \
                "location / { return 200 '%s'; } }" % (self.port, BODY)
        config = self.write("conf", nginx_conf(self.folder, inner))
        return self.launch([find("nginx"), "-e", "stderr", "-p", self.folder, "-c", config])


class SlowBackend(Peer):
    """tests/bench/backend: answers after a delay, or with a SOAP message."""

    name = "backend"

    def __init__(self, folder, build, delay=0, answer=None, name="backend"):
        self.name = name
        super().__init__(folder)
        self.build, self.delay, self.answer = build, delay, answer

    def start(self):
        command = [f"{self.build}/tests/bench/backend", str(self.port), str(self.delay)]
        return self.launch(command + ([self.write("answer", self.answer)] if self.answer else []))


class Nginx(Peer):
    name = "nginx"

    def start(self, backend, _key=None):
        inner = """upstream b { server 127.0.0.1:%d; keepalive 4096;
            keepalive_requests 1000000000; }
          server { listen 127.0.0.1:%d backlog=4096; location / { proxy_pass http://b;
            proxy_http_version 1.1; proxy_set_header Connection ""; } }"""
        inner %= (backend.port, self.port)
        config = self.write("conf", nginx_conf(self.folder, inner))
        return self.launch([find("nginx"), "-e", "stderr", "-p", self.folder, "-c", config])


class Haproxy(Peer):
    name = "haproxy"

    def start(self, backend, key=None):
        rules = ""
        if key:
            pem = self.write("key.pem", key)
            rules = f"""
  acl guarded path /token
  acl verified var(txn.token),jwt_verify(txn.alg,"{pem}") -m int 1
  http-request set-var(txn.token) http_auth_bearer if guarded
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg') if guarded
  http-request deny deny_status 401 if guarded !{{ var(txn.alg) -m str RS256 }}
  http-request deny deny_status 401 if guarded !verified"""
        config = self.write("conf", f"""global
  nbthread 1
  maxconn {MAX_CONNECTIONS}
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:{self.port} backlog 4096{rules}
  default_backend b
backend b
  server s 127.0.0.1:{backend.port} pool-max-conn -1
""")
        return self.launch([find("haproxy"), "-db", "-f", config])


class Telgate(Peer):
    name = "telgate"

    def __init__(self, folder, build, issuer, under=()):
        super().__init__(folder)
        self.build, self.issuer, self.admin_port = build, issuer, free_port()
        self.under = list(under)  # what counts its instructions

    def start(self, backend, _key=None, soap=None, three=(), **config):
        with open(f"{HERE}/contract.yaml", encoding="utf-8") as file:
            text = file.read()
        text = text.replace("<fixed>", backend.url).replace("<soap>", (soap or backend).url)
        for name, one in zip(("one", "two", "three"), three or [backend] * 3):
            text = text.replace(f"<{name}>", one.url)
        self.write("contract.yaml", text)
        self.write("jwks.json", json.dumps(self.issuer.jwks()))
        shutil.copy(f"{HERE}/invoices.wsdl", self.folder)
        tree = {"listen": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{self.admin_port}",
                "workers": 1, "access_log": "off", "contracts": ["contract.yaml"],
                "timeouts": {"idle": "300s"},
                "issuers": [{"issuer": self.issuer.url, "audiences": [self.issuer.audience],
                             "algorithms": ["RS256"], "jwks_file": "jwks.json"}]}
        path = self.write("telgate.yaml", json.dumps(dict(tree, **config), indent=1) + "\n")
        return self.launch([*self.under, f"{self.build}/telgate", "run", "-c", path])
