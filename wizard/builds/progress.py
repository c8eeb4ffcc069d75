"""How far a build is: the state of every stage, the part that is done, the time that remains."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from wizard.base.errors import WizardError, rebuild_error
from wizard.builds import journal as j
from wizard.builds.estimates import Estimate
from wizard.plan.batch import Job

StageStateName = Literal["waiting", "running", "done", "skipped", "failed", "cancelled"]

NEARLY = 0.97
"""The part of a running stage that is done, at most."""

SIDE_BY_SIDE = 0.85
"""Stages that run side by side need this part of the time that they need one after the other: they share cores."""


@dataclass(frozen=True)
class StageState:
    """One stage as a monitor shows it. seconds: how long it took or has taken so far."""

    id: str
    title: str
    why: str
    shared: bool
    state: StageStateName = "waiting"
    seconds: float = 0.0
    began: float = 0.0
    action: str = ""
    log: str = ""
    resumed: bool = False


class Progress:
    """Follows a build's events, and answers what a monitor asks. Times are seconds since the epoch.

    estimates: what stages will take, by their id, where it is known better than by the plan.
    """

    def __init__(self, plan: Job, estimates: Mapping[str, Estimate] | None = None) -> None:
        self.plan = plan
        self.stages: dict[str, StageState] = {}
        self.current: str = ""
        self.outcome: j.Outcome | None = None
        self.error: WizardError | None = None
        self.began = 0.0
        self.ended = 0.0
        self.transfer: j.Transfer | None = None
        self._estimates: dict[str, Estimate] = {
            stage.id: Estimate(stage.seconds, stage.lines) for stage in plan.stages
        }
        self._reset()
        self.use_estimates(estimates or {})

    def use_estimates(self, estimates: Mapping[str, Estimate]) -> None:
        """Use better numbers of what stages will take."""
        self._estimates |= {id_: estimate for id_, estimate in estimates.items() if id_ in self._estimates}

    def expected_seconds(self, stage: str) -> float:
        """What a stage will probably take in all, at the pace of this run."""
        return self._estimates[stage].seconds * self.pace()

    @property
    def from_history(self) -> bool:
        """True where the numbers are mostly those of earlier builds."""
        return sum(estimate.from_history for estimate in self._estimates.values()) * 2 > len(self._estimates)

    def _reset(self) -> None:
        self.stages = {
            stage.id: StageState(stage.id, stage.title, stage.why, stage.shared) for stage in self.plan.stages
        }
        self.current, self.outcome, self.error, self.transfer = "", None, None, None

    def take(self, event: j.AnyEvent) -> None:
        """Follow the next event of the journal."""
        match event:
            case j.BuildStarted():
                self._reset()
                self.began = event.at
            case j.StageSkipped():
                self._change(event.stage, state="skipped", seconds=event.seconds)
            case j.StageStarted():
                self.current, self.transfer = event.stage, None
                self._change(event.stage, state="running", began=event.at, log=event.log, resumed=event.resumed)
            case j.ActionStarted():
                self._change(event.stage, action=event.text)
            case j.Transfer():
                self.transfer = event
            case j.StageEnded():
                self._change(event.stage, state=event.outcome, seconds=event.seconds)
                self._choose_current(event)
            case j.BuildEnded():
                self.outcome, self.ended = event.outcome, event.at
                self.error = rebuild_error(event.error) if event.error else None
            case j.OlderSwitchMoved() | j.SwitchEnded():
                pass  # neither changes how far the build is
            case _:
                assert_never(event)

    def _choose_current(self, event: j.StageEnded) -> None:
        """`current` stays the stage that failed, else becomes a stage that still runs."""
        running = self.running
        if event.outcome == "done" and event.stage == self.current and running:
            self.current = running[-1]
        elif event.outcome == "failed":
            self.current = event.stage

    @property
    def running(self) -> tuple[str, ...]:
        """The stages that run now, in the order in which they began."""
        states = [state for state in self.stages.values() if state.state == "running"]
        return tuple(state.id for state in sorted(states, key=lambda state: state.began))

    def _change(self, stage: str, **changes: Any) -> None:
        if stage in self.stages:
            self.stages[stage] = replace(self.stages[stage], **changes)

    def elapsed(self, now: float | None = None) -> float:
        """Seconds since this run of the build began."""
        if not self.began:
            return 0.0
        return max(0.0, (self.ended if self.outcome else now or time.time()) - self.began)

    def pace(self) -> float:
        """How this machine compares with the machine of the estimates in this run (2.0: half as fast)."""
        done = [state for state in self.stages.values() if state.state == "done"]
        expected = sum(self._estimates[state.id].seconds for state in done)
        return min(10.0, max(0.1, sum(state.seconds for state in done) / expected)) if expected > 5 else 1.0

    def stage_part(self, stage: str, lines: int = 0, now: float | None = None) -> float:
        """The part of a stage that is done, 0 to 1; of a running stage by its log's `lines` and its time."""
        state, estimate = self.stages[stage], self._estimates[stage]
        if state.state in ("done", "skipped"):
            return 1.0
        if state.state != "running":
            return 0.0
        by_lines = lines / estimate.lines if estimate.lines > 1 else 0.0
        by_time = max(0.0, (now or time.time()) - state.began) / max(0.1, estimate.seconds * self.pace())
        return min(NEARLY, max(by_lines, by_time * 0.8) if estimate.lines > 1 else by_time)

    def part(self, lines: int = 0, now: float | None = None) -> float:
        """The part of the whole build that is done, 0 to 1, weighted by the stages' estimates."""
        if self.outcome == "done":
            return 1.0
        weights = {
            id_: self._estimates[id_].seconds for id_, state in self.stages.items() if state.state != "skipped"
        }
        whole = sum(weights.values())
        if not whole:
            return 0.0
        return sum(weight * self._part_of(id_, lines, now) for id_, weight in weights.items()) / whole

    def remaining(self, lines: int = 0, now: float | None = None) -> float:
        """Seconds that the build will probably still take, by the pace so far."""
        if self.outcome:
            return 0.0
        left = {
            id_: self._estimates[id_].seconds * (1 - self._part_of(id_, lines, now))
            for id_, state in self.stages.items()
            if state.state in ("waiting", "running")
        }
        return max(self._longest(left), sum(left.values()) * SIDE_BY_SIDE) * self.pace()

    def _part_of(self, stage: str, lines: int, now: float | None) -> float:
        """`stage_part`, with the log's lines for the stage they belong to."""
        return self.stage_part(stage, lines if stage == self.current else 0, now)

    def _longest(self, left: dict[str, float]) -> float:
        """The seconds of the longest chain of stages that wait for each other."""
        ends: dict[str, float] = {}
        homes: dict[str, float] = {}
        for stage in self.plan.stages:
            begin = max([homes.get(stage.home, 0.0), *(ends.get(need, 0.0) for need in stage.needs)])
            ends[stage.id] = homes[stage.home] = begin + left.get(stage.id, 0.0)
        return max(ends.values(), default=0.0)


def transfer_words(file: str, got: int, total: int, note: str = "") -> str:
    """A download as a person says it: o.tar.gz: 3.1 of 6.2 MB, resumed."""
    size = f"{got / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{got / 1e6:.1f} MB" if got else ""
    return ", ".join(part for part in (f"{file}: {size}" if size else file, note) if part)


def duration(seconds: float) -> str:
    """Seconds as a person says them: 7 s, 1 min 05 s, 2 h 03 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
