"""Goes back in a build: an earlier stage, and what follows it, is run again."""

from __future__ import annotations

from pathlib import Path

import filelock

from wizard.base.errors import BusyError, InputError
from wizard.base.spelling import did_you_mean
from wizard.builder.records import complete, digest_of_start, forget, unpacked_at
from wizard.builds.folder import record_path, running
from wizard.builds.locks import HOME_LOCK
from wizard.plan.batch import AnyJob
from wizard.steps.stage import Stage


def stages_to_go_back_to(job: AnyJob) -> tuple[Stage, ...]:
    """The stages of a job that were begun, in its order, without those of a finished host compiler."""
    return tuple(stage for stage in job.stages if _was_begun(stage) and not _kept(job, stage))


def _was_begun(stage: Stage) -> bool:
    return record_path(stage).exists() or digest_of_start(stage) is not None


def _kept(job: AnyJob, stage: Stage) -> bool:
    """True for a stage of a host compiler that is whole: other targets use it, perhaps now."""
    return stage.shared and complete([one for one in job.stages if one.home == stage.home][-1]) is not None


def goes_back_to(job: AnyJob, stage: str, *, keep_tree: bool = False) -> Stage:
    """The stage at which a build begins again that goes back to `stage`.

    A work tree is trusted only where it holds nothing but what came before a stage. So this is the stage
    that unpacks the source, where the tree has had more; with `keep_tree` the tree is taken as it is.
    Raises InputError where there is no such stage, or it belongs to a host compiler that is whole.
    """
    ids = [stage.id for stage in job.stages]
    if stage not in ids:
        hint = did_you_mean(stage, ids)
        raise InputError("stage-unknown", f"{job.id} has no stage {stage!r}", "", hint)
    wanted = job.stage(stage)
    if _kept(job, wanted):
        raise InputError(
            "stage-shared",
            f"the stage {stage} belongs to a host compiler that is whole",
            "other targets use it, perhaps at this moment",
            "go back to a later stage, or remove the host compiler: ocaml-cross-wizard cache clean host",
        )
    home = [stage for stage in job.stages if stage.home == wanted.home]
    number = home.index(wanted)
    touched = any(_was_begun(one) for one in home[number:])
    if touched and not (keep_tree and _tree_is_there(wanted)):
        return home[unpacked_at(home, number)]
    return wanted


def _tree_is_there(stage: Stage) -> bool:
    return (Path(stage.home) / "tree").is_dir()


def rewind(job: AnyJob, stage: str, *, keep_tree: bool = False) -> Stage:
    """Let the next run of a build begin at `stage`, or where `goes_back_to` says; what it begins with.

    Only the stages of the same home, from there on, are run again: what other homes made stays.
    Raises BusyError where the build runs, InputError as `goes_back_to`.
    """
    if running(Path(job.build_folder)):
        raise BusyError(
            "build-running", f"{job.id} runs already", "", f"stop it first: ocaml-cross-wizard cancel {job.id}"
        )
    begin = goes_back_to(job, stage, keep_tree=keep_tree)
    home = [stage for stage in job.stages if stage.home == begin.home]
    Path(begin.home).mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(Path(begin.home) / HOME_LOCK, timeout=0):
            forget(home[home.index(begin) :])
    except filelock.Timeout:
        raise BusyError(
            "stage-busy", f"another build is at the stages of {begin.home}", "", "try again when it is done"
        ) from None
    return begin
