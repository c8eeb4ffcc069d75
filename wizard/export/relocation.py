"""Where an exported build takes place: folders that stand for variables, and the machine it is made for."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.machine.survey import BuildMachine, ordinary_linux
from wizard.plan.model import Plan
from wizard.steps.actions import FetchSource, PlaceToolchain, WriteFile

WORK = "/OCAML-CROSS-WORK"
"""Stands in a plan for the work folder, which whoever runs the exported script chooses."""

FOLDERS = Folders(Path(WORK) / "cache", Path(WORK) / "kept", Path(WORK) / "state")
"""The folders of a plan that is to be exported: none of this machine's own."""

SWITCHES = Path("/opt/ocaml-cross")
"""Below it is a switch that an image or a CI job makes, where nobody names a prefix."""


def debian(catalogue: Catalogue) -> BuildMachine:
    """An x86_64 Debian 12 with all that a build may need from its packages: what CI jobs and images are."""
    gcc = catalogue.toolchains["gcc"]
    compilers, versions = {}, {}
    for name in gcc.targets.values():
        mingw = name.endswith("mingw32")  # of its two variants the one that catalogue and survey take
        compilers[name] = f"/usr/bin/{name}-gcc{'-posix' if mingw else ''}"
        versions[name] = f"{gcc.version.partition('.')[0]}-posix" if mingw else gcc.version
    return msgspec.structs.replace(ordinary_linux(), compilers=compilers, compiler_versions=versions, seccomp=True)


def fetches_zip(plan: Plan) -> bool:
    """True where an archive of a plan is a zip, for which tar is no help."""
    fetches = (action for stage in plan.stages for action in stage.actions if isinstance(action, FetchSource))
    return any(source.file.endswith(".zip") for fetch in fetches for source in fetch.sources)


def zig_of(plan: Plan) -> PlaceToolchain | None:
    """The action that puts zig in its place, None for a plan without zig."""
    actions = (action for stage in plan.stages for action in stage.actions)
    return next((action for action in actions if isinstance(action, PlaceToolchain)), None)


def called_folders(plan: Plan) -> list[str]:
    """The kept C toolchains and C libraries that the finished switch names and cannot do without."""
    name = re.compile(re.escape(str(FOLDERS.toolchains)) + r"/[\w.+-]+")
    actions = (action for stage in plan.stages for action in stage.actions)
    texts = (
        action.text for action in actions if isinstance(action, WriteFile) and action.path.startswith(plan.staging)
    )
    return sorted({folder for text in texts for folder in name.findall(text)})
