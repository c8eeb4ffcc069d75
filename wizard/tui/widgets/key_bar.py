"""The footer: the keys that apply now. One widget, so that a change of focus costs one line and no layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from wizard.tui.render import join, text

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
        keys: dict[str, tuple[str, str, str]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            if binding.show and active.enabled and binding.description:
                shown = self.app.get_key_display(binding)
                keys.setdefault(binding.action, (binding.key, shown, binding.description))
        line = Content("  ").join([_part(*key) for key in keys.values()])
        palette = self.app.COMMAND_PALETTE_BINDING
        right = _part(palette, palette.replace("ctrl+", "^"), "Commands")
        room = self.content_size.width - line.cell_length - right.cell_length
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


def _part(key: str, shown: str, word: str) -> Content:
    part = join(text(shown, KEY), " ", text(word, WORD))
    return part.stylize(Style.from_meta({"key": key}))
