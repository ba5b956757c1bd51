# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files the checks of style read, and C text without its comments and strings."""

import glob
import os
import re
import sys

ROOMS = ("base", "contract", "auth", "rest", "soap", "graphql", "gateway", "sandbox")
FOLDERS = ROOMS + ("tests",)
TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def root():
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def c_files(wanted):
    """All .c and .h files of the project, or those under the wanted paths; generated ones live
    under build/ and are not looked at."""
    found = [path for folder in FOLDERS for end in ("c", "h")
             for path in glob.glob(f"{folder}/**/*.{end}", recursive=True)]
    return sorted(path for path in found
                  if not wanted or any(path.startswith(w.rstrip("/")) for w in wanted))


def all_files(wanted):
    """Every file and folder that is not built, hidden or a corpus."""
    found = []
    for folder, folders, files in os.walk("."):
        folders[:] = sorted(f for f in folders if f[0] != "." and f not in
                            ("build", "__pycache__", "corpus"))
        found += [os.path.join(folder, name)[2:] for name in folders + sorted(files)
                  if name[0] != "."]
    return [path for path in found
            if not wanted or any(path.startswith(w.rstrip("/")) for w in wanted)]


def other_files(wanted):
    """Scripts and makefiles: what carries a licence line but is no C."""
    found = all_files(wanted) + [p for p in (".ci/run",) if not wanted and os.path.exists(p)]
    return [path for path in found if os.path.isfile(path) and
            (path.endswith((".py", ".mk", ".sh", ".lua", "Makefile")) or starts_as_script(path))]


def starts_as_script(path):
    with open(path, "rb") as file:
        return file.read(2) == b"#!"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def blank(text, strings=True):
    """The text with comments (and strings) blanked; every line and column stays where it was."""
    def spaces(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token if not strings else token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)
    return TOKENS.sub(spaces, text)


def excused(lines, *numbers):
    """True when one of these lines (from 1) carries `style: WHY`."""
    return any(0 < n <= len(lines) and re.search(r"style: +\S", lines[n - 1]) for n in numbers)


def finish(name, figures, violations):
    """Prints the figures and the violations; the exit code."""
    for violation in violations:
        print(violation)
    print(f"{name}: {figures}; {len(violations)} violations")
    return 1 if violations else 0


os.chdir(root())
sys.dont_write_bytecode = True
