"""What went wrong in a build, and what to do."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wizard.errors import WizardError
from wizard.tui.render import join, lines, text


class Trouble(VerticalScroll, can_focus=False):
    """Which stage, the first error, why, what to do, where the whole log is."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="trouble-text", markup=False)

    def show(self, error: WizardError, stage: str, log: str) -> None:
        """Show how a build ended that did not succeed."""
        cancelled = error.exit_code == 130
        self.border_title = "■ The build was stopped" if cancelled else "✗ The build failed"
        self.set_class(cancelled, "-cancelled")
        # A failed stage's reason is the first line of its log that names an error.
        reason = "First error" if error.code == "stage-failed" else "Why"
        rows = [
            ("Stage", stage),
            ("What", f"{error.what}  [{error.code}]"),
            (reason, error.why),
            ("What to do", error.fix),
            ("Whole log", log if log not in error.fix else ""),
        ]
        shown: list[Content | str] = [
            join(text(f"{name:<12}", "bold"), value) for name, value in rows if value
        ]
        shown.append(
            join(
                text("r", "bold $text-accent"), " try again: what is done stays done   ",
                text("esc", "bold $text-accent"), " back to the review   ",
                text("y", "bold $text-accent"), " copy the log's path",
            )
        )  # fmt: skip
        self.query_one("#trouble-text", Static).update(lines(*shown))
