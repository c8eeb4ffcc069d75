"""The first real cause in a log: which of its suspicious lines made the rest of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from wizard.logs.kinds import Kind, kind_of
from wizard.logs.lines import LIMIT, Line, suspicious_lines
from wizard.logs.matchers import Compiled, Facts, compiled

SOON = 60
"""Lines after a general message in which another one that says more belongs to it."""

IGNORE_LINES = 10
"""Lines after an error or an end in which make may say that it ignores it."""

MAX_SUSPECTS = 12

MAX_ERRORS = 20_000
"""Errors that no matcher knows, after which none is looked for any more."""

LATER = 5_000
"""Lines after a cause in which the end that it brought is looked for."""

_RELEASE = re.compile(rb"Configuring OCaml version ([0-9.]+)")


class Hit:
    """A line that a matcher knows, with the text that it caught."""

    __slots__ = ("caught", "known", "line")

    def __init__(self, line: Line, known: Compiled, match: re.Match[bytes]) -> None:
        self.line, self.known = line, known
        groups = match.groupdict(default=b"")
        self.caught = {name: text.decode(errors="replace") for name, text in groups.items()}


@dataclass
class Found:
    """What a log says: the lines that look like errors, and the one that a matcher knows, where there is one.

    ended: a program said that it gave up. facts: what was known before, and what the log says itself.
    """

    facts: Facts
    hit: Hit | None = None
    suspects: list[Line] = field(default_factory=list)
    ended: Line | None = None

    @property
    def failed(self) -> bool:
        """False where nothing in the log speaks of a failure."""
        return self.hit is not None or bool(self.suspects) or self.ended is not None


def find_cause(file: BinaryIO, facts: Facts, limit: int = LIMIT) -> Found:
    """The first failure in `file`, read from where it stands.

    A failure is what lies before the first line in which a program gives up. In it the first line that a
    matcher knows has the cause; one that only says what happened gives way to one soon after that says why.
    """
    block, errors = Found(facts), 0
    for kind, line, hit in _judged(file, block, limit):
        if block.ended and line.number > block.ended.number + IGNORE_LINES:
            break
        errors += kind == "error"
        if errors > MAX_ERRORS or (block.hit and line.number > block.hit.line.number + LATER):
            break
        if kind == "ignored":
            _forget(block, line)
        elif not block.ended:
            _take(block, kind, line, hit)
    return block


def _judged(file: BinaryIO, block: Found, limit: int) -> Iterator[tuple[Kind, Line, Hit | None]]:
    for line in suspicious_lines(file, limit):
        kind = kind_of(line.text)
        if kind == "noise":
            continue
        release = _RELEASE.search(line.text)
        if release and not block.facts.release:
            block.facts = Facts(block.facts.stage, release[1].decode(), block.facts.libc)
        hit = None if kind == "ignored" or block.ended else _known(line, block.facts)
        if kind != "plain" or hit:
            yield kind, line, hit


def _known(line: Line, facts: Facts) -> Hit | None:
    around: bytes | None = None
    for one in compiled():
        if not one.suits(facts):
            continue
        if one.near is not None and around is None:
            around = line.around
        match = one.search(line.text, around or b"")
        if match:
            return Hit(line, one, match)
    return None


def _take(block: Found, kind: Kind, line: Line, hit: Hit | None) -> None:
    if hit and _says_more(hit, block.hit):
        block.hit = hit
    if kind == "end":
        block.ended = line
    elif kind == "error" and len(block.suspects) < MAX_SUSPECTS:
        block.suspects.append(line)


def _says_more(hit: Hit, before: Hit | None) -> bool:
    if before is None:
        return True
    soon = hit.line.number - before.line.number <= SOON
    return before.known.matcher.general and not hit.known.matcher.general and soon


def _forget(block: Found, line: Line) -> None:
    """make went on after what it ignored: all of a make below it that gave up, else the lines just before.

    What is further above may be another job's, which has not given up yet.
    """
    kept = 0 if block.ended else line.number - IGNORE_LINES
    block.ended = None
    block.suspects = [suspect for suspect in block.suspects if suspect.number < kept]
    if block.hit and block.hit.line.number >= kept:
        block.hit = None
