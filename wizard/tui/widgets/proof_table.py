"""The comparisons of a proof, one line each."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wizard.tui.hanging import Hanging, hanging
from wizard.tui.render import MUTED, VERDICTS, join, text
from wizard.verify.report import Comparison, Report

HEADS = ("verdict", "of", "what", "found")


class ProofTable(VerticalScroll):
    """Verdict, what was looked at, what was found and, where it differs, what was expected."""

    def __init__(self, report: Report | None) -> None:
        super().__init__(id="proof")
        self._report = report
        self.border_title = "The proof"

    def compose(self) -> ComposeResult:
        """The table."""
        comparisons = self._report.comparisons if self._report else ()
        yield Static(table(comparisons), markup=False, expand=True)


def table(comparisons: tuple[Comparison, ...]) -> Hanging:
    """The comparisons in columns; those that failed come first."""
    ordered = sorted(comparisons, key=lambda one: one.verdict != "fail")
    of = max(len("of"), *(len(one.group) for one in ordered), 0) + 2
    what = min(18, max(len("what"), *(len(one.name) for one in ordered), 0)) + 2
    head = text(f"{HEADS[0]:<11}{HEADS[1]:<{of}}{HEADS[2]:<{what}}{HEADS[3]}", "bold")
    return hanging(head, *(_row(one, of, what) for one in ordered), hang=11 + of + what)


def _row(one: Comparison, of: int, what: int) -> Content:
    sign, style = VERDICTS[one.verdict]
    differs = one.found != one.expected
    return join(
        text(f"{sign:<11}", style),
        text(f"{one.group:<{of}}", MUTED),
        f"{one.name:<{what - 1}} {one.found}",
        text(f"  expected {one.expected}", MUTED) if differs else "",
    )
