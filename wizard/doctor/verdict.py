"""The doctor: every check asked about one description of the machine, and one verdict. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from wizard.base import codes
from wizard.base.codes import CheckSeverity, Kind
from wizard.base.errors import kind_named
from wizard.catalogue.command import command_line
from wizard.check.findings import Finding
from wizard.doctor import checks_folders, checks_machine, checks_network, checks_tools, checks_wizard
from wizard.doctor.facts import Facts
from wizard.doctor.groups import GROUPS, SEVERITIES
from wizard.doctor.outcome import Outcome

CHECKS: dict[str, Callable[[Facts], Outcome]] = {
    **checks_machine.CHECKS,
    **checks_tools.CHECKS,
    **checks_folders.CHECKS,
    **checks_network.CHECKS,
    **checks_wizard.CHECKS,
}

_GRADE: dict[str, CheckSeverity] = {"error": "failure", "warning": "warning"}


class Result(msgspec.Struct, frozen=True):
    """One fact. code: of a check, or of a finding of the selection; `explain` knows it. fix: a command, or ""."""

    code: str
    group: str
    severity: CheckSeverity
    title: str
    evidence: str
    fix: str = ""


class Skipped(msgspec.Struct, frozen=True):
    """A check that was not made, and why."""

    code: str
    title: str
    why: str


class Diagnosis(msgspec.Struct, frozen=True):
    """All results in the order in which they are shown, what was not looked at, and the verdict in one line.

    exit_code: 0 where nothing forbids a build, else that of the first failure. about: which wizard has looked.
    """

    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]
    verdict: str
    exit_code: int
    about: str
    selection: str = ""

    def of(self, severity: CheckSeverity) -> tuple[Result, ...]:
        """The results of one severity."""
        return tuple(result for result in self.results if result.severity == severity)


def examine(facts: Facts) -> Diagnosis:
    """Ask every check. One whose part of the description is missing is skipped, with the reason."""
    results: list[Result] = []
    skipped: list[Skipped] = []
    for code, text in codes.checks().items():
        if getattr(facts, text.facts) is None:
            skipped.append(Skipped(code, text.title, facts.unseen.get(text.facts, "it cannot be seen here")))
        else:
            results.append(_result(code, CHECKS[code](facts)))
    if facts.chosen is not None:
        results = [*_of_selection(facts.chosen.findings, results), *results]
    order = list(GROUPS)
    results.sort(key=lambda result: order.index(result.group))
    failed = [result for result in results if result.severity == "failure"]
    return Diagnosis(
        tuple(results),
        tuple(skipped),
        _verdict(results, facts),
        kind_named(_kind_of(failed[0].code)).exit_code if failed else 0,
        f"ocaml-cross-wizard {facts.wizard}, Python {facts.python}",
        facts.chosen.words if facts.chosen else "",
    )


def _result(code: str, outcome: Outcome) -> Result:
    text = codes.checks()[code]
    words = text.outcome[outcome.word]
    names = outcome.names
    return Result(
        code, text.group, words.severity, text.title, words.says.format(**names), words.fix.format(**names)
    )


def _of_selection(findings: tuple[Finding, ...], results: list[Result]) -> list[Result]:
    """The findings that no check has said already, as results; one that says it is fine where there is none."""
    said: dict[str, int] = {}
    for result in results:
        for code in codes.checks()[result.code].covers:
            said[code] = SEVERITIES.index(result.severity)
    found = [
        Result(
            finding.code,
            "selection",
            _GRADE[finding.severity],
            finding.about or "machine",
            finding.what,
            _fix(finding),
        )
        for finding in findings
        if finding.severity in _GRADE
        and said.get(finding.code, len(SEVERITIES)) > SEVERITIES.index(_GRADE[finding.severity])
    ]
    grave = any(finding.severity == "error" for finding in findings)
    if not grave:
        found.insert(
            0, Result("selection", "selection", "ok", "selection", "nothing in it speaks against a build")
        )
    return found


def _fix(finding: Finding) -> str:
    """One command: what the first fix names, or that for the selection which it offers; "" where there is none."""
    for fix in finding.fixes[:1]:
        if fix.selection is None:
            return fix.command
        return command_line(fix.selection)
    return ""


def _kind_of(code: str) -> Kind:
    return codes.checks()[code].kind if code in codes.checks() else codes.findings()[code].kind


def _verdict(results: list[Result], facts: Facts) -> str:
    """The whole in one line."""
    what = "this selection" if facts.chosen else "a build"
    titles = [result.title for result in results if result.severity == "failure"]
    warnings = sum(result.severity == "warning" for result in results)
    warned = f"{warnings} warning{'s' * (warnings != 1)}"
    if titles:
        also = f"; {warned} besides" if warnings else ""
        return f"{what} cannot work here until this is fixed: {', '.join(dict.fromkeys(titles))}{also}"
    if warnings:
        return f"{what} can work here; {warned} to look at"
    return f"nothing here prevents {what}"
