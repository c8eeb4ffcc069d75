"""Which builds a command means: those that are named, or the one that suits it best."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.base.folders import Folders


if TYPE_CHECKING:
    from wizard.base.folders import Folders
    from wizard.builds.listing import BuildInfo


def named_builds(names: Iterable[str], folders: Folders) -> list[BuildInfo]:
    """The builds of these names, in their order. Raises InputError for one that is not there."""
    from wizard.base.errors import InputError
    from wizard.base.spelling import did_you_mean
    from wizard.builds.listing import list_builds

    found = {build.id: build for build in list_builds(folders)}
    for name in names:
        if name not in found:
            hint = did_you_mean(name, list(found)) if found else "nothing was built yet"
            raise InputError("build-unknown", build=name, hint=hint)
    return [found[name] for name in names]


def one_build(name: str | None, folders: Folders, prefer: tuple[str, ...]) -> BuildInfo:
    """The named build, or the newest in one of the preferred states, or the newest at all. Raises InputError."""
    from wizard.base.errors import InputError
    from wizard.builds.listing import list_builds

    if name is not None:
        return named_builds([name], folders)[0]
    found = list_builds(folders)
    if not found:
        raise InputError("build-unknown", "none")
    return next((build for build in found if build.state in prefer), found[0])


def named_build(what: str | None, folders: Folders, prefer: tuple[str, ...]) -> str:
    """The id of a build that is named by it or by the prefix of its switch. Raises InputError."""
    from wizard.builds.listing import list_builds

    path = Path(what).absolute() if what else None
    if path is not None and path.is_dir():
        for build in list_builds(folders):
            if build.prefix == str(path.resolve()):
                return build.id
    return one_build(what, folders, prefer=prefer).id
