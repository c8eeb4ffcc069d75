"""The stages of a build: sign, word, time, title."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets.option_list import Option

from wizard.build.progress import Progress, StageState
from wizard.tui.render import MUTED, STATES, clock, join, text
from wizard.tui.widgets.choice_list import ViList


class StageList(ViList):
    """One line a stage; the cursor follows the running one until the user moves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Its log", key_display="⏎")]

    def __init__(self) -> None:
        super().__init__(id="stages", markup=False)
        self.border_title = "Stages"
        self._shown: dict[str, tuple[str, str]] = {}

    def show(self, progress: Progress, now: float) -> None:
        """Show the states; only the lines that changed are drawn again."""
        if not self.option_count:
            self.add_options(Option(_line(state, now), id_) for id_, state in progress.stages.items())
            self._shown = {id_: _key(state, now) for id_, state in progress.stages.items()}
            return
        for id_, state in progress.stages.items():
            key = _key(state, now)
            if self._shown.get(id_) != key:
                self._shown[id_] = key
                self.replace_option_prompt(id_, _line(state, now))

    def point_at(self, stage: str) -> None:
        """The cursor at `stage`."""
        if stage:
            self.highlighted = self.get_option_index(stage)
            self.call_after_refresh(self.scroll_to_highlight)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self.call_after_refresh(self.scroll_to_highlight)


def _key(state: StageState, now: float) -> tuple[str, str]:
    return state.state, _time(state, now)


def _time(state: StageState, now: float) -> str:
    if state.state == "waiting":
        return ""
    return clock(now - state.began if state.state == "running" else state.seconds)


def _line(state: StageState, now: float) -> Content:
    sign, word, style = STATES[state.state]
    head = text(f"{sign} {word:<8}{_time(state, now):>6}  ", style)
    return join(head, text(state.title, MUTED if state.state == "waiting" else ""))
