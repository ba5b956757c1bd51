# SPDX-License-Identifier: GPL-2.0-or-later
"""The case `graphql` of the benchmark: a query over three systems beside the three REST calls that
a client would make instead, and what a document costs that is remembered, or is not."""

import concurrent.futures
import http.client
import json
import os
import statistics
import time

import measure
import peers

HERE = os.path.dirname(os.path.abspath(__file__))
PATHS = ("/one", "/two", "/three")
DELAYS = (20, 30, 40)  # ms, of the three systems
QUESTION = json.dumps({"query": "{ getOne { text } getTwo { text } getThree { text } }"})
TIMES = 30


def fetch(connection, path, body=None):
    kind = {"Content-Type": "application/json"} if body else {}
    connection.request("POST" if body else "GET", path, body, kind)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200 or b'"errors"' in text:
        raise ValueError(f"{path}: {answer.status} {text[:200]}")


def ways_of_asking(port):
    """The same three answers in each."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=10) for _ in PATHS]
    pool = concurrent.futures.ThreadPoolExecutor(len(PATHS))
    return {"one query": lambda: fetch(connections[0], "/graphql", QUESTION),
            "three REST calls in turn": lambda: [fetch(connections[0], path) for path in PATHS],
            "three REST calls at once": lambda: list(pool.map(fetch, connections, PATHS))}


def median_ms(ask):
    taken = []
    for _ in range(TIMES):
        start = time.monotonic()
        ask()
        taken.append(1000 * (time.monotonic() - start))
    return statistics.median(taken)


def compare_times(bench):
    three = [peers.SlowBackend(bench.folder, bench.build, delay, name=f"backend-{delay}").start()
             for delay in DELAYS]
    program = peers.Telgate(bench.folder, bench.build, bench.issuer).start(three[0], three=three)
    print("  systems that take " + ", ".join(map(str, DELAYS)) + " ms:")
    for name, ask in ways_of_asking(program.port).items():
        ask()
        print(f"    {name:<26}{median_ms(ask):>8.1f} ms")
    peers.stop_all()


def compare_cost(bench):
    program = peers.Telgate(bench.folder, bench.build, bench.issuer).start(bench.fixed_backend())
    question, options = program.write("question.json", QUESTION), bench.options
    query, call, errors = [], [], 0
    for _ in range(options.rounds):
        for found, path, more in ((query, "/graphql", {"script": f"{HERE}/graphql.lua",
                                                       "arguments": [question]}),
                                  (call, PATHS[0], {})):
            figures = measure.loaded_round(program.pid, program.url + path, 64, options.seconds,
                                           **more)
            found.append(figures["us"])
            errors += figures["errors"]
    query, call = statistics.median(query), 3 * statistics.median(call)
    print(f"  CPU of the gateway, 64 connections: one query {query:.1f} us, three REST calls "
          f"{call:.1f} us (x{query / call:.2f}); {errors} errors")


def count_instructions(bench):
    fresh, kept, ran = (measure.instructions(f"{bench.build}/tests/bench/graphql_prepare", way)
                        for way in ("fresh", "kept", "run"))
    print(f"  instructions for a document: parsed, validated and planned {fresh:,.0f}; remembered "
          f"{kept:,.0f} (x{fresh / kept:.0f} less); remembered and executed {ran:,.0f}")


def case(bench):
    """one GraphQL query over three systems, beside three REST calls made by the client"""
    compare_times(bench)
    compare_cost(bench)
    count_instructions(bench)
