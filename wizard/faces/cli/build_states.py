"""When a build may be continued, and how long ago it changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.builds.listing import BuildInfo


UNFINISHED = ("failed", "stopped", "cancelled")


def when(seconds: float) -> str:
    """A time as the lists show it; a damaged journal may hold one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "?"


def refuse_to_resume(build: BuildInfo) -> None:
    """Raise BusyError for a build that runs, InputError for one that is done."""
    from wizard.base.errors import BusyError, InputError

    if build.state == "running":
        raise BusyError("build-running", build=build.id)
    if build.state == "done":
        raise InputError("build-done", build=build.id, prefix=build.prefix)
