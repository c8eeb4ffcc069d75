"""Finds the archive of a source: local folder, cache, official address, npm, Debian; its digest decides.

Which archives a plan fetches is in steps/sources.py; what the command `sources` lists is in builder/needs.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, assert_never

import filelock
import msgspec

from wizard.base.digests import digest_of, sha256_of, sha256_of_tree
from wizard.base.errors import FolderError, MissingError
from wizard.catalogue.model import Source
from wizard.fetch import attempts
from wizard.fetch.attempts import AttemptError, OnProgress, Patience
from wizard.fetch.clients import from_debian, from_npm

PARTS = "parts"
"""The folder in the cache for incomplete downloads: for each digest a lock, and a folder while it is fetched."""
PART = "part"
LOCK_SECONDS = 0.2


class FoundSource(msgspec.Struct, frozen=True):
    """The archive that is used: kind, name, digest, where it is; unpinned: no published digest vouches for it."""

    kind: str
    file: str
    sha256: str
    path: str
    unpinned: bool = False

    @property
    def unchanged(self) -> bool:
        """True where the archive, or the user's folder, is still there with its digest."""
        path = Path(self.path)
        if path.is_dir():
            return sha256_of_tree(path) == self.sha256
        return path.is_file() and sha256_of(path) == self.sha256


class LocalCopy(msgspec.Struct, frozen=True):
    """Whether a source's archive is in a folder.

    digest: of the file there, of the kind that the source has; "" where there is no file.
    """

    state: Literal["present", "absent", "wrong"]
    path: Path
    digest: str = ""


def find_source(
    name: str,
    sources: tuple[Source, ...],
    *,
    cache: Path,
    local: Path | None,
    offline: bool,
    progress: OnProgress,
    patience: Patience | None = None,
) -> FoundSource:
    """The first of `sources` that is available, checked, in `cache` (or in the folder `local`, read only).

    Raises MissingError, its text naming everything that was tried, with the reason why it failed; a
    wrong digest in `local` ends the search at once, because the user put that file there.
    The received part of a download that broke off stays in the cache: the next search continues it.
    """
    found = next((_own_source(source) for source in sources if source.own), None)
    found = found or find_in_folders(sources, cache=cache, local=local)
    if found:
        return found
    tried = [f"no archive in the folder {local}" if local else "no local folder was given (--sources DIR)"]
    copies = [local_copy(source, cache) for source in sources]
    wrong = [copy.path.name for copy in copies if copy.state == "wrong"]
    damaged = f" ({', '.join(wrong)} there is damaged)" if wrong else ""
    tried.append(f"not in the cache {cache}{damaged}")
    again = False
    if offline:
        tried.append("the network was not asked (--offline)")
    else:
        for source in sources:
            try:
                return _fetched(source, cache, progress, patience or attempts.PATIENCE)
            except AttemptError as failure:
                tried.append(f"{origin_of(source)}: {failure}")
                again = again or failure.again
    raise _not_found(name, sources, tried, again=again)


def _not_found(name: str, sources: tuple[Source, ...], tried: list[str], *, again: bool) -> MissingError:
    """The error where the source is available nowhere. again: a later try may succeed."""
    by_hand = "put one of these files into a folder and name it with --sources DIR: " + ", ".join(
        f"{source.file} ({source.digest_name} {source.digest})" for source in sources
    )
    if again:
        return MissingError("source-not-reached", name=name, tried="; ".join(tried), by_hand=by_hand)
    return MissingError("source-not-found", name=name, tried="; ".join(tried), by_hand=by_hand)


def origin_of(source: Source) -> str:
    """Where a source comes from, in words: an address, or a package with its client."""
    return source.address or (f"{source.kind} package {source.package}" if source.package else source.file)


def local_copy(source: Source, folder: Path) -> LocalCopy:
    """Whether the source's archive is in `folder`, by name and digest."""
    if source.own:
        path = Path(source.address)
        return LocalCopy("present" if path.exists() else "absent", path)
    path = folder / source.file
    if not path.is_file():
        return LocalCopy("absent", path)
    try:
        digest = digest_of(path, source.digest_name)
    except OSError as error:
        digest = f"not readable ({error.strerror})"
    return LocalCopy("present" if digest == source.digest else "wrong", path, digest)


