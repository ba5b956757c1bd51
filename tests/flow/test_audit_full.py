# SPDX-License-Identifier: GPL-2.0-or-later
"""A disk that takes no more records: nothing is answered as if it had one, nothing is done that
cannot be recorded, and when it takes them again all goes on. (The limit of a file's size stands in
for a full disk.)"""

import os
import resource

import audit_trail
from harness import Backend, Gateway, OPEN, READ, same, telgate, wait_for

crm = Backend()
crm.reply(200, {"id": "7"})
refusing = Gateway(READ + OPEN, crm=crm, config={
    "timeouts": {"operation": "1s"}, "access_log": "off", "workers": 1,
    "audit": {"folder": "audit", "when_full": "refuse"}})
waiting = Gateway(READ + OPEN, crm=crm, config={
    "timeouts": {"operation": "1s"}, "access_log": "off", "workers": 1,
    "audit": {"folder": "audit", "when_full": "wait"}})


def limit(gateway, size):
    _, hard = resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, hard))


def segment_size(gateway):
    return os.path.getsize(audit_trail.segments(f"{gateway.folder}/audit")[-1])


def metric(gateway, name):
    for line in gateway.admin("/metrics").body.decode().splitlines():
        if line.startswith(f"telgate_audit_{name} "):
            return float(line.split()[1])
    raise AssertionError(f"no metric {name}")


def fill_and_empty(gateway):
    same(gateway.get("/read", scope="read").status, 200)
    limit(gateway, segment_size(gateway))
    answer = gateway.get("/read", scope="read", headers={"x-correlator": "not-confirmed"})
    same((answer.status, answer.json["code"]), (503, "UNAVAILABLE"))
    same(metric(gateway, "broken"), 1)
    asked = len(crm.requests)
    for scope in ("read", "other"):  # neither is carried out; neither is denied without a record
        answer = gateway.get("/read", scope=scope)
        same((answer.status, answer.json["detail"]),
             (503, "no record of this request can be kept at the moment"))
    same(gateway.get("/open").status, 503)
    same(len(crm.requests), asked)
    same(gateway.admin("/healthz").status, 200)
    assert metric(gateway, "refused_total") >= 4
    limit(gateway, resource.RLIM_INFINITY)
    wait_for(lambda: metric(gateway, "broken") == 0, what="the disk's taking records")
    same(gateway.get("/read", scope="read").status, 200)
    folder = f"{gateway.folder}/audit"
    same(telgate("audit", "verify", folder).returncode, 0)
    same(len(audit_trail.records(folder, request="not-confirmed")), 1)  # it was kept in memory
    same(len(audit_trail.records(folder, event="validate")), 3)


def test_refuse():
    fill_and_empty(refusing)


def test_wait():
    fill_and_empty(waiting)
