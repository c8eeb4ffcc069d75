"""The findings of the choices so far, always in sight."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from wizard.check.findings import Finding
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.render import MUTED, counted, finding_line, fix_line, join, text
from wizard.faces.tui.widgets.pane import Pane


class FindingsBar(Pane, can_focus=False):
    """One line a finding, the gravest first; the first error also says why and what helps."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="findings", markup=False)

    def on_click(self) -> None:
        """A click shows them all with their reasons and fixes."""
        self.app.run_worker(self.screen.run_action("findings"))

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Show `findings`, which come in order of severity."""
        self.border_title = f"Findings: {counted(findings)}"
        self.set_class(any(finding.severity == "error" for finding in findings), "-error")
        shown = []
        for number, finding in enumerate(findings):
            shown.append(finding_line(finding))
            if number == 0 and finding.severity == "error":
                shown.append(text(f"  why: {finding.why}", MUTED))
                if finding.fixes:
                    shown.append(join(text("  fix: ", "bold"), fix_line(finding.fixes[0])))
        self.query_one("#findings", Static).update(
            hanging_text(*shown, hang=4)
            if shown
            else text("✓ ok: nothing speaks against these choices", "$text-success")
        )
        self.scroll_home(animate=False)
