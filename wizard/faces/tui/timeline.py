"""When each stage of a build ran and how long, as bars on one line of time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from wizard.builds.progress import Progress, StageState

EIGHTHS = " ▏▎▍▌▋▊▉"
FULL, COMING = "█", "░"
STEP = 1.08
"""The line of time grows in such steps, so that the bars do not move with every second."""


@dataclass(frozen=True)
class Bar:
    """A bar: empty cells before it, what is done, and what is still expected."""

    before: str
    done: str
    coming: str = ""

    def __bool__(self) -> bool:
        return bool(self.done or self.coming)


def bars(progress: Progress, now: float, width: int, left: float) -> dict[str, Bar]:
    """By stage its bar on a line of `width` cells, which ends when the build will. left: seconds till then."""
    whole = _stepped(progress.elapsed(now) + left)
    if not progress.began or not whole or width < 1:
        return {}
    return {id_: _bar(progress, state, now, width / whole, width) for id_, state in progress.stages.items()}


def _stepped(seconds: float) -> float:
    """At least so many seconds, the next of a row of steps."""
    return STEP ** math.ceil(math.log(seconds, STEP)) if seconds > 1 else seconds


def _bar(progress: Progress, state: StageState, now: float, cells_a_second: float, width: int) -> Bar:
    if not state.began:
        return Bar("", "")
    running = state.state == "running"
    took = max(0.0, now - state.began) if running else state.seconds
    begin = min(width - 1, max(0, int((state.began - progress.began) * cells_a_second)))
    room = width - begin
    done = _cells(took * cells_a_second, room)
    more = progress.expected_seconds(state.id) - took if running else 0.0
    coming = COMING * min(room - len(done), round(max(0.0, more) * cells_a_second))
    return Bar(" " * begin, done, coming)


def _cells(length: float, room: int) -> str:
    """A bar of that many cells, to an eighth; the shortest can still be seen."""
    eighths = max(1, min(round(length * 8), room * 8))
    return FULL * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")


def longest(progress: Progress) -> StageState | None:
    """The stage that took the longest in this run, of those that are done."""
    done = [state for state in progress.stages.values() if state.state == "done"]
    return max(done, key=lambda state: state.seconds, default=None)
