"""The patches of a plan, read: the wizard's own from the package, the user's from their files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wizard import catalogue as catalogue_package
from wizard.base.errors import InputError
from wizard.catalogue.presets import Preset
from wizard.check.resolved import ResolvedSelection
from wizard.plan.model import PlannedPatch


def patch_file(folder: Path, patch: str, release: str) -> Path:
    """The file of one of the wizard's own patches for a release."""
    special = folder / release / f"{patch}.patch"
    return special if special.is_file() else folder / f"{patch}.patch"


def own_patches(resolved: ResolvedSelection) -> tuple[PlannedPatch, ...]:
    """The wizard's own patches that a selection needs, read from the package."""
    folder = Path(catalogue_package.__file__).parent / "patches"
    patches = []
    for patch in resolved.catalogue_patches:
        data = patch_file(folder, patch.id, resolved.release.id).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        patches.append(
            PlannedPatch(
                f"{patch.id}.patch",
                data.decode(),
                digest,
                own=True,
                title=patch.title,
                reason=patch.reason,
                wanted_by=patch.wanted_by,
                required=patch.required,
            )
        )
    return tuple(patches)


def read_patches(preset: Preset) -> tuple[PlannedPatch, ...]:
    """The patches of a preset, read. Raises InputError for one that is absent or not what a lock file pins."""
    patches: list[PlannedPatch] = []
    for number, name in enumerate(preset.selection.applied_patches, 1):
        path = Path(name)
        try:
            data = path.read_bytes()
            text = data.decode()
        except (OSError, ValueError) as error:
            raise InputError("patch-unreadable", name=name, reason=error) from None
        # A switch keeps its patches in one folder, and its lock file pins them by name.
        taken = path.name in [patch.name for patch in patches]
        patch = PlannedPatch(
            f"{number}-{path.name}" if taken else path.name, text, hashlib.sha256(data).hexdigest()
        )
        patches.append(patch)
    return tuple(patches)


def refuse_unpinned(preset: Preset, patches: tuple[PlannedPatch, ...]) -> tuple[PlannedPatch, ...]:
    """The patches, where a lock file pins each of them as it is. Raises InputError for another."""
    for patch in patches if preset.lock else ():
        pinned = preset.lock.patches.get(patch.name, "nothing") if preset.lock else ""
        if pinned != patch.sha256:
            raise InputError("patch-changed", name=patch.name, sha256=patch.sha256, pinned=pinned)
    return patches
