"""What the objects do not say of symbols, read off known.toml."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.link.stubs import Roles, Stub


class Elsewhere(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Symbols that somebody else defines, `by` whom. unless: a symbol with which they are looked up after all."""

    by: str
    symbols: tuple[str, ...]
    source: str
    unless: str = ""


class Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Functions of a library of which the objects do not show how little they do."""

    symbols: tuple[str, ...]
    reason: str
    source: str


class KnownLibrary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A C library, known by a symbol that it defines (`mark`) and by some that it does not (`without`)."""

    title: str
    mark: str
    without: tuple[str, ...] = ()
    limited: tuple[Described, ...] = ()
    fails: tuple[Described, ...] = ()


class Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to do about missing symbols of a kind. nolibc: the same for a unikernel."""

    about: str
    symbols: tuple[str, ...]
    text: str
    nolibc: str = ""


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in known.toml."""

    roles: Roles
    elsewhere: tuple[Elsewhere, ...]
    library: dict[str, KnownLibrary]
    advice: tuple[Advice, ...]

    def library_with(self, defines: Callable[[str], bool]) -> str:
        """The id of the C library that defines these symbols, "" where it is none of those known."""
        for id_, library in self.library.items():
            if defines(library.mark) and not any(map(defines, library.without)):
                return id_
        return ""

    def elsewhere_of(self, symbol: str, defines: Callable[[str], bool]) -> str:
        """Who else defines a symbol, "" where nobody is known to."""
        for entry in self.elsewhere:
            if matches(symbol, entry.symbols) and not (entry.unless and defines(entry.unless)):
                return entry.by
        return ""

    def described(self, library: str, symbol: str) -> Stub | None:
        """What is known of a library's function beside its code."""
        described = self.library.get(library)
        kinds: tuple[Literal["limited", "fails"], ...] = ("limited", "fails")
        for kind in kinds if described else ():
            for entry in getattr(described, kind):
                if matches(symbol, entry.symbols):
                    return Stub(kind, reason=entry.reason)
        return None

    def advice_on(self, symbol: str) -> Advice | None:
        """What to do about a missing symbol."""
        return next((advice for advice in self.advice if matches(symbol, advice.symbols)), None)


@functools.cache
def known() -> Known:
    """known.toml, read once in a process."""
    text = Path(__file__).with_name("known.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, Known, name="known.toml", code="known")


def matches(symbol: str, patterns: tuple[str, ...]) -> bool:
    """True where one of the patterns (* ? [abc]) is the whole name."""
    return _pattern(patterns).fullmatch(symbol) is not None


@functools.cache
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
