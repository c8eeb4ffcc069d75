"""The builder: executes a plan, stage by stage, writing the journal. A process of its own, without a screen.

Run as `python -m wizard.builder.builder BUILD_FOLDER`, where plan.json is.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from wizard.base.errors import BusyError, CancelledError, WizardError
from wizard.base.folders import Folders
from wizard.builder import freshness, parallelism
from wizard.builder.execute import Executor
from wizard.builder.resume import complete, first_to_run
from wizard.builder.scheduler import Failure, HomeQueue, Scheduler, queues_of
from wizard.builds import journal as j
from wizard.builds.cache import enforce_limit
from wizard.builds.folder import LOCK, RESERVE, RESERVE_BYTES, Options, load_job, load_options
from wizard.builds.locks import home_lock
from wizard.builds.records import Record, digest_of_start, record_path, started_path, write_record
from wizard.builds.stage_logs import count_lines, log_path
from wizard.machine.disk_space import write_error
from wizard.machine.processes import BUILD_MARK, Stop, end_processes_of
from wizard.machine.survey import usable_cores
from wizard.plan.batch import Job
from wizard.steps.stage import Stage


class Builder:
    """Runs one job to its end. The caller holds the build's lock."""

    def __init__(self, job: Job, options: Options, stop: Stop) -> None:
        self._job = job
        self._folder = Path(job.build_folder)
        self._journal = j.Journal(self._folder)
        self._options = options
        self._stop = stop
        # What several plans share is run for the first of them.
        self._plans = {stage.id: plan for plan in reversed(job.plans) for stage in job.stages_of(plan)}
        # By home the first stage to run, None where all are complete; and the homes in which a stage has run.
        # Each home belongs to one thread.
        self._first_to_run: dict[str, str | None] = {}
        self._changed_homes: set[str] = set()

    def run(self) -> int:
        """Execute every stage that is not complete. Returns the exit code; every end is in the journal."""
        job = self._job
        try:
            _reserve_space(self._folder)
            stages = tuple(stage.id for stage in job.stages)
            self._journal.add(j.BuildStarted(build=job.id, digest=job.digest, pid=os.getpid(), stages=stages))
            queues = queues_of({plan.id: job.stages_of(plan) for plan in job.plans}, self._stop)
            limit = parallelism.stages_at_once(usable_cores(), parallelism.free_memory())
            failures = Scheduler(queues, self._run_unless_complete, limit=limit, hold=self._hold_home).run()
            return self._end(failures)
        except OSError as error:
            return self._end({job.plans[0].id: Failure("", error)})
        finally:
            self._journal.close()
            with contextlib.suppress(OSError):  # a disk that is full has been reported already
                for home in self._first_to_run:
                    freshness.settle(Path(home))

    def _end(self, failures: dict[str, Failure]) -> int:
        """Write how each plan, and so the build, ended; on a full disk, into the reserved space."""
        errors = {plan: _as_wizard_error(failure.error) for plan, failure in failures.items()}
        if failures:
            (self._folder / RESERVE).unlink(missing_ok=True)
        if len(self._job.plans) > 1:
            for plan in self._job.plans:
                error = errors.get(plan.id)
                self._journal.add(
                    j.SwitchEnded(
                        plan=plan.id, triplet=plan.triplet, prefix=plan.prefix, outcome=_outcome(error),
                        error=error.as_dict() if error else None,
                    )
                )  # fmt: skip
        # A failure is reported rather than the cancellation that it caused in others.
        worst = next(
            (plan for plan, error in errors.items() if _outcome(error) == "failed"), next(iter(errors), "")
        )
        error = errors.get(worst)
        self._journal.add(
            j.BuildEnded(
                outcome=_outcome(error), prefix=self._job.prefix, error=error.as_dict() if error else None,
                stage=failures[worst].stage if error else "",
            )
        )  # fmt: skip
        return error.exit_code if error else 0

    @contextmanager
    def _hold_home(self, queue: HomeQueue) -> Iterator[None]:
        """Hold the lock of the queue's home: builds that share a host compiler make it one after the other."""
        first = queue.stages[0]

        def note_waiting() -> None:
            self._journal.add(j.ActionStarted(stage=first.id, text="waiting: another build is at this stage"))

        with home_lock(Path(first.home), queue.stop, note_waiting):
            start = first_to_run(list(queue.stages))
            self._first_to_run[first.home] = start.id if start else None
            yield

    def _run_unless_complete(self, queue: HomeQueue, stage: Stage) -> None:
        """Run a stage that is not complete; in a home, all that follows a stage that ran is run too."""
        changed = stage.home in self._changed_homes
        if not changed and stage.id != self._first_to_run[stage.home]:
            record = complete(stage)
            self._journal.add(j.StageSkipped(stage=stage.id, seconds=record.seconds if record else 0.0))
            return
        self._run(queue, stage, may_resume=not changed)
        self._changed_homes.add(stage.home)

    def _executor(self, queue: HomeQueue, stage: Stage) -> Executor:
        sources = Path(self._options.sources) if self._options.sources else None
        return Executor(
            self._plans[stage.id],
            self._job.id,
            sources,
            self._options.offline,
            self._journal,
            queue.stop,
            self._options.environment,
        )

    def _run(self, queue: HomeQueue, stage: Stage, *, may_resume: bool) -> None:
        executor = self._executor(queue, stage)
        log, started = log_path(stage), started_path(stage)
        log.parent.mkdir(parents=True, exist_ok=True)
        resumed = may_resume and digest_of_start(stage) == stage.digest
        self._journal.add(j.StageStarted(stage=stage.id, log=str(log), resumed=resumed))
        begin = time.monotonic()
        outcome: j.Outcome = "failed"
        try:
            record_path(stage).unlink(missing_ok=True)
            executor.prepare(stage, started if resumed else None)
            log.write_bytes(b"")
            started.write_text(stage.digest, encoding="utf-8")
            freshness.wait_for_later_time(started)
            for action in stage.actions:
                queue.stop.check()
                self._journal.add(j.ActionStarted(stage=stage.id, text=action.describe()))
                executor.execute(action, stage, log)
            seconds = round(time.monotonic() - begin, 3)
            write_record(stage, Record(stage.digest, seconds, count_lines(log)))
            started.unlink(missing_ok=True)
            outcome = "done"
        except CancelledError:
            outcome = "cancelled"
            raise
        finally:
            seconds = round(time.monotonic() - begin, 3)
            self._journal.add(
                j.StageEnded(stage=stage.id, outcome=outcome, seconds=seconds, lines=count_lines(log))
            )


