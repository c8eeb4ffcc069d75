"""Asks with which other choices the present ones are to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.faces.tui.hanging_indent import HangingText, hanging_text
from wizard.faces.tui.render import MUTED, text
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.choice_list import ViList
from wizard.session.draft import Draft


@dataclass(frozen=True)
class Alternative:
    """Other choices: what they are called, a short second line ("" for none), and the draft."""

    title: str
    about: str
    draft: Draft


class WhatIf(Dialog[Draft]):
    """A list; the answer is the draft to compare with."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("w,q", "dismiss_empty", "Close", show=False)]

    def __init__(self, others: tuple[Alternative, ...]) -> None:
        super().__init__()
        self._others = others

    def compose(self) -> ComposeResult:
        """The question and the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = "What changes if I take …"
            box.border_subtitle = "⏎ shows it, esc closes"
            yield ViList(*(Option(_prompt(other)) for other in self._others), markup=False)
            yield Static("Previewing changes nothing.", classes="hint", markup=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Compare with this one."""
        event.stop()
        self.dismiss(self._others[event.option_index].draft)


def _prompt(alternative: Alternative) -> HangingText:
    about = [text(f"  {alternative.about}", MUTED)] if alternative.about else []
    return hanging_text(text(alternative.title, "bold"), *about)
