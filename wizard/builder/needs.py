"""What a build needs from elsewhere: each thing, where it can come from, and whether it is here already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.digests import sha256_of
from wizard.base.errors import FolderError
from wizard.base.files import replacing
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Lock
from wizard.check.resolved import ResolvedSelection
from wizard.fetch.attempts import OnProgress
from wizard.fetch.finder import FoundSource, LocalCopy, find_in_folders, find_source, local_copy, wrong_digest
from wizard.steps.sources import Needed, needed_sources


class Offer(msgspec.Struct, frozen=True):
    """Where one thing can come from.

    kind: official (an address), npm, debian, pinned, local, or for a C toolchain pip or apt. file, and
    sha256 or sha512, of the archive, "" for a toolchain, which its package manager checks.
    path: where it is here. place: the address or the package. unpinned: no published digest vouches for it.
    """

    kind: str
    place: str
    file: str = ""
    sha256: str = ""
    state: Literal["present", "absent", "wrong"] = "absent"
    path: str = ""
    sha512: str = ""
    unpinned: bool = False


class Need(msgspec.Struct, frozen=True):
    """One thing that a build needs, and where it can come from, in the order in which it is searched.

    path: the copy that a build would use, where there is one here.
    """

    name: str
    present: bool
    path: str
    offers: tuple[Offer, ...]


def needs(resolved: ResolvedSelection, lock: Lock | None, *, cache: Path, local: Path | None) -> tuple[Need, ...]:
    """What a build needs, searched in `local` and in `cache`. Uses no network, writes nothing."""
    folders = tuple(folder for folder in (local, cache) if folder)
    return (*(_need(source, folders) for source in needed_sources(resolved, lock)), *_toolchains(resolved))


def _need(needed: Needed, folders: tuple[Path, ...]) -> Need:
    by_folder = [[local_copy(source, folder) for source in needed.sources] for folder in folders]
    used = next((copy.path for copies in by_folder for copy in copies if copy.state == "present"), "")
    offers = tuple(_offer(source, copies) for source, *copies in zip(needed.sources, *by_folder, strict=True))
    return Need(needed.name, bool(used), str(used), offers)


def _offer(source: Source, copies: list[LocalCopy]) -> Offer:
    """A source as an offer, with the best of its copies in the folders."""
    best = next((copy for state in ("present", "wrong") for copy in copies if copy.state == state), None)
    return Offer(
        source.kind,
        source.address or " of ".join(word for word in (source.package, source.suite) if word) or "nowhere",
        source.file,
        source.sha256,
        best.state if best else "absent",
        str(best.path) if best else "",
        source.sha512,
        source.unpinned,
    )


def _toolchains(resolved: ResolvedSelection) -> Iterator[Need]:
    """The C toolchains, which no build fetches: zig comes with the wizard, gcc with the system."""
    if resolved.needs_zig:
        zig, installed = resolved.catalogue.embedded, resolved.build_machine.zig
        version = installed.version if installed else zig.version
        folder = installed.folder if installed else ""
        yield _toolchain(f"{zig.title} {version}", "pip", f"{zig.package}=={version}", folder)
    if resolved.toolchain.installed:
        packages = resolved.toolchain.packages.get(resolved.triplet or "", ())
        title = f"{resolved.catalogue.toolchains['gcc'].title} for {resolved.triplet}"
        yield _toolchain(title, "apt", " ".join(packages) or "nowhere", resolved.compiler)


def _toolchain(name: str, kind: str, package: str, path: str) -> Need:
    return Need(name, bool(path), path, (Offer(kind, package, state="present" if path else "absent", path=path),))


def fetch_all(
    needed: tuple[Needed, ...],
    *,
    cache: Path,
    local: Path | None,
    offline: bool,
    into: Path | None,
    progress: OnProgress,
) -> Iterator[tuple[str, FoundSource]]:
    """Find or fetch each source, one after the other; with `into` each is copied there, where it is not yet.

    Raises what `find_source` raises, MissingError for a wrong file in `into`,
    FolderError where `into` cannot be written.
    """
    for need in needed:
        there = find_in_folders(need.sources, cache=into, local=into) if into else None
        found = there or find_source(
            need.name, need.sources, cache=cache, local=local, offline=offline, progress=progress
        )
        to_copy = into and not there and not any(source.own for source in need.sources)
        yield need.name, (_copy_into(found, into) if into and to_copy else found)


def _copy_into(found: FoundSource, into: Path) -> FoundSource:
    """The archive, copied into a folder: whole, on the disk and with its digest, or not at all."""
    target = into / found.file
    try:
        into.mkdir(parents=True, exist_ok=True)
        with replacing(target, mode=0o644, durable=True) as copy:
            with Path(found.path).open("rb") as file:
                shutil.copyfileobj(file, copy)
            copy.flush()
            digest = sha256_of(Path(copy.name))
            if digest != found.sha256:
                raise wrong_digest(found.path, found.file, expected=found.sha256, found=digest)
    except OSError as error:
        raise FolderError("source-not-copied", target=target, reason=error.strerror or error) from None
    return FoundSource(found.kind, found.file, found.sha256, str(target))
