"""The switch that a new one has replaced: it is moved aside where somebody had added something to it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from wizard.machine.survey import LOCK_FILE

_OWN = Path("share", "ocaml-cross")
"""Where the wizard writes after the lock file: the proof."""


@dataclass(frozen=True)
class MovedSwitch:
    """An older switch that was moved aside.

    path: where it is now. added: what was added to it, relative to it; of a folder that is wholly new, the folder.
    """

    path: Path
    added: tuple[str, ...]


def added_to(older: Path, newer: Path) -> tuple[str, ...]:
    """What somebody has added to the switch `older`, such as installed libraries, and `newer` lacks.

    Recognized by time: the lock file is the last that a build writes into a switch. What was copied with its
    old times is recognized by the folder that it was copied into. A folder that cannot be read counts as added.
    """
    lock = older / LOCK_FILE
    if not lock.is_file():
        return ()
    return tuple(sorted(set(_added(older, newer, Path(), lock.stat().st_mtime_ns))))


def _added(older: Path, newer: Path, inside: Path, since: int) -> Iterator[str]:
    folder = older / inside
    touched = inside != _OWN and folder.stat().st_mtime_ns > since
    try:
        entries = list(os.scandir(folder))
    except OSError:
        yield str(inside)
        return
    for entry in entries:
        path = inside / entry.name
        new = not os.path.lexists(newer / path)
        if entry.is_dir(follow_symlinks=False):
            below = _added(older, newer, path, since)
            yield from ([str(path)] if new and any(below) else below)
        elif new and (touched or entry.stat(follow_symlinks=False).st_mtime_ns > since):
            yield str(path)


def move_aside(older: Path, into: Path) -> MovedSwitch | None:
    """Move the switch that was at `into` beside it, where something was added to it; None where nothing was.

    Raises OSError where it cannot be moved.
    """
    added = added_to(older, into)
    if not added:
        return None
    names = (f"{into.name}.before-{time.strftime('%Y%m%d-%H%M%S')}{more}" for more in _suffixes())
    path = next(path for path in map(into.with_name, names) if not os.path.lexists(path))
    older.rename(path)
    return MovedSwitch(path, added)


def _suffixes() -> Iterator[str]:
    yield ""
    yield from (f"-{number}" for number in count(2))
