"""Lines that a program printed, as they may be shown: nothing in them moves a cursor or changes a terminal."""

from __future__ import annotations

import re

# CSI and OSC sequences, two-character escapes, then every control character that is left.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")

MAX_LINE = 2000


def plain_line(line: str, most: int = MAX_LINE) -> str:
    """A line of a log without escape sequences and control characters, at most `most` characters."""
    line = line[:most]
    if line.isascii() and line.isprintable():
        return line
    return _CONTROLS.sub("", _ESCAPES.sub("", line)).expandtabs()
