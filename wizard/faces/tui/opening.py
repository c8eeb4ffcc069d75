"""What the command line names: a preset to review, a build to watch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.catalogue.presets import Preset
    from wizard.plan.batch import Job


def preset_named(name: str | None) -> Preset | None:
    """The preset or file `name`. Raises InputError where there is none."""
    if name is None:
        return None
    from wizard.catalogue.presets import find_preset
    from wizard.catalogue.store import catalogue

    return find_preset(name, catalogue())


def plan_named(build_id: str | None) -> Job | None:
    """What the build `build_id`, an id or a folder, is of. Raises InputError where there is none."""
    if build_id is None:
        return None
    from wizard.base.errors import InputError
    from wizard.base.folders import Folders
    from wizard.base.spelling import did_you_mean
    from wizard.builds.folder import load_job
    from wizard.builds.listing import list_builds

    folders = Folders.default()
    if (Path(build_id) / "plan.json").is_file():
        return load_job(Path(build_id))
    names = [build.id for build in list_builds(folders)]
    if build_id not in names:
        hint = did_you_mean(build_id, names) if names else "nothing was built yet"
        raise InputError("build-unknown", build=build_id, hint=hint)
    return load_job(folders.builds / build_id)
