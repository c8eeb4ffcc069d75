"""What the doctor found, one line each: what stands in the way first, what is fine after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from wizard.doctor.groups import SEVERITIES
from wizard.doctor.verdict import Diagnosis
from wizard.faces.tui.render import FACTS, MUTED, join, text
from wizard.faces.tui.widgets.choice_list import ViList

WAITING = "looking at this machine …"
SIGN_WIDTH = 11


@dataclass(frozen=True)
class Line:
    """One fact. severity: a result's, or `skipped`; fix: a command, "" where there is none."""

    code: str
    severity: str
    title: str
    evidence: str
    fix: str = ""


def lines_of(found: Diagnosis) -> tuple[Line, ...]:
    """The facts, the gravest first; those of one severity in the order of their groups; what was not seen last."""
    results = sorted(found.results, key=lambda result: SEVERITIES.index(result.severity))
    skipped = (Line(check.code, "skipped", check.title, check.why) for check in found.skipped)
    return (
        *(Line(result.code, result.severity, result.title, result.evidence, result.fix) for result in results),
        *skipped,
    )


class CheckList(ViList):
    """Enter copies the command that fixes the fact under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Copy fix", key_display="⏎")]

    def __init__(self) -> None:
        super().__init__(id="checks", markup=False)
        self.lines: tuple[Line, ...] = ()
        self._at: list[Line | None] = []

    @property
    def chosen(self) -> Line | None:
        """The fact under the cursor."""
        return self._at[self.highlighted] if self.highlighted is not None and self._at else None

    def wait(self) -> None:
        """Show that it is being looked at."""
        if not self.lines:
            self.clear_options()
            self._at = []
            self.add_option(Option(text(WAITING, MUTED), disabled=True))

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show facts, the cursor at the one where it was, else at the first."""
        keep = self.chosen.code if self.chosen else ""
        self.lines = lines
        self.clear_options()
        width = max(len(line.title) for line in lines) + 2
        fine = next((n for n, line in enumerate(lines) if line.severity in ("ok", "skipped")), 0)
        for number, line in enumerate(lines):
            if number and number == fine:
                self.add_option(None)
            self.add_option(Option(_drawn(line, width)))
        self._at = list(lines)
        codes = [line.code for line in lines]
        self.highlighted = codes.index(keep) if keep in codes else 0


def _drawn(line: Line, width: int) -> Content:
    sign, style = FACTS[line.severity]
    fine = line.severity in ("ok", "skipped")
    return join(
        text(f"{sign:<{SIGN_WIDTH}}", style),
        text(f"{line.title:<{width}}", "" if fine else "bold"),
        text(line.evidence, MUTED if fine else ""),
    )
