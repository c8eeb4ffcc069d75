"""The builder: executes a plan, stage by stage, writing the journal. A process of its own, without a screen.

Run as `python -m wizard.build.builder BUILD_FOLDER`, where plan.json lies.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import msgspec

from wizard.build import journal as j
from wizard.build.execute import Executor
from wizard.build.lanes import LaneError, Lanes
from wizard.build.processes import BUILD_MARK, Stop, end_processes_of
from wizard.errors import BusyError, CancelledError, PlaceError, WizardError
from wizard.plan.actions import UnpackSource
from wizard.plan.model import Plan, Stage, from_json

PLAN = "plan.json"
OPTIONS = "options.json"
LOCK = "builder.lock"
RESERVE = "reserve"
RESERVE_BYTES = 1 << 16


class Options(msgspec.Struct, frozen=True):
    """What one run of the builder may use, and what is no part of the plan."""

    sources: str = ""
    offline: bool = False


class Record(msgspec.Struct, frozen=True):
    """Written when a stage is complete; a stage without it has to be run (again)."""

    digest: str
    seconds: float
    lines: int


def record_path(stage: Stage) -> Path:
    """Where the record of a complete stage lies."""
    return Path(stage.home) / "done" / f"{stage.id}.json"


def log_path(stage: Stage) -> Path:
    """The full log of a stage."""
    return Path(stage.home) / "logs" / f"{stage.id}.log"


def complete(stage: Stage) -> Record | None:
    """The stage's record, where the stage is complete as planned and its outputs are there; else None."""
    try:
        record = msgspec.json.decode(record_path(stage).read_bytes(), type=Record)
    except (OSError, msgspec.DecodeError):
        return None
    there = record.digest == stage.digest and all(Path(output).exists() for output in stage.outputs)
    return record if there else None


def started_path(stage: Stage) -> Path:
    """Written when a stage begins, removed when it is complete: an interrupted stage has it still."""
    return Path(stage.home) / "logs" / f"{stage.id}.started"


def _digest_of_start(stage: Stage) -> str | None:
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
    starts again at the stage that unpacks the source.
    """
    if complete(stages[-1]):
        return None
    number = next(index for index, stage in enumerate(stages) if not complete(stage))
    begun = _digest_of_start(stages[number]) or _digest_of_record(stages[number])
    later = [one for one in stages[number + 1 :] if _digest_of_start(one) or _digest_of_record(one)]
    if later or begun not in (None, stages[number].digest):
        unpacks = [n for n, one in enumerate(stages) if any(isinstance(x, UnpackSource) for x in one.actions)]
        number = min([number, *unpacks])
        for stage in stages[number:]:
            started_path(stage).unlink(missing_ok=True)
            record_path(stage).unlink(missing_ok=True)
    return stages[number]


class Builder:
    """Runs one plan to its end. The caller holds the build's lock."""

    def __init__(self, plan: Plan, options: Options, stop: Stop) -> None:
        self._plan = plan
        self._folder = Path(plan.build_folder)
        self._journal = j.Journal(self._folder)
        self._stop = stop
        self._executor = Executor(plan, Path(options.sources) if options.sources else None, options.offline,
                                  self._journal, stop)  # fmt: skip
        self._first: dict[str, str | None] = {}
        self._remade: set[str] = set()

    def run(self) -> int:
        """Execute every stage that is not complete. Returns the exit code; every end is in the journal."""
        plan = self._plan
        try:
            _reserve(self._folder)
            stages = tuple(stage.id for stage in plan.stages)
            self._journal.add(j.BuildStarted(build=plan.id, digest=plan.digest, pid=os.getpid(), stages=stages))
            Lanes(plan.stages, self._take_stage, self._stop, most=max(2, os.cpu_count() or 1)).run()
            self._journal.add(j.BuildEnded(outcome="done", prefix=plan.prefix))
        except LaneError as failure:
            return self._end(_as_wizard_error(failure.__cause__), failure.stage)
        except OSError as error:
            return self._end(_place_error(error))
        finally:
            self._journal.close()
        return 0

    def _end(self, error: WizardError, stage: str = "") -> int:
        """Write the end that `error` is into the journal; where the disk is full, into the room kept for it."""
        (self._folder / RESERVE).unlink(missing_ok=True)
        outcome: j.Outcome = "cancelled" if error.exit_code == CancelledError.exit_code else "failed"
        self._journal.add(
            j.BuildEnded(outcome=outcome, prefix=self._plan.prefix, error=error.as_dict(), stage=stage)
        )
        return error.exit_code

    def _take_stage(self, stage: Stage) -> None:
        """Run a stage that is not complete; in a home, all that follows a stage that ran is run too.

        Called by one thread a home, so what is kept of a home is touched by one thread only.
        """
        self._stop.check()
        with home_lock(stage, self._journal, self._stop):
            if stage.home not in self._first:
                start = first_to_run([one for one in self._plan.stages if one.home == stage.home])
                self._first[stage.home] = start.id if start else None
            if stage.home not in self._remade and stage.id != self._first[stage.home]:
                record = complete(stage)
                self._journal.add(j.StageSkipped(stage=stage.id, seconds=record.seconds if record else 0.0))
                return
            self._run_stage(stage, may_resume=stage.home not in self._remade)
            self._remade.add(stage.home)

    def _run_stage(self, stage: Stage, *, may_resume: bool) -> None:
        log, started = log_path(stage), started_path(stage)
        log.parent.mkdir(parents=True, exist_ok=True)
        resumed = may_resume and _digest_of_start(stage) == stage.digest
        self._journal.add(j.StageStarted(stage=stage.id, log=str(log), resumed=resumed))
        begin = time.monotonic()
        outcome: j.Outcome = "failed"
        try:
            record_path(stage).unlink(missing_ok=True)
            self._executor.prepare(stage, started if resumed else None)
            log.write_bytes(b"")
            started.write_text(stage.digest, encoding="utf-8")
            for action in stage.actions:
                self._stop.check()
                self._journal.add(j.ActionStarted(stage=stage.id, text=action.describe()))
                self._executor.execute(action, stage, log)
            seconds = round(time.monotonic() - begin, 3)
            _write_record(stage, Record(stage.digest, seconds, _count_lines(log)))
            started.unlink(missing_ok=True)
            outcome = "done"
        except CancelledError:
            outcome = "cancelled"
            raise
        finally:
            seconds = round(time.monotonic() - begin, 3)
            self._journal.add(
                j.StageEnded(stage=stage.id, outcome=outcome, seconds=seconds, lines=_count_lines(log))
            )


