#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Contracts and WSDLs met in the field, through `telgate check`: each OpenAPI and Swagger document
passes under an overlay that binds every operation to one backend; each WSDL is read, its
operations bound, or refused for a reason that a second reader (Python's own XML parser) finds in
the file, too.

The corpus is in $TELGATE_CORPUS (../shared/corpus); without it the test says so and is skipped.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import xml.parsers.expat

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TELGATE = os.path.join(os.environ.get("TELGATE_BUILD", os.path.join(ROOT, "build")), "telgate")
CORPUS = os.path.abspath(os.environ.get("TELGATE_CORPUS", os.path.join(ROOT, "../shared/corpus")))
SECONDS = 60 if not os.environ.get("TELGATE_SAN") else 240
WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
SOAP = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
XSD = "{http://www.w3.org/2001/XMLSchema}"


def check(*arguments):
    return subprocess.run([TELGATE, "check", *arguments], capture_output=True, text=True,
                          timeout=SECONDS, check=False)


def write(folder, name, tree):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(tree, file, indent=1)  # JSON is YAML
    return path


def read(path):
    with open(path, encoding="utf-8-sig") as file:
        return file.read()


# OpenAPI and Swagger

def operations_of(text):
    """The operationIds of a document, found without parsing it."""
    return re.findall(r"""^\s*["']?operationId["']?:\s*["']?([\w.-]+)""", text, re.M)


def overlay_of(operations):
    """One action an operation."""
    actions = [{"target": "$", "update": {"x-telgate": {
        "backends": {"all": {"url": "http://127.0.0.1:9/base"}}}}}]
    for name in operations:
        actions.append({"target": f"$.paths.*[?(@.operationId == '{name}')]",
                        "update": {"x-telgate": {"call": "all"}}})
    return {"overlay": "1.0.0", "info": {"title": "All bound", "version": "1"}, "actions": actions}


def document(path, folder):
    operations = operations_of(read(path))
    ran = check(path, write(folder, "overlay.json", overlay_of(operations)))
    assert ran.returncode == 0, ran.stderr
    count = int(re.search(r": (\d+) operations at /", ran.stdout).group(1))
    assert operations and count == len(operations), f"{count} of {len(operations)} operations"
    assert "matched nothing" not in ran.stderr, ran.stderr


def unbound(path, folder):
    """Without the overlay each operation is told: none is silently left out."""
    operations = operations_of(read(path))
    ran = check(path)
    assert ran.returncode == 1, "a contract without bindings passed"
    missing = [name for name in operations if name not in ran.stderr]
    assert not missing, f"not told: {missing}\n{ran.stderr}"


# WSDL

def contract_of(wsdl, calls, silent=()):
    """A contract with one operation a call; the silent ones promise no body."""
    paths = {}
    good = {"200": {"description": "done", "content": {"application/json": {"schema": {}}}}}
    for at, call in enumerate(calls):
        paths[f"/{at}"] = {"post": {
            "operationId": f"operation{at}", "security": [],
            "x-telgate": {"call": f"system {call}", "request": "$request.body"},
            "requestBody": {"content": {"application/json": {"schema": {}}}},
            "responses": {"204": {"description": "done"}} if call in silent else good}}
    return {"openapi": "3.1.0", "info": {"title": "WSDL", "version": "1"}, "paths": paths,
            "x-telgate": {"name": "wsdl/v1", "backends": {
                "system": {"wsdl": wsdl, "url": "http://127.0.0.1:9/"}}}}


class Facts:
    """What a second reader finds in a WSDL and the files that it imports."""

    def __init__(self, path):
        self.text, self.undeclared, self.fault, self.roots = read(path), set(), None, []
        try:
            self.find_undeclared()
            self.add(path, set())
        except (ET.ParseError, xml.parsers.expat.ExpatError) as fault:
            self.fault = fault

    def find_undeclared(self):
        """The names in attributes whose prefix is not in scope."""
        scope, parser = [], xml.parsers.expat.ParserCreate(namespace_separator=" ")

        def begin(_, attributes):
            for value in attributes.values():
                if re.fullmatch(r"[\w.-]+:[\w.-]+", value) and value.split(":")[0] not in scope:
                    self.undeclared.add(value)

        parser.StartNamespaceDeclHandler = lambda prefix, _: scope.append(prefix)
        parser.EndNamespaceDeclHandler = scope.remove
        parser.StartElementHandler = begin
        parser.Parse(self.text.encode(), True)

    def add(self, path, seen):
        if path in seen or not os.path.exists(path):
            return
        seen.add(path)
        root = ET.parse(path).getroot()
        self.roots.append(root)
        for node in root.iter():
            where = node.get("schemaLocation") or node.get("location")
            if where and node.tag.split("}")[-1] in ("import", "include"):
                self.add(os.path.join(os.path.dirname(path), where), seen)

    def all(self, *tags):
        return [node for root in self.roots for tag in tags for node in root.iter(tag)]

    def lacks(self, kind, name):
        tags = {"element": [XSD + "element"], "message": [WSDL + "message"],
                "type": [XSD + "complexType", XSD + "simpleType"]}[kind]
        tops = [child for parent in self.all(XSD + "schema", WSDL + "definitions")
                for child in parent]
        return not any(node.get("name") == name and node.tag in tags for node in tops)

    def callable(self):
        """SOAP bindings over HTTP that have an operation."""
        return [binding for binding in self.all(WSDL + "binding")
                if binding.find(WSDL + "operation") is not None
                and any(binding.find(soap + "binding") is not None for soap in SOAP)]


    def silent(self):
        """The operations whose answer has nothing in its body."""
        return {operation.get("name") for binding in self.callable()
                for operation in binding.findall(WSDL + "operation")
                if not self.body_parts(binding, operation)}

    def body_parts(self, binding, operation):
        """The parts of the answer's body: those listed, or all that no soap:header takes away."""
        output, message = operation.find(WSDL + "output"), None
        for port in self.all(WSDL + "portType"):
            for abstract in port.findall(WSDL + "operation"):
                if (port.get("name"), abstract.get("name")) == (local(binding.get("type")),
                                                                operation.get("name")):
                    message = abstract.find(WSDL + "output")
        if output is None or message is None:
            return set()
        name = local(message.get("message"))
        parts = {part.get("name") for node in self.all(WSDL + "message")
                 if node.get("name") == name for part in node.findall(WSDL + "part")}
        taken = {header.get("part") for soap in SOAP for header in output.findall(soap + "header")
                 if local(header.get("message")) == name}
        listed = [body.get("parts") for soap in SOAP for body in output.findall(soap + "body")]
        return parts & set(listed[0].split()) if listed and listed[0] else parts - taken


def local(name):
    return name.split(":")[-1]


def is_real(facts, line, told):
    """Whether the reason that was told at a line is true of the file."""
    if "not well-formed XML" in told:
        return facts.fault is not None
    found = re.search(r"the prefix of (\S+) is not declared", told)
    if found:
        return found[1] in facts.undeclared
    found = re.search(r"(element|type|message) \{[^}]*\}(\S+) is not (declared|defined)", told)
    if found:
        return found[2] in facts.text and facts.lacks(found[1], found[2])
    found = re.search(r'operation (\S+) cannot be called: use="encoded"', told)
    if found:
        return 'use="encoded"' in facts.text and found[1] in facts.text.splitlines()[line - 1]
    found = re.search(r"operation (\S+) cannot be called: it is not in the port type", told)
    if found:
        return not any(operation.get("name") == found[1] for port in facts.all(WSDL + "portType")
                       for operation in port)
    found = re.search(r"part (\S+) of a document is text without an element", told)
    if found:
        return any(part.get("name") == found[1] and not part.get("element")
                   for part in facts.all(WSDL + "part"))
    if "there is no SOAP 1.1 or 1.2 binding over HTTP" in told:
        return not facts.callable()
    return "see the warnings about each" in told


def refused(path, told):
    """Each line about the file is true of it."""
    facts = Facts(path)
    lines = re.findall(re.escape(path) + r":(?:(\d+):\d+:)? (.*)", told)
    assert lines, f"refused without a reason:\n{told}"
    for line, reason in lines:
        assert is_real(facts, int(line or 0), reason), f"not in the file: {line}: {reason}"


def wsdl(path, folder):
    ran = check(write(folder, "contract.json", contract_of(path, ["NoSuchOperation"])))
    assert ran.returncode == 1, f"{ran.stdout}{ran.stderr}"
    known = re.search(r"\(it has: (.*)\)", ran.stderr)
    if not known:
        refused(path, ran.stderr)
        return
    calls, silent = known[1].split(", "), Facts(path).silent()
    ran = check(write(folder, "contract.json", contract_of(path, calls)))
    told = set(re.findall(r"'(\S+)' answers nothing", ran.stderr))
    assert told == silent & set(calls), f"without an answer: {told}, not {silent}"
    ran = check(write(folder, "contract.json", contract_of(path, calls, silent)))
    assert ran.returncode == 0, ran.stderr
    assert f" {len(calls)} operations " in ran.stdout, ran.stdout


def cases():
    found = []
    for folder in ("tmf", "camara"):
        for path in sorted(glob.glob(f"{CORPUS}/{folder}/*.*")):
            found += [(document, path), (unbound, path)]
    return found + [(wsdl, path) for path in sorted(glob.glob(f"{CORPUS}/wsdl/*/*.wsdl"))]


def run(number, function, path):
    title = f"{number} - {function.__name__} {os.path.relpath(path, CORPUS)}"
    with tempfile.TemporaryDirectory(prefix="telgate-test-") as folder:
        try:
            function(path, folder)
        except (AssertionError, AttributeError, subprocess.TimeoutExpired) as fault:
            print(f"not ok {title}")
            print("".join(f"# {line}\n" for line in str(fault).splitlines()[:60]), end="")
            return False
    print(f"ok {title}", flush=True)
    return True


def main():
    found = cases()
    if not found:
        print(f"1..0 # SKIP there is no corpus at {CORPUS}: name it in TELGATE_CORPUS")
        return 0
    print(f"1..{len(found)}")
    results = [run(number, *case) for number, case in enumerate(found, 1)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
