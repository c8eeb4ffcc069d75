"""Moves a finished folder to its prefix in one rename, and knows after a kill whether that has happened."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
from pathlib import Path

import msgspec

from wizard.base.errors import BuildError, FolderError
from wizard.base.files import flush, write_durably
from wizard.builder.older_switch import MovedSwitch, move_aside
from wizard.machine.survey import LOCK_FILE
from wizard.steps.actions import AnyAction, Publish
from wizard.steps.stage import Stage

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2  # <linux/fs.h>
_CANNOT_EXCHANGE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class Publication(msgspec.Struct, frozen=True):
    """What is put where. Moving a folder changes nothing by which it is recognized.

    folder: its device, its inode, and when its lock file was written, in nanoseconds (0: it has
    none). A file system reuses the inode of a folder that is removed.
    """

    into: str
    folder: tuple[int, int, int]


def publication_path(stage: Stage) -> Path:
    """Where a stage notes what it publishes, for the case that it is killed in the middle."""
    return Path(stage.home) / "done" / f"{stage.file}.publication"


def is_published(into: Path, record: Path) -> bool:
    """True where the folder that `record` names is at `into`."""
    try:
        publication = msgspec.json.decode(record.read_bytes(), type=Publication)
        return publication == Publication(str(into), _identity(into))
    except (OSError, msgspec.DecodeError):
        return False


def has_arrived(stage: Stage) -> bool:
    """True where what an interrupted stage publishes has arrived; what it was made from may be gone."""
    return any(is_published(Path(action.into), publication_path(stage)) for action in _publishes(stage))


def stands_as_published(stage: Stage) -> bool:
    """False where another folder, such as another build's, has replaced what this stage has published.

    A folder in the stage's own home is nobody else's, and may have been copied with it.
    """
    return all(
        Path(action.into).is_relative_to(stage.home) or is_published(Path(action.into), publication_path(stage))
        for action in _publishes(stage)
    )


def _publishes(stage: Stage) -> list[Publish]:
    return [action for action in stage.actions if isinstance(action, Publish)]


def already_done(action: AnyAction, stage: Stage) -> bool:
    """True for an action that an interrupted stage must not repeat: one up to a Publish that has happened."""
    for number, later in enumerate(stage.actions):
        if isinstance(later, Publish) and is_published(Path(later.into), publication_path(stage)):
            return any(action is before for before in stage.actions[:number])
    return False


def publish(action: Publish, stage: Stage) -> list[MovedSwitch]:
    """Move a finished folder to its prefix; where an older folder is there, both change names at once.

    What was written is on the disk before it becomes visible. After a kill at any instant the
    same call continues: the stage's note says whether the folder had arrived. Returns the older
    switches that were moved aside because of what was added to them. Raises FolderError where `into`
    cannot be written or holds something else, BuildError where there is nothing to publish.
    """
    source, into, record = Path(action.source), Path(action.into), publication_path(stage)
    beside, aside = _new(into), _old(into)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        if not is_published(into, record):
            _refuse_other_content(into, Path(stage.home))
            if not source.is_dir():
                raise BuildError("nothing-to-publish", folder=source)
            flush(source)
            record.parent.mkdir(parents=True, exist_ok=True)
            _arrive(source, into, record)
        leftovers = (source, beside, aside)
        moved = [move_aside(leftover, into) for leftover in leftovers]
        for leftover in leftovers:
            shutil.rmtree(leftover, ignore_errors=True)
        return [switch for switch in moved if switch]
    except OSError as error:
        raise FolderError("prefix-not-writable", "publish", path=into, reason=error.strerror or error) from None


def _refuse_other_content(into: Path, home: Path) -> None:
    """An older switch, an empty folder, or one in the build's own home is replaced, and nothing else."""
    replaceable = (
        not into.exists()
        or into.is_relative_to(home)
        or (into / LOCK_FILE).exists()
        or (into.is_dir() and not any(into.iterdir()))
    )
    if not replaceable:
        raise FolderError("prefix-taken", "publish", path=into)


def put_back(into: Path) -> bool:
    """Put back what a publisher had moved aside when it was killed; True where something came back.

    Only where names cannot be exchanged is there an instant in which this is needed.
    """
    if into.exists() or not _old(into).is_dir():
        return False
    _old(into).rename(into)
    return True


def remove_unfinished(into: Path) -> None:
    """Remove the copy beside `into` that a publisher from another disk had begun when it was killed."""
    shutil.rmtree(_new(into), ignore_errors=True)


def _new(into: Path) -> Path:
    return into.with_name(f".{into.name}.ocaml-cross-new")


def _old(into: Path) -> Path:
    return into.with_name(f".{into.name}.ocaml-cross-old")


def _identity(folder: Path) -> tuple[int, int, int]:
    status, lock = folder.stat(), folder / LOCK_FILE
    return status.st_dev, status.st_ino, lock.stat().st_mtime_ns if lock.is_file() else 0


def _arrive(source: Path, into: Path, record: Path) -> None:
    """Move `source` to `into`, or a copy made beside `into` where `source` is on another disk."""
    if source.stat().st_dev == into.parent.stat().st_dev:
        write_durably(record, msgspec.json.encode(Publication(str(into), _identity(source))))
        try:
            _swap(source, into)
        except OSError as error:
            if error.errno != errno.EXDEV:  # the same disk, mounted twice
                raise
        else:
            return
    beside = _new(into)
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside, symlinks=True)
    flush(beside)
    write_durably(record, msgspec.json.encode(Publication(str(into), _identity(beside))))
    _swap(beside, into)


def _swap(ready: Path, into: Path) -> None:
    """Give `ready` the name `into`. What had that name has the other name afterwards, or was moved aside."""
    if not into.exists():
        ready.rename(into)
        return
    if exchange(ready, into):
        return
    aside = _old(into)
    shutil.rmtree(aside, ignore_errors=True)
    into.rename(aside)
    try:
        ready.rename(into)
    except OSError:
        aside.rename(into)
        raise


def exchange(path: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system or the file system cannot."""
    renameat2 = None
    with contextlib.suppress(AttributeError):
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    if renameat2 is None:
        return False
    renameat2.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    if renameat2(_AT_FDCWD, os.fsencode(path), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _CANNOT_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(other))
