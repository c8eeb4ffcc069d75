"""Reads OCaml's files of marshalled values: the values, and what stands between them.

The format is that of runtime/caml/intext.h: a header, then one code after the other, a string as its length and
its bytes. Compressed values (5.1 and later, with zstd) are not looked into.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import msgspec

from wizard.binaries.facts import DamageError

_MAGIC = b"\x84\x95\xa6"
_SMALL, _BIG = 0xBE, 0xBF

# Codes whose length is fixed: small blocks and integers, integers, references, headers of blocks, floats.
_FIXED = re.compile(
    rb"(?s:[\x40-\xff]|[\x00\x04].|[\x01\x05].{2}|[\x02\x06\x08].{4}|[\x03\x13\x14\x0b\x0c].{8}|\x12_i\0.{4}|\x12_j\0.{8}"
    rb"|\x19_i\0.{4}|\x19_j\0.{8}|[\x12\x19]_n\0\x01.{4}|[\x12\x19]_n\0\x02.{8})*"
)


class Value(msgspec.Struct, frozen=True):
    """A marshalled value: its strings, and the codes before each of them and after the last."""

    strings: tuple[bytes, ...]
    codes: tuple[bytes, ...]


Part = Value | bytes


def parts(data: bytes) -> Iterator[Part]:
    """The marshalled values of a file, and the bytes between them. Raises DamageError where a value ends early."""
    position = 0
    while True:
        found = data.find(_MAGIC, position)
        while found >= 0 and data[found + 3 : found + 4] not in (b"\xbe", b"\xbf"):
            found = data.find(_MAGIC, found + 1)
        if found < 0:
            break
        small = data[found + 3] == _SMALL
        begin = found + (20 if small else 32)
        length = struct.unpack_from(">I" if small else ">Q", data, found + (4 if small else 8))[0]
        if begin + length > len(data):
            raise DamageError(f"the value at byte {found} is truncated")
        if found > position:
            yield data[position:found]
        yield _value(data[begin : begin + length])
        position = begin + length
    if position < len(data):
        yield data[position:]


def _value(data: bytes) -> Value:
    strings: list[bytes] = []
    codes: list[bytes] = []
    position = 0
    while True:
        run = _FIXED.match(data, position)
        assert run is not None
        codes.append(run.group())
        position = run.end()
        if position == len(data):
            return Value(tuple(strings), tuple(codes))
        begin, length = _string(data, position)
        if begin + length > len(data):
            raise DamageError(f"the string at byte {position} is truncated")
        strings.append(data[begin : begin + length])
        position = begin + length


def _string(data: bytes, position: int) -> tuple[int, int]:
    """(first byte, length) of the string, or of the floats, whose code is at `position`."""
    code = data[position]
    if 0x20 <= code < 0x40:
        return position + 1, code & 0x1F
    lengths = {0x09: ("B", 1), 0x0A: (">I", 1), 0x15: (">Q", 1), 0x0D: ("B", 8), 0x0E: ("B", 8),
               0x0F: (">I", 8), 0x07: (">I", 8), 0x16: (">Q", 8), 0x17: (">Q", 8)}  # fmt: skip
    if code not in lengths:
        raise DamageError(f"there is no code {code:#x} (at byte {position} of a value)")
    form, size = lengths[code]
    try:
        (count,) = struct.unpack_from(form, data, position + 1)
    except struct.error:
        raise DamageError("it ends in the length of a string") from None
    return position + 1 + struct.calcsize(form), count * size
