#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages in docs/ against the program: each YAML example is read by `telgate check`, and each
table is what the program, or its source, says.

A fence's info string tells what its block is: `yaml` a whole contract, the first of which is the
frame; `yaml at NAME` the x-telgate of an operation of the frame, or members of the document's;
`yaml wrong at NAME` the same with a mistake, told in the `text` block behind it; `yaml overlay`
an overlay of the frame; `yaml configuration` a part of a configuration; `yaml clients` a table of
clients, and `yaml revocations` a list of revocations.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.path.join(os.environ.get("TELGATE_BUILD", "build"), "telgate"))
FENCE = re.compile(r"^```(\w+)[ ]?([^\n]*)\n(.*?)^```$", re.M | re.S)


def page(name):
    with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as file:
        return file.read()


def indent(text, by):
    return "".join(" " * by + line + "\n" if line else "\n" for line in text.splitlines())


def block_end(lines, start):
    """The line behind the block that begins at `start`."""
    depth = len(lines[start]) - len(lines[start].lstrip())
    for at in range(start + 1, len(lines)):
        if lines[at].strip() and len(lines[at]) - len(lines[at].lstrip()) <= depth:
            return at
    return len(lines)


def in_operation(frame, name, text):
    """The frame with `text` as the x-telgate of that operation."""
    lines = frame.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip() == f"operationId: {name}")
    start = next(i for i in range(start, len(lines)) if lines[i].strip().startswith("x-telgate:"))
    after = lines[block_end(lines, start):]
    return "\n".join(lines[:start] + ["      x-telgate:"]) + "\n" + indent(text, 8) + \
        "\n".join(after) + "\n"


def in_document(frame, text):
    """The frame with the members of `text` in the document's x-telgate, instead of its own."""
    lines = frame.splitlines()
    start = lines.index("x-telgate:")
    for key in re.findall(r"^(\w+):", text, re.M):
        at = next((i for i in range(start, block_end(lines, start))
                   if lines[i].startswith(f"  {key}:")), None)
        if at is not None:
            del lines[at:block_end(lines, at)]
    after = "\n".join(lines[start + 1:]) + "\n"
    return "\n".join(lines[:start + 1]) + "\n" + indent(text, 2) + after


def check(folder, *arguments):
    result = subprocess.run([PROGRAM, "check", *arguments], cwd=folder, text=True,
                            capture_output=True, timeout=60, check=False)
    return result.returncode, result.stdout + result.stderr


