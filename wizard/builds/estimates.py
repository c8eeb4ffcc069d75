"""How long stages will take, learned from the journals of earlier builds on this machine."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from wizard.base.errors import InputError
from wizard.builds import journal as j
from wizard.builds.folder import load_job
from wizard.plan.batch import AnyJob
from wizard.plan.model import Plan
from wizard.steps.stage import Stage

MAX_BUILDS = 12
"""Builds that are read, the latest ones: a plan has about 100 kB."""

MAX_TIMES = 3
"""Times of one stage that count, the latest ones: what is cached meanwhile makes a stage quick."""

PACE_LIMITS = (0.05, 20.0)
"""A machine is taken for that much quicker or slower than the one of the plan's seconds, at most."""


class PastStage(msgspec.Struct, frozen=True):
    """A stage that was run whole: when it ended, how long it took, and what its plan had expected."""

    stage: str
    release: str
    target: str
    at: float
    seconds: float
    lines: int
    planned: float


class Estimate(msgspec.Struct, frozen=True):
    """What a stage will probably take. from_history: from earlier builds; else the plan's own numbers."""

    seconds: float
    lines: int
    from_history: bool = False


def estimates_for(job: AnyJob, past: Iterable[PastStage]) -> dict[str, Estimate]:
    """What each stage of `job` will probably take, by its id.

    The latest times of the stage with the same release and target count; else those with the same
    release, else any, by how the plans' own seconds compare; of a stage that was never run the plan's
    seconds, by how this machine did with all others.
    """
    known = sorted((one for one in past if one.seconds >= 0), key=lambda one: -one.at)
    pace = _pace(known)
    owners = {stage.id: plan for plan in reversed(job.plans) for stage in job.stages_of(plan)}
    return {stage.id: _of_stage(stage, owners[stage.id], known, pace) for stage in job.stages}


def _of_stage(stage: Stage, plan: Plan, known: list[PastStage], pace: float) -> Estimate:
    same = [one for one in known if one.stage == stage.file]
    here = [one for one in same if one.release == plan.release]
    exact = [one for one in here if one.target == plan.triplet or stage.shared]
    times = (exact or here or same)[:MAX_TIMES]
    if not times:
        return Estimate(stage.seconds * pace, stage.lines)
    ratios = [1.0 if time_ in exact or time_.planned <= 0 else stage.seconds / time_.planned for time_ in times]
    seconds = statistics.median(one.seconds * ratio for one, ratio in zip(times, ratios, strict=True))
    return Estimate(seconds, round(statistics.median(time_.lines for time_ in times)), from_history=True)


def _pace(known: list[PastStage]) -> float:
    """How this machine compares with the one of the plan's seconds: 2.0 takes twice as long."""
    planned = sum(one.planned for one in known)
    if planned < 5:  # too little to tell anything
        return 1.0
    return min(PACE_LIMITS[1], max(PACE_LIMITS[0], sum(one.seconds for one in known) / planned))


def past_stages(builds: Path, now: Path | None = None, most: int = MAX_BUILDS) -> list[PastStage]:
    """The stages that earlier builds ran whole, from their journals; builds that cannot be read are left out.

    now: the build that is looked at, whose latest run is none of the earlier ones.
    """
    found: list[tuple[float, Path]] = []
    try:
        for folder in builds.iterdir():
            journal = folder / j.JOURNAL
            if journal.is_file():
                found.append((journal.stat().st_mtime, folder))
    except OSError:
        pass
    past: list[PastStage] = []
    for _, folder in sorted(found, reverse=True)[:most]:
        try:
            events = list(j.read_events(folder))
            if folder == now:
                starts = [place for place, event in enumerate(events) if isinstance(event, j.BuildStarted)]
                events = events[: starts[-1]] if starts else []
            past += stages_run(load_job(folder), events)
        except InputError:
            continue
    return past


def stages_run(job: AnyJob, events: Iterable[j.AnyEvent]) -> list[PastStage]:
    """The stages that a build's journal says were run whole, not gone on with."""
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
