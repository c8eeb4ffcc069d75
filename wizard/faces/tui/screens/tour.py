"""The tour of the first run: a few pages, each of which can be the last one."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import ClassVar

import msgspec
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.base import tomlfile
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.render import join, lines, text
from wizard.faces.tui.screens.base import Dialog

KEY_WIDTH = 10


class TourPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page: paragraphs, then keys with what they do."""

    title: str
    text: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]


class _Tour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    page: tuple[TourPage, ...]


@functools.cache
def pages() -> tuple[TourPage, ...]:
    """The pages of tour.toml, read once in a process."""
    text_ = Path(__file__).parents[1].joinpath("tour.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text_, _Tour, name="tour.toml", code="catalogue").page


class TourScreen(Dialog[None]):
    """One page after the other; Escape leaves at any of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,right,j,space", "turn(1)", "Next", show=False),
        Binding("left,k,backspace", "turn(-1)", "Back", show=False),
        Binding("q,s", "dismiss_empty", "Skip", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def compose(self) -> ComposeResult:
        """The page and its buttons."""
        with Vertical(classes="dialog tour"):
            with VerticalScroll():
                yield Static(id="tour-page", markup=False)
            with Horizontal(classes="answers"):
                for id_, word in (("skip", "Skip"), ("onward", "Next")):
                    button = Button(
                        word, id=id_, variant="primary" if id_ == "onward" else "default", compact=True
                    )
                    button.can_focus = False  # for the mouse; Enter is a key of the page
                    yield button

    def on_mount(self) -> None:
        """The first page."""
        self._show()

    def action_turn(self, by: int) -> None:
        """The next or the page before; after the last one it is over."""
        self.number += by
        if self.number >= len(pages()):
            self.dismiss(None)
            return
        self.number = max(self.number, 0)
        self._show()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The two buttons."""
        event.stop()
        if event.button.id == "skip":
            self.dismiss(None)
        else:
            self.action_turn(1)

    def _show(self) -> None:
        page, last = pages()[self.number], self.number == len(pages()) - 1
        box = self.query_one(".tour", Vertical)
        box.border_title = f"A short tour: {self.number + 1} of {len(pages())}"
        box.border_subtitle = "⏎ next, ← back, esc skips"
        onward = self.query_one("#onward", Button)
        onward.label = "Begin" if last else "Next"
        onward.refresh(layout=True)  # the words are not equally long
        self.query_one("#tour-page", Static).update(hanging_text(page_content(page), hang=None))


def page_content(page: TourPage) -> Content:
    """A page as text."""
    paragraphs = [part for words in page.text for part in (Content(words), Content(""))]
    keys = [join(text(f"{key:<{KEY_WIDTH}}", "bold $text-accent"), what) for key, what in page.keys]
    return lines(text(page.title, "bold underline"), "", *paragraphs, *keys)
