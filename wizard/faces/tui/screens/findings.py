"""All findings of the choices so far, as a page above a choice screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from wizard.faces.tui.port import port_of
from wizard.faces.tui.render import counted
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.findings_list import FindingsList


class FindingsScreen(Dialog[None]):
    """Findings, reasons, fixes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "dismiss_empty", "Close", show=False)]

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="dialog page"):
            yield FindingsList()

    def on_mount(self) -> None:
        """Show the findings of the draft."""
        self._show()

    def on_findings_list_apply(self, event: FindingsList.Apply) -> None:
        """Apply a fix and show what is left."""
        port_of(self.app).apply_fix(event.fix)
        self._show()

    def _show(self) -> None:
        wizard = port_of(self.app)
        findings = wizard.session.check(wizard.draft.preset, wizard.draft.prefix_path).findings
        self.query_one(Vertical).border_title = f"Findings: {counted(findings)}"
        self.query_one(FindingsList).show(findings)
