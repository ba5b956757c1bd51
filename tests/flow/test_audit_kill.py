# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at random moments under load, `durable: strict`: whatever was answered has its record.

AUDIT_KILLS sets how often (20). The clients keep the correlators of the answers that they got.
"""

import os
import random
import signal
import threading
import time

import audit_trail
from client import request_bytes
from harness import Backend, Gateway, telgate

KILLS = int(os.environ.get("AUDIT_KILLS", "20"))
CLIENTS = 6
crm = Backend()
crm.reply(200, {"id": "7"})
gateway = Gateway('''
  /customer/{id}:
    get:
      operationId: getCustomer
      x-telgate: {call: crm}
      security: [{oauth: [customers:read]}]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}
''', config={"audit": {"folder": "audit", "durable": "strict", "segment_size": "256KB",
                       "sign": "20ms"},
             "access_log": "off"}, crm=crm)


class Client(threading.Thread):
    """Asks until its connection breaks; one call in three is let in, the others are denied."""

    def __init__(self, name, tokens):
        super().__init__(daemon=True)
        self.name, self.tokens, self.answered = name, tokens, []

    def run(self):
        try:
            with gateway.connect() as connection:
                for number in range(1000000):
                    self.call(connection, number)
        except (OSError, AssertionError, ValueError):
            pass

    def call(self, connection, number):
        correlator = f"{self.name}-{number}"
        token = self.tokens[number % 3 > 0]
        connection.send(request_bytes("GET", "/v1/customer/7", [
            ("Authorization", f"Bearer {token}"), ("X-Correlator", correlator)], None))
        answer = connection.read()
        if answer is None:
            raise OSError("closed")
        if answer.status in (200, 403):
            self.answered.append(correlator)


def one_life(number, tokens):
    """Starts the gateway, loads it, kills it; what was answered."""
    gateway.start()
    clients = [Client(f"k{number}c{n}", tokens) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(random.uniform(0.02, 0.3))
    gateway.process.send_signal(signal.SIGKILL)
    gateway.process.wait()
    gateway.process = None
    for client in clients:
        client.join()
    return [correlator for client in clients for correlator in client.answered]


def test_no_answer_without_its_record():
    seed = int(os.environ.get("AUDIT_SEED", time.time_ns() % 1000000))
    random.seed(seed)
    print(f"# AUDIT_SEED={seed}")
    tokens = [gateway.token("customers:read"), gateway.token("other")]
    folder, answered = f"{gateway.folder}/audit", []
    for number in range(KILLS):
        answered += one_life(number, tokens)
        if number % 10 == 9 or number + 1 == KILLS:
            gateway.start()  # recovers
            verdict = telgate("audit", "verify", folder, seconds=60)
            assert verdict.returncode == 0, f"after {number + 1} kills: {verdict.stdout}"
    recorded = {record.get("request") for record in audit_trail.records(folder)}
    missing = [correlator for correlator in answered if correlator not in recorded]
    assert not missing, f"{len(missing)} of {len(answered)} answers have no record: {missing[:5]}"
    recovered = [r for r in audit_trail.records(folder, event="config") if r["reason"] != "start"]
    assert len(recovered) >= KILLS - 1, f"{len(recovered)} of {KILLS} restarts say so"
    assert len(answered) > 5 * KILLS, f"only {len(answered)} answers"
    print(f"# {KILLS} kills, {len(answered)} answers, none without its record")
