"""Jump keys: a letter stands at each thing that can have the focus; pressing it goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click, Key
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Label

if TYPE_CHECKING:
    from textual.app import App

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""In the order of giving them out: those under the resting hand first."""

SETTLED_SECONDS = 0.2

NAMES = {
    "begin": "What to do",
    "back": "Back",
    "next": "Next",
    "choices-host": "Host machines",
    "choices-target": "Target machines",
    "prefix": "Prefix",
    "sources": "Sources folder",
    "own-sources": "Own sources",
    "offline": "Offline",
    "host": "Host",
    "release": "Release",
    "filter": "Filter",
    "cells": "Targets",
    "checks": "Facts",
    "commands": "Commands to copy",
    "codes": "Codes",
    "path": "Path",
}
"""The names of what has no title on the screen, by its id."""


def jump_targets(app: App[int]) -> list[Widget]:
    """What can have the focus or be pressed on the screen now, from top to bottom and from left to right."""
    screen = app.screen
    able = [
        widget
        for widget in screen.query(Widget)
        if widget.focusable or (isinstance(widget, Button) and not widget.disabled)
    ]
    shown = [widget for widget in able if widget.display and widget.visible and widget.region]
    return sorted(shown, key=lambda widget: (widget.region.y, widget.region.x))[: len(LETTERS)]


def name_of(widget: Widget) -> str:
    """What stands on the screen for `widget`."""
    if isinstance(widget, Button):
        return str(widget.label).strip(" ←→")
    for named in (widget, widget.parent):
        if isinstance(named, Widget) and named.border_title:
            return str(named.border_title)
    if widget.id in NAMES:
        return NAMES[widget.id]
    return "Text" if widget.has_class("detail", "page") else "Tabs" if "Tabs" in type(widget).__name__ else "List"


def jump_to(app: App[int], widget: Widget) -> None:
    """The focus to `widget`; a button is pressed."""
    if isinstance(widget, Button):
        widget.press()
    elif widget.is_attached:
        app.screen.set_focus(widget)


def jump_over(app: App[int]) -> None:
    """Show the letters above the screen that is shown; a second time takes them away."""
    if isinstance(app.screen, JumpScreen):
        app.screen.dismiss(None)
        return

    def jumped(widget: Widget | None) -> None:
        if widget is not None:
            jump_to(app, widget)

    app.push_screen(JumpScreen(jump_targets(app)), jumped)


class Jump(Label):
    """One letter."""

    def __init__(self, letter: str, widget: Widget) -> None:
        super().__init__(classes="jump", markup=False)
        self.letter, self._widget = letter, widget

    def move(self) -> None:
        """At the widget's upper left corner; of one out of sight with its name, where it would come into sight."""
        if not self._widget.is_attached:
            return
        geometry = self._widget.screen.find_widget(self._widget)
        seen = geometry.visible_region
        if seen:
            self.update(f" {self.letter} ")
            self.styles.offset = (seen.x, seen.y)
            return
        words = f" {self.letter} {name_of(self._widget)} "
        self.update(words)
        y = min(max(geometry.region.y, geometry.clip.y), geometry.clip.bottom - 1)
        self.styles.offset = (max(geometry.clip.x, geometry.clip.right - len(words) - 1), y)


class JumpScreen(ModalScreen[Widget]):
    """The letters; any other key takes them away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Leave it")]

    def __init__(self, targets: list[Widget]) -> None:
        super().__init__()
        self.targets = dict(zip(LETTERS, targets, strict=False))

    def compose(self) -> ComposeResult:
        """A label for each, and what to do at the lower edge."""
        for letter, widget in self.targets.items():
            yield Jump(letter, widget)
        yield Label(" Press a letter to go there; esc leaves ", id="jump-hint", markup=False)

    def on_mount(self) -> None:
        """Put the letters where their widgets are; once more when what lies below has come to rest."""
        self._place()
        self.call_after_refresh(self._place)
        self.set_timer(SETTLED_SECONDS, self._place)

    def on_resize(self) -> None:
        """The widgets have moved."""
        self.call_after_refresh(self._place)

    def _place(self) -> None:
        for label in self.query(Jump):
            label.move()

    def on_key(self, event: Key) -> None:
        """Go there."""
        event.stop()
        self.dismiss(self.targets.get(event.key))

    def on_click(self, event: Click) -> None:
        """A click on a letter goes there, too."""
        event.stop()
        self.dismiss(self.targets.get(event.widget.letter) if isinstance(event.widget, Jump) else None)

    def action_leave(self) -> None:
        """Take the letters away."""
        self.dismiss(None)
