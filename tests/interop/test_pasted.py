#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that the README and `make run` offer to be pasted, pasted into a shell."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import soap_house  # pylint: disable=wrong-import-position

# Each call's status goes to standard error, as the answer may be piped on.
SHELL = """set -u
curl() { command curl -sS -w '%{stderr}%{http_code}\\n' "$@"; }
"""


def read(name):
    with open(os.path.join(soap_house.ROOT, name), encoding="utf-8") as file:
        return file.read()


def readme():
    return max(re.findall(r"^```sh\n(.*?)^```", read("README.md"), re.M | re.S), key=len)


def demo():
    text = re.search(r"^telgate is ready.*?\n(.*?)^Ctrl-C", read("conf/demo"), re.M | re.S)
    return text.group(1)


def paste(house, text):
    """What came out, and the status of each call."""
    text = SHELL + text.replace("http://127.0.0.1:8080", house.base)
    done = subprocess.run(["bash", "-c", text], capture_output=True, text=True, timeout=60,
                          check=False)
    return done.stdout, done.stderr.split()


CASES = (("README.md", readme, ("INV-1003-01", "listBillsResponse", "getOverview")),
         ("make run", demo, ("INV-1001-01", "listBillsResponse", "Customer 1001", "getCustomer")))

soap_house.command("curl")
print(f"1..{len(CASES)}")
with soap_house.House() as running:
    for number, (name, find, wanted) in enumerate(CASES, 1):
        source = find()
        out, statuses = paste(running, source)
        calls = len(re.findall(r"\bcurl ", source))
        missing = [part for part in wanted if part not in out]
        good = statuses == ["200"] * calls and calls > 3 and not missing and '"errors"' not in out
        print(f"{'' if good else 'not '}ok {number} - the calls of {name}")
        if not good:
            print(f"# {statuses}, missing: {missing}\n# " + "\n# ".join(out.splitlines()[-20:]))
