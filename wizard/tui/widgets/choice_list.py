"""A list in which the cursor chooses, and what cannot work is dimmed with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from wizard.tui.hanging import Hanging, hanging
from wizard.tui.render import join, text

if TYPE_CHECKING:
    from wizard.tui.words import Explained


@dataclass(frozen=True)
class Entry:
    """One choice. facts: a short second line. reason: why it cannot work, "" where it can."""

    id: str
    title: str
    facts: str
    explained: Explained
    reason: str = ""


class ViList(OptionList):
    """An option list with j and k beside the arrows, in which a click only moves the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
    ]

    async def _on_click(self, event: events.Click) -> None:
        """Move the cursor; a double click is Enter."""
        event.prevent_default()
        clicked: int | None = event.style.meta.get("option")
        if clicked is not None and not self.options[clicked].disabled:
            self.highlighted = clicked
            if event.chain > 1:
                self.action_select()


class ChoiceList(ViList):
    """Choices of one field of the selection; the one under the cursor is the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Next", key_display="⏎")]

    def __init__(self, field: str, label: str = "") -> None:
        super().__init__(id=f"choices-{field}", markup=False)
        self.field = field
        self.border_title = label
        self.entries: tuple[Entry, ...] = ()

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.highlighted] if self.highlighted is not None and self.entries else None

    def show(self, entries: tuple[Entry, ...], chosen: str) -> None:
        """Show `entries`, the cursor at the one with the id `chosen`."""
        ids = [entry.id for entry in entries]
        index = ids.index(chosen) if chosen in ids else 0
        if ids != [entry.id for entry in self.entries]:
            self.entries = entries
            self.clear_options()
            self.add_options(Option(self._prompt(entry, i == index), entry.id) for i, entry in enumerate(entries))
        else:
            self.entries = entries
            for i, entry in enumerate(entries):
                self.replace_option_prompt_at_index(i, self._prompt(entry, i == index))
        if self.highlighted != index:
            self.highlighted = index

    @staticmethod
    def _prompt(entry: Entry, chosen: bool) -> Hanging:
        mark = "(•) " if chosen else "( ) "
        title = text(entry.title, "dim" if entry.reason else "bold" if chosen else "")
        if entry.reason:
            below = text(f"    ✗ cannot work: {entry.reason}", "$text-error")
        else:
            below = text(f"    {entry.facts}", "dim")
        return hanging(join(mark, title), below, hang=4)
