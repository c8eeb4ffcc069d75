"""Runs a build's commands: output into the stage's log, every process of the build found and ended again."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psutil

from wizard.base.errors import CancelledError, MissingError, WizardError

BUILD_MARK = "OCW_BUILD"
"""The variable by which every process of a build is known, also when its parent is gone."""

GRACE_SECONDS = 5.0
WATCH_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


class Stop:
    """Set by a signal or by a stage that failed, looked at by whatever runs long in any thread.

    A child is stopped with its parent, and can be stopped without it.
    """

    def __init__(self) -> None:
        self.requested = False
        self._groups: set[int] = set()
        self._children: list[Stop] = []

    def child(self) -> Stop:
        """A stop for a part of the work."""
        child = Stop()
        self._children.append(child)
        child.requested = self.requested
        return child

    def install(self) -> None:
        """End orderly on SIGTERM and SIGINT; outlive the terminal (SIGHUP). Only in the main thread."""
        signal.signal(signal.SIGTERM, lambda _number, _frame: self.request())
        signal.signal(signal.SIGINT, lambda _number, _frame: self.request())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def request(self) -> None:
        """Let everything end: what runs gets SIGTERM, what would begin does not."""
        self.requested = True
        for group in tuple(self._groups):
            _signal_group(group, signal.SIGTERM)
        for child in self._children:
            child.request()

    @contextlib.contextmanager
    def watching(self, group: int) -> Iterator[None]:
        """A process group that `ask` reaches while the context lasts."""
        self._groups.add(group)
        try:
            if self.requested:  # asked for between the start of the command and now
                _signal_group(group, signal.SIGTERM)
            yield
        finally:
            self._groups.discard(group)

    def check(self) -> None:
        """Raise CancelledError where a stop was asked for."""
        if self.requested:
            raise CancelledError("build-cancelled", "the build was cancelled", "", "start it again to go on")


def run_logged(
    argv: tuple[str, ...],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    stop: Stop,
    watch: Callable[[], None] = lambda: None,
) -> int:
    """Run a program in a process group of its own, standard input closed, output appended to `log`.

    `watch` is called about once a second; a WizardError that it raises ends the program. Returns the
    program's exit status (negative: the signal that ended it). Raises MissingError where the
    program cannot be started, CancelledError where a stop was asked for meanwhile.
    """
    stop.check()
    log.parent.mkdir(parents=True, exist_ok=True)
    die_with_builder = _death_signal(os.getpid())
    with log.open("ab") as output:
        try:
            child = subprocess.Popen(
                argv,
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                preexec_fn=die_with_builder,
            )
        except OSError as error:
            raise MissingError(
                "program-not-started", f"{argv[0]} cannot be started: {error.strerror}", f"in {cwd}"
            ) from None
    with stop.watching(child.pid):
        status = _await(child, stop, watch)
    stop.check()
    return status


def _await(child: subprocess.Popen[bytes], stop: Stop, watch: Callable[[], None]) -> int:
    """The exit status of `child`. It is ended, orderly, then firmly, where a stop is wanted or `watch` raises."""
    trouble: WizardError | None = None
    firmly_at = math.inf
    while True:
        if firmly_at == math.inf and (stop.requested or trouble):
            firmly_at = time.monotonic() + GRACE_SECONDS
            _signal_group(child.pid, signal.SIGTERM)
        try:
            status = child.wait(timeout=WATCH_SECONDS)
            break
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() >= firmly_at:
            _signal_group(child.pid, signal.SIGKILL)
        elif firmly_at == math.inf:
            try:
                watch()
            except WizardError as error:
                trouble = error
    if firmly_at < math.inf:
        _signal_group(child.pid, signal.SIGKILL)  # what its first process has left behind in the group
    if trouble:
        raise trouble
    return status


def _death_signal(builder: int) -> Callable[[], None] | None:
    """What a command does before it begins: have the kernel end it when the builder dies, however it dies.

    SIGTERM, so that make ends orderly. The library is looked up here: between fork and exec
    nothing may be loaded.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die_with_builder() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != builder:  # it died before the kernel was told
            os._exit(1)

    return die_with_builder


def _signal_group(group: int, number: int) -> None:
    """Send a signal to all of a group; one that was stopped (SIGSTOP) goes on, so that it can end orderly."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
        os.killpg(group, signal.SIGCONT)


def processes_of(build: str) -> list[psutil.Process]:
    """Every living process of this user that carries the mark of `build`, but for the caller's own."""
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(BUILD_MARK) == build and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end_processes_of(build: str) -> int:
    """End what an earlier builder left running, orderly, then firmly. Returns how many there were."""
    left = processes_of(build)
    for process in left:
        _quietly(process, signal.SIGTERM)
    _gone, alive = psutil.wait_procs(left, timeout=GRACE_SECONDS)
    for process in alive:
        _quietly(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)
    return len(left)


def _quietly(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
