"""The panel that explains the choice under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from wizard.faces.tui.render import explained
from wizard.faces.tui.widgets.pane import Pane
from wizard.session.questions import Explained


class ExplainPanel(Pane, can_focus=False):
    """Title, what it is, what follows, link: beside the list, or under it in a narrow terminal."""

    BORDER_TITLE = "About this choice"

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="explained", markup=False)

    _what: Explained | None = None

    def show(self, what: Explained) -> None:
        """Explain `what`."""
        self._what = what
        compact = self.screen.has_class("-narrow")
        self.query_one("#explained", Static).update(explained(what, compact=compact))
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        """More or less room."""
        if self._what is not None:
            self.show(self._what)
