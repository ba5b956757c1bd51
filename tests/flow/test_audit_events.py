# SPDX-License-Identifier: GPL-2.0-or-later
"""What the authorization server, revocation and the commands leave in the audit trail, and that
`used-after-revoke` finds exactly what the records say."""

import base64
import json
import threading

import audit_trail
from harness import Backend, FORM, Gateway, READ, claims_of, same, telgate, wait_for

CLIENTS = """clients:
  one:
    secret: one-secret
    scopes: [read, list]
  api:
    secret: api-secret
    scopes: []
    introspects: [telgate]
"""
crm = Backend()
crm.reply(200, {"id": "7"})
gateway = Gateway(READ, crm=crm, files={"clients.yaml": CLIENTS},
    config={"demo": True, "workers": 4, "audit": {"folder": "audit"},
            "revocations": {"log": "revocations.log"}})
gateway.config["authorization_server"] = {
    "issuer": f"http://127.0.0.1:{gateway.port}", "audience": "telgate",
    "clients": "clients.yaml", "key_file": "signing.pem"}


def ask(path, form, client="one"):
    credentials = base64.b64encode(f"{client}:{client}-secret".encode()).decode()
    return gateway.request("POST", f"/oauth2/{path}", form, media=FORM, prefix=False,
                           headers={"Authorization": f"Basic {credentials}"})


def issue():
    return ask("token", "grant_type=client_credentials").json["access_token"]


def jti_of(token):
    return claims_of(token)["jti"]


def records(**wanted):
    return audit_trail.records(f"{gateway.folder}/audit", **wanted)


def of_commands():
    return [r for r in records(node="cli") if r["event"] != "audit-read"]


def command(*arguments, stdin=b""):
    done = telgate(*arguments, "-c", f"{gateway.folder}/telgate.yaml", stdin=stdin)
    same((done.returncode, done.stderr), (0, ""))
    return done.stdout


def query(*question):
    return json.loads(telgate("audit", "query", "--json", "--dir", f"{gateway.folder}/audit",
                              *question).stdout)


def test_the_life_of_a_token():
    token = issue()
    jti = jti_of(token)
    same(gateway.get("/read", token=token).status, 200)
    same(ask("introspect", f"token={token}", "api").json["active"], True)
    same(ask("revoke", f"token={token}").status, 200)
    same(gateway.get("/read", token=token).status, 401)
    events = [(r["event"], r["outcome"], r["client"]) for r in records(jti=jti)]
    same(events, [("issue", "allow", "one"), ("validate", "allow", "one"),
                  ("introspect", "allow", "api"), ("revoke", "allow", "one"),
                  ("deny", "deny", "one")])
    same(records(jti=jti)[-1]["reason"], "revoked")
    same([row["event"] for row in query("by-jti", jti)], [event for event, _, _ in events])


def test_a_wrong_secret_is_a_denial():
    before = len(records(event="issue", outcome="deny"))
    gateway.request("POST", "/oauth2/token", "grant_type=client_credentials", prefix=False,
                    media=FORM, headers={"Authorization": "Basic b25lOndyb25n"})
    denied = records(event="issue", outcome="deny")
    same(len(denied), before + 1)
    same([denied[-1]["client"], denied[-1]["reason"], denied[-1]["status"]],
         ["one", "invalid_client", 401])


def test_commands_leave_records():
    gateway.start()
    command("token", "--client", "one", "--scope", "read")
    command("key", "rotate")
    command("revoke", "--client", "nobody")
    command("client", "disable", "api")
    spooled = wait_for(lambda: of_commands()[:4] if len(of_commands()) >= 4 else None,
                       what="the commands' records")
    same([(r["event"], r.get("client"), r.get("reason")) for r in spooled],
         [("issue", "one", None), ("key-rotate", None, "signing-key"),
          ("revoke", "nobody", None), ("admin", "api", "disable")])
    assert all(" by " in f" {r['detail']}" for r in spooled), spooled


def use(token, answers, stop):
    while not stop.is_set():
        answers.append(gateway.get("/read", token=token).status)


def two(found):
    """Of a revocation by command: the command's record, and that it is in force."""
    return found if len(found) == 2 else None


def test_used_after_revoke():
    token = issue()
    answers, stop = [], threading.Event()
    users = [threading.Thread(target=use, args=(token, answers, stop)) for _ in range(6)]
    for user in users:
        user.start()
    wait_for(lambda: len(answers) > 50)
    command("revoke", "--token", "-", stdin=token.encode())
    wait_for(lambda: answers[-6:] == [401] * 6, what="the revocation's being in force")
    stop.set()
    for user in users:
        user.join()
    jti = jti_of(token)
    revoked = wait_for(lambda: two(records(event="revoke", jti=jti)), what="both records of it")
    first = min(r["time"] for r in revoked)
    late = [r["seq"] for r in records(event="validate", jti=jti, outcome="allow")
            if r["time"] > first]
    found = [row for row in query("used-after-revoke") if row["jti"] == jti]
    same(sorted(row["seq"] for row in found), sorted(late))
    assert all(0 < row["lag_ms"] < 5000 for row in found), found


def test_the_trail_is_good():
    gateway.start()
    verdict = telgate("audit", "verify", f"{gateway.folder}/audit")
    same((verdict.returncode, verdict.stdout[:5]), (0, "good:"))
    wait_for(lambda: any(row["what"] == "query used-after-revoke"
                         for row in query("who-read-audit")), what="the reader's record")
