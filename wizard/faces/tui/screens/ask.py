"""Asks one question with a few answers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.markup import escape
from textual.widgets import Button, Static

from wizard.base.errors import WizardError
from wizard.faces.tui.render import MUTED, lines, text
from wizard.faces.tui.screens.base import Dialog


class Ask(Dialog[str]):
    """A question; the answers are buttons, the first one is the harmless one. Escape answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "app.focus_previous", "The one before", show=False),
        Binding("right,down", "app.focus_next", "The next answer", show=False),
    ]

    def __init__(self, title: str, question: str | Content, answers: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._title, self._question, self._answers = title, question, answers

    def compose(self) -> ComposeResult:
        """The question and a button for each answer."""
        with Vertical(classes="dialog") as box:
            box.border_title = escape(self._title)
            yield Static(self._question, markup=False)
            with Horizontal(classes="answers"):
                for number, (id_, word) in enumerate(self._answers):
                    yield Button(word, id=id_, variant="default" if number else "primary")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The answer."""
        event.stop()
        self.dismiss(event.button.id)


def tell(error: WizardError) -> Ask:
    """A dialog that says what went wrong, why, and what to do; `explain` is answered where its code is wanted."""
    parts = [Content(error.what)]
    if error.why:
        parts.append(text(f"\nwhy: {error.why}", MUTED))
    if error.fix:
        parts.append(text(f"\nwhat to do: {error.fix}", "bold"))
    return Ask(f"✗ error [{error.code}]", lines(*parts), (("close", "Close"), ("explain", "Explain")))
