"""Tar archives of every kind, and unpacking them."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from typing import Literal

import pytest

from tests.support.trees import names
from wizard.base.errors import MissingError
from wizard.fetch import archives

Mode = Literal["w:gz", "w:xz", "w:bz2", "w"]
MODES: tuple[Mode, ...] = ("w:gz", "w:xz", "w:bz2", "w")
WORDS = " ".join(f"let x{number} = {number * number} in" for number in range(3000)).encode()


def entry(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=kind, linkname=to)


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.DIRTYPE, mode=mode)


def tar(*entries: tuple[tarfile.TarInfo, bytes], mode: Mode = "w:gz", pax: bool = False) -> bytes:
    buffer = io.BytesIO()
    kind = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=buffer, mode=mode, format=kind) as file:
        for info, data in entries:
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


GOOD = (
    folder("ocaml-5.3.0"),
    entry("ocaml-5.3.0/configure", b"#!/bin/sh\n", mode=0o755),
    folder("ocaml-5.3.0/runtime"),
    entry("ocaml-5.3.0/runtime/sys.c", WORDS, mode=0o644),
    link("ocaml-5.3.0/runtime/link.c", "sys.c"),
)


def saved(tmp_path: Path, data: bytes, name: str = "x.tar.gz") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def unpack(file: Path, into: Path, without: str = "") -> None:
    """Unpack a file that is what it should be."""
    archives.unpack(file, into, hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "", without)


def refused(tmp_path: Path, data: bytes) -> MissingError:
    """Unpacking must fail with MissingError, and leave the folder as it was."""
    file = saved(tmp_path, data)
    before = names(tmp_path)
    with pytest.raises(MissingError) as raised:
        unpack(file, tmp_path / "into")
    assert names(tmp_path) == before
    assert raised.value.code == "archive-damaged"
    assert str(file) in raised.value.what
    assert str(file) in raised.value.fix
    return raised.value
