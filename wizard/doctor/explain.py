"""Every code that a user can meet (finding, error, check of the doctor, cause in a log), and its long text."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError, kind_named
from wizard.base.spelling import nearest
from wizard.catalogue.model import Catalogue
from wizard.check import explain as of_findings
from wizard.check.explain import Explanation
from wizard.check.findings import texts
from wizard.doctor.texts import checks
from wizard.logs.matchers import MatcherFix, matchers

ErrorKind = Literal[
    "defect", "input", "refused", "missing", "build", "proof", "place", "busy", "cancelled"
]  # fmt: skip
"""The class of an error, as `errors.kind_named` finds it."""


class ErrorText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The words of an error's code. confirm: how a user sees it for himself; "" where there is nothing to see."""

    kind: ErrorKind
    what: str
    why: str
    cure: tuple[str, ...]
    confirm: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of file in TOML. shipped: it is a part of the wizard, and no user writes it."""

    title: str
    shipped: bool = False


class _Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What can be wrong with such a file. {title} is filled in. named: only with one that a user has named."""

    what: str
    why: str
    cure: str
    named: bool = False


class _Errors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    error: dict[str, ErrorText]
    problem: dict[str, _Problem]
    file: dict[str, _File]


@functools.cache
def error_texts() -> dict[str, ErrorText]:
    """The words of every error's code, from errors.toml; one for each problem of each file in TOML, too."""
    text = Path(__file__).with_name("errors.toml").read_text(encoding="utf-8")
    read = tomlfile.parse(text, _Errors, name="errors.toml", code="explanations")
    found = dict(read.error)
    for name, file in read.file.items():
        for problem, words in read.problem.items():
            if not (file.shipped and words.named):
                found.setdefault(f"{name}-{problem}", _of_file(file, words))
    return found


def _of_file(file: _File, problem: _Problem) -> ErrorText:
    cure = (problem.cure,)
    if file.shipped:
        cure = ("Install the wizard again: this file is a part of it, and was damaged or changed.",)
    return ErrorText("input", problem.what, problem.why.format(title=file.title), cure)


def explain(code: str, catalogue: Catalogue | None = None) -> Explanation:
    """The explanation of a code, with examples where a catalogue is given. Raises InputError for another."""
    if code in texts():
        return of_findings.explain(code, catalogue)
    if code in error_texts():
        return _error(code)
    if code in checks():
        return _check(code)
    if code in matchers():
        return _cause(code)
    known = [*texts(), *error_texts(), *checks(), *matchers()]
    near = nearest(code, known)
    fix = f"did you mean {near!r}? " if near else ""
    raise InputError(
        "code-unknown",
        f"no finding, error, check or cause has the code {code!r}",
        "",
        f"{fix}`ocaml-cross-wizard explain --list` has them all",
    )


def every() -> tuple[Explanation, ...]:
    """The explanations of all codes, without examples: findings, errors, checks, causes."""
    return (
        *(of_findings.explain(code) for code in texts()),
        *(_error(code) for code in error_texts()),
        *(_check(code) for code in checks()),
        *(_cause(code) for code in matchers()),
    )


def matching(found: tuple[Explanation, ...], typed: str) -> tuple[Explanation, ...]:
    """Those that have every typed word, in any case; first those that have all in their code or first sentence."""
    words = typed.casefold().split()

    def has(text: str) -> bool:
        return all(word in text for word in words)

    ranked: list[list[Explanation]] = [[], []]
    for one in found:
        short = f"{one.code} {one.of} {one.severity} {one.what}".casefold()
        if has(short):
            ranked[0].append(one)
        elif has(" ".join((short, one.why, one.confirm, *one.cure)).casefold()):
            ranked[1].append(one)
    return tuple(ranked[0] + ranked[1])


def _error(code: str) -> Explanation:
    text = error_texts()[code]
    return Explanation(
        code,
        "error",
        "error",
        text.what,
        text.why,
        text.confirm,
        text.cure,
        exit_code=kind_named(text.kind).exit_code,
    )


def _check(code: str) -> Explanation:
    text = checks()[code]
    outcomes = tuple((f"{one.severity}: {of_findings.opened(one.says)}", "") for one in text.outcome.values())
    return Explanation(
        code,
        "check",
        "check",
        text.title,
        text.why,
        text.confirm,
        text.cure,
        source=text.source,
        examples=outcomes,
    )


def _cause(code: str) -> Explanation:
    one = matchers()[code]
    return Explanation(
        code,
        "cause",
        "cause",
        of_findings.opened(one.what),
        of_findings.opened(one.meaning),
        of_findings.opened(one.confirm),
        tuple(_fix(fix) for fix in one.fixes),
        source=one.source,
    )


def _fix(fix: MatcherFix) -> str:
    return of_findings.opened(f"{fix.text} {fix.command}".rstrip())
