"""What a switch's lock file holds: the selection, and the digest of every input that was really used."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from wizard.catalogue.presets import Lock, Pin, Preset
from wizard.plan.model import Plan


def lock_preset(plan: Plan, source: Pin, components: Mapping[str, Pin]) -> Preset:
    """The lock file of a plan whose release came from `source`, its further sources from `components`."""
    lock = Lock(
        wizard=plan.wizard,
        triplet=plan.triplet,
        source_file=source.file,
        source_sha256=source.sha256,
        toolchain_version=plan.toolchain_version,
        host_compiler=plan.host_compiler,
        patches={patch.name: patch.sha256 for patch in plan.patches},
        components=dict(components),
    )
    kept = tuple(f"share/ocaml-cross/patches/{patch.name}" for patch in plan.patches if not patch.own)
    return Preset(
        selection=msgspec.structs.replace(
            plan.selection,
            patches=kept,
            without=tuple(name for name in plan.selection.without if name not in plan.selection.patches),
        ),
        title=plan.preset.title,
        about=plan.preset.about,
        lock=lock,
    )
