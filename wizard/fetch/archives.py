"""Unpacks archives: checked once more, whole or not at all, and nothing is written outside of the folder."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, cast

from wizard.base.digests import MAX_BYTES, MAX_FILES
from wizard.base.errors import FolderError, MissingError
from wizard.fetch import zips
from wizard.fetch.finder import wrong_digest
from wizard.fetch.tarfiles import tarfile

MAX_UNPACKED = MAX_BYTES
MAX_ENTRIES = MAX_FILES
MAX_NAME = 1000
"""Bytes of a path inside; together with the folder's own path it stays within what the system allows."""

MAX_NAME_PART = 255
MAX_READ = 1 << 20
"""Bytes read from the stream at once; tarfile reads a header as large as the header says it is."""

_Kind = Literal["folder", "file", "link"]

_DAMAGE = (
    tarfile.TarError, EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error,
    zipfile.BadZipFile, struct.error, NotImplementedError,
    ValueError, OverflowError, RecursionError, MemoryError,
)  # fmt: skip
"""What tarfile, zipfile and the decompressors raise for damage; gzip's is an OSError and must be caught first."""


def unpack(archive: Path, into: Path, sha256: str, without: str = "") -> None:
    """Unpack a tar or zip archive into the new folder `into`, without its one top folder; whole or not at all.

    `sha256` is what the file must be, now. without: a folder below the top one that is left out of a
    tar archive. Raises MissingError for an archive that has another digest, is damaged or truncated, or
    reaches outside its folder, FolderError where the
    folder cannot be written.
    """
    if not archive.is_file():
        raise MissingError("archive-gone", archive=archive)
    temporary = into.with_name(into.name + ".unpacking")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with archive.open("rb") as file:
            # The very file that is unpacked, also where another file gets its name meanwhile.
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != sha256:
                raise wrong_digest(str(archive), archive.name, expected=sha256, found=digest)
            new = temporary / "new"
            new.mkdir(parents=True)
            top = _extracted(file, new, without)
        if os.path.lexists(into):
            into.rename(temporary / "old")
        top.rename(into)
    except _DAMAGE as error:
        raise _damaged(archive, error) from None
    except OSError as error:
        if error.errno is None:  # bz2's way to say that its data is damaged
            raise _damaged(archive, error) from None
        raise FolderError("unpack-failed", into=into, reason=error.strerror or error) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _damaged(archive: Path, error: Exception) -> MissingError:
    reason = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(error))
    return MissingError("archive-damaged", archive=archive, reason=reason)


