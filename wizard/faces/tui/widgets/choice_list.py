"""A list in which the cursor chooses, and what cannot work is dimmed with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from wizard.faces.tui.hanging_indent import HangingText, hanging_text
from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.search import following, holds

if TYPE_CHECKING:
    from wizard.session.questions import Explained


@dataclass(frozen=True)
class Entry:
    """One choice. facts: a short second line. reason: why it cannot work, "" where it can."""

    id: str
    title: str
    facts: str
    explained: Explained
    reason: str = ""


class ViList(OptionList, inherit_bindings=False):
    """An option list with vi's keys beside the arrows, in which a click only moves the cursor.

    Left and right are left to the screen: no list is wider than its place.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor_up", "Up", show=False),
        Binding("down,j", "cursor_down", "Down", show=False),
        Binding("pageup", "page_up", "A page up", show=False),
        Binding("pagedown", "page_down", "A page down", show=False),
        Binding("home,g", "first", "To the first", show=False),
        Binding("end,G", "last", "To the last", show=False),
        Binding("ctrl+d", "half_page(1)", "Half a page down", show=False),
        Binding("ctrl+u", "half_page(-1)", "Half a page up", show=False),
        Binding("enter", "select", "Use it", show=False),
    ]

    async def _on_click(self, event: events.Click) -> None:
        """Move the cursor; a double click is Enter."""
        event.prevent_default()
        clicked: int | None = event.style.meta.get("option")
        if clicked is not None and not self.options[clicked].disabled:
            self.highlighted = clicked
            if event.chain > 1:
                self.action_select()

    def action_half_page(self, by: int) -> None:
        """Move the cursor by half of what is seen."""
        usable = [index for index, option in enumerate(self.options) if not option.disabled]
        if not usable:
            return
        lines = max(self.virtual_size.height, 1)
        half = max(1, self.option_count * self.scrollable_content_region.height // lines // 2)
        goal = (self.highlighted or 0) + by * half
        self.highlighted = min(usable, key=lambda index: abs(index - goal))

    def _holding(self, query: str) -> list[int]:
        """The options that hold `query`."""
        return [
            index
            for index, option in enumerate(self.options)
            if not option.disabled and holds(getattr(option.prompt, "plain", str(option.prompt)), query)
        ]

    def count_of(self, query: str) -> int:
        """How many options hold `query`."""
        return len(self._holding(query))

    def find(self, query: str, by: int, *, here: bool = False) -> bool:
        """Move the cursor to the next option that holds `query`; False where there is none."""
        found = following(self._holding(query), self.highlighted or 0, by, here=here)
        if found is not None:
            self.highlighted = found
        return found is not None


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
    def _prompt(entry: Entry, chosen: bool) -> HangingText:
        mark = "(•) " if chosen else "( ) "
        title = text(entry.title, MUTED if entry.reason else "bold" if chosen else "")
        if entry.reason:
            below = text(f"    ✗ cannot work: {entry.reason}", "$text-error")
        else:
            below = text(f"    {entry.facts}", MUTED)
        return hanging_text(join(mark, title), below, hang=4)
