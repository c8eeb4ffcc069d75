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
from wizard.logs.suspicious import SEARCHED, clean

Level = Literal["error", "warning", "command", ""]


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    words: tuple[str, ...]
    harmless: _Section
    warning: _Section
    command: _Section


class _Patterns(msgspec.Struct, frozen=True):
    words: tuple[bytes, ...]
    harmless: re.Pattern[bytes]
    warning: re.Pattern[bytes]
    command: re.Pattern[bytes]


@functools.cache
def _patterns() -> _Patterns:
    text = Path(__file__).with_name("levels.toml").read_text(encoding="utf-8")
    data = tomlfile.parse(text, _File, name="levels.toml", code="matchers")
    return _Patterns(
        tuple(word.encode() for word in data.words),
        _any(data.harmless.patterns),
        _any(data.warning.patterns),
        _any(data.command.patterns),
    )


def _any(patterns: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns).encode())


def level_of(line: bytes) -> Level:
    """The level of one line, with or without its end."""
    text = clean(line[:SEARCHED])
    grave = _grave(text) if any(word in text for word in _patterns().words) else ""
    return grave or ("command" if _patterns().command.search(text) else "")


def _grave(text: bytes) -> Literal["error", "warning", ""]:
    kind = kind_of(text)
    if kind in ("error", "end"):
        return "error"
    return "warning" if kind == "ignored" or _patterns().warning.search(text) else ""


def grave_lines(data: bytes) -> Iterator[tuple[int, Literal["error", "warning"]]]:
    """Of whole lines those that are errors and warnings: the number of each from 0, and its level."""
    patterns = _patterns()
    harmless = patterns.harmless.match
    numbered = [(number, line) for number, line in enumerate(data.split(b"\n")) if not harmless(line)]
    # The words are searched in all of these lines at once, which is far quicker than in each.
    text = b"\n".join([line for _, line in numbered])
    ends = list(accumulate(len(line) + 1 for _, line in numbered))
    suspicious: set[int] = set()
    for word in patterns.words:
        offset = text.find(word)
        while offset >= 0:
            which = bisect_right(ends, offset)
            suspicious.add(which)
            offset = text.find(word, ends[which])
    for which in sorted(suspicious):
        number, line = numbered[which]
        level = _grave(clean(line[:SEARCHED]))
        if level:
            yield number, level
