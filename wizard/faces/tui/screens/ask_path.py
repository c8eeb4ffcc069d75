"""Asks for a path, and says at once what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.markup import escape
from textual.widgets import Input, Label, Static

from wizard.faces.tui.screens.base import Dialog


class AskPath(Dialog[str]):
    """One input; Enter takes it where `problem` finds nothing to say against it."""

    def __init__(self, title: str, question: str, problem: Callable[[str], str], value: str = "") -> None:
        super().__init__()
        self._title, self._question, self._problem, self._value = title, question, problem, value

    def compose(self) -> ComposeResult:
        """Title, question, input, what is wrong."""
        with Vertical(classes="dialog") as box:
            box.border_title = escape(self._title)
            yield Label(self._question, markup=False)
            yield Input(self._value, placeholder="a path", id="path")
            yield Static("", id="problem", markup=False)

    def on_input_changed(self) -> None:
        """What was wrong may be right now."""
        self.query_one("#problem", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the path, or say why not."""
        event.stop()
        if not event.value.strip():
            self.dismiss(None)
            return
        problem = self._problem(event.value)
        if problem:
            self.query_one("#problem", Static).update(f"✗ {problem}")
        else:
            self.dismiss(event.value.strip())
