"""Starts builders as processes of their own; finds, follows and cancels those that run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import filelock
import msgspec
import psutil

from wizard.base.errors import BusyError, FolderError, WizardError
from wizard.base.files import end_line, write_durably
from wizard.base.lines import plain_line
from wizard.builds import journal as j
from wizard.builds.cache import mark_used
from wizard.builds.folder import OPTIONS, OUTPUT, PLAN, START_LOCK, Options, running
from wizard.machine.disk_space import write_error
from wizard.machine.processes import end_processes_of
from wizard.plan.batch import Job, to_json

BUILDER = "wizard.builder.builder"
MAX_OUTPUT = 1 << 20
"""Bytes that the file with builders' output may have before it is begun again."""

TAIL = 1 << 16
"""Bytes at the end of a program's output in which its last message is searched."""

START_SECONDS = 20.0
CANCEL_SECONDS = 30.0
POLL_SECONDS = 0.1


def start(job: Job, options: Options) -> Path:
    """Start a builder for `job` unless one works on it already. Returns the build folder.

    Raises FolderError where the build folder or the prefix cannot be written.
    """
    folder = Path(job.build_folder)
    if _is_worked_on(folder):
        return folder
    for plan in job.plans:
        check_prefix_writable(Path(plan.prefix))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Of two processes that start it at the same instant, the second finds a builder that works on it.
        with filelock.FileLock(folder / START_LOCK, timeout=2 * START_SECONDS):
            if not _is_worked_on(folder):
                _start(folder, job, options)
    except filelock.Timeout:
        raise BusyError("build-starting", build=job.id) from None
    except OSError as error:
        refused = write_error(error)
        raise FolderError(
            "build-folder-not-writable", problem=refused.what, reason=refused.why, advice=refused.fix
        ) from None
    return folder


def _start(folder: Path, job: Job, options: Options) -> None:
    for plan in job.plans:
        mark_used(plan)
    write_durably(folder / PLAN, to_json(job))
    write_durably(folder / OPTIONS, msgspec.json.encode(options))
    events_before = len(list(j.read_events(folder)))
    output = folder / OUTPUT
    if output.exists() and output.stat().st_size > MAX_OUTPUT:
        output.unlink()
    end_line(output)
    with output.open("ab") as file:
        builder = subprocess.Popen(
            [sys.executable, "-m", BUILDER, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
            cwd="/",
            env=_builder_environment(),
        )
    _await_start(folder, builder, events_before)


def _is_worked_on(folder: Path) -> bool:
    """True where a builder runs that has not written its end yet."""
    return running(folder) and not _has_ended(folder)


def _has_ended(folder: Path) -> bool:
    """True where the latest run of a build has written its end."""
    last = [event for event in j.read_events(folder) if isinstance(event, j.BuildStarted | j.BuildEnded)]
    return bool(last) and isinstance(last[-1], j.BuildEnded)


def check_prefix_writable(prefix: Path) -> None:
    """Write a file for a moment where the prefix will appear, and leave nothing. Raises FolderError."""
    ancestor = prefix
    try:
        ancestor = next(folder for folder in prefix.parents if folder.exists())
        with tempfile.TemporaryFile(dir=ancestor):
            pass
        problem = "a file system is mounted there" if os.path.ismount(prefix) else ""
    except OSError as error:
        problem = f"{error.strerror} ({ancestor})"
    if problem:
        raise FolderError("prefix-not-writable", "start", path=prefix, reason=problem)


def _builder_environment() -> dict[str, str]:
    """The builder finds this very package again, wherever it was started from."""
    package_root = str(Path(__file__).parents[2])
    paths = [package_root, os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": ":".join(path for path in paths if path), "PYTHONSAFEPATH": "1"}


def _await_start(folder: Path, builder: subprocess.Popen[bytes], events_before: int) -> None:
    """Return once the builder has written to the journal. Raises WizardError where it died before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if len(list(j.read_events(folder))) > events_before:
            return
        if builder.poll() is not None and not running(folder):
            if len(list(j.read_events(folder))) > events_before:
                return
            why = last_message(folder / OUTPUT) or f"exit status {builder.returncode}"
            raise WizardError("builder-died", said=why, output=folder / OUTPUT)
        time.sleep(0.02)


def last_message(path: Path) -> str:
    """The last error that a program printed into a file, else its last line; "" where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    messages = [plain_line(line) for line in reversed(lines) if line.strip()]
    return next((line for line in messages if line.startswith("error[")), messages[0] if messages else "")


def cancel(folder: Path, seconds: float = CANCEL_SECONDS) -> bool:
    """Stop a build in order, and after `seconds` by force; True where one was running.

    Returns when nothing of it runs any more.
    """
    if not running(folder):
        return False
    signalled, deadline = 0, time.monotonic() + seconds
    while running(folder):
        builder = builder_of(folder)
        with contextlib.suppress(psutil.Error):
            if builder is None:
                pass  # it is starting, and has not written yet which process it is
            elif time.monotonic() > deadline:
                builder.kill()
            elif builder.pid != signalled:
                signalled = builder.pid
                builder.terminate()
                builder.resume()  # a process that was stopped (SIGSTOP) handles no signal
        if builder is None and time.monotonic() > deadline:
            break
        time.sleep(POLL_SECONDS)
    end_processes_of(folder.name)
    return True


def builder_of(folder: Path) -> psutil.Process | None:
    """The builder's process: the process that the journal names last, else whichever works on this folder."""
    pids = [event.pid for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]
    for process in (*_process(pids[-1:]), *psutil.process_iter()):
        with contextlib.suppress(psutil.Error):
            if process.cmdline()[-3:] == ["-m", BUILDER, str(folder)]:
                return process
    return None


def _process(pids: list[int]) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid) for pid in pids]
    except (psutil.Error, ValueError, OverflowError):
        return []


def follow(folder: Path) -> Iterator[j.AnyEvent | None]:
    """The events of a build's latest run as they come, None where there was nothing new for a moment.

    Ends after the build's end, or when its builder has died without writing one.
    """
    tail = j.JournalTail(folder)
    events = tail.new()
    starts = [index for index, event in enumerate(events) if isinstance(event, j.BuildStarted)]
    pending = events[starts[-1] :] if starts else []
    while True:
        ended = False
        for event in pending:
            yield event
            ended = isinstance(event, j.BuildEnded)
        if ended:
            return
        alive = running(folder)
        pending = tail.new()
        if not pending:
            if not alive:
                return
            yield None
            time.sleep(POLL_SECONDS)
