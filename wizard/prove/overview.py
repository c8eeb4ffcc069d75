"""A report rearranged by what a reader asks: the constants, the programs, what ran. Pure."""

from __future__ import annotations

import msgspec

from wizard.catalogue.model import Machine, Release
from wizard.check.constants import expected_config, predicted, shown
from wizard.prove.report import Comparison, Report, Verdict

MEANINGS = {
    "version": "The release, as the compiler and its programs name it.",
    "architecture": "The back end of ocamlopt: for which processors it makes code.",
    "word_size": "Bits of a word. A compiler that runs with other words than its target's would cut literals.",
    "int_size": "Bits of an int: one less than a word, because one bit tells ints from pointers.",
    "max_wosize": "The largest block, in words: also the longest array.",
    "ostype_unix": "Sys.unix: which parts of the standard library and of Unix there are.",
    "ostype_win32": "Sys.win32: paths with backslashes, programs that end in .exe.",
    "ostype_cygwin": "Sys.cygwin: Unix on Windows.",
    "backend_type": "Sys.backend_type: native code, not bytecode.",
    "naked_pointers_checked": "Whether the runtime looks for pointers outside of the heap: it does not here.",
}
"""What the runtime constants mean."""

CONFIG_NAMES = {"ostype_unix": "os_type", "ostype_win32": "os_type", "ostype_cygwin": "os_type"}
"""By which other name `ocamlopt -config` answers."""

_FIRST_RUN = "exit status"


class ConstantFound(msgspec.Struct, frozen=True):
    """One runtime constant: predicted before the build, as `ocamlopt -config` says, as a program says.

    configured, measured: "" where it was not asked. verdict: the gravest of the comparisons.
    """

    name: str
    predicted: str
    configured: str
    measured: str
    verdict: Verdict


class ProgramFound(msgspec.Struct, frozen=True):
    """One program of the proof: what it is (from its file), and what came of running it."""

    name: str
    facts: tuple[Comparison, ...]
    ran: tuple[Comparison, ...]


def constants_found(report: Report, target: Machine, release: Release) -> tuple[ConstantFound, ...]:
    """Every predicted constant beside what the proof found."""
    words = {name: shown(value) for name, value in msgspec.to_builtins(predicted(target)).items()}
    first = {name: expected_config(target, release)[name] for name in ("version", "architecture")}
    asked = {comparison.name: comparison for comparison in report.comparisons if comparison.group == "config"}
    printed = {comparison.name: comparison for comparison in report.comparisons if comparison.group == "constants"}
    found = []
    for name, value in {**first, **words}.items():
        configured, measured = asked.get(CONFIG_NAMES.get(name, name)), printed.get(name)
        verdicts = [comparison.verdict for comparison in (configured, measured) if comparison is not None]
        found.append(
            ConstantFound(
                name,
                value,
                configured.found if configured else "",
                measured.found if measured else "",
                next((verdict for verdict in _GRAVEST if verdict in verdicts), "not-run"),
            )
        )
    return tuple(found)


_GRAVEST: tuple[Verdict, ...] = ("fail", "not-run", "pass")


def programs_found(report: Report) -> tuple[ProgramFound, ...]:
    """The programs of the proof in their order; what a program printed comes after its exit status."""
    groups: dict[str, list[Comparison]] = {}
    for comparison in report.comparisons:
        if comparison.group != "config":
            groups.setdefault(comparison.group, []).append(comparison)
    return tuple(_program(name, found) for name, found in groups.items())


def _program(name: str, found: list[Comparison]) -> ProgramFound:
    first = next(
        (
            number
            for number, comparison in enumerate(found)
            if comparison.name == _FIRST_RUN or comparison.verdict == "not-run"
        ),
        len(found),
    )
    return ProgramFound(name, tuple(found[:first]), tuple(found[first:]))


def common_facts(programs: tuple[ProgramFound, ...]) -> tuple[Comparison, ...]:
    """The facts that all programs share, as those of the first."""
    if not programs:
        return ()
    others = [{(fact.name, fact.found) for fact in program.facts} for program in programs]
    shared = set.intersection(*others)
    return tuple(fact for fact in programs[0].facts if (fact.name, fact.found) in shared)
