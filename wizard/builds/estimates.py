"""Estimates of how long stages will take, from the journals of earlier builds on this machine."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from wizard.base.errors import InputError
from wizard.builds import journal as j
from wizard.builds.folder import load_job
from wizard.plan.batch import Job
from wizard.plan.model import Plan
from wizard.steps.stage import Stage

MAX_BUILDS = 12
"""How many builds are read, the latest first: a plan has about 100 kB."""

MAX_TIMES = 3
"""How many runs of one stage count, the latest first: what is cached meanwhile makes a stage quick."""

PACE_LIMITS = (0.05, 20.0)
"""How much quicker or slower this machine may be, at most, than the machine of the plan's seconds."""


class PastStage(msgspec.Struct, frozen=True):
    """A stage that was run from its beginning to its end: when it ended, its seconds, and its plan's seconds."""

    stage: str
    release: str
    target: str
    at: float
    seconds: float
    lines: int
    planned: float


class Estimate(msgspec.Struct, frozen=True):
    """What a stage will probably take. from_history: by earlier builds; else by the plan's own numbers."""

    seconds: float
    lines: int
    from_history: bool = False


def estimates_for(job: Job, past: Iterable[PastStage]) -> dict[str, Estimate]:
    """What each stage of `job` will probably take, by its id.

    The latest times of the stage with the same release and target count; else those with the same
    release, else any, by how the plans' own seconds compare; of a stage that was never run the plan's
    seconds, by how this machine did with all others.
    """
    history = sorted((run for run in past if run.seconds >= 0), key=lambda run: -run.at)
    pace = _pace(history)
    owners = {stage.id: plan for plan in reversed(job.plans) for stage in job.stages_of(plan)}
    return {stage.id: _estimate(stage, owners[stage.id], history, pace) for stage in job.stages}


def _estimate(stage: Stage, plan: Plan, history: list[PastStage], pace: float) -> Estimate:
    same_stage = [run for run in history if run.stage == stage.file]
    same_release = [run for run in same_stage if run.release == plan.release]
    same_target = [run for run in same_release if run.target == plan.triplet or stage.shared]
    runs = (same_target or same_release or same_stage)[:MAX_TIMES]
    if not runs:
        return Estimate(stage.seconds * pace, stage.lines)
    ratios = [1.0 if run in same_target or run.planned <= 0 else stage.seconds / run.planned for run in runs]
    seconds = statistics.median(run.seconds * ratio for run, ratio in zip(runs, ratios, strict=True))
    return Estimate(seconds, round(statistics.median(run.lines for run in runs)), from_history=True)


def _pace(history: list[PastStage]) -> float:
    """How this machine compares with the machine of the plan's seconds: 2.0 takes twice as long."""
    planned = sum(run.planned for run in history)
    if planned < 5:  # seconds; too few to say anything
        return 1.0
    return min(PACE_LIMITS[1], max(PACE_LIMITS[0], sum(run.seconds for run in history) / planned))


def past_stages(builds: Path, now: Path | None = None, limit: int = MAX_BUILDS) -> list[PastStage]:
    """The stages that earlier builds completed, from their journals; builds that cannot be read are left out.

    now: the build that is shown, whose latest run does not count as earlier.
    """
    by_time: list[tuple[float, Path]] = []
    try:
        for folder in builds.iterdir():
            journal = folder / j.JOURNAL
            if journal.is_file():
                by_time.append((journal.stat().st_mtime, folder))
    except OSError:
        pass
    past: list[PastStage] = []
    for _, folder in sorted(by_time, reverse=True)[:limit]:
        try:
            events = list(j.read_events(folder))
            if folder == now:
                starts = [number for number, event in enumerate(events) if isinstance(event, j.BuildStarted)]
                events = events[: starts[-1]] if starts else []
            past += stages_run(load_job(folder), events)
        except InputError:
            continue
    return past


def stages_run(job: Job, events: Iterable[j.AnyEvent]) -> list[PastStage]:
    """The stages that a build's journal says were run from their beginning to their end, not resumed."""
    stages = {stage.id: stage for stage in job.stages}
    plans: Mapping[str, Plan] = {stage.id: plan for plan in reversed(job.plans) for stage in job.stages_of(plan)}
    past: list[PastStage] = []
    resumed: set[str] = set()
    for event in events:
        if isinstance(event, j.StageStarted):
            (resumed.add if event.resumed else resumed.discard)(event.stage)
        elif isinstance(event, j.StageEnded) and event.outcome == "done" and event.stage not in resumed:
            stage = stages.get(event.stage)
            if stage is not None:
                plan = plans[stage.id]
                past.append(
                    PastStage(
                        stage.file, plan.release, plan.triplet, event.at, event.seconds, event.lines, stage.seconds
                    )
                )
    return past
