"""Zip archives, read as tar archives are: their entries as values to be checked, then their files."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from wizard.fetch.tarfiles import tarfile

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive begins: with its first entry, or with its end."""

MAX_LINK = 4096
"""Bytes of what a link leads to (Linux's PATH_MAX)."""
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def entries(archive: zipfile.ZipFile) -> Iterator[tarfile.TarInfo]:
    """Every entry, as a tar archive would have it. Raises TarError for one that no source has."""
    for info in archive.infolist():
        # The name as it is in the archive: zipfile cuts it at the first NUL.
        entry = tarfile.TarInfo(info.orig_filename)
        entry.size = info.file_size
        entry.type = _type(info)
        if entry.type == tarfile.SYMTYPE:
            entry.linkname = _link_target(archive, info)
        if info.flag_bits & _ENCRYPTED:
            raise tarfile.TarError(f"{entry.name!r} is encrypted")
        if info.compress_type not in _METHODS:
            raise tarfile.TarError(f"{entry.name!r} is compressed in an unusual way")
        yield entry


def _type(info: zipfile.ZipInfo) -> bytes:
    """The kind of an entry: Unix keeps its mode in the upper half of external_attr, others leave it empty."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return cast("bytes", tarfile.SYMTYPE)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise tarfile.TarError(f"{info.orig_filename!r} is a device")
    folder = kind == stat.S_IFDIR or (not kind and info.orig_filename.endswith("/"))
    type_: bytes = tarfile.DIRTYPE if folder else tarfile.REGTYPE
    return type_


def _link_target(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    """What a link leads to, which is its content (Info-ZIP's zip -y). Raises TarError where that is outside."""
    if info.file_size > MAX_LINK:
        raise tarfile.TarError(f"{info.orig_filename!r} is a link with an absurd target")
    target = os.fsdecode(archive.read(info))
    path = os.path.normpath(PurePosixPath(info.filename).parent / target)
    if not target.isprintable() or path.startswith(("/", "../")) or path == "..":
        raise tarfile.TarError(f"the link {info.orig_filename!r} leads outside of it")
    return target


def extract(file: BinaryIO, new: Path) -> None:
    """Write all entries below the empty folder `new`; they were checked before."""
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            path = new / info.filename
            if _type(info) == tarfile.DIRTYPE:
                path.mkdir(parents=True, exist_ok=True)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if _type(info) == tarfile.SYMTYPE:
                path.symlink_to(_link_target(archive, info))
                continue
            with archive.open(info) as source, path.open("xb") as target:
                shutil.copyfileobj(source, target)
            path.chmod(0o755 if info.external_attr >> 16 & 0o100 else 0o644)
