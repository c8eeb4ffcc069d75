"""A screen whose list is narrowed by the words that one types above it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList

from wizard.faces.tui.screens.base import WizardScreen


class FilteredScreen(WizardScreen):
    """A field with the id `filter` and a list of the kind LIST; Escape takes the words away, then leaves."""

    LIST: ClassVar[type[OptionList]]

    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "list", "To the list", show=False)]

    @abstractmethod
    def show_matches(self) -> None:
        """Show what has all words of the field."""

    @abstractmethod
    def leave(self) -> None:
        """Back to where one came from."""

    @property
    def words(self) -> Input:
        """The field."""
        return self.query_one("#filter", Input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Other words."""
        event.stop()
        self.show_matches()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field: letters are keys again."""
        event.stop()
        self.action_list()

    def action_filter(self) -> None:
        """Type into the field, from the next key on."""
        self.set_focus(self.words)

    def action_list(self) -> None:
        """From the field to the list."""
        self.query_one(self.LIST).focus()

    def action_back(self) -> None:
        """Take the words away where there are some, else leave."""
        if self.words.value or self.words.has_focus:
            self.words.value = ""
            self.action_list()
        else:
            self.leave()
