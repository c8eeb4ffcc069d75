"""A list of named things, the lines of the one under the cursor, and why the line under the cursor is there."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.faces.tui.hanging_indent import HangingText, hanging_text
from wizard.faces.tui.render import MUTED, lines, text
from wizard.faces.tui.search import following, holds
from wizard.faces.tui.widgets.choice_list import ViList


@dataclass(frozen=True)
class Line:
    """One line: what is seen, why it is there, and what is copied of it ("" for what is seen)."""

    seen: Content
    why: tuple[Content, ...] = ()
    copied: str = ""
    hang: int | None = None

    @property
    def words(self) -> str:
        """What is copied."""
        return self.copied or self.seen.plain


@dataclass(frozen=True)
class Item:
    """One thing: its name, what it is for, its lines, and its whole text to copy ("" for all lines)."""

    name: str
    purpose: str
    lines: tuple[Line, ...]
    copied: str = ""

    @property
    def words(self) -> str:
        """What is copied of the whole."""
        return self.copied or "".join(f"{line.words}\n" for line in self.lines)


class Reader(Container):
    """Names beside lines, below both the reason; all below each other in a narrow terminal.

    Enter or Tab goes from the names to the lines; search looks through all lines of all things.
    """

    class Chosen(Message):
        """Enter was pressed on a line."""

        def __init__(self, line: Line) -> None:
            super().__init__()
            self.line = line

    def __init__(self, empty: str, id_: str, *, straight: bool = False) -> None:
        super().__init__(id=id_, classes="-straight" if straight else "")
        self._empty, self._straight = empty, straight
        self._filled = -1
        self.items: tuple[Item, ...] = ()

    def compose(self) -> ComposeResult:
        """Names, lines, reason."""
        yield ViList(classes="names", markup=False)
        with Vertical(classes="text"):
            yield ViList(classes="lines", markup=False)
            with VerticalScroll(classes="why", can_focus=False):
                yield Static(markup=False)
        yield Static(self._empty, classes="empty", markup=False)

    @property
    def names(self) -> ViList:
        """The list of things."""
        return self.query_one(".names", ViList)

    @property
    def lines(self) -> ViList:
        """The lines of the thing under the cursor."""
        return self.query_one(".lines", ViList)

    def show(self, items: tuple[Item, ...]) -> None:
        """Show `items`, the cursor where it was."""
        self.set_class(not items, "-empty")
        if items == self.items and self.names.option_count:
            return
        keep, row = self.names.highlighted or 0, self.lines.highlighted or 0
        same = 0 <= keep < min(len(items), len(self.items)) and items[keep] == self.items[keep]
        self.items = items
        self._filled = keep if same else -1
        self.names.clear_options()
        self.names.add_options(Option(item.name) for item in items)
        if not same:
            self.lines.clear_options()
        if items:
            keep = min(keep, len(items) - 1)
            self.names.highlighted = keep
            self._fill(keep)
            if self.lines.option_count:
                self.lines.highlighted = min(row, self.lines.option_count - 1)

    def focus_first(self) -> None:
        """The focus into the names, or where those are only headings, into the lines."""
        (self.lines if self._straight else self.names).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the thing under the cursor, or say why the line under the cursor is there."""
        event.stop()
        if event.option_list is self.names and self.names.highlighted is not None:
            self._fill(self.names.highlighted)  # not the event's: the cursor may be further already
        else:
            self._explain()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a name goes into its lines; on a line it is told to the screen."""
        event.stop()
        if event.option_list is self.names:
            self.lines.focus()
            return
        _item, line = self.under_cursor
        if line is not None:
            self.post_message(self.Chosen(line))

    def on_descendant_focus(self) -> None:
        """The reason is of the thing or of the line, whichever has the cursor."""
        self._explain()

    def _fill(self, index: int) -> None:
        if index == self._filled or index >= len(self.items):
            return
        self._filled = index
        shown = self.lines
        shown.clear_options()
        shown.add_options(Option(_prompt(line)) for line in self.items[index].lines)
        shown.highlighted = 0 if self.items[index].lines else None
        shown.scroll_home(animate=False)
        self._explain()

    def _explain(self) -> None:
        item, line = self.under_cursor
        if item is None:
            return
        said = [text(item.name, "bold"), text(item.purpose, MUTED)]
        if line is not None and line.why:
            said = list(line.why)
        self.query_one(".why", VerticalScroll).border_title = "Why" if line is not None else "What it is"
        self.query_one(".why Static", Static).update(hanging_text(*(line for line in said if line.plain)))
        self.query_one(".why", VerticalScroll).scroll_home(animate=False)

    @property
    def under_cursor(self) -> tuple[Item | None, Line | None]:
        """The thing shown, and its line where the cursor is among the lines."""
        if not 0 <= self._filled < len(self.items):
            return None, None
        item, index = self.items[self._filled], self.lines.highlighted
        among = self.lines.has_focus or self._straight
        return item, item.lines[index] if among and index is not None and index < len(item.lines) else None

    # --- search: one place a line, all things one after the other --------------------------------------------

    def _places(self, query: str) -> list[tuple[int, int]]:
        found = []
        for number, item in enumerate(self.items):
            if holds(item.name, query) and not any(holds(line.seen.plain, query) for line in item.lines):
                found.append((number, 0))
            found += [(number, row) for row, line in enumerate(item.lines) if holds(line.seen.plain, query)]
        return found

    def count_of(self, query: str) -> int:
        """How many lines and names hold `query`."""
        return len(self._places(query))

    def find(self, query: str, by: int, *, here: bool = False) -> bool:
        """Go to the next line that holds `query`, in this thing or the next ones."""
        places = self._places(query)
        rows = max((len(item.lines) for item in self.items), default=0) + 1
        flat = [number * rows + row for number, row in places]
        at = max(self._filled, 0) * rows + (self.lines.highlighted or 0)
        found = following(flat, at, by, here=here)
        if found is None:
            return False
        number, row = divmod(found, rows)
        self.names.highlighted = number
        self._fill(number)
        self.lines.highlighted = row
        self.lines.focus()
        return True


def _prompt(line: Line) -> HangingText:
    return hanging_text(lines(line.seen), hang=line.hang)