def _reserve_space(folder: Path) -> None:
    """Reserve a little space, so that a full disk still has some for the journal's last lines."""
    (folder / RESERVE).write_bytes(bytes(RESERVE_BYTES))


def _outcome(error: WizardError | None) -> j.Outcome:
    if error is None:
        return "done"
    return "cancelled" if error.exit_code == CancelledError.exit_code else "failed"


def _as_wizard_error(error: BaseException) -> WizardError:
    """What a queue ended with, as an error that the journal can hold."""
    if isinstance(error, WizardError):
        return error
    if isinstance(error, OSError):
        return write_error(error)
    traceback.print_exception(error)
    return WizardError("defect", "builder", type=type(error).__name__, reason=error)


def main(folder: Path) -> int:
    """The builder's life: take the lock, end what an earlier builder left, run the plan. Returns the exit code."""
    stop = Stop()
    stop.install()
    os.umask(0o022)
    try:
        job, options = load_job(folder), load_options(folder)
    except WizardError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=2)  # whoever asks whether it runs, or a builder that is ending, may hold it briefly
    except filelock.Timeout:
        return BusyError.exit_code
    try:
        end_processes_of(job.id)
        os.environ[BUILD_MARK] = job.id
        return Builder(job, options, stop).run()
    finally:
        end_processes_of(job.id)  # also what has left its process group
        lock.release()
        with contextlib.suppress(WizardError, OSError):
            enforce_limit(Folders.default())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
