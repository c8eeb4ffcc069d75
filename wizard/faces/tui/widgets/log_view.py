"""A log of any size as it grows: search, errors and warnings to jump between, filters, following, copying."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input
from textual.worker import get_current_worker

from wizard.faces.tui.widgets.log_lines import LogLines
from wizard.logs.index import LogIndex
from wizard.logs.marks import Grave, LogMarks
from wizard.logs.search import LogSearch

LOOK_SECONDS = 0.1
"""Between two looks at a log that does not grow."""

PICTURE_SECONDS = 0.2
"""Between two pictures of one that does: a key that comes while one is drawn waits for it."""

TAKEN_SECONDS = 0.2
BREATH_SECONDS = 0.0002
"""After each step, so that a key is answered while a large log is read."""

ROUND_TITLE = 4
"""Cells beside a title on its line."""

Filter = Literal["", "matches", "grave"]

LOG_KEYS: tuple[Binding, ...] = (
    Binding("slash", "search", "Search", key_display="/", show=False),
    Binding("n", "match(1)", "Next match", show=False),
    Binding("N", "match(-1)", "Match before", show=False),
    Binding("e", "grave('error', 1)", "Next error", show=False),
    Binding("E", "grave('error', -1)", "Error before", show=False),
    Binding("w", "grave('warning', 1)", "Next warning", show=False),
    Binding("W", "grave('warning', -1)", "Warning before", show=False),
    Binding("m", "filter('matches')", "Only matching lines", show=False),
    Binding("exclamation_mark", "filter('grave')", "Only errors and warnings", key_display="!", show=False),
    Binding("z", "wrap", "Wrap long lines", show=False),
    Binding("f", "follow", "Follow or pause", show=False),
    Binding("y", "copy_line", "Copy the line", show=False),
)
"""The keys of a log; a screen with one log may take them for itself, see `LogView.action_named`."""


class LogView(Vertical):
    """One log. Its text stays on the disk; what is searched is searched there."""

    BINDINGS: ClassVar[list[BindingType]] = list(LOG_KEYS)

    class Grown(Message):
        """More of the log was read or searched."""

    def __init__(self) -> None:
        super().__init__(id="log")
        self.border_title = "Log"
        self.title = "Log"
        self.index = LogIndex(Path())
        self.marks = LogMarks(self.index)
        self._search: LogSearch | None = None
        self._filter: Filter = ""
        self._wanted_line = -1
        self._seeking = False
        self._taken = threading.Event()

    def compose(self) -> ComposeResult:
        """The lines, and below them what is searched for, while it is typed."""
        yield LogLines()
        search = Input(placeholder="search: small letters find capital ones, too", compact=True)
        search.display = False
        yield search

    @property
    def lines(self) -> LogLines:
        """The lines."""
        return self.query_one(LogLines)

    def open(self, path: Path, title: str) -> None:
        """Show the log at `path` from now on, its end first."""
        self.title = f"Log: {title}"
        self.index, self._filter, self._wanted_line = LogIndex(path), "", -1
        self.marks = LogMarks(self.index)
        if self._search is not None:
            self._search = LogSearch(self.index, self._search.text)
        self._show()
        self.read_log(self.index, self.marks)

    def point_at(self, line: int) -> None:
        """The cursor to a line (from 0) and a mark at it, as soon as it is read."""
        self._wanted_line = line
        self._show()

    # --- reading, in a thread of its own -------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="log")
    def read_log(self, index: LogIndex, marks: LogMarks) -> None:
        """Read, search and mark what comes; tell the screen at most 5 times a second, once it is ready."""
        worker = get_current_worker()
        told: object = None
        while not worker.is_cancelled:
            busy, begin = True, time.monotonic()
            while busy and time.monotonic() - begin < PICTURE_SECONDS and not worker.is_cancelled:
                grown = busy = index.grow()
                search = self._search
                busy = (search is not None and search.step()) or busy
                busy = (not grown and marks.step()) or busy  # first the lines, then what they are
                time.sleep(BREATH_SECONDS)
            news = (index.size, len(marks.lines), search, search and (search.over, len(search.lines)))
            pause = LOOK_SECONDS if news == told else PICTURE_SECONDS
            if news != told:
                told = news
                self._taken.clear()
                self.post_message(self.Grown())
                self._taken.wait(TAKEN_SECONDS)
            if not busy:
                time.sleep(pause)

    def on_log_view_grown(self) -> None:
        """Show what came."""
        self._show()
        self._taken.set()

    # --- showing --------------------------------------------------------------------------------------------

    def _rows(self) -> Sequence[int]:
        if self._filter == "matches" and self._search is not None:
            return self._search.lines
        return self.marks.lines if self._filter == "grave" else range(self.index.count)

    def _show(self) -> None:
        if not self.is_mounted:
            return
        self.lines.show(self.index, self._rows(), self._search)
        if 0 <= self._wanted_line < self.index.count:
            self.lines.point_at(self._wanted_line)
            self._wanted_line = -1
        if self._seeking and self._search is not None:
            found = self._search.after(self.lines.line - 1)
            if found is not None:
                self.lines.show_line(found)
            self._seeking = found is None and not self._search.over
            if found is None and self._search.over and self._search.lines:
                self.lines.show_line(self._search.lines[0])
        self._say()

    def on_log_lines_moved(self) -> None:
        """The cursor moved."""
        self._say()

    def _say(self) -> None:
        """The line above the log: where one is, what there is, what is left out."""
        count, marks, lines = self.index.count, self.marks, self.lines
        parts = [f"{count:,} lines" if lines.following else f"line {lines.line + 1:,} of {count:,}"]
        if self._search is not None:
            found = f"{len(self._search.lines):,}{'' if self._search.over else '…'}"
            parts.append(f"/{self._search.text} in {found} lines")
        if self._filter:
            parts.append("only matches" if self._filter == "matches" else "only errors and warnings")
        parts += [f"✗ {marks.errors:,}"] if marks.errors else []
        parts += [f"! {marks.warnings:,}"] if marks.warnings else []
        parts.append("following" if lines.following else "paused")
        parts = parts if count else ["no output"]
        room = self.size.width - ROUND_TITLE
        head = self.title if len(" · ".join([self.title, *parts])) <= room else "Log"
        while len(parts) > 1 and len(" · ".join([head, *parts])) > room:
            parts.pop()
        self.border_title = " · ".join([head, *parts])

    # --- keys -----------------------------------------------------------------------------------------------

    async def action_named(self, action: str) -> None:
        """Carry out one of LOG_KEYS for a screen that has this log."""
        await self.run_action(action)

    def action_search(self) -> None:
        """Ask what to search for, from the next key on."""
        search = self.query_one(Input)
        search.display = True
        self.screen.set_focus(search)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search from the cursor on; nothing typed ends the search."""
        event.stop()
        self._search = LogSearch(self.index, event.value) if event.value else None
        self._filter = "" if self._search is None and self._filter == "matches" else self._filter
        self._seeking = self._search is not None
        if self._seeking:
            self.lines.follow(on=False)
        self._close_search()
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Escape closes the search field."""
        if event.key == "escape" and self.query_one(Input).has_focus:
            event.stop()
            self._close_search()

    def _close_search(self) -> None:
        self.query_one(Input).display = False
        self.lines.focus()

    def action_match(self, by: int) -> None:
        """The next line with what is searched for, or the one before; past the end from the beginning."""
        search, line = self._search, self.lines.line
        if search is None:
            self.action_search()
            return
        found = search.after(line) if by > 0 else search.before(line)
        if found is None and search.lines:
            found = search.lines[0 if by > 0 else -1]
            self.notify("from the beginning" if by > 0 else "from the end", markup=False, timeout=2)
        self._jump(found, f"/{search.text}")

    def action_grave(self, level: Grave, by: int) -> None:
        """The next line of that level, or the one before."""
        marks, line = self.marks, self.lines.line
        found = marks.after(line, level) if by > 0 else marks.before(line, level)
        if found is None:  # from the other end; also the first jump of one who has looked at the end
            found = marks.after(-1, level) if by > 0 else marks.before(self.index.count, level)
        self._jump(found, level)

    def _jump(self, line: int | None, what: str) -> None:
        if line is None:
            self.notify(f"none in this log: {what}", markup=False, timeout=2)
            return
        if self._filter and not self._is_shown(line):
            self._filter = ""
            self._show()
        self.lines.show_line(line)

    def _is_shown(self, line: int) -> bool:
        rows = self._rows()
        row = self.lines.row_of(line)
        return row < len(rows) and rows[row] == line

    def action_filter(self, wanted: Filter) -> None:
        """Show only those lines, or all again."""
        if wanted == "matches" and self._search is None:
            self.action_search()
            return
        self._filter = "" if self._filter == wanted else wanted
        self._show()
        self.lines.show_line(self.lines.line)

    def action_wrap(self) -> None:
        """Wrap long lines, or show them sideways."""
        self.lines.set_wrap(not self.lines.wrap)

    def action_follow(self) -> None:
        """Follow the end, or stay where one is."""
        self.lines.follow(on=not self.lines.following)

    def action_copy_line(self) -> None:
        """The line under the cursor into the clipboard."""
        line = self.lines.copied_line()
        self.app.copy_to_clipboard(line)
        self.notify(line[:200], title="Copied", markup=False)
