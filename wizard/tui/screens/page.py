"""One text on a page of its own, which the keys can scroll."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.visual import VisualType
from textual.widgets import Static

from wizard.tui.screens.base import Dialog


class Page(Dialog[None]):
    """A text with a title; the usual keys close it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,f1,enter,e", "dismiss_empty", "Close", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, title: str, content: VisualType) -> None:
        super().__init__()
        self._title, self._content = title, content

    def compose(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(classes="dialog page") as box:
            box.border_title = self._title
            box.border_subtitle = "↑ ↓ scroll, esc closes"
            yield Static(self._content, markup=False)

    def action_scroll(self, by: int) -> None:
        """Scroll a line."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
