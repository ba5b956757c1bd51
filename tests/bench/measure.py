# SPDX-License-Identifier: GPL-2.0-or-later
"""What the benchmark reads: wrk's report, and CPU time and memory of process trees from /proc."""

import os
import re
import shutil
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def tree(pid):
    """The process and all its descendants."""
    found = [pid]
    for path in (f"/proc/{pid}/task/{task}/children" for task in os.listdir(f"/proc/{pid}/task")):
        with open(path, encoding="ascii") as file:
            for child in file.read().split():
                found += tree(int(child))
    return found


def cpu_seconds(pid):
    """User and system time of the tree, as /proc/PID/stat counts it (ticks of 10 ms)."""
    ticks = 0
    for process in tree(pid):
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def rss_kb(pid):
    total = 0
    for process in tree(pid):
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            total += int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
    return total


def find(program):
    """Its path; on Debian servers live where a user's PATH does not look."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]


def wrk(url, connections, seconds, headers=(), script=None, arguments=()):
    """One round: {requests, rps, p50, p99 (ms), errors}."""
    command = [find("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    command += ["--timeout", "5s"]
    for header in headers:
        command += ["-H", header]
    command += ["-s", script] if script else []
    command += [url, *(["--", *arguments] if arguments else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          timeout=seconds + 60)
    return read_wrk(done.stdout + done.stderr)


def read_wrk(out):
    def number(pattern, default=None):
        match = re.search(pattern, out, re.M)
        if not match and default is None:
            raise ValueError(f"wrk said:\n{out}")
        return match.group(1) if match else default

    errors = int(number(r"Non-2xx or 3xx responses: (\d+)", "0"))
    sockets = re.search(r"Socket errors: .*", out)  # connect 0, read 0, write 0, timeout 0
    errors += sum(map(int, re.findall(r"\d+", sockets.group()))) if sockets else 0
    return {"requests": int(number(r"(\d+) requests in")),
            "rps": float(number(r"Requests/sec:\s+([\d.]+)")),
            "p50": milliseconds(number(r"^\s+50%\s+(\S+)")),
            "p99": milliseconds(number(r"^\s+99%\s+(\S+)")), "errors": errors}


def loaded_round(pid, *arguments, **more):
    """wrk's figures and the CPU time that the tree under pid took for them."""
    before = cpu_seconds(pid)
    figures = wrk(*arguments, **more)
    figures["cpu"] = cpu_seconds(pid) - before
    figures["us"] = 1e6 * figures["cpu"] / max(figures["requests"], 1)
    return figures


def collected(text):
    """The instructions that callgrind has counted, from what it says at the end."""
    match = re.search(r"Collected : (\d+)", text)
    if not match:
        raise ValueError(f"callgrind said: {text[-1000:]}")
    return int(match.group(1))


CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")


def instructions(program, *arguments, few=20, many=60):
    """Instructions for one more turn of a program whose last argument counts the turns."""
    totals = []
    for count in (few, many):
        done = subprocess.run([*CALLGRIND, program, *arguments, str(count)], capture_output=True,
                              text=True, check=False, timeout=300)
        if done.returncode:
            raise ValueError(f"{program}: {done.stdout[-500:]}{done.stderr[-1000:]}")
        totals.append(collected(done.stderr))
    return (totals[1] - totals[0]) / (many - few)


def other_load(seconds=0.5):
    """How many processors others keep busy just now: what makes figures doubtful."""
    def busy():
        with open("/proc/stat", encoding="ascii") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
        return sum(fields) - fields[3] - fields[4]

    before = busy()
    time.sleep(seconds)
    return (busy() - before) / TICK / seconds
