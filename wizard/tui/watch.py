"""Watches one build from outside: what came since the last look. Knows nothing of widgets."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from wizard.build import journal as j
from wizard.build.launch import LogTail
from wizard.build.listing import running, stage_log
from wizard.plainline import plain_line
from wizard.plan.batch import AnyJob

MAX_LINES = 10_000
LOOKS_BETWEEN_ALIVE = 10


@dataclass(frozen=True)
class Glimpse:
    """What came: events, and new lines of the log of `stage`.

    fresh: the lines begin a new log. count: lines of that log so far. over: nothing will come any more.
    """

    events: tuple[j.AnyEvent, ...] = ()
    stage: str = ""
    lines: tuple[str, ...] = ()
    fresh: bool = False
    count: int = 0
    over: bool = False


class BuildWatch:
    """Follows the journal and the log of the stage that runs, or of the one that is asked for."""

    def __init__(self, plan: AnyJob, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._journal = j.JournalTail(folder)
        self._first = True
        self._ended = False
        self._looks = 0
        self._gone = False
        self._running: list[str] = []
        self._last = ""
        self._failed = ""
        self._wanted = ""
        self._shown = ""
        self._tail: LogTail | None = None
        self._count = 0
        self._pending: deque[str] = deque(maxlen=MAX_LINES)
        self._fresh = False

    def want(self, stage: str) -> None:
        """Show the log of `stage` from now on, "" for the one that runs."""
        self._wanted = stage

    def look(self) -> Glimpse:
        """All that came since the last look."""
        events = self._events()
        stage = self._wanted or self._failed or self._last
        if stage and stage != self._shown:
            self._shown, self._fresh, self._count = stage, True, 0
            self._pending.clear()
            self._tail = LogTail(stage_log(self._plan, stage))
        self._read()
        lines, fresh = tuple(self._pending), self._fresh
        self._pending.clear()
        self._fresh = False
        return Glimpse(tuple(events), self._shown, lines, fresh, self._count, self._over(events))

    def _events(self) -> list[j.AnyEvent]:
        events = self._journal.new()
        if self._first:
            self._first = False
            starts = [index for index, event in enumerate(events) if isinstance(event, j.BuildStarted)]
            events = events[starts[-1] :] if starts else events
        for event in events:
            self._note(event)
            self._ended = isinstance(event, j.BuildEnded)
        return events

    def _note(self, event: j.AnyEvent) -> None:
        """The stage to look at: the one that began last of those that run, else the one that ended last."""
        if isinstance(event, j.StageStarted):
            self._running.append(event.stage)
        elif isinstance(event, j.StageEnded):
            self._running = [stage for stage in self._running if stage != event.stage]
            if event.outcome == "failed":
                self._failed = event.stage
        if self._running:
            self._last = self._running[-1]

    def _read(self) -> None:
        if self._tail is None:
            return
        lines = self._tail.new()
        self._count += len(lines)
        self._pending.extend(plain_line(line) for line in lines[-MAX_LINES:])

    def _over(self, events: list[j.AnyEvent]) -> bool:
        """True when the build has ended, or its builder is gone without a word."""
        if self._ended:
            return True
        if events:
            self._looks, self._gone = 0, False
            return False
        self._looks += 1
        if self._looks % LOOKS_BETWEEN_ALIVE == 0:
            self._gone = not running(self._folder)
        return self._gone
