# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit trail as a second, independent reader sees it: docs/audit.md is all that it follows."""

import glob
import hashlib
import json
import struct

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ 0x82f63b78 if byte & 1 else byte >> 1
    TABLE.append(byte)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def frames(path):
    """(offset, type, chain, payload) of each whole frame."""
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at + 41 <= len(data):
        length, = struct.unpack(">I", data[at:at + 4])
        if at + 41 + length > len(data):
            return
        yield at, chr(data[at + 8]), data[at + 9:at + 41], data[at + 41:at + 41 + length]
        at += 41 + length


def segments(folder):
    return sorted(glob.glob(f"{folder}/*.audit"))


def records(folder, **wanted):
    """The trail's records that have these members, oldest first."""
    found = []
    for path in segments(folder):
        for _, kind, _, payload in frames(path):
            record = json.loads(payload) if kind == "R" else {}
            if record and all(record.get(k) == v for k, v in wanted.items()):
                found.append(record)
    return found
