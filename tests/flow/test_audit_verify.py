# SPDX-License-Identifier: GPL-2.0-or-later
"""The trail as a running gateway writes it: the walk-through of docs/audit.md, a second verifier
that knows the page only, retention, and a verdict beside a gateway that goes on writing."""

import glob
import os
import re
import shutil
import subprocess

import audit_trail
from harness import BUILD, Backend, Gateway, READ, ROOT, same, telgate, wait_for

crm = Backend()
crm.reply(200, {"id": "7"})
gateway = Gateway(READ, crm=crm, config={
    "audit": {"folder": "audit", "segment_size": "8KB", "sign": "10ms"}})


def calls(n):
    for number in range(n):
        same(gateway.get("/read", scope="read").status, 200)
        same(gateway.get("/read", scope=f"other{number}").status, 403)


def stop():
    same(gateway.stop(), None)
    gateway.process = None


def test_beside_a_running_gateway():
    calls(40)
    verdict = telgate("audit", "verify", f"{gateway.folder}/audit")
    same((verdict.returncode, verdict.stdout[:5]), (0, "good:"))


def test_a_second_verifier():
    stop()
    folder = f"{gateway.folder}/audit"
    assert len(audit_trail.segments(folder)) > 3
    same(audit_trail.check(folder, f"{folder}/public.pem"), len(audit_trail.records(folder)))
    verdict = telgate("audit", "verify", folder)
    count = len(audit_trail.records(folder))
    assert f"records 1 to {count}," in verdict.stdout, verdict.stdout


def test_the_walk_through():
    with open(f"{ROOT}/docs/audit.md", encoding="utf-8") as file:
        block, = re.findall(r"^```sh walk-through\n(.*?)^```$", file.read(), re.S | re.M)
    path = f"{os.path.abspath(BUILD)}:{os.environ['PATH']}"
    ran = subprocess.run(["bash", "-euxc", block], cwd=gateway.folder, capture_output=True,
                         env=dict(os.environ, PATH=path), text=True, check=False)
    same((ran.returncode, ran.stdout.count("good:"), ran.stdout.count("BAD:")), (0, 3, 2))
    assert "segment 1, record 2, offset" in ran.stdout, ran.stdout


def test_retention():
    gateway.config["audit"]["keep_size"] = "40KB"
    calls(60)
    folder = f"{gateway.folder}/audit"
    wait_for(lambda: not os.path.exists(f"{folder}/000000000001.audit"), what="the removal")
    stop()
    verdict = telgate("audit", "verify", folder)
    same(verdict.returncode, 0)
    assert "were removed by retention" in verdict.stdout, verdict.stdout
    copy = f"{gateway.folder}/without"
    shutil.copytree(folder, copy)
    os.unlink(audit_trail.segments(copy)[0])
    verdict = telgate("audit", "verify", copy)
    same(verdict.returncode, 1)
    assert "no record says" in verdict.stdout, verdict.stdout
    assert not glob.glob(f"{folder}/*.tail-*")


def test_a_folder_that_cannot_be_written():
    gateway.start()
    other = telgate("run", "-c", f"{gateway.folder}/telgate.yaml")
    same(other.returncode, 1)
    assert "another process writes to" in other.stderr, other.stderr
