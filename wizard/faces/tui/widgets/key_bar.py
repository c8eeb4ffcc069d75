"""The footer: the keys that apply now. One widget, so that a change of focus costs one line and no layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.content import Content
from textual.markup import escape
from textual.style import Style
from textual.widgets import Static

from wizard.faces.tui.keys import footer, footer_right
from wizard.faces.tui.render import join, text

if TYPE_CHECKING:
    from textual.screen import Screen

KEY, WORD = "bold $footer-key-foreground", "$footer-description-foreground"


class KeyBar(Static):
    """Key and word, one after the other; a click on them presses the key. The palette's key is on the right."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._shown = ""

    def on_mount(self) -> None:
        """Follow the screen's keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.call_after_refresh(self.show_keys)

    def on_resize(self) -> None:
        """More or less room."""
        self._shown = ""
        self.show_keys()

    def _changed(self, screen: Screen[object]) -> None:
        if self.is_attached and screen is self.screen:
            self.show_keys()

    def show_keys(self) -> None:
        """Draw the keys that apply now."""
        width = self.content_size.width
        here, always = ([_part(*key) for key in some] for some in footer(self.screen))
        line = _line([*here, *always])
        while line.cell_length > width and here:
            # What does not fit is in the help, whose key stays in sight.
            here.pop()
            line = _line([*here, Content("…"), *always])
        right = _line([_part(*key) for key in footer_right(self.app)])
        room = width - line.cell_length - right.cell_length
        if room > 1:
            line = join(line, " " * room, right)
        if line.plain != self._shown:
            self._shown = line.plain
            self.update(line)

    def on_click(self, event: events.Click) -> None:
        """A click presses the key."""
        key = event.style.meta.get("key")
        if key:
            self.app.simulate_key(key)


def key_line(screen: Screen[Any]) -> str:
    """The same keys in one line of markup, for the edge of a dialog: a click on one presses it."""
    here, always = footer(screen)
    return "  ".join(
        f"[@click=screen.press('{key}')][{KEY}]{escape(shown)}[/] [{WORD}]{escape(word)}[/][/]"
        for key, shown, word in (*here, *always)
    )


def _line(parts: list[Content]) -> Content:
    return Content("  ").join(parts)


def _part(key: str, shown: str, word: str) -> Content:
    part = join(text(shown, KEY), " ", text(word, WORD))
    return part.stylize(Style.from_meta({"key": key}))
