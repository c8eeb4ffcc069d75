"""The patches of a selection: what each is for, and a dry run of them against the real source."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec

from wizard.base.errors import BuildError
from wizard.builder.execute import apply_patch
from wizard.catalogue.presets import Preset
from wizard.check.resolved import ResolvedSelection
from wizard.fetch.archives import unpack
from wizard.fetch.attempts import OnProgress
from wizard.fetch.finder import find_source
from wizard.plan.model import PlannedPatch
from wizard.plan.patches import own_patches, read_patches
from wizard.steps.actions import ApplyPatch


class Listed(msgspec.Struct, frozen=True):
    """One patch of a selection. applied: it is not switched off. fits: of a dry run, "" where none was made."""

    name: str
    title: str
    reason: str
    wanted_by: str
    required: bool
    own: bool
    applied: bool
    touches: tuple[str, ...]
    sha256: str
    diff: str
    fits: str = ""
    why_not: str = ""


def listed(preset: Preset, resolved: ResolvedSelection) -> tuple[Listed, ...]:
    """Every patch of a selection, in the order in which they are applied, with those that are switched off.

    Raises InputError for one of the user's that cannot be read.
    """
    off = preset.selection.without
    on = msgspec.structs.replace(preset, selection=msgspec.structs.replace(preset.selection, without=()))
    every = resolved.changed({"without": ()})
    own = [_listed(patch, patch.name.removesuffix(".patch") not in off) for patch in own_patches(every)]
    paths = zip(preset.selection.patches, read_patches(on), strict=True)
    return (*own, *(_listed(patch, path not in off) for path, patch in paths))


def _listed(patch: PlannedPatch, applied: bool) -> Listed:
    return Listed(
        name=patch.name,
        title=patch.title or patch.name,
        reason=patch.reason,
        wanted_by=patch.wanted_by or "you",
        required=patch.required,
        own=patch.own,
        applied=applied,
        touches=patch.touches,
        sha256=patch.sha256,
        diff=patch.text,
    )


def tried(
    patches: tuple[Listed, ...],
    resolved: ResolvedSelection,
    *,
    cache: Path,
    local: Path | None,
    offline: bool,
    progress: OnProgress,
) -> tuple[Listed, ...]:
    """The patches with what came of applying them, one after the other, to a copy of the release's source.

    One that does not fit is left out for those after it. Raises MissingError where the source cannot be had.
    """
    release = resolved.release
    found = find_source(
        release.title, release.sources, cache=cache, local=local, offline=offline, progress=progress
    )
    with tempfile.TemporaryDirectory(prefix="ocaml-cross-patches-") as folder:
        tree = Path(folder) / "tree"
        unpack(Path(found.path), tree, found.sha256)
        return tuple(_tried(patch, tree) if patch.applied else patch for patch in patches)


def _tried(patch: Listed, tree: Path) -> Listed:
    try:
        apply_patch(ApplyPatch(patch.name, patch.diff, str(tree)))
    except BuildError as error:
        return msgspec.structs.replace(patch, fits="no", why_not=error.why or error.what)
    return msgspec.structs.replace(patch, fits="yes")


def refuse_misfits(patches: tuple[Listed, ...]) -> None:
    """Raise BuildError for the first patch of which the dry run said that it does not fit."""
    bad = next((patch for patch in patches if patch.fits == "no"), None)
    if bad is not None:
        raise BuildError(
            "patch-does-not-fit", "tried", name=bad.name, reason=bad.why_not, patch=bad.name.removesuffix(".patch")
        )
