"""The report of a proof: every comparison with what was expected and what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.errors import ProofError

Verdict = Literal["pass", "fail", "not-run"]


class Comparison(msgspec.Struct, frozen=True):
    """One thing that was checked. group: config, elf, constants, or the program's name."""

    group: str
    name: str
    expected: str
    found: str
    verdict: Verdict


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that was looked at. `runner` is what ran the programs; `not_run` says why none ran, else "".

    how_to_run: a command, or what to do. hint: what the command does.
    """

    prefix: str
    triplet: str
    release: str
    runner: str
    not_run: str
    how_to_run: str
    comparisons: tuple[Comparison, ...]
    seconds: float
    hint: str = ""

    @property
    def how(self) -> str:
        """How the programs can be run, with what is to be known of that in brackets."""
        return f"{self.how_to_run}    ({self.hint})" if self.hint else self.how_to_run

    @property
    def failed(self) -> tuple[Comparison, ...]:
        """The comparisons that did not hold."""
        return tuple(comparison for comparison in self.comparisons if comparison.verdict == "fail")

    @property
    def passed(self) -> int:
        """How many comparisons held."""
        return sum(comparison.verdict == "pass" for comparison in self.comparisons)


def compare(group: str, name: str, expected: str, found: str) -> Comparison:
    """A comparison that passes where both are equal."""
    return Comparison(group, name, expected, found, "pass" if expected == found else "fail")


def refuse_failed(report: Report) -> None:
    """Raise ProofError with the first thing that is not right, where there is one."""
    if report.failed:
        first = report.failed[0]
        raise ProofError(
            "proof-failed",
            group=first.group,
            name=first.name,
            found=first.found,
            expected=first.expected,
            failed=len(report.failed),
            all=len(report.comparisons),
            prefix=report.prefix,
        )


def save_report(report: Report, path: Path) -> None:
    """Save the report beside the switch."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


def load_report(path: Path) -> Report | None:
    """A saved report; None where there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.DecodeError):
        return None


def render(report: Report) -> str:
    """The report as text for a terminal."""
    signs = {"pass": "ok  ", "fail": "FAIL", "not-run": "-   "}
    width = max((len(f"{comparison.group} {comparison.name}") for comparison in report.comparisons), default=0)
    lines = []
    for comparison in report.comparisons:
        text = (
            f"{signs[comparison.verdict]} {f'{comparison.group} {comparison.name}':<{width}}  {comparison.found}"
        )
        lines.append(text if comparison.verdict != "fail" else f"{text}   (expected {comparison.expected})")
    if report.not_run:
        lines += [f"-    the programs were not run: {report.not_run}", f"     to run them: {report.how}"]
    else:
        lines.append(f"     the programs ran {report.runner}")
    lines.append(f"{verdict(report)}, in {report.seconds:.1f} s")
    return "\n".join(lines)


def verdict(report: Report) -> str:
    """The report in one line."""
    words = "the switch works" if not report.failed else "THE SWITCH IS NOT RIGHT"
    return f"{words}: {report.passed} passed, {len(report.failed)} failed"


REPORT_FILE = Path("share") / "ocaml-cross" / "proof.json"
