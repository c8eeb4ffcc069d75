"""Unpacks archives, and cannot leave its folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from wizard.errors import MissingError, PlaceError

if sys.version_info >= (3, 12):
    import tarfile
else:
    from backports import tarfile

MAX_UNPACKED = 2 * 1024**3
"""Bytes; OCaml's own source is 30 MB, so anything near this is not what it says it is."""


def unpack(archive: Path, into: Path) -> None:
    """Unpack a tar archive into the new folder `into`, without its one top folder; whole or not at all.

    Raises MissingError for an archive that is damaged, truncated or reaches outside its
    folder, PlaceError where the folder cannot be written.
    """
    if not archive.is_file():
        raise MissingError(
            "archive-gone", f"{archive} is not there any more", "", "start the build again: it is fetched"
        )
    temporary = into.with_name(into.name + ".unpacking")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        with tarfile.open(archive) as tar:
            _check_size(tar, archive)
            tar.extractall(temporary, filter="data")
        tops = list(temporary.iterdir())
        top = tops[0] if len(tops) == 1 and tops[0].is_dir() else temporary
        if into.exists():
            shutil.rmtree(into)
        top.rename(into)
    except _damage() as error:
        raise MissingError(
            "archive-damaged",
            f"{archive} cannot be unpacked: {error}",
            "the archive is truncated, damaged, or holds files that would land outside its folder",
            f"remove it ({archive}) and fetch it again",
        ) from None
    except OSError as error:
        raise PlaceError(
            "unpack-failed", f"{into} cannot be written: {error.strerror or error}", "", "free some space"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check_size(tar: tarfile.TarFile, archive: Path) -> None:
    size = 0
    for member in tar:
        size += member.size
        if size > MAX_UNPACKED:
            raise tarfile.TarError(f"{archive.name} unpacks to more than {MAX_UNPACKED >> 30} GiB")


def _damage() -> tuple[type[Exception], ...]:
    """What the decompressors raise for a damaged archive; gzip's is an OSError and must be caught first."""
    import gzip
    import lzma
    import zlib

    return (tarfile.TarError, EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error)
