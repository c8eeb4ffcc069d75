"""Runs a build's commands: output into the stage's log, every process of the build found and ended again."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from wizard.errors import CancelledError, MissingError

BUILD_MARK = "OCW_BUILD"
"""The variable by which every process of a build is known, also when its parent is gone."""

GRACE_SECONDS = 5.0
_PR_SET_PDEATHSIG = 1


class Stop:
    """Set by a signal or by a stage that failed, looked at by whatever runs long in any thread.

    A child is stopped with its parent, and can be stopped without it.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._groups: set[int] = set()
        self._children: list[Stop] = []

    def child(self) -> Stop:
        """A stop for a part of the work."""
        child = Stop()
        self._children.append(child)
        child.wanted = self.wanted
        return child

    def install(self) -> None:
        """End orderly on SIGTERM and SIGINT; outlive the terminal (SIGHUP). Only in the main thread."""
        signal.signal(signal.SIGTERM, lambda _number, _frame: self.ask())
        signal.signal(signal.SIGINT, lambda _number, _frame: self.ask())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def ask(self) -> None:
        """Let everything end: what runs gets SIGTERM, what would begin does not."""
        self.wanted = True
        for group in tuple(self._groups):
            _signal_group(group, signal.SIGTERM)
        for child in self._children:
            child.ask()

    @contextlib.contextmanager
    def watching(self, group: int) -> Iterator[None]:
        """A process group that `ask` reaches while the context lasts."""
        self._groups.add(group)
        try:
            if self.wanted:  # asked for between the start of the command and now
                _signal_group(group, signal.SIGTERM)
            yield
        finally:
            self._groups.discard(group)

    def check(self) -> None:
        """Raise CancelledError where a stop was asked for."""
        if self.wanted:
            raise CancelledError("build-cancelled", "the build was cancelled", "", "start it again to go on")


def run_logged(argv: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], log: Path, stop: Stop) -> int:
    """Run a program in a process group of its own, standard input closed, output appended to `log`.

    Returns its exit status (negative: the signal that ended it). Raises MissingError where
    the program cannot be started, CancelledError where a stop was asked for meanwhile.
    """
    stop.check()
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
                preexec_fn=_die_with_builder if sys.platform == "linux" else None,
            )
        except OSError as error:
            raise MissingError(
                "program-not-started", f"{argv[0]} cannot be started: {error.strerror}", f"in {cwd}"
            ) from None
    with stop.watching(child.pid):
        asked = False
        while True:
            try:
                status = child.wait(timeout=GRACE_SECONDS if asked else 0.5)
                break
            except subprocess.TimeoutExpired:
                if asked:
                    _signal_group(child.pid, signal.SIGKILL)
                asked = stop.wanted
    stop.check()
    return status


_LIBC = ctypes.CDLL(None, use_errno=True)
"""Loaded once: between fork and exec of a builder with threads nothing may be loaded."""


def _die_with_builder() -> None:
    """The kernel sends SIGTERM to the command when the builder dies, however it dies: make then ends orderly.

    The signal comes when the thread that started the command ends, so a thread waits for its commands.
    """
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _signal_group(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


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
