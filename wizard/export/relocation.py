"""Where an exported build runs: the folders that become variables, and the machine that it is made for."""

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
"""In a plan, the placeholder for the work folder, which whoever runs the exported script chooses."""

FOLDERS = Folders(Path(WORK) / "cache", Path(WORK) / "kept", Path(WORK) / "state")
"""The folders of a plan that is exported: none of this machine's own."""

SWITCHES = Path("/opt/ocaml-cross")
"""The parent of a switch that an image or a CI job makes, where no prefix is named."""


def debian(catalogue: Catalogue) -> BuildMachine:
    """An x86_64 Debian 12 with all that a build may need from its packages: what CI jobs and images are."""
    gcc = catalogue.toolchains["gcc"]
    compilers, versions = {}, {}
    for name in gcc.targets.values():
        mingw = name.endswith("mingw32")  # the variant that catalogue and survey choose
        compilers[name] = f"/usr/bin/{name}-gcc{'-posix' if mingw else ''}"
        versions[name] = f"{gcc.version.partition('.')[0]}-posix" if mingw else gcc.version
    return msgspec.structs.replace(ordinary_linux(), compilers=compilers, compiler_versions=versions, seccomp=True)


def fetches_zip(plan: Plan) -> bool:
    """True where an archive of a plan is a zip, which tar cannot unpack."""
    fetches = (action for stage in plan.stages for action in stage.actions if isinstance(action, FetchSource))
    return any(source.file.endswith(".zip") for fetch in fetches for source in fetch.sources)


def zig_of(plan: Plan) -> PlaceToolchain | None:
    """The action that places zig, None for a plan without zig."""
    actions = (action for stage in plan.stages for action in stage.actions)
    return next((action for action in actions if isinstance(action, PlaceToolchain)), None)


def called_folders(plan: Plan) -> list[str]:
    """The shared C toolchains and C libraries that the finished switch names and needs."""
    name = re.compile(re.escape(str(FOLDERS.toolchains)) + r"/[\w.+-]+")
    actions = (action for stage in plan.stages for action in stage.actions)
    texts = (
        action.text for action in actions if isinstance(action, WriteFile) and action.path.startswith(plan.staging)
    )
    return sorted({folder for text in texts for folder in name.findall(text)})
