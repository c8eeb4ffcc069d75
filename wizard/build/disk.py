"""Files that are whole on the disk or not there at all, also after a power cut."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever looks sees the old one or the new one, and a power cut loses neither."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
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
