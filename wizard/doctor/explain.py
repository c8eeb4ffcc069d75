"""Every code that a user can meet (finding, error, check of the doctor, cause in a log), and its long text."""

from __future__ import annotations

import re

from wizard.base import codes
from wizard.base.codes import Said, opened
from wizard.base.errors import InputError, kind_named
from wizard.base.spelling import nearest
from wizard.catalogue.model import Catalogue
from wizard.check import explain as of_findings
from wizard.check.explain import Explanation, distinct, sentence
from wizard.logs.matchers import MatcherFix, matchers


def explain(code: str, catalogue: Catalogue | None = None) -> Explanation:
    """The explanation of a code, with examples where a catalogue is given. Raises InputError for another."""
    if code in codes.findings():
        return of_findings.explain(code, catalogue)
    if code in codes.errors():
        return _error(code)
    if code in codes.checks():
        return _check(code)
    if code in matchers():
        return _cause(code)
    near = nearest(code, known_codes())
    raise InputError("code-unknown", code=code, near=f"did you mean {near!r}? " if near else "")


def known_codes() -> tuple[str, ...]:
    """Every code: of findings, errors, checks, causes."""
    return (*codes.findings(), *codes.errors(), *codes.checks(), *matchers())


def all_explanations() -> tuple[Explanation, ...]:
    """The explanations of all codes, without examples: findings, errors, checks, causes."""
    return tuple(map(explain, known_codes()))


def matching(found: tuple[Explanation, ...], typed: str) -> tuple[Explanation, ...]:
    """Those that have every typed word, in any case; first those that have all in their code or first sentence."""
    words = typed.casefold().split()

    def has(text: str) -> bool:
        return all(word in text for word in words)

    ranked: list[list[Explanation]] = [[], []]
    for explanation in found:
        short = f"{explanation.code} {explanation.of} {explanation.severity} {explanation.what}".casefold()
        if has(short):
            ranked[0].append(explanation)
        elif has(" ".join((short, explanation.why, explanation.confirm, *explanation.cure)).casefold()):
            ranked[1].append(explanation)
    return tuple(ranked[0] + ranked[1])


def _error(code: str) -> Explanation:
    """What its messages say, each with its reason and what to do, and what stands behind them."""
    entry = codes.errors()[code]
    said = entry.said()
    forms = [entry.said(name) for name in entry.form]
    why = distinct((_own_words(said.why), entry.background))
    return Explanation(
        code,
        "error",
        "error",
        opened(said.what),
        " ".join(why) or said.what,
        entry.confirm,
        distinct((*(_own_words(message.fix) for message in (said, *forms)), *entry.cure)),
        examples=tuple(_further(said, form) for form in forms),
        exit_code=kind_named(entry.kind).exit_code,
    )


def _further(said: Said, form: Said) -> tuple[str, str]:
    """Another message of a code: what it says, and its reason where that is another."""
    return opened(form.what), "" if form.why == said.why else opened(form.why)


def _own_words(template: str) -> str:
    """A template as a sentence; "" where it holds nothing but what is filled in."""
    if not re.search(r"\w", re.sub(r"\{[^}]*\}", "", template)):
        return ""
    return sentence(opened(template))


def _check(code: str) -> Explanation:
    entry = codes.checks()[code]
    outcomes = tuple((f"{outcome.severity}: {opened(outcome.says)}", "") for outcome in entry.outcome.values())
    return Explanation(
        code,
        "check",
        "check",
        entry.title,
        entry.why,
        entry.confirm,
        entry.cure,
        source=entry.source,
        examples=outcomes,
    )


def _cause(code: str) -> Explanation:
    matcher = matchers()[code]
    return Explanation(
        code,
        "cause",
        "cause",
        opened(matcher.what),
        opened(matcher.meaning),
        opened(matcher.confirm),
        tuple(_fix(fix) for fix in matcher.fixes),
        source=matcher.source,
    )


def _fix(fix: MatcherFix) -> str:
    return opened(f"{fix.text} {fix.command}".rstrip())
