"""Sources that the user gives: folders or archives in place of published ones."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from wizard.base.digests import differences, digest_of, refuse_absurd, sha256_of, sha256_of_tree
from wizard.base.errors import InputError, MissingError
from wizard.catalogue.model import Component, Source
from wizard.catalogue.presets import Lock
from wizard.catalogue.selection import Selection, own_source_paths
from wizard.check.findings import Finding, finding, way
from wizard.check.resolved import ResolvedSelection


def with_own_sources(resolved: ResolvedSelection, lock: Lock | None = None) -> ResolvedSelection:
    """The resolved selection with the user's sources as they are now. Raises MissingError, InputError.

    An archive that is the published one, by its digest, is that and needs no word more.
    """
    read = {}
    for component in resolved.components:
        path = own_source_paths(resolved.selection).get(component.name)
        if path:
            read[component.name] = _read(component, Path(path))
            _refuse_changed(component.name, read[component.name], lock)
    return resolved.with_own_sources(read)


def _read(component: Component, path: Path) -> Source:
    try:
        refuse_absurd(path)
        folder = path.is_dir()
        if folder and component.files:
            _refuse_other_files(component, path)
        digest = sha256_of_tree(path) if folder else sha256_of(path)
        vouched = _vouched(component, path)
    except OSError as error:
        raise MissingError(
            "source-unreadable",
            title=component.title,
            path=path,
            reason=error.strerror or error,
            name=component.name,
        ) from None
    return Source("local", path.name, digest, address=str(path), vouched=vouched)


def _refuse_other_files(component: Component, folder: Path) -> None:
    """What comes of a folder is judged before a plan is made; what comes of an archive, once it is unpacked."""
    said = differences(folder, component.files)
    if said:
        raise MissingError("files-wrong", "own", folder=folder, differences=said, name=component.name)


def _vouched(component: Component, path: Path) -> bool:
    """True where each file is compared with the catalogue's digests, or an archive is the published one."""
    return bool(component.files) or (path.is_file() and _published(component, path))


def _published(component: Component, archive: Path) -> bool:
    known = archive.stat()
    return any(
        _digest(archive, source.digest_name, known.st_mtime_ns, known.st_size) == source.digest
        for source in component.sources
    )


@functools.lru_cache(maxsize=16)
def _digest(archive: Path, kind: str, _changed: int, _size: int) -> str:
    """The digest of an archive, which is asked for at every check, as long as it is not changed."""
    return digest_of(archive, kind)


def _refuse_changed(name: str, source: Source, lock: Lock | None) -> None:
    pin = lock.components.get(name) if lock else None
    if pin is not None and pin.sha256 != source.sha256:
        raise InputError("lock-source-changed", address=source.address, sha256=source.sha256, pinned=pin.sha256)


def own_source_findings(selection: Selection, resolved: ResolvedSelection) -> Iterator[Finding]:
    """What there is to say of the user's sources: those that are not there, those that nothing vouches for."""
    given = own_source_paths(selection)
    used = {component.name: component for component in resolved.components}
    for name, path in given.items():
        if name not in used:
            rest = tuple(source for source in selection.sources if not source.startswith(f"{name}="))
            changed = resolved.changed({"sources": rest}).selection
            yield finding(
                "source-unused", (way("source-unused", "without", changed),), name=name, target=resolved.target.id
            )
        elif not Path(path).exists():
            yield finding("source-absent", (), ("path",), name=name, path=path)
        else:
            component = used[name]
            yield finding(
                _code(component, Path(path)), title=component.title, version=component.version, path=path
            )


def _code(component: Component, path: Path) -> str:
    """What there is to say of a source that is there. One that cannot be read is refused when it is planned."""
    try:
        vouched = _vouched(component, path)
    except OSError:
        vouched = False
    if not vouched:
        return "source-unpinned"
    return "source-compared" if component.files else "source-published"
