# SPDX-License-Identifier: GPL-2.0-or-later
"""An audit trail as a second, independent reader sees it: docs/audit.md is all that it follows."""

import base64
import glob
import hashlib
import json
import struct

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

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


def tree_root(leaves):
    """RFC 9162 section 2.1.1."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01", tree_root(leaves[:split]), tree_root(leaves[split:]))


def check_head(payload, key, chain, leaves):
    head = json.loads(payload)
    text, _, signature = payload.rpartition(b',"sig":"')
    signature = base64.urlsafe_b64decode(signature[:-2] + b"==")
    key.verify(signature, b"telgate audit head 1\n" + text)
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert head["key"] == sha256(raw).hex()[:16], head
    assert head["size"] == len(leaves) and head["root"] == tree_root(leaves).hex(), head
    assert head["chain"] == chain.hex(), head


def check_segment(path, key, chain, seq):
    """Chain and number behind the segment; raises where something is wrong."""
    with open(path, "rb") as file:
        data = file.read()
    leaves, end, kind = [], 0, None
    for at, kind, stored, payload in frames(path):
        crc, = struct.unpack(">I", data[at + 4:at + 8])
        end = at + 41 + len(payload)
        assert crc == crc32c(data[at:at + 4] + data[at + 8:end]), f"{path}: CRC at {at}"
        if kind == "H":
            assert json.loads(payload)["last_chain"] == chain.hex(), f"{path}: header"
            assert json.loads(payload)["first"] == seq, f"{path}: header"
        leaf = sha256(b"\x00", payload)
        if kind == "R":
            assert json.loads(payload)["seq"] == seq, f"{path}: number at {at}"
            seq, leaves = seq + 1, leaves + [leaf]
        elif kind in "SF":
            check_head(payload, key, chain, leaves)
        chain = sha256(b"\x02", chain, kind.encode(), leaf)
        assert chain == stored, f"{path}: chain at {at}"
    assert end == len(data) and kind == "F", f"{path}: its end"
    return chain, seq


def check(folder, public_key):
    """Verifies a whole trail whose gateway has stopped; how many records it has."""
    with open(public_key, "rb") as file:
        key = load_pem_public_key(file.read())
    chain, seq = bytes(32), 1
    for path in segments(folder):
        chain, seq = check_segment(path, key, chain, seq)
    return seq - 1
