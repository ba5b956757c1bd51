# SPDX-License-Identifier: GPL-2.0-or-later
"""Audit records go elsewhere: syslog over TLS (RFC 5424, 5425), and a file of OCSF events. A
server that is away holds nothing up, and gets all when it is back; nothing comes twice, or is left
out, over a restart."""

import json
import os
import re
import socket
import ssl
import threading

import audit_trail
import certificates
from harness import Backend, Gateway, READ, free_port, same, wait_for

MESSAGE = re.compile(r"<(\d+)>1 (\S+) (\S+) telgate - (\S+) - (\{.*\})", re.S)


class Syslog:
    """A syslog server over TLS on one port; keeps the messages that it got."""

    def __init__(self):
        self.port, self.messages, self.listener, self.open = free_port(), [], None, []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificates.certificate("ca", "Test CA", None)
        certificates.certificate("syslog", "syslog", "IP:127.0.0.1", "ca")
        self.context.load_cert_chain(certificates.path("syslog.pem"),
                                     certificates.path("syslog.key"))

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.open:
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.open.clear()

    def accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
                connection = self.context.wrap_socket(plain, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.open.append(connection)
            threading.Thread(target=self.read, args=(connection,), daemon=True).start()

    def read(self, connection):
        data = b""
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return
                data = self.take(data + piece)
        except OSError:
            pass

    def take(self, data):
        """Octet counting: `LENGTH MESSAGE`, again and again."""
        while b" " in data:
            length, _, rest = data.partition(b" ")
            if len(rest) < int(length):
                break
            self.messages.append(rest[:int(length)].decode())
            data = rest[int(length):]
        return data

    def sequence(self):
        return [json.loads(MESSAGE.fullmatch(message).group(5))["seq"]
                for message in self.messages]


syslog = Syslog()
crm = Backend()
crm.reply(200, {"id": "7"})
gateway = Gateway(READ, crm=crm, files={"ca.pem": certificates.text("ca.pem")},
                  config={"audit": {
    "folder": "audit", "node": "gw one", "ocsf": "events.ocsf",
    "syslog": {"address": f"127.0.0.1:{syslog.port}", "ca": "ca.pem"}}})


def newest():
    return audit_trail.records(f"{gateway.folder}/audit")[-1]["seq"]


def events():
    path = f"{gateway.folder}/events.ocsf"
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def await_all():
    last = newest()
    wait_for(lambda: syslog.sequence()[-1:] == [last], 20, "the last record at the syslog server")
    wait_for(lambda: events() and events()[-1]["metadata"]["sequence"] == last, 5,
             "the last record among the events")


def test_messages_and_events():
    syslog.start()
    same(gateway.get("/read", scope="read", headers={"x-correlator": "shipped"}).status, 200)
    same(gateway.get("/read", scope="other").status, 403)
    await_all()
    found = [MESSAGE.fullmatch(message).groups() for message in syslog.messages]
    same([(priority, host, event) for priority, _, host, event, _ in found],
         [("110", "gw_one", "config"), ("110", "gw_one", "validate"), ("108", "gw_one", "deny")])
    record = json.loads(found[1][4])
    same([record["request"], record["time"]], ["shipped", found[1][1]])
    _, used, denied = events()
    same([used[name] for name in ("class_uid", "category_uid", "activity_id", "type_uid",
                                  "status_id")], [6003, 6, 2, 600302, 1])
    same([used["api"], used["actor"]["user"]["name"], used["metadata"]["correlation_uid"]],
         [{"operation": "/v1/read", "response": {"code": 200}}, "client-1", "shipped"])
    same([used["src_endpoint"], used["http_request"]], [{"ip": "127.0.0.1"},
                                                        {"http_method": "GET"}])
    same([denied["status"], denied["status_detail"]], ["Failure", "scope"])


def test_a_server_that_is_away():
    syslog.stop()
    for _ in range(20):
        same(gateway.get("/read", scope="read").status, 200)
    gateway.wait_log(event="audit", level="warning")
    syslog.start()
    await_all()
    same(sorted(set(syslog.sequence())), list(range(1, newest() + 1)))


def test_a_restart():
    same(gateway.stop(), None)
    gateway.process = None
    before = len(syslog.messages)
    same(gateway.get("/read", scope="read").status, 200)
    await_all()
    sequence = [event["metadata"]["sequence"] for event in events()]
    same(sequence, list(range(1, newest() + 1)))
    same(syslog.sequence()[before:], list(range(syslog.sequence()[before], newest() + 1)))


def test_metrics():
    text = gateway.admin("/metrics").body.decode()
    assert re.search(r'telgate_audit_shipped_total\{to="syslog"\} [1-9]', text), text
