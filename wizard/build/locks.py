"""Looks at locks without taking them: two who look at the same time do not see each other."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

HOME_LOCK = "stage.lock"
"""In a home: held by the builder that is at one of its stages."""


def is_held(path: Path) -> bool:
    """True while a living process holds the lock at `path`. Writes nothing, so it works in a read-only folder.

    The kernel lets go of the lock of a process that has died, whatever file it left.
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
