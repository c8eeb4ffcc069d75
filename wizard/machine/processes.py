"""Runs commands with their output in a log, and finds and ends every process of a build again.

What is run is the caller's business: nothing here knows of OCaml or of plans.
"""

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
    """A request to stop: made by a signal or a failure, checked by whatever runs long in any thread.

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
        """Stop in order on SIGTERM and SIGINT; outlive the terminal (SIGHUP). Only in the main thread."""
        signal.signal(signal.SIGTERM, lambda _number, _frame: self.request())
        signal.signal(signal.SIGINT, lambda _number, _frame: self.request())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def request(self) -> None:
        """Have everything end: what runs gets SIGTERM, what would begin does not."""
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
            if self.requested:  # between the start of the command and now
                _signal_group(group, signal.SIGTERM)
            yield
        finally:
            self._groups.discard(group)

    def check(self) -> None:
        """Raise CancelledError where a stop was requested."""
        if self.requested:
            raise CancelledError("build-cancelled")


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
    program cannot be started, CancelledError where a stop was requested meanwhile.
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
            raise MissingError("program-not-started", program=argv[0], reason=error.strerror, folder=cwd) from None
    with stop.watching(child.pid):
        status = _await(child, stop, watch)
    stop.check()
    return status


def _await(child: subprocess.Popen[bytes], stop: Stop, watch: Callable[[], None]) -> int:
    """The exit status of `child`. Where a stop is requested or `watch` raises, it is ended, at last by force."""
    problem: WizardError | None = None
    kill_at = math.inf
    while True:
        if kill_at == math.inf and (stop.requested or problem):
            kill_at = time.monotonic() + GRACE_SECONDS
            _signal_group(child.pid, signal.SIGTERM)
        try:
            status = child.wait(timeout=WATCH_SECONDS)
            break
        except subprocess.TimeoutExpired:
            pass
        if time.monotonic() >= kill_at:
            _signal_group(child.pid, signal.SIGKILL)
        elif kill_at == math.inf:
            try:
                watch()
            except WizardError as error:
                problem = error
    if kill_at < math.inf:
        _signal_group(child.pid, signal.SIGKILL)  # what its first process has left behind in the group
    if problem:
        raise problem
    return status


def _death_signal(builder: int) -> Callable[[], None] | None:
    """What a command does before it begins: have the kernel end it when the builder dies, however it dies.

    SIGTERM, so that make ends in order. The library is looked up here: between fork and exec
    nothing may be loaded.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def die_with_builder() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != builder:  # it died before the call
            os._exit(1)

    return die_with_builder


def _signal_group(group: int, number: int) -> None:
    """Send a signal to all of a group; a stopped process (SIGSTOP) continues, so that it can end in order."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
        os.killpg(group, signal.SIGCONT)


def processes_of(build: str) -> list[psutil.Process]:
    """Every living process of this user that carries the mark of `build`, except the caller's own."""
    marked = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(BUILD_MARK) == build and process.status() != psutil.STATUS_ZOMBIE:
                marked.append(process)
        except (psutil.Error, OSError):
            continue
    return marked


def end_processes_of(build: str) -> int:
    """End what an earlier builder left running, by SIGTERM, then by force. Returns how many there were."""
    leftovers = processes_of(build)
    for process in leftovers:
        _signal(process, signal.SIGTERM)
    _ended, alive = psutil.wait_procs(leftovers, timeout=GRACE_SECONDS)
    for process in alive:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=GRACE_SECONDS)
    return len(leftovers)


def _signal(process: psutil.Process, number: int) -> None:
    with contextlib.suppress(psutil.Error):
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
