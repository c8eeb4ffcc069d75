"""Where an exported build takes place: folders that stand for variables, and the machine it is made for."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.catalogue.model import Catalogue
from wizard.folders import Folders
from wizard.plan.actions import PlaceToolchain
from wizard.plan.model import Plan
from wizard.surroundings import Surroundings, ordinary_linux

WORK = "/OCAML-CROSS-WORK"
"""Stands in a plan for the work folder, which whoever runs the exported script chooses."""

FOLDERS = Folders(Path(WORK) / "cache", Path(WORK) / "kept", Path(WORK) / "state")
"""The folders of a plan that is to be exported: none of this machine's own."""

SWITCHES = Path("/opt/ocaml-cross")
"""Below it is a switch that an image or a CI job makes, where nobody names a prefix."""


def debian(catalogue: Catalogue) -> Surroundings:
    """An x86_64 Debian 12 with all that a build may need from its packages: what CI jobs and images are."""
    gcc = catalogue.toolchains["gcc"]
    compilers, versions = {}, {}
    for name in gcc.targets.values():
        mingw = name.endswith("mingw32")  # of its two variants the one that catalogue and survey take
        compilers[name] = f"/usr/bin/{name}-gcc{'-posix' if mingw else ''}"
        versions[name] = f"{gcc.version.partition('.')[0]}-posix" if mingw else gcc.version
    return msgspec.structs.replace(ordinary_linux(), compilers=compilers, compiler_versions=versions)


def zig_of(plan: Plan) -> PlaceToolchain | None:
    """The action that puts zig in its place, None for a plan without zig."""
    actions = (action for stage in plan.stages for action in stage.actions)
    return next((action for action in actions if isinstance(action, PlaceToolchain)), None)
