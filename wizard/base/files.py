"""Files that are whole on the disk or not there at all, also after a power cut."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wizard.base.errors import FolderError


@contextlib.contextmanager
def replacing(
    path: Path, *, mode: int | None = None, durable: bool = False, unfinished: Path | None = None
) -> Iterator[BinaryIO]:
    """A file to write that replaces `path` when the block is done, and is removed where the block fails.

    mode: its permissions, None for those that the umask leaves. durable: it is on the disk before it replaces
    the old one, so that a power cut loses neither. unfinished: its path until then, in the same folder, where
    what a killed process leaves has to be found by the next; else a name of its own.
    Raises OSError with the name of a file.
    """
    own_name = f".{path.name[:40]}.{os.getpid()}-{threading.get_native_id()}.tmp"
    temporary = unfinished or path.with_name(own_name)
    try:
        # Nobody else reads a file on its way to permissions of its own.
        opener = functools.partial(os.open, mode=0o666 if mode is None else 0o600)
        with open(temporary, "wb", opener=opener) as file:
            yield file
            file.flush()
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        if isinstance(error, OSError):
            error.filename = error.filename or str(path)
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def write_whole(path: Path, data: bytes, *, mode: int | None = None, unfinished: Path | None = None) -> None:
    """Write a file in one step: whoever reads it sees the old one or the new one. Raises OSError."""
    with replacing(path, mode=mode, unfinished=unfinished) as file:
        file.write(data)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file in one step, on the disk before it is seen: a power cut loses neither. Raises OSError."""
    with replacing(path, durable=True) as file:
        file.write(data)


def save_text(text: str, path: Path, *, subject: str, code: str = "file-not-written", mode: int = 0o644) -> None:
    """Write a text file that a user has named, whole or not at all, its folder made as needed.

    subject: what it is, for the message ("the script"). Raises FolderError with `code`.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode(), mode=mode)
    except (OSError, ValueError) as error:
        raise FolderError(code, subject=subject, path=path, reason=error) from None


def flush(folder: Path) -> None:
    """Have everything that was written to the file system of `folder` put on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None, use_errno=True).syncfs(descriptor)
            return
        os.sync()
    finally:
        os.close(descriptor)


def append_line(path: Path, text: str) -> None:
    """Append a line to a text file, on a line of its own whatever was written there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        start = b"" if ends_whole(path) else b"\n"
        file.write(start + text.encode(errors="replace") + b"\n")


def end_line(path: Path) -> None:
    """Give the last line of a text file its end, so that who reads line by line gets it."""
    with contextlib.suppress(OSError):
        if not ends_whole(path):
            with path.open("ab") as file:
                file.write(b"\n")


def ends_whole(path: Path) -> bool:
    """True where the last line of a file has its end, and where there is no line."""
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return True
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
