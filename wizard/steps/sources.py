"""Which archives a plan fetches: the release's and its components', or those that a lock file pins."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard.catalogue.model import Component, Release, Source
from wizard.catalogue.presets import Lock, Pin
from wizard.check.resolved import ResolvedSelection
from wizard.steps.actions import FetchSource

TESTS = "testsuite"
"""The folder of OCaml's own tests: two thirds of its source's files, and no part of what is built."""


class Needed(msgspec.Struct, frozen=True):
    """One source that a build needs: any of `sources` will do, in their order."""

    name: str
    sources: tuple[Source, ...]


def needed_sources(resolved: ResolvedSelection, lock: Lock | None) -> tuple[Needed, ...]:
    """Every source that a plan for the resolved selection fetches, whether or not this machine could build it."""
    folder = Path()
    actions = fetches(resolved.release, resolved.components, lock, folder)
    needed = [Needed(action.name, action.sources) for action in actions]
    whole = Needed(f"{resolved.release.title} (for the host compiler)", resolved.release.sources)
    # The host compiler takes any of the release's archives, so the one that is pinned will do where it is one.
    if not resolved.uses_path_compiler and not set(needed[0].sources) <= set(whole.sources):
        needed.append(whole)
    return tuple(needed)


def fetches(
    release: Release, components: Iterable[Component], lock: Lock | None, folder: Path
) -> tuple[FetchSource, ...]:
    """The actions that fetch the release's source and its components', recorded in `folder`."""
    pin = Pin(lock.source_file, lock.source_sha256) if lock else None
    record = f"{folder}/source.json"
    rest = (
        FetchSource(
            f"{component.title} {component.version}",
            _component_sources(component, lock),
            component_records([component], folder)[component.name],
        )
        for component in components
    )
    return (FetchSource(release.title, _pinned(release.sources, pin), record), *rest)


def component_digests(components: Iterable[Component], lock: Lock | None) -> tuple[str, ...]:
    """What a build depends on of its components."""
    return tuple(_component_sources(component, lock)[0].digest for component in components)


def component_records(components: Iterable[Component], folder: Path) -> dict[str, str]:
    """By component's name the file that says which of its archives was taken."""
    return {component.name: f"{folder}/{component.name}.json" for component in components}


def _component_sources(component: Component, lock: Lock | None) -> tuple[Source, ...]:
    return _pinned(component.sources, lock.components.get(component.name) if lock else None)


def _pinned(sources: tuple[Source, ...], pin: Pin | None) -> tuple[Source, ...]:
    """All of `sources`; where a lock file pins one of them, or one they do not hold, only that.

    What is published with another kind of digest is known by its name, and must have both digests.
    """
    if pin is None or any(source.own for source in sources):
        return sources
    found = tuple(source for source in sources if source.sha256 == pin.sha256)
    named = (source for source in sources if source.file == pin.file and not source.sha256)
    found = found or tuple(msgspec.structs.replace(source, sha256=pin.sha256) for source in named)
    return found or (Source("pinned", pin.file, pin.sha256),)
