"""What went wrong in a build, and what to do."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from wizard.errors import WizardError
from wizard.tui.hanging import hanging
from wizard.tui.render import join, text


class Trouble(VerticalScroll):
    """Which stage, the first error, why, what to do, where the whole log is. Tab reaches it, to scroll it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

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
            # The fix of a failed stage says no more than where the log is, which is shown below.
            ("What to do", error.fix if not log or log not in error.fix else ""),
            ("Whole log", log),
        ]
        shown: list[Content | str] = [join(text(f"{name:<12}", "bold"), value) for name, value in rows if value]
        shown.append(
            join(
                text("r", "bold $text-accent"), " try again, what is done is kept   ",
                text("e", "bold $text-accent"), " first error   ",
                text("y", "bold $text-accent"), " copy the log path",
            )
        )  # fmt: skip
        self.query_one("#trouble-text", Static).update(hanging(*shown, hang=12))
