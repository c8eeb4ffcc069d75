"""How grave a line of a log is: an error, a warning, a command, or nothing of these (levels.toml, kinds.py)."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.logs.kinds import kind_of
from wizard.logs.lines import SEARCHED, clean

Level = Literal["error", "warning", "command", ""]


class _Patterns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    harmless: _Patterns
    warning: _Patterns
    command: _Patterns


class _Known(msgspec.Struct, frozen=True):
    words: tuple[bytes, ...]
    harmless: re.Pattern[bytes]
    warning: re.Pattern[bytes]
    command: re.Pattern[bytes]


@functools.cache
def _known() -> _Known:
    text = Path(__file__).with_name("levels.toml").read_text(encoding="utf-8")
    read = tomlfile.parse(text, _File, name="levels.toml", code="matchers")
    return _Known(
        tuple(word.encode() for word in read.words),
        _any(read.harmless.patterns),
        _any(read.warning.patterns),
        _any(read.command.patterns),
    )


def _any(patterns: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode())


def level_of(line: bytes) -> Level:
    """The level of one line, with or without its end."""
    text = clean(line[:SEARCHED])
    grave = _grave(text) if any(word in text for word in _known().words) else ""
    return grave or ("command" if _known().command.search(text) else "")


def _grave(text: bytes) -> Literal["error", "warning", ""]:
    kind = kind_of(text)
    if kind in ("error", "end"):
        return "error"
    return "warning" if kind == "ignored" or _known().warning.search(text) else ""


def grave_lines(data: bytes) -> Iterator[tuple[int, Literal["error", "warning"]]]:
    """Of whole lines those that are errors and warnings: the number of each from 0, and its level."""
    known = _known()
    harmless = known.harmless.match
    numbered = [(number, line) for number, line in enumerate(data.split(b"\n")) if not harmless(line)]
    # The words are looked for in all of these lines at once, which is far quicker than in each.
    text = b"\n".join([line for _, line in numbered])
    ends = list(accumulate(len(line) + 1 for _, line in numbered))
    found: set[int] = set()
    for word in known.words:
        place = text.find(word)
        while place >= 0:
            which = bisect_right(ends, place)
            found.add(which)
            place = text.find(word, ends[which])
    for which in sorted(found):
        number, line = numbered[which]
        level = _grave(clean(line[:SEARCHED]))
        if level:
            yield number, level
