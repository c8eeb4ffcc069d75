"""The first real cause in a log: which of its suspicious lines caused the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from wizard.logs.kinds import Kind, kind_of
from wizard.logs.matchers import BuildFacts, Compiled, compiled
from wizard.logs.suspicious import LIMIT, Line, suspicious_lines

SOON = 60
"""Lines after a general message in which a message that says more belongs to it."""

IGNORE_LINES = 10
"""Lines after an error or an end in which make may say that it ignores it."""

MAX_SUSPECTS = 12

MAX_ERRORS = 20_000
"""Errors that no matcher knows, after which the search ends."""

LATER = 5_000
"""Lines after a cause in which the end that it caused is searched."""

_RELEASE = re.compile(rb"Configuring OCaml version ([0-9.]+)")


class Hit:
    """A line that a matcher knows, with the text of the pattern's named groups."""

    __slots__ = ("groups", "line", "matched")

    def __init__(self, line: Line, matched: Compiled, match: re.Match[bytes]) -> None:
        self.line, self.matched = line, matched
        groups = match.groupdict(default=b"")
        self.groups = {name: text.decode(errors="replace") for name, text in groups.items()}


@dataclass
class Found:
    """What a log says: the lines that look like errors, and the line that a matcher knows, where there is one.

    ended: the line in which a program gives up. facts: what was known before, and what the log says itself.
    """

    facts: BuildFacts
    hit: Hit | None = None
    suspects: list[Line] = field(default_factory=list)
    ended: Line | None = None

    @property
    def failed(self) -> bool:
        """False where nothing in the log speaks of a failure."""
        return self.hit is not None or bool(self.suspects) or self.ended is not None


def find_cause(file: BinaryIO, facts: BuildFacts, limit: int = LIMIT) -> Found:
    """The first failure in `file`, read from its current position.

    A failure is what precedes the first line in which a program gives up. In it the first line that a
    matcher knows has the cause; a line that only says what happened yields to a line soon after that says why.
    """
    found, errors = Found(facts), 0
    for kind, line, hit in _classified(file, found, limit):
        if found.ended and line.number > found.ended.number + IGNORE_LINES:
            break
        errors += kind == "error"
        if errors > MAX_ERRORS or (found.hit and line.number > found.hit.line.number + LATER):
            break
        if kind == "ignored":
            _forget(found, line)
        elif not found.ended:
            _note(found, kind, line, hit)
    return found


def _classified(file: BinaryIO, found: Found, limit: int) -> Iterator[tuple[Kind, Line, Hit | None]]:
    for line in suspicious_lines(file, limit):
        kind = kind_of(line.text)
        if kind == "noise":
            continue
        release = _RELEASE.search(line.text)
        if release and not found.facts.release:
            found.facts = BuildFacts(found.facts.stage, release[1].decode(), found.facts.libc)
        hit = None if kind == "ignored" or found.ended else _match(line, found.facts)
        if kind != "plain" or hit:
            yield kind, line, hit


def _match(line: Line, facts: BuildFacts) -> Hit | None:
    around: bytes | None = None
    for matcher in compiled():
        if not matcher.suits(facts):
            continue
        if matcher.near is not None and around is None:
            around = line.around
        match = matcher.search(line.text, around or b"")
        if match:
            return Hit(line, matcher, match)
    return None


def _note(found: Found, kind: Kind, line: Line, hit: Hit | None) -> None:
    if hit and _says_more(hit, found.hit):
        found.hit = hit
    if kind == "end":
        found.ended = line
    elif kind == "error" and len(found.suspects) < MAX_SUSPECTS:
        found.suspects.append(line)


def _says_more(hit: Hit, before: Hit | None) -> bool:
    if before is None:
        return True
    soon = hit.line.number - before.line.number <= SOON
    return before.matched.matcher.general and not hit.matched.matcher.general and soon


def _forget(found: Found, line: Line) -> None:
    """Forget what make has ignored: all of a make below it that gave up, else the lines just before.

    What is further above may be another job's, which has not given up yet.
    """
    first_ignored = 0 if found.ended else line.number - IGNORE_LINES
    found.ended = None
    found.suspects = [suspect for suspect in found.suspects if suspect.number < first_ignored]
    if found.hit and found.hit.line.number >= first_ignored:
        found.hit = None
