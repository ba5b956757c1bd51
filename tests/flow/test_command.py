# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: what each command says, and what `check` finds."""

import os
import re
import tempfile

from harness import ROOT, same, telgate

COMMANDS = ("run", "check", "explain", "export", "token", "options")
LINE = re.compile(r"([^:\n]+):(?:(\d+):(\d+):)? (.+)")  # a file that is not there has no line
SOUND = """openapi: 3.0.3
info: {title: T, version: '1'}
servers: [{url: /v1}]
x-telgate: {name: test/v1, backends: {crm: {url: "http://127.0.0.1:1"}}, call: crm}
paths:
  /a/{id}:
    get:
      operationId: getA
      security: []
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {description: d}}
"""


def check(contract, config="contracts: [contract.yaml]\n", **files):
    """Exit code, and the lines as (file, line, text)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in dict(files, contract=contract, telgate=config).items():
            with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as file:
                file.write(text)
        done = telgate("check", "-c", os.path.join(folder, "telgate.yaml"))
    found = [LINE.match(line) for line in done.stderr.splitlines()]
    return done.returncode, [(os.path.basename(m[1]), int(m[2] or 0), m[4]) for m in found if m]


def test_help():
    same(telgate("--help").returncode, 0)
    for command in COMMANDS:
        done = telgate(command, "--help")
        same((command, done.returncode, done.stderr), (command, 0, ""))
        same(done.stdout.startswith(f"usage: telgate {command}"), True)
        same(command in telgate("--help").stdout, True)


def test_what_is_not_understood():
    for arguments in ((), ("nothing",), ("run", "--nothing"), ("run", "more"), ("check", "-c"),
                      ("export",), ("export", "nothing", "x"), ("export", "openapi"), ("token",),
                      ("explain",), ("options", "more")):
        done = telgate(*arguments)
        same((arguments, done.returncode, done.stdout), (arguments, 2, ""))
        same(bool(done.stderr), True)
    same(telgate("run", "-c", "/nothing/there").returncode, 1)
    done = telgate("export", "openapi", "nothing")
    same((done.returncode, "billing/v4" in done.stderr), (1, True))


def test_the_demo_is_sound():
    done = telgate("check")
    same((done.returncode, done.stderr), (0, ""))
    same([line.split(":")[0] for line in done.stdout.splitlines()],
         ["customer/v4", "billing/v4", "overview/v1"])


def test_a_sound_contract():
    same(check(SOUND), (0, []))
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(SOUND)
        file.flush()
        same(telgate("check", file.name).stdout, "test/v1: 1 operations at /v1\n")


def test_mistakes_in_a_contract():
    for old, new, line, part in (
            ("call: crm}", "call: crn}", 4, "crm"), ("type: string", "type: strin", 10, "string"),
            ("in: path", "in: pth", 10, "path"), ("/a/{id}", "/a/{ix}", None, "id"),
            ("'200'", "'2000'", 11, "2000"), ("name: test/v1", "nam: test/v1", 4, "name"),
            ("http://", "htp://", 4, "URL"),
            ("openapi: 3.0.3", "openapi: 4.0.0", 1, "3.1"),
            ("type: string", "pattern: '('", 10, ""),
            ("schema: {type", "schema: {$ref: '#/no', type", 10, "#/no"),
            ("paths:\n", "paths:\n  - x\n", None, ""),
            ("operationId: getA", "operationId: [", None, "")):
        code, lines = check(SOUND.replace(old, new))
        same((new, code, bool(lines)), (new, 1, True))
        same((new, lines[0] and lines[0][0]), (new, "contract.yaml"))
        same((new, any((line in (None, at)) and part in text for _, at, text in lines) or lines),
             (new, True))


def test_all_mistakes_are_told_not_the_first():
    code, lines = check(SOUND.replace("http://", "htp://").replace("type: string", "type: x")
                        .replace("'200'", "'2000'"))
    same((code, sorted({line for _, line, _ in lines})), (1, [4, 10, 11]))
    code, lines = check(SOUND.replace("type: string", "type: x").replace("call: crm", "call: cmr"))
    told = " ".join(text for _, _, text in lines)
    same((code, "type must be" in told, "'cmr'" in told), (1, True, True))


def test_mistakes_in_a_configuration():
    for config, line, part in (
            ("contracts: 1\n", 1, "list"),
            ("contracts: []\nlimit: {body: 1MB}\n", 2, "limit"), ("- a\n", 1, "object"),
            ("contracts: []\nlimits: {body: 1XB}\n", 2, "limits/body"),
            ("contracts: []\nlimits: {bodi: 1MB}\n", 2, "bodi"), ("a: [\n", None, ""),
            ("contracts: []\ntimeouts: {operation: -1s}\n", 2, "duration"),
            ("contracts: []\nworkers: many\n", 2, "number"),
            ("contracts: []\nissuers: [{issuer: 'https://a'}]\n", 2, "audiences"),
            ("contracts: [contract.yaml, contract.yaml]\n", None, "two contracts")):
        code, lines = check(SOUND, config)
        same((config, code), (config, 1))
        same((config, any(found and line in (None, found[1]) and part in found[2] + found[0]
                          for found in lines) or lines), (config, True))


def test_a_file_that_is_not_there():
    code, lines = check(SOUND, "contracts: [nothing.yaml]\n")
    same((code, lines), (1, [("nothing.yaml", 0, "cannot be read: No such file or directory")]))


def test_two_contracts_with_one_path():
    code, lines = check(SOUND, "contracts: [contract.yaml, second.yaml]\n",
                        second=SOUND.replace("test/v1", "other/v1").replace("getA", "getB"))
    same((code, lines), (1, [("telgate.yaml", 1, "other/v1: GET /v1/a/{id} is served twice with "
                              "this method")]))


def test_an_overlay_that_matches_nothing():
    overlay = "overlay: 1.0.0\ninfo: {title: O, version: '1'}\nactions:\n" + "".join(
        f"  - {{target: \"$.paths['{path}'].get\", update: {{summary: s}}}}\n"
        for path in ("/a/{id}", "/b"))
    config = "contracts: [{document: contract.yaml, overlays: [overlay.yaml]}]\n"
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("contract", SOUND), ("overlay", overlay), ("telgate", config)):
            with open(os.path.join(folder, name + ".yaml"), "w", encoding="utf-8") as file:
                file.write(text)
        done = telgate("check", "-c", os.path.join(folder, "telgate.yaml"))
    told = [LINE.match(line) for line in done.stderr.splitlines()]
    same([(m[1].endswith("overlay.yaml"), m[2]) for m in told], [(True, "5")])


def test_options_are_documented():
    printed = telgate("options").stdout
    same("| limits.body |" in printed, True)
    with open(os.path.join(ROOT, "docs", "configuration.md"), encoding="utf-8") as file:
        same(printed.strip() in file.read(), True)
