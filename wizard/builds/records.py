"""The records of stages, in each stage's home: which is complete, and which was begun and not ended."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.base.files import write_durably
from wizard.steps.stage import Stage


class Record(msgspec.Struct, frozen=True):
    """Written when a stage is complete; a stage without it has to be run (again).

    digest: the stage's. seconds: how long it took. lines: of its log.
    """

    digest: str
    seconds: float
    lines: int


def record_path(stage: Stage) -> Path:
    """Where the record of a complete stage is."""
    return Path(stage.home) / "done" / f"{stage.file}.json"


def started_path(stage: Stage) -> Path:
    """Written when a stage begins, removed when it is complete: an interrupted stage still has it.

    It is beside the records: whoever removes the one removes the other.
    """
    return Path(stage.home) / "done" / f"{stage.file}.started"


def read_record(stage: Stage) -> Record | None:
    """The stage's record, whatever digest it has; None where there is none that can be read."""
    try:
        return msgspec.json.decode(record_path(stage).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None


def write_record(stage: Stage, record: Record) -> None:
    """Note that a stage is complete: on the disk before anything relies on it."""
    path = record_path(stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(path, msgspec.json.encode(record))


def digest_of_start(stage: Stage) -> str | None:
    """The digest with which a stage was begun and not ended; None where it was not begun."""
    try:
        return started_path(stage).read_text(encoding="utf-8")
    except OSError:
        return None


def was_begun(stage: Stage) -> bool:
    """True for a stage that was begun or completed, by whichever plan."""
    return record_path(stage).exists() or digest_of_start(stage) is not None


def remove_records(stages: list[Stage]) -> None:
    """Remove the records of these stages: they are run (again)."""
    for stage in stages:
        started_path(stage).unlink(missing_ok=True)
        record_path(stage).unlink(missing_ok=True)
