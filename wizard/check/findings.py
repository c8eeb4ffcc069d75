"""Findings: what a check has to say, each with a stable code, its reason and the fixes that apply."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.catalogue.selection import Selection

Severity = Literal["error", "warning", "note"]
Kind = Literal["selection", "missing", "place"]
"""What an error finding is about: the selection itself, something that is not there, a folder."""

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way out: a changed selection, a command to type, or both. `text` says which."""

    text: str
    selection: Selection | None = None
    command: str = ""


class Finding(msgspec.Struct, frozen=True):
    """One result of a check. `about` is the field of the selection it concerns, "" for the build machine."""

    code: str
    severity: Severity
    about: str
    what: str
    why: str
    fixes: tuple[Fix, ...] = ()


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding's fixed words: `what` and `why` hold {names} that the rule fills in.

    confirm: how a user sees it for himself. cure: what to do, the best first.
    """

    severity: Severity
    about: str
    what: str
    why: str
    source: str
    confirm: str
    cure: tuple[str, ...]
    kind: Kind = "selection"


class _Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    finding: dict[str, Text]


@functools.cache
def texts() -> dict[str, Text]:
    """Every finding's words by code, from findings.toml."""
    text = Path(__file__).with_name("findings.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Texts, name="findings.toml", code="findings").finding


def finding(code: str, fixes: tuple[Fix, ...] = (), **names: str | int) -> Finding:
    """The finding `code` with its words filled in."""
    text = texts()[code]
    return Finding(code, text.severity, text.about, text.what.format(**names), text.why.format(**names), fixes)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those that forbid a build."""
    return tuple(f for f in findings if f.severity == "error")
