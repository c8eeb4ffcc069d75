"""Room on the disk, watched while a build writes; and what is wrong where a file cannot be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from wizard.base.errors import PlaceError

BUILD_MB = 900
"""Room a first build takes at its peak: zig 300 MB, host compiler and target trees, the switch."""

MIN_FREE_MB = 150
"""Megabytes that a build leaves to the other programs of the machine."""

SMALL_DISK = 0.05
"""Of a small disk only this part has to stay free."""

MIN_FREE_FILES = 500
"""Files that can still be made, on a file system that has room for a fixed number."""

_GO_ON = "then `ocaml-cross-wizard resume`: the build goes on where it stopped"
FREE_SOME = f"free some space there (`ocaml-cross-wizard cache` and `clean` help), {_GO_ON}"


class SpaceWatch:
    """Looks whether the disks of some folders, which need not exist yet, still have room."""

    def __init__(self, folders: Iterable[Path | str], least_mb: float = MIN_FREE_MB) -> None:
        self._folders = [Path(folder) for folder in folders]
        self._least = least_mb * 1e6

    def check(self) -> None:
        """Raise PlaceError where one of the disks is nearly full. Takes microseconds a folder."""
        for folder in self._folders:
            place = _existing(folder)
            try:
                disk = os.statvfs(place)
            except OSError:
                continue
            free, whole = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
            if whole and free < min(self._least, whole * SMALL_DISK):
                raise _nearly_full(place, f"{free / 1e6:.0f} MB are free")
            if disk.f_files and disk.f_favail < min(MIN_FREE_FILES, disk.f_files * SMALL_DISK):
                raise _nearly_full(place, f"only {disk.f_favail} more files can be made (inodes)")


def refusal(path: Path) -> str:
    """Why the folder above `path` cannot be written; "" where it can. Creates nothing."""
    parent = next(folder for folder in (*path.parents, Path("/")) if folder.exists())
    if not parent.is_dir():
        return f"{parent} is not a folder"
    if not os.access(parent, os.W_OK | os.X_OK):
        return f"{parent} is not writable for you"
    return "the file system is read-only" if os.statvfs(parent).f_flag & os.ST_RDONLY else ""


def _existing(folder: Path) -> Path:
    return next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))


def _nearly_full(place: Path, left: str) -> PlaceError:
    return PlaceError(
        "disk-nearly-full",
        f"the disk of {place} is nearly full: {left}",
        "the build was stopped, so that other programs still have room",
        FREE_SOME,
    )


def write_error(error: OSError) -> PlaceError:
    """What is wrong where the system refused to write a file: its code, and what to do about it."""
    name = error.filename2 or error.filename or "a file"
    said = error.strerror or str(error) or type(error).__name__
    code, why, fix = _CAUSES.get(
        error.errno or 0,
        ("folder-refused", "", f"make the folder writable, or choose another one, {_GO_ON}"),
    )
    return PlaceError(code, f"{name} cannot be written: {said}", why, fix)


_FULL = ("disk-full", "the disk is full", FREE_SOME)
_CAUSES = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: ("disk-full", "your share of the disk (quota) is used up", FREE_SOME),
    errno.EFBIG: (
        "file-size-limit",
        "files may not become larger than the limit of the shell that started this, or of the file system",
        f"raise the limit (`ulimit -f unlimited`), {_GO_ON}",
    ),
    errno.EROFS: (
        "disk-read-only",
        "the file system is mounted read-only; Linux does that, too, when a disk fails",
        f"make it writable or let the wizard work elsewhere (OCW_HOME), {_GO_ON}",
    ),
    errno.EIO: ("disk-failing", "the disk reports an error", f"look at `dmesg`, {_GO_ON}"),
}
