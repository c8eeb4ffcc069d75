"""The suspicious lines of a log, found in one pass over it, whatever its size and whatever is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from wizard.base.lines import plain_line

WORDS = (
    b"rror:",
    b"rror (",
    b"ERROR",
    b" error ",
    b"format error",
    b"(ignored)",
    b"put error",
    b"Bus error",
    b" not ",
    b"annot ",
    b"ndefined ",
    b"o such ",
    b"*** ",
    b"recogni",
    b"nable to ",
    b"denied",
    b"Killed",
    b"Segmentation",
    b"Illegal",
    b"wrong ",
    b"incompatible",
    b"exceeded",
    b"missing dest",
    b"xception",
    b"nvalid ",
    b"bort",
    b"ABORT",
    b"nsupported",
    b"memory",
    b"ailed",
    b"FAILED",
    b"multiple definition",
    b"too l",
    b"nexpected ",
    b"bad interpreter",
    b"in generic ELF",
    b"ead-only",
    b"o space left",
    b"file busy",
    b"Too many",
    b"inconsistent",
    b"OCaml version",
    b"cross compiler",
    b"recompile with",
    b"unknown option",
    b"Undefined toolchain",
    b"n't defined",
)
"""A line without any of these is skipped. Whatever a matcher finds has one of them: a test checks that."""

SEARCHED = 2000
"""Bytes of a line that are read."""

NEAR = 1 << 12
"""Bytes before and after a line that count as near it."""

BLOCK = 1 << 20
LONGEST = 1 << 22
"""Bytes of a line after which only its end is searched."""

LIMIT = 1 << 31
"""Bytes of a log that are read."""


class Line:
    """A line of a log: its number from 1, its offset in bytes, its text, and the text around it."""

    __slots__ = ("_data", "_end", "_start", "number", "offset", "text")

    def __init__(self, number: int, offset: int, data: bytes, start: int, end: int) -> None:
        self.number, self.offset = number, offset
        self._data, self._start, self._end = data, start, end
        self.text = clean(data[start : min(end, start + SEARCHED)])

    @property
    def around(self) -> bytes:
        """The text near the line, the line included."""
        return self._data[max(0, self._start - NEAR) : self._end + NEAR]


def clean(line: bytes) -> bytes:
    """A line without its end, its colours, and what a progress line wrote before a carriage return."""
    line = line.rstrip()
    if b"\x1b" in line or b"\r" in line or b"\x00" in line:
        line = plain_line(line.rpartition(b"\r")[2].decode(errors="replace")).encode()
    return line


def suspicious_lines(file: BinaryIO, limit: int = LIMIT) -> Iterator[Line]:
    """The lines of `file` that hold one of WORDS, in order, from its current position."""
    number, offset = 1, file.tell()
    last, rest = b"", b""
    begins, read = True, 0
    while True:
        block = file.read(min(BLOCK, limit - read))
        read += len(block)
        rest += block
        over = not block
        # What is near the last lines of the block is read before these are yielded: `around` needs it.
        cut = len(rest) if over else rest.rfind(b"\n", 0, max(0, len(rest) - NEAR)) + 1
        if not begins:  # inside of a line without end
            end = rest.find(b"\n") + 1
            drop = end or len(rest)
            number, begins = number + bool(end), bool(end)
            offset, rest = offset + drop, rest[drop:]
        elif cut:
            yield from _hits(last + rest, len(last), len(last) + cut, number, offset - len(last))
            number += rest.count(b"\n", 0, cut)
            last = (last + rest[:cut])[-NEAR:]
            offset, rest = offset + cut, rest[cut:]
        elif len(rest) > LONGEST:
            yield from _hits(rest[:SEARCHED], 0, SEARCHED, number, offset)
            offset, rest, begins, last = offset + len(rest), b"", False, b""
        if over:
            return


def _hits(data: bytes, low: int, high: int, number: int, base: int) -> Iterator[Line]:
    """The lines of data[low:high] that hold a word. number: the line's at `low`; base: the offset of data."""
    starts = set()
    for word in WORDS:
        offset = data.find(word, low, high)
        while offset >= 0:
            start = max(low, data.rfind(b"\n", low, offset) + 1)
            if offset - start < SEARCHED:
                starts.add(start)
            end = data.find(b"\n", offset, high)
            offset = data.find(word, end, high) if end >= 0 else -1
    counted = low
    for start in sorted(starts):
        number += data.count(b"\n", counted, start)
        counted = start
        end = data.find(b"\n", start, high)
        yield Line(number, base + start, data, start, high if end < 0 else end)
