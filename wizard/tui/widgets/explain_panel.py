"""The panel that explains the choice under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from wizard.tui.render import explained
from wizard.tui.words import Explained


class ExplainPanel(VerticalScroll, can_focus=False):
    """Title, what it is, what follows, link: beside the list, or under it in a narrow terminal."""

    BORDER_TITLE = "About this choice"

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="explained", markup=False)

    def show(self, what: Explained) -> None:
        """Explain `what`."""
        self.query_one("#explained", Static).update(explained(what))
        self.scroll_home(animate=False)
