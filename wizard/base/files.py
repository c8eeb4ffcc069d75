"""Files that are whole on the disk or not there at all, also after a power cut."""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever looks sees the old one or the new one, and a power cut loses neither."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_native_id()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = error.filename or str(path)
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


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
