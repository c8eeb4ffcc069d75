"""Findings: what a check has to say, each with a stable code, its reason and the fixes that apply."""

from __future__ import annotations

import msgspec

from wizard.base import codes
from wizard.base.codes import Severity
from wizard.catalogue.selection import Selection

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way out: a changed selection, a command to type, or both. `text` says which.

    command: a command and nothing else, that can be copied. hint: how the same is done on other systems.
    """

    text: str
    selection: Selection | None = None
    command: str = ""
    hint: str = ""

    @property
    def words(self) -> str:
        """The whole as one line: what it is, its command, and in brackets the hint."""
        words = f"{self.text}: {self.command}" if self.command else self.text
        return f"{words}    ({self.hint})" if self.hint else words


class Finding(msgspec.Struct, frozen=True):
    """One result of a check. `about` is the field of the selection it concerns, "" for the build machine."""

    code: str
    severity: Severity
    about: str
    what: str
    why: str
    fixes: tuple[Fix, ...] = ()


def finding(code: str, fixes: tuple[Fix, ...] = (), ways: tuple[str, ...] = (), /, **names: str | int) -> Finding:
    """The finding `code` with its words, as the catalogue of codes has them, filled in with `names`.

    ways: names of fixes that the catalogue has for it; they come behind `fixes`.
    """
    entry = codes.findings()[code]
    said = entry.said().filled(names)
    more = tuple(way(code, name, **names) for name in ways)
    return Finding(code, entry.severity, entry.about, said.what, said.why, (*fixes, *more))


def way(code: str, name: str, selection: Selection | None = None, hint: str = "", /, **names: str | int) -> Fix:
    """The fix `name` of a finding's code, its words filled in."""
    entry = codes.findings()[code].way[name]
    return Fix(entry.text.format(**names), selection, entry.command.format(**names), hint)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that forbid a build."""
    return tuple(found for found in findings if found.severity == "error")
