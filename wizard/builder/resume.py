"""Where a build continues: which stages are complete, and at which stage the work in a home begins."""

from __future__ import annotations

from pathlib import Path

from wizard.builder import freshness
from wizard.builder.publish import has_arrived, stands_as_published
from wizard.builds.records import Record, digest_of_start, read_record, remove_records
from wizard.steps.actions import UnpackSource
from wizard.steps.stage import Stage


def complete(stage: Stage) -> Record | None:
    """The stage's record, where the stage is complete as planned and its outputs exist; else None."""
    record = read_record(stage)
    if record is None or record.digest != stage.digest:
        return None
    outputs_exist = all(Path(output).exists() for output in stage.outputs)
    return record if outputs_exist and stands_as_published(stage) else None


def first_to_run(stages: list[Stage]) -> Stage | None:
    """The first stage of a home that has to be run, None where its last one is complete.

    The work tree is used as it is only where it holds nothing but what came before that stage.
    Where this stage was begun by another plan, or a later one was begun at all, the home
    starts again at the stage before it that unpacks what it works on; where a reboot or a clock that
    was set may have spoilt what was being written, at its beginning.
    """
    last = stages[-1]
    if complete(last):
        return None
    if digest_of_start(last) == last.digest and has_arrived(last):
        return last  # only what comes after publishing is left, and the tree may be gone already
    home = Path(stages[0].home)
    if not freshness.is_fresh(home):
        remove_records(stages)
        freshness.forget(home)
        return stages[0]
    number = next(index for index, stage in enumerate(stages) if not complete(stage))
    begun_with = _digest_begun_with(stages[number])
    later_begun = any(_digest_begun_with(stage) for stage in stages[number + 1 :])
    if later_begun or begun_with not in (None, stages[number].digest):
        number = unpacked_at(stages, number)
        remove_records(stages[number:])
    return stages[number]


def _digest_begun_with(stage: Stage) -> str | None:
    """The digest with which a stage was begun or else completed last; None where neither is known."""
    record = read_record(stage)
    return digest_of_start(stage) or (record.digest if record else None)


def unpacked_at(stages: list[Stage], number: int) -> int:
    """The number of the stage that unpacked what stage `number` works on; `number` where none did."""
    unpacking = (
        index
        for index, stage in enumerate(stages[: number + 1])
        if any(isinstance(action, UnpackSource) for action in stage.actions)
    )
    return max(unpacking, default=number)
