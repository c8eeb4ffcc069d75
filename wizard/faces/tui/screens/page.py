"""One text on a page of its own, which the keys can scroll."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.markup import escape
from textual.visual import VisualType
from textual.widgets import Static

from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.pane import Pane


class Page(Dialog[None]):
    """A text with a title; the usual keys close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,f1,enter,e", "dismiss_empty", "Close", show=False),
    ]

    def __init__(self, title: str, content: VisualType) -> None:
        super().__init__()
        self._title, self._content = title, content

    def compose(self) -> ComposeResult:
        """The text."""
        with Pane(classes="dialog page") as box:
            box.border_title = escape(self._title)
            yield Static(self._content, markup=False)