class _Stream:
    """A decompressed stream from which little is read at once: no header can fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        file.seek(0)
        magic = file.read(6)
        file.seek(0)
        self._data = _decompressed(magic, file)
        self.last = b""

    def read(self, size: int) -> bytes:
        """At most `size` bytes."""
        if not 0 <= size <= MAX_READ:
            raise tarfile.ReadError("a header of absurd size")
        self.last = self._data.read(size)
        return self.last

    def seek(self, offset: int) -> int:
        """Go to an absolute offset."""
        return self._data.seek(offset)

    def tell(self) -> int:
        """The absolute offset."""
        return self._data.tell()


def _decompressed(magic: bytes, file: BinaryIO) -> BinaryIO:
    if magic.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", gzip.GzipFile(fileobj=file))
    if magic.startswith(b"BZh"):
        return cast("BinaryIO", bz2.BZ2File(file))
    if magic == b"\xfd7zXZ\0":
        return cast("BinaryIO", lzma.LZMAFile(file))
    return file


def _extracted(file: BinaryIO, new: Path, without: str) -> Path:
    """Extract the archive below `new`, which is empty. Returns its one top folder, or `new` where it has none."""
    file.seek(0)
    zipped = file.read(4) in zips.MAGIC
    inventory = _Inventory(folds_case=_folds_case(new))
    if zipped:
        with zipfile.ZipFile(file) as archive:
            inventory.add_all(zips.entries(archive))
        zips.extract(file, new)
    else:
        stream = _Stream(file)
        with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r:") as tar:
            inventory.add_all(tar)
            _refuse_rest(stream)
            members = [
                member for member in tar if not without or PurePosixPath(member.name).parts[1:2] != (without,)
            ]
            tar.extractall(new, members, filter="data")
    tops = list(new.iterdir())
    top = tops[0] if len(tops) == 1 and tops[0].is_dir() and not tops[0].is_symlink() else new
    _refuse_links_out(top, [new / link for link in inventory.links])
    return top


def _folds_case(folder: Path) -> bool:
    """True where names that differ only in upper and lower case are the same name in the folder."""
    probe = folder / "Case"
    probe.touch()
    folds = (folder / "cASE").exists()
    probe.unlink()
    return folds


class _Inventory:
    """What an archive holds, checked before anything is written.

    Every method raises TarError for what may not be.
    """

    def __init__(self, *, folds_case: bool) -> None:
        self._folds_case = folds_case
        self._kinds: dict[str, _Kind] = {}
        self._bytes = self._entries = 0
        self.links: list[str] = []

    def add_all(self, members: Iterable[tarfile.TarInfo]) -> None:
        """Note and check every entry. An archive without a file is no source."""
        for member in members:
            self._add(member)
        if "file" not in self._kinds.values():
            raise tarfile.TarError("it holds no file")

    def _add(self, member: tarfile.TarInfo) -> None:
        self._entries += 1
        if self._entries > MAX_ENTRIES:
            raise tarfile.TarError(f"it holds more than {MAX_ENTRIES} entries")
        if member.size < 0:
            raise tarfile.TarError(f"{member.name!r} has a negative size")
        self._bytes += member.size
        if self._bytes > MAX_UNPACKED:
            raise tarfile.TarError(f"it unpacks to more than {MAX_UNPACKED >> 30} GiB")
        parts = _parts(member.name)
        if not parts:
            if member.isdir():
                return
            raise tarfile.TarError(f"{member.name!r} is the folder itself, and is none")
        for count in range(1, len(parts)):
            self._put("/".join(parts[:count]), "folder", member)
        self._put("/".join(parts), self._kind(member), member)

    def _kind(self, member: tarfile.TarInfo) -> _Kind:
        if member.isdir():
            return "folder"
        if member.isreg():
            return "file"
        if member.issym():
            self.links.append(member.name)
            return "link"
        if member.islnk() and self._kinds.get(self._key("/".join(_parts(member.linkname)))) == "file":
            return "file"
        raise tarfile.TarError(f"{member.name!r} is no file, folder or link to what is in it")

    def _put(self, path: str, kind: _Kind, member: tarfile.TarInfo) -> None:
        """Note a path. Nothing but a folder may be there twice, so nothing is written through a link."""
        key = self._key(path)
        if key in self._kinds and not self._kinds[key] == kind == "folder":
            raise tarfile.TarError(f"{member.name!r} is there twice, or below something that is no folder")
        self._kinds[key] = kind

    def _key(self, path: str) -> str:
        """What is equal for names that are the same in the folder."""
        return unicodedata.normalize("NFC", path).casefold() if self._folds_case else path


def _parts(name: str) -> tuple[str, ...]:
    """The parts of a path inside an archive. Raises TarError for one that no source has."""
    path = PurePosixPath(name)
    whole = name.encode(errors="surrogateescape")
    if path.is_absolute() or ".." in path.parts:
        raise tarfile.TarError(f"{name!r} is outside of it")
    if not name.isprintable():  # also what is not UTF-8
        raise tarfile.TarError(f"{name!r} is no name that every system takes")
    if len(whole) > MAX_NAME or any(len(part.encode()) > MAX_NAME_PART for part in path.parts):
        raise tarfile.TarError(f"{name[:80]!r}… is too long a name")
    return path.parts


def _refuse_rest(stream: _Stream) -> None:
    """After the last entry an archive ends with a block of zeros, and more zeros at most."""
    if stream.last != bytes(tarfile.BLOCKSIZE):
        raise tarfile.TarError("it is truncated after an entry")
    length = 0
    while data := stream.read(MAX_READ):
        length += len(data)
        if data.strip(b"\0") or length > MAX_READ:
            raise tarfile.TarError("something follows its end")


def _refuse_links_out(top: Path, links: list[Path]) -> None:
    root = Path(os.path.realpath(top))
    for link in links:
        if not Path(os.path.realpath(link)).is_relative_to(root):
            raise tarfile.TarError(f"the link {link.name!r} leads outside of it")
