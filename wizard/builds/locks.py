"""The locks of builds: held by a living process, and tested without taking them."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from wizard.machine.processes import Stop

WAIT_SECONDS = 0.5

HOME_LOCK = "stage.lock"
"""In a home: held by the builder that runs one of its stages."""


def is_held(path: Path) -> bool:
    """True while a living process holds the lock at `path`. Writes nothing, so it works in a read-only folder.

    The kernel releases the lock of a process that has died, whatever file it left.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def home_lock(home: Path, stop: Stop, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a home: builds that share a host compiler make it one after the other.

    on_wait: called once where another build holds it. Raises CancelledError where a stop is asked for meanwhile.
    """
    home.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(home / HOME_LOCK)
    reported = False
    while not lock.is_locked:
        try:
            lock.acquire(timeout=WAIT_SECONDS)
        except filelock.Timeout:
            stop.check()
            if not reported:
                reported = True
                on_wait()
    try:
        yield
    finally:
        lock.release()
