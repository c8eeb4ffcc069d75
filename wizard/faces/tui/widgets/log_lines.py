"""The lines of a log on the screen: only those that are seen are read. A cursor, following, wrapping, levels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from wizard.base.lines import plain_line
from wizard.logs.index import LogIndex
from wizard.logs.levels import Level, level_of
from wizard.logs.search import LogSearch

SHOWN = 10_000
"""Characters of a line that are shown; all of it is searched and can be copied."""

LETTER = 4
"""Bytes of a character, at most."""

COPIED = 1 << 20
"""Bytes of a line that are copied."""

SIGNS: dict[str, str] = {"error": "✗", "warning": "!", "command": "$", "": " "}
POINTER = "▶"
SIDEWAYS = 16
NUMBERS_FROM = 70
"""Cells of width from which line numbers are shown, too."""


@dataclass(frozen=True)
class Piece:
    """One row of the screen: the row and line of the log it is of, its text and level; first of its line."""

    row: int
    line: int
    text: str
    level: Level
    first: bool


class LogLines(ScrollView, can_focus=True):
    """Shows `rows` of `index`, line numbers from 0: all lines, or those that a filter leaves."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--error", "log--warning", "log--command", "log--match", "log--cursor", "log--number",
    }  # fmt: skip

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown,ctrl+f", "page_by(1)", show=False),
        Binding("pageup,ctrl+b", "page_by(-1)", show=False),
        Binding("home,g", "begin", show=False),
        Binding("end,G", "end", show=False),
        Binding("left,h", "sideways(-1)", "Sideways", show=False),
        Binding("right,l", "sideways(1)", "Sideways", show=False),
    ]

    class Moved(Message):
        """The cursor, or whether the end is followed, changed."""

    def __init__(self) -> None:
        super().__init__()
        self.index: LogIndex | None = None
        self.search: LogSearch | None = None
        self.rows: Sequence[int] = range(0)
        self.cursor = 0
        self.following = True
        self.wrap = False
        self.pointed = -1
        self._left = 0
        self._page: list[Piece] | None = None
        self._digits = 0

    # --- what is shown --------------------------------------------------------------------------------------

    def show(self, index: LogIndex, rows: Sequence[int], search: LogSearch | None) -> None:
        """Show these rows; the end stays in sight where it was followed, else the line under the cursor."""
        line = self.line
        other = index is not self.index
        self.index, self.rows, self.search = index, rows, search
        self._page = None
        self._set_height()
        if other:
            self.cursor, self.following, self._left, self.pointed = 0, True, 0, -1
        if self.following:
            self._to_end()
        elif not other:
            self.cursor = self.row_of(line)
            if line == self.pointed:
                self._to_cursor(around=True)
        self.refresh()

    @property
    def line(self) -> int:
        """The number of the line under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else 0

    def row_of(self, line: int) -> int:
        """The row of a line, or of the first one after it that is shown."""
        return max(0, min(bisect_left(self.rows, line), len(self.rows) - 1))

    def _set_height(self) -> None:
        """As many rows as there are; where lines wrap, so many that the last ones can be scrolled to."""
        height = len(self.rows)
        if self.wrap and height:
            height += self.size.height - (height - self._top_above(height - 1))
        size = Size(self.size.width, height)
        if size != self.virtual_size:
            # Not by the attribute itself: that lays out and draws the whole screen, for each piece of a log.
            self.set_reactive(LogLines.virtual_size, size)
            self._scroll_update(size)

    def _to_end(self) -> None:
        self.cursor = max(0, len(self.rows) - 1)
        self._scroll(self.virtual_size.height)

    def _pieces(self, row: int) -> list[str]:
        """The text of a row as it is drawn, in one piece or wrapped."""
        return self._cut(self._texts([row])[0])

    def _cut(self, text: str) -> list[str]:
        width = self._text_width
        if not self.wrap or width < 1 or cell_len(text) <= width:
            return [text]
        if text.isascii():
            return [text[start : start + width] for start in range(0, len(text), width)]
        return chop_cells(text, width)

    def _texts(self, rows: Sequence[int]) -> list[str]:
        if self.index is None:
            return [""] * len(rows)
        lines = [self.rows[row] for row in rows]
        return [shown_line(data) for data in self.index.read(lines, SHOWN * LETTER)]

    def _top_above(self, row: int) -> int:
        """The first row of a page that ends with `row`."""
        room = max(1, self.size.height)
        if not self.wrap:
            return max(0, row - room + 1)
        top = row
        room -= len(self._pieces(row))
        while top > 0 and room > 0:
            room -= len(self._pieces(top - 1))
            if room >= 0:
                top -= 1
        return top

    def _laid_out(self) -> list[Piece]:
        """The rows of the screen, read once for each time that something changed."""
        if self._page is None:
            height, top = self.size.height, max(0, int(self.scroll_offset.y))
            self._digits = self._number_width
            rows = range(top, min(top + height, len(self.rows)))
            page: list[Piece] = []
            for row, text in zip(rows, self._texts(rows), strict=True):
                level = level_of(text.encode(errors="replace"))
                pieces = self._cut(text)
                page += [Piece(row, self.rows[row], piece, level, not n) for n, piece in enumerate(pieces)]
                if len(page) >= height:
                    break
            self._page = page[:height]
        return self._page

    # --- drawing --------------------------------------------------------------------------------------------

    @property
    def _number_width(self) -> int:
        if self.index is None or self.size.width < NUMBERS_FROM:
            return 0
        return max(4, len(str(self.index.count)))

    @property
    def _text_width(self) -> int:
        return self.size.width - 2 - (self._number_width and self._number_width + 1)

    def render_line(self, y: int) -> Strip:
        """One row of the screen."""
        page, width = self._laid_out(), self.size.width
        base = self.rich_style
        if y >= len(page):
            return Strip.blank(width, base)
        piece = page[y]
        if piece.row == self.cursor and (self.has_focus or not self.following):
            base += Style(bgcolor=self.get_component_rich_style("log--cursor").bgcolor)
        level: Level = "error" if piece.line == self.pointed else piece.level
        style = base + self._letters(level) if level else base
        sign = POINTER if piece.line == self.pointed else SIGNS[level]
        head = [Segment(f"{sign if piece.first else ' '} ", style)]
        if self._digits:
            number = str(piece.line + 1) if piece.first else ""
            head.insert(0, Segment(f"{number:>{self._digits}} ", base + self._letters("number")))
        body = Strip(self._marked(piece.text, style))
        if not self.wrap:
            room = width - sum(len(segment.text) for segment in head)
            body = body.crop(self._left, self._left + max(0, room))
        return Strip([*head, *body]).adjust_cell_length(width, base)

    def _letters(self, name: str) -> Style:
        """The colour and weight of a kind of text, on whichever background it stands."""
        look = self.get_component_rich_style(f"log--{name}")
        return Style(color=look.color, bold=look.bold)

    def _marked(self, text: str, style: Style) -> list[Segment]:
        """The text, what is searched for marked."""
        places = self.search.spans(text) if self.search is not None else []
        match = style + self.get_component_rich_style("log--match")
        segments, at = [], 0
        for begin, end in places:
            segments += [Segment(text[at:begin], style), Segment(text[begin:end], match)]
            at = end
        return [*segments, Segment(text[at:], style)]

    # --- moving ---------------------------------------------------------------------------------------------

    def go_to(self, row: int) -> None:
        """The cursor to a row, in sight; at the last one the end is followed again."""
        last = len(self.rows) - 1
        self.cursor = max(0, min(row, last))
        self.following = self.cursor >= last
        if self.following:
            self._to_end()
        else:
            self._to_cursor()
        self._page = None
        self.refresh()
        self.post_message(self.Moved())

    def _to_cursor(self, *, around: bool = False) -> None:
        """Scroll no further than it takes to have the cursor in sight; around: to a third of the page above it."""
        top = self.cursor - self.size.height // 3 if around else min(int(self.scroll_offset.y), self.cursor)
        self._scroll(max(0, top, self._top_above(self.cursor)))

    def show_line(self, line: int) -> None:
        """The cursor to a line, a third of the page above it where it was not in sight."""
        row = self.row_of(line)
        around = not any(piece.row == row for piece in self._laid_out())
        self.go_to(row)
        self._to_cursor(around=around)
        self.following = False
        self.post_message(self.Moved())

    def point_at(self, line: int) -> None:
        """A mark at a line and the cursor on it, a third of the page above it, however large the page becomes."""
        self.pointed = line
        self.show_line(line)
        self._to_cursor(around=True)

    def _scroll(self, top: int) -> None:
        self.scroll_to(y=top, animate=False, force=True)

    def follow(self, on: bool) -> None:
        """Follow the end, or stay."""
        self.following = on
        if on:
            self._to_end()
        self.refresh()
        self.post_message(self.Moved())

    def action_move(self, by: int) -> None:
        """The cursor a line down or up."""
        self.go_to(self.cursor + by)

    def action_page_by(self, by: int) -> None:
        """The cursor a page down or up."""
        self.go_to(self.cursor + by * max(1, self.size.height - 1))

    def action_begin(self) -> None:
        """The cursor to the first line."""
        self.go_to(0)

    def action_end(self) -> None:
        """The cursor to the last line, which is followed."""
        self.go_to(len(self.rows) - 1)

    def action_sideways(self, by: int) -> None:
        """Long lines: a part further right or left."""
        widest = max((cell_len(piece.text) for piece in self._laid_out()), default=0)
        most = max(0, widest - self._text_width // 2)
        self._left = 0 if self.wrap else max(0, min(self._left + by * SIDEWAYS, most))
        self.refresh()

    def set_wrap(self, on: bool) -> None:
        """Wrap long lines, or cut them at the edge."""
        self.wrap, self._left, self._page = on, 0, None
        self._set_height()
        self.go_to(self.cursor)

    def copied_line(self) -> str:
        """The line under the cursor, whole."""
        data = self.index.read([self.line], COPIED) if self.index is not None and self.rows else [b""]
        return shown_line(data[0], COPIED)

    # --- what the terminal tells --------------------------------------------------------------------------------

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Another part of the log is read."""
        super().watch_scroll_y(old_value, new_value)
        self._page = None
        if self.is_vertical_scrollbar_grabbed:
            self._scrolled_by_hand()

    def on_resize(self) -> None:
        """The end stays in sight, or the cursor."""
        self._page = None
        self._set_height()
        if self.following:
            self._to_end()
        else:
            self._to_cursor(around=self.line == self.pointed)

    def on_mouse_scroll_up(self) -> None:
        """The wheel leaves the end."""
        self.call_after_refresh(self._scrolled_by_hand)

    def on_mouse_scroll_down(self) -> None:
        """The wheel may reach the end."""
        self.call_after_refresh(self._scrolled_by_hand)

    def _scrolled_by_hand(self) -> None:
        self.following = self.is_vertical_scroll_end
        page = self._laid_out()
        if page:
            self.cursor = max(page[0].row, min(self.cursor, page[-1].row))
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """The cursor to the line that was clicked."""
        page = self._laid_out()
        if 0 <= event.y < len(page):
            self.go_to(page[event.y].row)

    def on_focus(self) -> None:
        """The cursor's line is shown."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor's line may be shown no more."""
        self.refresh()


def shown_line(data: bytes, most: int = SHOWN) -> str:
    """A line as it may be shown: what a progress line wrote last, without what moves a cursor."""
    if b"\r" in data:
        data = data.rstrip(b"\r").rpartition(b"\r")[2]
    line = plain_line(data.decode(errors="replace"), most)
    return line if len(data) <= most or most == COPIED else f"{line} …"
