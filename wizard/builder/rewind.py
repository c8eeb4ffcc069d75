"""Goes back in a build: has an earlier stage, and what follows it, run again."""

from __future__ import annotations

from pathlib import Path

import filelock

from wizard.base.errors import BusyError, InputError
from wizard.base.spelling import did_you_mean
from wizard.builder.resume import complete, unpacked_at
from wizard.builds.folder import running
from wizard.builds.locks import HOME_LOCK
from wizard.builds.records import remove_records, was_begun
from wizard.plan.batch import Job
from wizard.steps.stage import Stage


def stages_to_go_back_to(job: Job) -> tuple[Stage, ...]:
    """The stages of a job that were begun, in its order, without those of a finished host compiler."""
    return tuple(stage for stage in job.stages if was_begun(stage) and not _in_finished_host(job, stage))


def _stages_of_home(job: Job, home: str) -> list[Stage]:
    return [stage for stage in job.stages if stage.home == home]


def _in_finished_host(job: Job, stage: Stage) -> bool:
    """True for a stage of a host compiler that is complete: other targets use it, perhaps now."""
    return stage.shared and complete(_stages_of_home(job, stage.home)[-1]) is not None


def goes_back_to(job: Job, stage: str, *, keep_tree: bool = False) -> Stage:
    """The stage at which a build begins again that goes back to `stage`.

    A work tree is used as it is only where it holds nothing but what came before a stage. So this is the stage
    that unpacks the source, where the tree has had more; with `keep_tree` the tree is used all the same.
    Raises InputError where there is no such stage, or it belongs to a host compiler that is whole.
    """
    ids = [stage.id for stage in job.stages]
    if stage not in ids:
        hint = did_you_mean(stage, ids)
        raise InputError("stage-unknown", build=job.id, stage=stage, hint=hint)
    chosen = job.stage(stage)
    if _in_finished_host(job, chosen):
        raise InputError("stage-shared", stage=stage)
    home = _stages_of_home(job, chosen.home)
    number = home.index(chosen)
    tree_has_more = any(was_begun(later) for later in home[number:])
    if tree_has_more and not (keep_tree and (Path(chosen.home) / "tree").is_dir()):
        return home[unpacked_at(home, number)]
    return chosen


def rewind(job: Job, stage: str, *, keep_tree: bool = False) -> Stage:
    """Have the next run of a build begin at `stage`, or where `goes_back_to` says. Returns its first stage.

    Only the stages of the same home, from there on, are run again: what other homes made stays.
    Raises BusyError where the build runs, InputError as `goes_back_to`.
    """
    if running(Path(job.build_folder)):
        raise BusyError("build-running", "rewind", build=job.id)
    begin = goes_back_to(job, stage, keep_tree=keep_tree)
    home = _stages_of_home(job, begin.home)
    Path(begin.home).mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(Path(begin.home) / HOME_LOCK, timeout=0):
            remove_records(home[home.index(begin) :])
    except filelock.Timeout:
        raise BusyError("stage-busy", folder=begin.home) from None
    return begin
