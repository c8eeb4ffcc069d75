"""Asks all rules: findings with their words and fixes, or only their codes."""

from __future__ import annotations

from wizard.base import codes
from wizard.catalogue.selection import Selection
from wizard.check.findings import SEVERITIES, Finding, finding
from wizard.check.fixes import MISSING, REFUSED, WARNING, fixes_for
from wizard.check.machine_rules import MACHINE_RULES
from wizard.check.resolved import ResolvedSelection
from wizard.check.rules import SELECTION_RULES, Rule

RULES: tuple[Rule, ...] = (*SELECTION_RULES, *MACHINE_RULES)


def check(resolved: ResolvedSelection) -> tuple[Finding, ...]:
    """Every finding of every rule, the gravest first. Pure: looks at nothing but its argument."""
    graded: dict[Selection, dict[str, int]] = {}

    def once(other: ResolvedSelection) -> dict[str, int]:
        """Fixes of several findings lead to the same selections."""
        if other.selection not in graded:
            graded[other.selection] = grades(other)
        return graded[other.selection]

    found = [
        finding(breach.code, fixes_for(breach, resolved, once), **breach.names)
        for rule in RULES
        for breach in rule(resolved)
    ]
    return tuple(sorted(found, key=lambda finding_: SEVERITIES.index(finding_.severity)))


def only(code: str, resolved: ResolvedSelection) -> tuple[Finding, ...]:
    """The findings of one code, without the fixes, whose search is what takes time."""
    found = (breach for rule in RULES for breach in rule(resolved) if breach.code == code)
    return tuple(finding(breach.code, (), **breach.names) for breach in found)


def grades(resolved: ResolvedSelection) -> dict[str, int]:
    """The codes of all findings with how grave each is, without words and fixes."""
    known = codes.findings()
    return {breach.code: grade(known[breach.code]) for rule in RULES for breach in rule(resolved)}


def grade(entry: codes.FindingEntry) -> int:
    """How grave a finding is, as a number to compare and to add."""
    if entry.severity == "error":
        return REFUSED if entry.kind == "refused" else MISSING
    return WARNING if entry.severity == "warning" else 0


def refusals(resolved: ResolvedSelection) -> tuple[str, ...]:
    """The codes of the errors of the selection itself, in the order of the rules, each once."""
    known = codes.findings()
    found = (breach.code for rule in SELECTION_RULES for breach in rule(resolved))
    return tuple(dict.fromkeys(code for code in found if known[code].severity == "error"))
