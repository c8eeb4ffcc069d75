"""One cell of the matrix on a page of its own: verdict, evidence, findings, and the selection that would work."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from wizard.catalogue.selection import Selection
from wizard.check.check import check
from wizard.check.matrix import cell_of
from wizard.check.resolved import resolve
from wizard.faces.tui.cell_words import cell_facts
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.port import port_of
from wizard.faces.tui.render import join, text
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.findings_list import FindingsList
from wizard.faces.tui.widgets.pane import Pane

NAME_WIDTH = 10


class Left(NamedTuple):
    """How the page was left: at which selection, and whether the wizard is to start with it."""

    selection: Selection
    start: bool


class CellScreen(Dialog[Left]):
    """A fix shows the selection that it offers in place of the one before."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "start", "Start with this"),
        Binding("q", "dismiss_empty", "Close", show=False),
    ]

    def __init__(self, selection: Selection) -> None:
        super().__init__()
        self.selection = selection

    def compose(self) -> ComposeResult:
        """Facts, then findings."""
        with Vertical(classes="dialog page"):
            with Pane(id="cell-top"):
                yield Static(id="cell-facts", markup=False)
            yield FindingsList()

    def on_mount(self) -> None:
        """Show the selection."""
        self._show()
        self.query_one(FindingsList).focus()

    def _show(self) -> None:
        session = port_of(self.app).session
        resolved = resolve(self.selection, session.catalogue, session.build_machine)
        cell = cell_of(resolved)
        self.query_one(Vertical).border_title = f"{resolved.target.id}, OCaml {resolved.release.id}"
        facts = cell_facts(cell, resolved)
        rows = [join(text(f"{name:<{NAME_WIDTH}}", "bold"), value) for name, value in facts]
        self.query_one("#cell-facts", Static).update(hanging_text(*rows, hang=NAME_WIDTH))
        self.query_one(FindingsList).show(check(resolved))

    def on_findings_list_apply(self, event: FindingsList.Apply) -> None:
        """Show what a fix offers, or copy its command."""
        event.stop()
        if event.fix.selection is None:
            port_of(self.app).apply_fix(event.fix)
            return
        self.selection = event.fix.selection
        self._show()
        self.notify(f"Shown: {event.fix.text}", markup=False)

    def action_start(self) -> None:
        """Start the wizard with the selection that is shown."""
        self.dismiss(Left(self.selection, start=True))

    def action_dismiss_empty(self) -> None:
        """Close; the explorer shows the selection that was shown last."""
        self.dismiss(Left(self.selection, start=False))
