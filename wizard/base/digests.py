"""Digests of files and folders."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

MAX_BYTES = 2 * 1024**3
"""Of a source as it lies unpacked; OCaml's own is 30 MB, so anything near this is not what it says it is."""
MAX_FILES = 200_000
"""OCaml's own source has 5,000."""
MAX_NAMED = 20
"""How many wrong files are named, of which there can be any number."""

LEFT_OUT = frozenset({".git", ".hg", "_opam", "_build"})
"""Folders beside a source that are no part of it."""


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hex."""
    return digest_of(path, "sha256")


def digest_of(path: Path, kind: str) -> str:
    """The digest of a file by one of hashlib's algorithms, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def sha256_of_tree(folder: Path) -> str:
    """One sha256 over a folder: of files path, content and whether they may be executed; of links the target."""
    whole = hashlib.sha256()
    for path in tree_of(folder):
        name = os.fsencode(path.relative_to(folder))
        if path.is_symlink():
            kind, content = b"link", os.fsencode(path.readlink()).hex().encode()
        else:
            kind = b"program" if os.access(path, os.X_OK) else b"file"
            content = sha256_of(path).encode()
        whole.update(b"\0".join((kind, name, content)) + b"\n")
    return whole.hexdigest()


def tree_of(folder: Path) -> list[Path]:
    """The files and links of a folder, in a fixed order, without what is no part of a source."""
    found = []
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in LEFT_OUT and name not in links]
        found += [Path(place) / name for name in (*files, *links)]
    return sorted(found)


def refuse_absurd(path: Path) -> None:
    """Raise OSError where a file or folder can be no source: too much of it, or devices and pipes in it."""
    count = size = 0
    for entry in tree_of(path) if path.is_dir() else [path]:
        found = entry.lstat() if entry != path else entry.stat()
        count, size = count + 1, size + found.st_size
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            raise OSError(errno.EINVAL, f"{_shown(entry.name)} is neither a file nor a folder")
        if count > MAX_FILES or size > MAX_BYTES:
            raise OSError(errno.EFBIG, f"it holds more than {MAX_FILES} files or {MAX_BYTES >> 30} GiB")


def differences(folder: Path, files: Mapping[str, str]) -> str:
    """In words, how the files below `folder` differ from `files` (path in it -> sha256 in hex); "" for not at all.

    Those that are missing, other than they should be (a link is, too), or not expected.
    """
    there = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }
    plain = {name for name, path in there.items() if path.is_file() and not path.is_symlink()}
    wrong = [name for name in files if name in plain and sha256_of(there[name]) != files[name]]
    found = {
        "missing": [name for name in files if name not in there],
        "not what it should be": wrong + [name for name in files if name in there and name not in plain],
        "not expected": [name for name in there if name not in files],
    }
    return "; ".join(f"{what}: {_named(names)}" for what, names in found.items() if names)


def _named(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(map(_shown, names[:MAX_NAMED])) + (f" and {more} more" if more > 0 else "")


def _shown(name: str) -> str:
    """A file's name, in which no character can disturb a terminal."""
    return name if name.isprintable() else ascii(name)
