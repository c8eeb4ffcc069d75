"""What is kept of stages: which are complete, which were begun, and so where a build goes on."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.base.files import write_durably
from wizard.builder import freshness
from wizard.builder.publish import has_arrived, stands_as_published
from wizard.builds.folder import record_path, started_path
from wizard.steps.actions import UnpackSource
from wizard.steps.stage import Stage


class Record(msgspec.Struct, frozen=True):
    """Written when a stage is complete; a stage without it has to be run (again)."""

    digest: str
    seconds: float
    lines: int


def complete(stage: Stage) -> Record | None:
    """The stage's record, where the stage is complete as planned and its outputs are there; else None."""
    try:
        record = msgspec.json.decode(record_path(stage).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None
    there = record.digest == stage.digest and all(Path(output).exists() for output in stage.outputs)
    return record if there and stands_as_published(stage) else None


def digest_of_start(stage: Stage) -> str | None:
    """The digest with which a stage was begun and not ended; None where it was not begun."""
    try:
        return started_path(stage).read_text(encoding="utf-8")
    except OSError:
        return None


def _digest_of_record(stage: Stage) -> str | None:
    try:
        return msgspec.json.decode(record_path(stage).read_bytes(), type=Record).digest
    except (OSError, msgspec.DecodeError):
        return None


def first_to_run(stages: list[Stage]) -> Stage | None:
    """The first stage of a home that has to be run, None where its last one is complete.

    The work tree is trusted only where it holds nothing but what came before that stage.
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
    if not freshness.holds(home):
        forget(stages)
        freshness.forget(home)
        return stages[0]
    number = next(index for index, stage in enumerate(stages) if not complete(stage))
    begun = digest_of_start(stages[number]) or _digest_of_record(stages[number])
    later = [stage for stage in stages[number + 1 :] if digest_of_start(stage) or _digest_of_record(stage)]
    if later or begun not in (None, stages[number].digest):
        number = unpacked_at(stages, number)
        forget(stages[number:])
    return stages[number]


def unpacked_at(stages: list[Stage], number: int) -> int:
    """The number of the stage that unpacked what stage `number` works on; `number` where none did."""
    unpacks = (n for n, one in enumerate(stages) if any(isinstance(x, UnpackSource) for x in one.actions))
    return max((unpack for unpack in unpacks if unpack <= number), default=number)


def forget(stages: list[Stage]) -> None:
    """Let these stages be run (again)."""
    for stage in stages:
        started_path(stage).unlink(missing_ok=True)
        record_path(stage).unlink(missing_ok=True)


def write_record(stage: Stage, record: Record) -> None:
    """Note that a stage is complete: on the disk before anything relies on it."""
    path = record_path(stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, msgspec.json.encode(record))


def count_lines(log: Path) -> int:
    """The lines of a log, 0 where it cannot be read."""
    try:
        with log.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 0
