"""Starts builders as processes of their own, and finds, watches and stops those that run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import filelock
import msgspec
import psutil

from wizard.build import journal as j
from wizard.build.builder import LOCK, OPTIONS, PLAN, Options, log_path
from wizard.build.processes import end_processes_of
from wizard.errors import InputError, PlaceError, WizardError, rebuild_error
from wizard.folders import Folders
from wizard.plan.batch import from_json, to_json
from wizard.plan.model import Plan

State = Literal["running", "done", "failed", "cancelled", "stopped"]

START_SECONDS = 20.0
POLL_SECONDS = 0.1


class BuildInfo(msgspec.Struct, frozen=True):
    """One build as `attach` and the wizard list it. `changed` is seconds since the epoch."""

    id: str
    state: State
    triplet: str
    release: str
    prefix: str
    stage: str
    changed: float


def start(plan: Plan, options: Options) -> Path:
    """Start a builder for `plan` unless one is at work on it already. Returns the build folder.

    Raises PlaceError where the build folder or the prefix cannot be written.
    """
    folder = Path(plan.build_folder)
    if running(folder) and not _has_ended(folder):
        return folder
    try_prefix(Path(plan.prefix))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(folder / PLAN, to_json(plan))
        _write(folder / OPTIONS, msgspec.json.encode(options))
        events_before = len(list(j.read_events(folder)))
        with (folder / "builder.out").open("ab") as output:
            builder = subprocess.Popen(
                [sys.executable, "-m", "wizard.build.builder", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
                env=_builder_environment(),
            )
    except OSError as error:
        raise PlaceError(
            "build-folder-not-writable", f"{folder} cannot be written: {error.strerror}", "", "free some space"
        ) from None
    _await_start(folder, builder, events_before)
    return folder


def _has_ended(folder: Path) -> bool:
    """True where the latest run of a build has written its end."""
    last = [event for event in j.read_events(folder) if isinstance(event, j.BuildStarted | j.BuildEnded)]
    return bool(last) and isinstance(last[-1], j.BuildEnded)


def try_prefix(prefix: Path) -> None:
    """Write for a moment where the prefix will appear, and leave nothing there. Raises PlaceError."""
    ancestor = next(folder for folder in prefix.parents if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=ancestor):
            pass
    except OSError as error:
        raise PlaceError(
            "prefix-not-writable",
            f"{prefix} cannot be written: {error.strerror} ({ancestor})",
            "the finished switch is moved there in one step",
            "make that folder writable, or choose another --prefix",
        ) from None


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
            said = (folder / "builder.out").read_text(encoding="utf-8", errors="replace").strip()
            raise WizardError(
                "builder-died",
                "the builder ended before it began",
                said.splitlines()[-1] if said else f"exit status {builder.returncode}",
                f"see {folder / 'builder.out'}",
            )
        time.sleep(0.02)


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


def running(folder: Path) -> bool:
    """True while a builder holds the build's lock; the kernel lets go of a dead one's."""
    if not (folder / LOCK).exists():
        return False
    lock = filelock.FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except (filelock.Timeout, OSError):
        return True
    lock.release()
    return False


def load_plan(folder: Path) -> Plan:
    """The plan of a build. Raises InputError where `folder` is no build's."""
    try:
        job = from_json((folder / PLAN).read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise InputError("not-a-build", f"{folder} is no build", str(error), "see the list of builds") from None
    assert isinstance(job, Plan)
    return job


def list_builds(folders: Folders) -> list[BuildInfo]:
    """Every build of this user, the last changed first."""
    found = []
    for folder in folders.builds.glob("*/"):
        try:
            found.append(describe_build(folder))
        except InputError:
            continue
    return sorted(found, key=lambda build: -build.changed)


def describe_build(folder: Path) -> BuildInfo:
    """One build's state, read from its journal. Raises InputError where `folder` is no build's."""
    plan = load_plan(folder)
    state: State = "stopped"
    stage, changed = "", (folder / PLAN).stat().st_mtime
    for event in j.read_events(folder):
        changed = event.at
        if isinstance(event, j.BuildStarted):
            state = "stopped"
        elif isinstance(event, j.StageStarted):
            stage = event.stage
        elif isinstance(event, j.BuildEnded):
            state = event.outcome
    # A builder that has written its end holds the lock for a moment longer.
    if state == "stopped" and running(folder):
        state = "running"
    return BuildInfo(plan.id, state, plan.triplet, plan.release, plan.prefix, stage, changed)


def cancel(folder: Path, seconds: float = 30.0) -> bool:
    """Stop a build orderly; True where one was running. Returns when nothing of it runs any more."""
    if not running(folder):
        return False
    pid = _builder_pid(folder)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while running(folder) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    end_processes_of(folder.name)
    return True


def _builder_pid(folder: Path) -> int | None:
    """The builder's process, by the journal's last word, if that still is this build's builder."""
    pids = [event.pid for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]
    try:
        process = psutil.Process(pids[-1])
        return process.pid if str(folder) in process.cmdline() else None
    except (IndexError, psutil.Error):
        return None


class LogTail:
    """Reads a growing log: each `new()` returns the whole lines that came since the last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def new(self, limit: int = 4 << 20) -> list[str]:
        """At most `limit` bytes of new whole lines, undecodable bytes replaced."""
        try:
            size = self.path.stat().st_size
            if size < self._offset:
                self._offset = 0
            with self.path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(limit)
        except OSError:
            return []
        whole = data.rfind(b"\n") + 1
        if not whole and len(data) == limit:
            whole = _whole_letters(data)
        self._offset += whole
        lines = data[:whole].split(b"\n")
        if not lines[-1]:
            lines.pop()
        return [line.removesuffix(b"\r").decode(errors="replace") for line in lines]


def _whole_letters(data: bytes) -> int:
    """How many bytes of `data` end with a whole UTF-8 letter: a long line is not cut through one."""
    for back in range(1, min(4, len(data)) + 1):
        if data[-back] & 0xC0 != 0x80:  # the first byte of a letter
            length = 1 if data[-back] < 0xC0 else 2 if data[-back] < 0xE0 else 3 if data[-back] < 0xF0 else 4
            return len(data) - back if length > back else len(data)
    return len(data)


def follow(folder: Path) -> Iterator[j.AnyEvent | None]:
    """The events of a build's latest run as they come, None where there was nothing new for a moment.

    Ends after the build's end, or when its builder has died without a word.
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


def last_error(folder: Path) -> WizardError | None:
    """The error with which the latest run of a build ended; None where it did not fail."""
    error: WizardError | None = None
    for event in j.read_events(folder):
        if isinstance(event, j.BuildStarted):
            error = None
        elif isinstance(event, j.BuildEnded) and event.error:
            error = rebuild_error(event.error)
    return error


def stage_log(plan: Plan, stage: str) -> Path:
    """The full log of one stage of a plan."""
    return log_path(plan.stage(stage))