def _own_source(source: Source) -> FoundSource:
    """The user's own folder or archive, as it was when the plan was made. Raises MissingError where it is not."""
    own = FoundSource(source.kind, source.file, source.sha256, source.address, source.unpinned)
    if not own.unchanged:
        raise MissingError(
            "source-changed",
            "" if Path(source.address).exists() else "gone",
            address=source.address,
            sha256=source.sha256,
        )
    return own


def find_in_folders(sources: tuple[Source, ...], *, cache: Path, local: Path | None) -> FoundSource | None:
    """The archive that is in `local` or else in `cache` already; None where there is none.

    Raises MissingError for a wrong digest in `local`. In the cache it counts as absent: the next
    fetch replaces it.
    """
    for folder in filter(None, (local, cache)):
        for source in sources:
            copy = local_copy(source, folder)
            if copy.state == "present":
                return FoundSource(source.kind, source.file, source.sha256 or sha256_of(copy.path), str(copy.path))
            if copy.state == "wrong" and folder == local:
                raise wrong_digest(
                    str(copy.path), source.file, expected=source.digest, found=copy.digest, kind=source.digest_name
                )
    return None


def wrong_digest(what: str, file: str, *, expected: str, found: str, kind: str = "sha256") -> MissingError:
    """The error for an archive with another digest than expected."""
    return MissingError("digest-wrong", path=what, file=file, kind=kind, found=found, expected=expected)


def _fetched(source: Source, cache: Path, progress: OnProgress, patience: Patience) -> FoundSource:
    """Fetch one source into the cache, where it appears only with the right digest."""
    parts = cache / PARTS
    try:
        parts.mkdir(parents=True, exist_ok=True)
        with _source_lock(parts / f"{source.digest}.lock", source, progress):
            # Whoever held the lock before may just have fetched it.
            found = find_in_folders((source,), cache=cache, local=None)
            return found or _fetch_into_cache(source, cache, parts / source.digest, progress, patience)
    except OSError as error:
        raise FolderError("cache-not-writable", cache=cache, reason=error) from None


@contextmanager
def _source_lock(lock_file: Path, source: Source, progress: OnProgress) -> Iterator[None]:
    """Hold a source's lock, so that two builds which need the same file fetch it once."""
    lock = filelock.FileLock(lock_file)
    while not lock.is_locked:
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout:
            progress(source.file, 0, 0, "waiting: another build is fetching it")
    try:
        yield
    finally:
        lock.release()


def _fetch_into_cache(
    source: Source, cache: Path, folder: Path, progress: OnProgress, patience: Patience
) -> FoundSource:
    """Fetch one source by way of `folder`, in which nothing stays but the part of a download that broke off."""
    if not (folder / PART).exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(exist_ok=True)
    try:
        path = _fetch_by_kind(source, folder, progress, patience)
        digest = digest_of(path, source.digest_name)
        if digest != source.digest:
            path.unlink()
            raise AttemptError(f"what came has {source.digest_name} {digest}, not {source.digest}")
        sha256 = source.sha256 or sha256_of(path)
        target = cache / source.file
        path.replace(target)
        return FoundSource(source.kind, source.file, sha256, str(target))
    finally:
        part = folder / PART
        if not part.exists() or not part.stat().st_size:
            shutil.rmtree(folder, ignore_errors=True)


def _fetch_by_kind(source: Source, folder: Path, progress: OnProgress, patience: Patience) -> Path:
    """The archive, fetched into `folder` from the kind of place that the source is. Raises AttemptError."""
    match source.kind:
        case "official":
            return _from_address(source, folder, progress, patience)
        case "npm":
            return from_npm(source, folder, progress, patience)
        case "debian":
            return from_debian(source, folder, progress, patience)
        case "pinned" | "local":
            raise AttemptError("the lock file pins it, and the catalogue knows no place that has it")
        case _:
            assert_never(source.kind)


def _from_address(source: Source, folder: Path, progress: OnProgress, patience: Patience) -> Path:
    # Lazy: httpx is slow to import, and mostly the archive is in the cache.
    from wizard.fetch.download import download

    part = folder / PART
    if part.exists() and digest_of(part, source.digest_name) == source.digest:
        return part
    in_pieces = download(source.address, source.file, part, progress, patience)
    if in_pieces and digest_of(part, source.digest_name) != source.digest:
        # The pieces do not belong together: the file has changed since the first one came.
        part.unlink()
        download(source.address, source.file, part, progress, patience)
    return part
