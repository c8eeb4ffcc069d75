"""Watches one build from outside: what came since the last look. Knows nothing of widgets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wizard.builds import journal as j
from wizard.builds.folder import running
from wizard.plan.batch import Job

LOOKS_BETWEEN_ALIVE = 10


@dataclass(frozen=True)
class Glimpse:
    """What came: events. stage: whose log is to be shown. over: nothing will come any more."""

    events: tuple[j.AnyEvent, ...] = ()
    stage: str = ""
    over: bool = False


class BuildWatch:
    """Follows the journal, and says whose log is to be seen: the one asked for, that failed, or that runs."""

    def __init__(self, plan: Job, folder: Path) -> None:
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

    def want(self, stage: str) -> None:
        """Show the log of `stage` from now on, "" for the one that runs."""
        self._wanted = stage

    def look(self) -> Glimpse:
        """All that came since the last look."""
        events = self._events()
        return Glimpse(tuple(events), self._wanted or self._failed or self._last, self._over(events))

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
        if isinstance(event, j.BuildStarted):
            self._running, self._failed = [], ""
        elif isinstance(event, j.StageStarted):
            self._running.append(event.stage)
        elif isinstance(event, j.StageEnded):
            self._running = [stage for stage in self._running if stage != event.stage]
            if event.outcome == "failed":
                self._failed = event.stage
        if self._running:
            self._last = self._running[-1]

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
