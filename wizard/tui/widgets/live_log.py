"""The log of one stage, as it grows."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Log

from wizard.tui.watch import MAX_LINES, Glimpse


class LiveLog(Log):
    """The last lines of a log; it follows the end until the user scrolls up. The whole log is on the disk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
        Binding("g", "scroll_home", show=False),
        Binding("G", "scroll_end", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="log", max_lines=MAX_LINES)
        self.border_title = "Log"
        self._at_end = True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Remember whether the user looks at the end."""
        super().watch_scroll_y(old_value, new_value)
        self._at_end = self.is_vertical_scroll_end

    def on_resize(self) -> None:
        """The end stays in sight where it was."""
        if self._at_end:
            self.call_after_refresh(self.scroll_end, animate=False, x_axis=False)

    def show_line(self, number: int, count: int) -> None:
        """Scroll to line `number` of a log of `count` lines; of a long log only the end is kept here."""
        dropped = max(0, count - len(self.lines))
        self.scroll_to(y=max(0, number - 1 - dropped - self.size.height // 2), animate=False)

    def take(self, glimpse: Glimpse, title: str) -> None:
        """Add the lines of one look; a new log replaces the old one."""
        if glimpse.fresh:
            self.clear()
            self.border_title = f"Log: {title}"
        if glimpse.lines:
            # An empty line would vanish in write_lines, which splits each line again.
            self.write_lines(line or " " for line in glimpse.lines)
        kept = f", the last {MAX_LINES} shown" if glimpse.count > MAX_LINES else ""
        self.border_subtitle = f"{glimpse.count} lines{kept}" if glimpse.count else "no output yet"
