"""The one catalogue of codes: every word about what a user can meet, by its stable code.

The data lie beside this module: findings.toml, checks.toml and errors/*.toml. Where something is raised or
found there is a code with names and no sentence; what is shown then and what `explain` says later are made
from the same entry, so they cannot differ. Fields of entries are templates: {name} is filled in.

This module is read where an error is made, so it uses nothing that raises one of ours.
"""

from __future__ import annotations

import functools
import re
import string
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

S = TypeVar("S", bound=msgspec.Struct)

Kind = Literal["defect", "input", "refused", "missing", "build", "proof", "folder", "busy", "cancelled"]
"""The class of an error, as `errors.kind_named` finds it; it decides the exit code."""

Severity = Literal["error", "warning", "note"]
"""How grave a finding is."""

CheckSeverity = Literal["ok", "note", "warning", "failure"]
"""How grave a fact of the doctor is."""


class Said(msgspec.Struct, frozen=True):
    """What a message says: what happened, why, what to do. why and fix may be empty."""

    what: str
    why: str = ""
    fix: str = ""

    @property
    def fields(self) -> frozenset[str]:
        """The {names} that these templates need."""
        parsed = (part[1] for text in (self.what, self.why, self.fix) for part in string.Formatter().parse(text))
        return frozenset(name for name in parsed if name)

    def filled(self, names: dict[str, Any]) -> Said:
        """The texts with their names filled in. Raises KeyError for one that is not there."""
        return Said(*(text.format(**names) for text in (self.what, self.why, self.fix)))


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another thing that the same code may say. What it leaves out is as in the entry."""

    what: str | None = None
    why: str | None = None
    fix: str | None = None


class ErrorEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of an error.

    what, why, fix: the message. form: further messages of the same meaning, by name. background, confirm, cure:
    what `explain` adds: the rule behind it, how a user sees it, what else to do.
    """

    kind: Kind
    what: str
    why: str = ""
    fix: str = ""
    form: dict[str, Form] = {}
    background: str = ""
    confirm: str = ""
    cure: tuple[str, ...] = ()

    def said(self, form: str = "") -> Said:
        """The templates of a message. Raises KeyError for a form that there is not."""
        return _said(self.what, self.why, self.fix, self.form[form] if form else Form())


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way out of a finding that is no other selection: in words, with a command where there is one."""

    text: str
    command: str = ""


class FindingEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a finding.

    about: the field of the selection it concerns, "" for the build machine. kind: what an error finding is
    about. way: its fixes that are no selections, by name. form: messages of errors with the same code, which
    are found later than a check can. source: where the reason comes from. confirm, cure: as an error's.
    """

    severity: Severity
    about: str
    what: str
    why: str
    source: str
    confirm: str
    cure: tuple[str, ...] = ()
    kind: Kind = "refused"
    way: dict[str, Way] = {}
    form: dict[str, Form] = {}

    def said(self, form: str = "") -> Said:
        """The templates of a message. Raises KeyError for a form that there is not."""
        return _said(self.what, self.why, "", self.form[form] if form else Form())


class OutcomeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing a check may come to. {names} in `says` and `fix` are filled in by the check's function."""

    severity: CheckSeverity
    says: str
    fix: str = ""


class CheckEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of a doctor's check. facts: the field of the facts it reads. covers: findings of the same."""

    group: str
    facts: str
    title: str
    kind: Kind
    why: str
    source: str
    confirm: str
    cure: tuple[str, ...]
    outcome: dict[str, OutcomeEntry]
    covers: tuple[str, ...] = ()


class _Findings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    finding: dict[str, FindingEntry]


class _Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    check: dict[str, CheckEntry]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of file in TOML. shipped: it is a part of the program, and no user writes it."""

    title: str
    shipped: bool = False


class _Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be wrong with such a file. {title} in `background` is the file's. named: a user has named it."""

    what: str
    why: str = ""
    fix: str = ""
    form: dict[str, Form] = {}
    background: str = ""
    cure: tuple[str, ...] = ()
    named: bool = False


class _Shipped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fix: str


class _Errors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    error: dict[str, ErrorEntry] = {}
    problem: dict[str, _Problem] = {}
    file: dict[str, _File] = {}
    shipped: _Shipped | None = None


_FOLDER = Path(__file__).parent


@functools.cache
def findings() -> dict[str, FindingEntry]:
    """Every finding's words by its code."""
    return _read(_FOLDER / "findings.toml", _Findings).finding


@functools.cache
def checks() -> dict[str, CheckEntry]:
    """Every check's words by its code, in the order in which they are shown."""
    return _read(_FOLDER / "checks.toml", _Checks).check


@functools.cache
def errors() -> dict[str, ErrorEntry]:
    """Every error's words by its code; one for each problem of each file in TOML, too."""
    found: dict[str, ErrorEntry] = {}
    for path in sorted((_FOLDER / "errors").glob("*.toml")):
        part = _read(path, _Errors)
        twice = found.keys() & part.error.keys()
        if twice:
            raise ValueError(f"{path.name}: {', '.join(sorted(twice))} has words elsewhere, too")
        found |= part.error
        for name, file in part.file.items():
            for problem, words in part.problem.items():
                if not (file.shipped and words.named):
                    found.setdefault(f"{name}-{problem}", _of_file(file, words, part.shipped))
    return found


def message(code: str, form: str = "") -> Said:
    """The templates of an error's message. Raises KeyError for a code or form that there is not."""
    entry = errors().get(code) or findings()[code]
    return entry.said(form)


def opened(text: str) -> str:
    """A template with its {names} shown as <names>."""
    return re.sub(r"\{(\w+)(?:![rs])?\}", r"<\1>", text)


def _said(what: str, why: str, fix: str, form: Form) -> Said:
    return Said(
        what if form.what is None else form.what,
        why if form.why is None else form.why,
        fix if form.fix is None else form.fix,
    )


def _of_file(file: _File, problem: _Problem, shipped: _Shipped | None) -> ErrorEntry:
    fix, form, cure = problem.fix, problem.form, problem.cure
    if file.shipped and shipped is not None:
        fix, cure = shipped.fix, ()
        form = {name: Form(other.what, other.why, shipped.fix) for name, other in form.items()}
    background = problem.background.replace("{title}", file.title)
    return ErrorEntry("input", problem.what, problem.why, fix, form, background, "", cure)


def _read(path: Path, shape: type[S]) -> S:
    import tomli

    return msgspec.convert(tomli.loads(path.read_text(encoding="utf-8")), shape)
