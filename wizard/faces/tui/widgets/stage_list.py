"""The stages of a build: sign, word, time, bar on the line of time, title."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from wizard.builds.progress import Progress, StageState
from wizard.faces.tui.render import MUTED, STATES, clock, join, text
from wizard.faces.tui.timeline import Bar, bars, longest
from wizard.faces.tui.widgets.choice_list import ViList

BESIDE_BAR = 58
"""Cells for sign, word, time and title, before a bar gets more than the least."""

LEAST_BAR, MOST_BAR = 8, 40
NO_BAR = 48
"""Below so many cells there is no bar: the title needs them."""


class StageList(ViList):
    """One line a stage; the cursor follows the running one until the user moves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Its log", key_display="⏎")]

    def __init__(self) -> None:
        super().__init__(id="stages", markup=False)
        self.border_title = "Stages"
        self._shown: dict[str, Content] = {}
        self._last: tuple[Progress, float, float] | None = None

    @property
    def bar_width(self) -> int:
        """The cells of a whole bar; 0 where there is no room for bars."""
        room = self.scrollable_content_region.width - 2
        return max(LEAST_BAR, min(MOST_BAR, room - BESIDE_BAR)) if room >= NO_BAR else 0

    def show(self, progress: Progress, now: float, left: float = 0.0) -> None:
        """Show the states; only the lines that changed are drawn again. left: seconds the build still takes."""
        self._last = progress, now, left
        width = self.bar_width
        drawn = bars(progress, now, width, left)
        lines = {
            id_: _line(state, now, drawn.get(id_), width, progress.expected_seconds(id_))
            for id_, state in progress.stages.items()
        }
        if not self.option_count:
            self.add_options(Option(line, id_) for id_, line in lines.items())
        else:
            for id_, line in lines.items():
                if self._shown.get(id_) != line:
                    self.replace_option_prompt(id_, line)
        self._shown = lines
        most, whole = longest(progress), progress.elapsed(now)
        if most is not None and whole > 0 and most.seconds >= 1:
            part = min(1.0, most.seconds / whole)
            self.border_title = f"Stages · longest: {most.title}, {clock(most.seconds)} ({part:.0%})"

    def point_at(self, stage: str) -> None:
        """The cursor at `stage`."""
        if stage:
            self.highlighted = self.get_option_index(stage)
            self.call_after_refresh(self.scroll_to_highlight)

    def on_resize(self) -> None:
        """Bars for the room there is now; keep the cursor in sight."""
        if self._last is not None:
            self.show(*self._last)
        self.call_after_refresh(self.scroll_to_highlight)


def _time(state: StageState, now: float, expected: float) -> str:
    if state.state == "waiting":
        return f"~{clock(expected)}"
    return clock(now - state.began if state.state == "running" else state.seconds)


def _line(state: StageState, now: float, bar: Bar | None, width: int, expected: float) -> Content:
    sign, word, style = STATES[state.state]
    head = text(f"{sign} {word:<8}{_time(state, now, expected):>6}  ", style)
    parts = [head]
    if width:
        drawn = bar or Bar("", "")
        fill = " " * (width - len(drawn.before) - len(drawn.done) - len(drawn.coming))
        parts += [text(drawn.before + drawn.done, style), text(drawn.coming, MUTED), text(f"{fill}  ")]
    return join(*parts, text(state.title, MUTED if state.state == "waiting" else ""))
