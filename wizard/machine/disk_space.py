"""Free space on the disk, checked while a build writes; and the error where a file cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from wizard.base.errors import PlaceError

BUILD_MB = 900
"""Space that a first build uses at its peak: zig 300 MB, host compiler and target trees, the switch."""

MIN_FREE_MB = 150
"""Megabytes that a build leaves free for the other programs of the machine."""

SMALL_DISK = 0.05
"""Of a small disk only this part has to stay free."""

MIN_FREE_FILES = 500
"""Files that can still be created, on a file system that has a fixed number of inodes."""

_THEN_RESUME = "then `ocaml-cross-wizard resume`: the build goes on where it stopped"
FREE_SOME = f"free some space there (`ocaml-cross-wizard cache` and `clean` help), {_THEN_RESUME}"


class SpaceWatch:
    """Checks whether the disks of some folders, which need not exist yet, still have space."""

    def __init__(self, folders: Iterable[Path | str], least_mb: float = MIN_FREE_MB) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._least = least_mb * 1e6

    def check(self) -> None:
        """Raise PlaceError where one of the disks is nearly full. Takes microseconds a folder."""
        for folder in self._folders:
            existing = _existing(folder)
            try:
                disk = os.statvfs(existing)
            except OSError:
                continue
            free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
            if whole and free < min(self._least, whole * SMALL_DISK):
                raise _nearly_full(existing, f"{free / 1e6:.0f} MB are free")
            if disk.f_files and disk.f_favail < min(MIN_FREE_FILES, disk.f_files * SMALL_DISK):
                raise _nearly_full(existing, f"only {disk.f_favail} more files can be made (inodes)")


def why_not_writable(path: Path) -> str:
    """Why the folder above `path` cannot be written; "" where it can. Creates nothing."""
    parent = next(folder for folder in (*path.parents, Path("/")) if folder.exists())
    if not parent.is_dir():
        return f"{parent} is not a folder"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"{parent} is not writable for you"
    return "the file system is read-only" if os.statvfs(parent).f_flag & os.ST_RDONLY else ""


def _existing(folder: Path) -> Path:
    return next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))


def _nearly_full(folder: Path, left: str) -> PlaceError:
    return PlaceError(
        "disk-nearly-full",
        f"the disk of {folder} is nearly full: {left}",
        "the build was stopped, so that other programs still have room",
        FREE_SOME,
    )


def write_error(error: OSError) -> PlaceError:
    """The error for a file that the system refused to write: its code, and what to do about it."""
    name = error.filename2 or error.filename or "a file"
    reason = error.strerror or str(error) or type(error).__name__
    code, why, fix = _CAUSES.get(
        error.errno or 0,
        ("folder-refused", "", f"make the folder writable, or choose another one, {_THEN_RESUME}"),
    )
    return PlaceError(code, f"{name} cannot be written: {reason}", why, fix)


_FULL = ("disk-full", "the disk is full", FREE_SOME)
_CAUSES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("disk-full", "your share of the disk (quota) is used up", FREE_SOME),
    errno.EFBIG: (
        "file-size-limit",
        "files may not become larger than the limit of the shell that started this, or of the file system",
        f"raise the limit (`ulimit -f unlimited`), {_THEN_RESUME}",
    ),
    errno.EROFS: (
        "disk-read-only",
        "the file system is mounted read-only; Linux does that, too, when a disk fails",
        f"make it writable or let the wizard work elsewhere (OCW_HOME), {_THEN_RESUME}",
    ),
    errno.EIO: ("disk-failing", "the disk reports an error", f"look at `dmesg`, {_THEN_RESUME}"),
}
