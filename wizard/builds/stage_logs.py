"""The full logs of a build, one a stage: where each is, which there are, and their last lines."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from wizard.base.errors import InputError
from wizard.builds import journal as j
from wizard.builds.folder import load_job
from wizard.plan.batch import Job
from wizard.steps.stage import Stage

BLOCK = 1 << 16
"""Bytes that are read at once."""


def log_path(stage: Stage) -> Path:
    """The full log of a stage."""
    return Path(stage.home) / "logs" / f"{stage.file}.log"


def stage_log(job: Job, stage: str) -> Path:
    """The full log of one stage of a job."""
    return log_path(job.stage(stage))


def count_lines(log: Path) -> int:
    """The lines of a log, 0 where it cannot be read."""
    try:
        with log.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 0


def stage_logs(folder: Path) -> dict[str, Path]:
    """By stage the log of each that has one: in the plan's order, or by age where the plan cannot be read."""
    try:
        plan = load_job(folder)
    except InputError:
        paths = sorted((folder / "logs").glob("*.log"), key=lambda path: (path.stat().st_mtime, path.name))
        return {path.stem: path for path in paths}
    logs = {stage.id: stage_log(plan, stage.id) for stage in plan.stages}
    return {id_: path for id_, path in logs.items() if path.is_file()}


def latest_stage(folder: Path) -> str:
    """The stage that matters to the user: which failed, else which was begun last; "" where none has a log."""
    logs = stage_logs(folder)
    latest = next(reversed(logs), "")
    for event in j.read_events(folder):
        stage = event.stage if isinstance(event, j.StageStarted | j.BuildEnded) else ""
        if stage in logs:
            latest = stage
    return latest


def seek_last_lines(file: BinaryIO, lines: int) -> None:
    """Put `file` where its last `lines` lines begin, reading no more of it than that."""
    offset = file.seek(0, os.SEEK_END)
    if lines <= 0 or offset == 0:
        return
    offset -= 1  # the end of the last line, where it has one, begins no further line
    while offset > 0:
        start = max(0, offset - BLOCK)
        file.seek(start)
        block = file.read(offset - start)
        while (cut := block.rfind(b"\n")) >= 0:
            lines -= 1
            if lines == 0:
                file.seek(start + cut + 1)
                return
            block = block[:cut]
        offset = start
    file.seek(0)
