"""How much room folders take on the disk, and sizes as a person writes them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

_BLOCK = 512  # st_blocks counts in these, whatever the file system's own blocks are
_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "TI": 2**40,
}
_SIZE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([KMGT]?I?)B?\s*", re.IGNORECASE)


class Sizes:
    """Counts the room that paths take, each file once, however many names it has in all that was counted."""

    def __init__(self) -> None:
        self._seen: set[tuple[int, int]] = set()

    def of(self, path: Path) -> int:
        """Bytes on the disk of a file or of everything below a folder. What cannot be read counts as nothing."""
        total = 0
        folders: list[str] = []
        try:
            total += self._one(path.lstat())
            folders += [str(path)] if path.is_dir() and not path.is_symlink() else []
        except OSError:
            return 0
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        try:
                            total += self._one(entry.stat(follow_symlinks=False))
                            if entry.is_dir(follow_symlinks=False):
                                folders.append(entry.path)
                        except OSError:
                            continue
            except OSError:
                continue
        return total

    def _one(self, found: os.stat_result) -> int:
        if found.st_nlink > 1:
            key = (found.st_dev, found.st_ino)
            if key in self._seen:
                return 0
            self._seen.add(key)
        return found.st_blocks * _BLOCK


def size_words(size: float) -> str:
    """Bytes as a person says them: 940 kB, 12 MB, 1.4 GB."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            value = size / factor
            return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"
    return f"{size:.0f} bytes" if size else "0"


def parse_size(text: str) -> int:
    """`5 GB`, `500M`, `1.5GiB` in bytes. Raises ValueError for anything else."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no size")
    return int(float(found[1].replace(",", ".")) * _UNITS[found[2].upper()])


class PartSize(msgspec.Struct, frozen=True):
    """The room that a part of a switch takes on the disk, in bytes. path: below the prefix, "" for all of it."""

    path: str
    what: str
    size: int


PARTS = (
    ("bin", "the compilers and tools, which run here"),
    ("lib", "OCaml's libraries for the target"),
    ("wrappers", "the C toolchain's wrapper scripts"),
    ("sysroot", "C headers and libraries that you add"),
    ("target", "programs that run on the target"),
    ("cosmopolitan", "Cosmopolitan"),
    ("solo5", "Solo5's C toolchain and tenders"),
)


def switch_sizes(prefix: Path) -> tuple[PartSize, ...]:
    """The room a switch takes: all of it, then its parts. Reads every folder: some tenths of a second."""
    there = ((path, what) for path, what in PARTS if (prefix / path).exists())
    parts = [PartSize(path, what, Sizes().of(prefix / path)) for path, what in there]
    return (PartSize("", "the whole switch", Sizes().of(prefix)), *parts)
