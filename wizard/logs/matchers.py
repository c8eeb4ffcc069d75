"""The matchers: what a known failure prints, what it means, how to see it, what to do (data/*.toml)."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile


class MatcherFix(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fix.

    command: what to type. changes: fields of the selection with their new values. environment: variables
    to set for the build, "" to unset. fresh: begin again with a tree that is unpacked again.
    {names} are filled in from the line that matched.
    """

    text: str
    command: str = ""
    changes: dict[str, str] = {}
    environment: dict[str, str] = {}
    fresh: bool = False


class Matcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cause by what it prints.

    patterns: regular expressions, searched in a line without colours and control characters; one match is enough.
    words: a line without any of them cannot match (a quick test; none: every suspicious line is tried).
    near: what the lines around must hold, too. stages, releases (beginnings), libcs: where they are known
    and are others, the matcher does not apply. general: it says what happened rather than why; another
    that matches soon after says more. evidence: "provoked" where a log of such a build is among the tests,
    "literature" where it could not be provoked, with a sample of the line.
    """

    patterns: tuple[str, ...]
    what: str
    meaning: str
    confirm: str
    fixes: tuple[MatcherFix, ...]
    source: str
    words: tuple[str, ...] = ()
    near: str = ""
    stages: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    libcs: tuple[str, ...] = ()
    general: bool = False
    evidence: Literal["provoked", "literature"] = "provoked"
    sample: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    matcher: dict[str, Matcher]


class BuildFacts(msgspec.Struct, frozen=True):
    """What is known of the build whose log is read; "" where it is not known."""

    stage: str = ""
    release: str = ""
    libc: str = ""


class Compiled(msgspec.Struct, frozen=True):
    """A matcher, ready to be tried on lines."""

    code: str
    matcher: Matcher
    words: tuple[bytes, ...]
    patterns: tuple[re.Pattern[bytes], ...]
    near: re.Pattern[bytes] | None

    def suits(self, facts: BuildFacts) -> bool:
        """False where a fact of the build excludes the matcher."""
        matcher = self.matcher
        return (
            (not matcher.stages or not facts.stage or facts.stage in matcher.stages)
            and (not matcher.releases or not facts.release or facts.release.startswith(matcher.releases))
            and (not matcher.libcs or not facts.libc or facts.libc in matcher.libcs)
        )

    def search(self, line: bytes, around: bytes) -> re.Match[bytes] | None:
        """The match of the first pattern that fits `line`, where `around` holds what must be near."""
        if self.words and not any(word in line for word in self.words):
            return None
        for pattern in self.patterns:
            match = pattern.search(line)
            if match and (self.near is None or self.near.search(around)):
                return match
        return None


@functools.cache
def matchers() -> dict[str, Matcher]:
    """Every matcher by its code, in the order in which they are tried: the first that fits a line counts."""
    by_code: dict[str, Matcher] = {}
    for path in sorted((Path(__file__).parent / "data").glob("*.toml")):
        by_code |= tomlfile.parse(path.read_text(encoding="utf-8"), _File, name=path.name, code="matchers").matcher
    return dict(sorted(by_code.items(), key=lambda item: item[1].general))


@functools.cache
def compiled() -> tuple[Compiled, ...]:
    """The matchers ready for use, those that say why before those that say what."""
    return tuple(
        Compiled(
            code,
            matcher,
            tuple(word.encode() for word in matcher.words),
            tuple(re.compile(pattern.encode()) for pattern in matcher.patterns),
            re.compile(matcher.near.encode(), re.MULTILINE) if matcher.near else None,
        )
        for code, matcher in matchers().items()
    )
