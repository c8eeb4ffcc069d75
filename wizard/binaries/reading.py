"""Reads the bytes of a file that a user names, and makes what stands in it fit for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from wizard.base.errors import InputError

LARGEST = 1 << 29
"""Bytes. No program or library of OCaml comes near it, and what has no end (/dev/zero) ends here."""


def read(path: Path) -> bytes:
    """The bytes of a file, a device or a pipe. Raises InputError."""
    try:
        with path.open("rb") as file:
            return read_stream(str(path), file)
    except (OSError, ValueError) as error:
        raise InputError("file-unreadable", name=printable(str(path)), reason=error) from None


def is_folder(path: Path) -> bool:
    """True for a folder; False also for what cannot be the name of one."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_stream(name: str, file: BinaryIO) -> bytes:
    """The bytes of an open file. Raises InputError where there are too many."""
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError("file-large", name=printable(name), most=LARGEST >> 20)
    return data


def printable(text: str) -> str:
    """A name or a word out of a file with nothing in it that a terminal or JSON cannot hold."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