def check_contract(folder, overlays):
    """contract.yaml by a configuration that has its secrets."""
    write(folder, "telgate.yaml",
          f"contracts: [{{document: contract.yaml, overlays: [{overlays}]}}]\n"
          "secrets: {crm: token, billing: 'user:password'}\n"
          "authorization_server: {issuer: http://127.0.0.1, audience: x, clients: clients.yaml}\n"
          "demo: true\n")
    return check(folder, "-c", "telgate.yaml")


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def folder_with_files():
    """A folder with all that the examples name."""
    folder = tempfile.mkdtemp(prefix="telgate-docs-")
    shutil.copy(os.path.join(ROOT, "schemas", "billing.wsdl"), folder)
    shutil.copy(os.path.join(ROOT, "conf", "clients.yaml"), folder)
    write(folder, "billing.secret", "user:password\n")
    write(folder, "introspection.secret", "word\n")
    write(folder, "keys.yaml", "keys: []\n")
    write(folder, "revocations.yaml", "revocations: []\n")
    write(folder, "billing-app.json", json.dumps({"keys": [{
        "kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}))  # RFC 8037 appendix A.2
    for name in ("ca", "idp", "front", "partners"):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out",
                        f"{name}.pem", "-subj", f"/CN={name}"], cwd=folder, check=True,
                       capture_output=True)
    return folder


def contract_blocks():
    """(place, block, the one behind it) of each block on the pages about contracts."""
    for name in ("contract.md", "policies.md", "bodies.md"):
        text = page(name)
        blocks = list(FENCE.finditer(text))
        for block, behind in zip(blocks, blocks[1:] + [None]):
            line = text[:block.start()].count("\n") + 1
            yield f"{name}:{line}", block, behind


def examples():
    """(name, why it is wrong or "") of every example on the contract's pages."""
    frame, folder = None, folder_with_files()
    for place, block, behind in contract_blocks():
        language, info, text = block.groups()
        words = info.split()
        if language != "yaml":
            continue
        name, told, overlays = f"{place} {info}".strip(), "", ""
        if not words:
            frame = frame or text
            contract = text
        elif words[0] == "overlay":
            contract, overlays = frame, "overlay.yaml"
            write(folder, "overlay.yaml", text)
        else:
            target = words[-1]
            contract = in_document(frame, text) if target == "document" else \
                in_operation(frame, target, text)
            if words[0] == "wrong":
                told = behind.group(3).strip()
        write(folder, "contract.yaml", contract)
        code, output = check_contract(folder, overlays)
        if told:
            good = code == 1 and told in output
        else:
            good = code == 0 and "error" not in output
        yield name, "" if good else f"ends with {code}:\n{output}" + (f"not {told}" if told else "")
    write(folder, "bills.yaml", frame)
    yield from configurations(folder)
    shutil.rmtree(folder)


def configurations(folder):
    os.environ["CRM_TOKEN"] = "token"
    frames = {
        "clients": "authorization_server: {issuer: http://127.0.0.1, audience: x, clients: part}\n",
        "revocations": "revocations: {file: part}\n"}
    pages = ("configuration.md", "tokens.md", "soap-face.md", "audit.md",
             "authorization-server.md", "revocation.md")
    for name in pages:
        for block in FENCE.finditer(page(name)):
            if block.group(2) not in ("configuration", *frames):
                continue
            write(folder, "part", block.group(3))
            write(folder, "telgate.yaml", frames.get(block.group(2), block.group(3)))
            code, output = check(folder, "-c", "telgate.yaml")
            yield f"{name} example", "" if code == 0 else output


def tables():
    options = subprocess.run([PROGRAM, "options"], text=True, capture_output=True,
                             check=False).stdout
    yield "configuration.md has the table of `telgate options`", \
        "" if options and options in page("configuration.md") else "it differs"
    tokens = page("tokens.md")
    with open(os.path.join(ROOT, "auth", "reason.def"), encoding="utf-8") as file:
        reasons = re.findall(r'^REASON\(\w+, "([^"]+)", \w+, "([^"]+)"\)', file.read(), re.M)
    missing = [name for name, text in reasons
               if not re.search(rf"^\| {name} \| \d+ \| {re.escape(text)} \|$", tokens, re.M)]
    yield "tokens.md has every reason", ", ".join(missing) if reasons else "no reasons found"
    known = {name for name, _ in reasons}
    stale = [name for name in re.findall(r"^\| ([a-z-]+) \| \d+ \|", tokens, re.M)
             if name not in known]
    yield "tokens.md has no other", ", ".join(stale)


def keys():
    """Each key of x-telgate stands in the page's table."""
    with open(os.path.join(ROOT, "contract", "extension.c"), encoding="utf-8") as file:
        names = re.findall(r"^\s*\[X_\w+\] = \{\"(\w+)\"", file.read(), re.M)
    text = page("contract.md")
    missing = [name for name in names if not re.search(rf"^\|.*`{name}`.*\|.*\|.*\|$", text, re.M)]
    yield "contract.md has every key", ", ".join(missing) if names else "no keys found"


def main():
    failed = number = 0
    for source in (examples, tables, keys):
        for name, wrong in source():
            number += 1
            print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
            for line in wrong.splitlines():
                print(f"# {line}")
            failed += bool(wrong)
    print(f"1..{number}")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