def _reserve(folder: Path) -> None:
    """Keep a little room, so that a full disk still has a place for the journal's last words."""
    (folder / RESERVE).write_bytes(bytes(RESERVE_BYTES))


def _as_wizard_error(error: BaseException | None) -> WizardError:
    """What a lane ended with, as an error that the journal can keep."""
    if isinstance(error, WizardError):
        return error
    if isinstance(error, OSError):
        return _place_error(error)
    traceback.print_exception(error)
    return WizardError(
        "defect",
        f"this is a defect of the wizard: {type(error).__name__}: {error}",
        "",
        "report it with builder.out in the build's folder",
    )


def _place_error(error: OSError) -> PlaceError:
    """A full disk or a folder that refuses, seen by the builder itself."""
    return PlaceError(
        "disk-full" if error.errno in (28, 122) else "folder-refused",
        f"{error.filename or 'a file'} cannot be written: {error.strerror}",
        "",
        "free some space there and start the build again: it goes on where it stopped"
        if error.errno in (28, 122)
        else "make the folder writable, or choose another one",
    )


def _write_record(stage: Stage, record: Record) -> None:
    path = record_path(stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(record))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _count_lines(log: Path) -> int:
    try:
        with log.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return 0


@contextmanager
def home_lock(stage: Stage, journal: j.Journal, stop: Stop) -> Iterator[None]:
    """Hold the lock of the stage's home: two builds that share a host compiler build it one after the other."""
    home = Path(stage.home)
    home.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home / "stage.lock")
    told = False
    while not lock.is_locked:
        try:
            lock.acquire(timeout=0.5)
        except filelock.Timeout:
            stop.check()
            if not told:
                journal.add(j.ActionStarted(stage=stage.id, text="waiting: another build is at this stage"))
                told = True
    try:
        yield
    finally:
        lock.release()


def main(folder: Path) -> int:
    """The builder's life: take the lock, end what an earlier builder left, run the plan. Returns the exit code."""
    stop = Stop()
    stop.install()
    os.umask(0o022)
    plan = from_json((folder / PLAN).read_bytes())
    options = msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options)
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=2)  # a look at the build, or a builder just ending, may hold it for a moment
    except filelock.Timeout:
        return BusyError.exit_code
    try:
        end_processes_of(plan.id)
        os.environ[BUILD_MARK] = plan.id
        return Builder(plan, options, stop).run()
    finally:
        lock.release()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
