"""What each line of a generated wrapper script is there for, from lines.toml."""

from __future__ import annotations

import functools
import re
import shlex
from pathlib import Path

import msgspec

from wizard.base import tomlfile


class _Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    match: str
    why: str


class _Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    line: tuple[_Rule, ...]
    word: tuple[_Rule, ...]


class LineReason(msgspec.Struct, frozen=True):
    """Why one line is there, and what the options in it do: option -> reason."""

    why: str
    words: tuple[tuple[str, str], ...] = ()

    @property
    def known(self) -> bool:
        """True where there is something to say."""
        return bool(self.why or self.words)


@functools.cache
def _rules() -> _Rules:
    text = Path(__file__).with_name("lines.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Rules, name="lines.toml", code="toolchain")


@functools.cache
def line_reason(line: str) -> LineReason:
    """Why a line of a wrapper script is there; an empty reason for a line that the wizard does not write."""
    rules = _rules()
    why = next((rule.why for rule in rules.line if re.search(rule.match, line)), "")
    if not line.strip() or line.startswith("#"):
        return LineReason(why)
    found = {word: rule.why for word in _words(line) for rule in rules.word if re.fullmatch(rule.match, word)}
    return LineReason(why, tuple(found.items()))


def script_reasons(text: str) -> tuple[LineReason, ...]:
    """The reasons of all lines of a script, in their order."""
    return tuple(map(line_reason, text.splitlines()))


def _words(line: str) -> list[str]:
    """The words of a line of shell; a line that is half of a command may have an open quote."""
    plain = line.strip().removesuffix("\\")
    try:
        return shlex.split(plain)
    except ValueError:
        return plain.split()
