"""Free space on the disk, checked while a build writes; and the error where a file cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from wizard.base.errors import FolderError

BUILD_MB = 900
"""Space that a first build uses at its peak: zig 300 MB, host compiler and target trees, the switch."""

MIN_FREE_MB = 150
"""Megabytes that a build leaves free for the other programs of the machine."""

SMALL_DISK = 0.05
"""Of a small disk only this part has to stay free."""

MIN_FREE_FILES = 500
"""Files that can still be created, on a file system that has a fixed number of inodes."""


class SpaceWatch:
    """Checks whether the disks of some folders, which need not exist yet, still have space."""

    def __init__(self, folders: Iterable[Path | str], least_mb: float = MIN_FREE_MB) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._least = least_mb * 1e6

    def check(self) -> None:
        """Raise FolderError where one of the disks is nearly full. Takes microseconds a folder."""
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


def _nearly_full(folder: Path, left: str) -> FolderError:
    return FolderError("disk-nearly-full", folder=folder, left=left)


def write_error(error: OSError) -> FolderError:
    """The error for a file that the system refused to write: its code, and what to do about it."""
    name = error.filename2 or error.filename or "a file"
    reason = error.strerror or str(error) or type(error).__name__
    code, form = _CAUSES.get(error.errno or 0, ("folder-refused", ""))
    return FolderError(code, form, name=name, reason=reason)


_CAUSES = {
    errno.ENOSPC: ("disk-full", ""),
    errno.EDQUOT: ("disk-full", "quota"),
    errno.EFBIG: ("file-size-limit", ""),
    errno.EROFS: ("disk-read-only", ""),
    errno.EIO: ("disk-failing", ""),
}
"""The code, and the form of its message, of what the system says where it refuses to write."""
