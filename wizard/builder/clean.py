"""Removes builds that do not run: their journal, logs and work tree, never a switch."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock
import msgspec

from wizard.base.errors import BusyError, FolderError, InputError, WizardError
from wizard.base.folders import Folders
from wizard.base.sizes import Sizes
from wizard.builder.publish import put_back, remove_unfinished
from wizard.builds.folder import LOCK, START_LOCK, raw_plan
from wizard.builds.listing import BuildInfo
from wizard.builds.switches import is_switch, remember
from wizard.machine.disk_space import write_error
from wizard.machine.processes import end_processes_of

_REMOVING = ".removing-"
"""Begins the name of a build's folder while it is removed."""


class Removal(msgspec.Struct, frozen=True):
    """One build that is to be removed, or has to stay.

    bytes: its size on the disk. reason_to_stay: "" where nothing is against its removal ("kept" in JSON).
    """

    id: str
    state: str
    prefix: str
    bytes: int
    reason_to_stay: str = msgspec.field(default="", name="kept")


def removals(builds: list[BuildInfo], folders: Folders) -> list[Removal]:
    """What removing these builds would free, and which of them have to stay, with the reason."""
    sizes = Sizes()
    return [
        Removal(
            build.id,
            build.state,
            build.prefix,
            sizes.of(folders.builds / build.id),
            _reason_to_stay(build, folders),
        )
        for build in builds
    ]


def _reason_to_stay(build: BuildInfo, folders: Folders) -> str:
    if build.state == "running":
        return "it is running (`cancel` stops it)"
    inside = os.path.realpath(folders.builds / build.id)
    if build.prefix and Path(os.path.realpath(build.prefix)).is_relative_to(inside):
        return f"its switch stands inside it, in {build.prefix}"
    return ""


def remove_build(build: BuildInfo, folders: Folders) -> None:
    """Remove a build's folder, and what a publisher that was killed left beside its prefix.

    Raises BusyError where it runs, InputError where its switch is inside it, FolderError
    where it cannot be removed.
    """
    folder = folders.builds / build.id
    reason = _reason_to_stay(build, folders)
    try:
        with _locked(folder):
            if reason and build.state != "running":
                raise InputError("build-holds-switch", build=build.id, reason=reason)
            end_processes_of(build.id)  # what a builder that was killed may have left
            _clean_prefix(folder, folders)
            removed = folders.builds / f"{_REMOVING}{build.id}-{os.getpid()}"
            folder.rename(removed)
        shutil.rmtree(removed)
    except FileNotFoundError:
        return  # another process has removed it
    except OSError as error:
        problem = write_error(error)
        raise FolderError("build-not-removed", build=build.id, problem=problem.what, reason=problem.why) from None


def _clean_prefix(folder: Path, folders: Folders) -> None:
    """Remove what a publisher left beside the prefix; the switch in the prefix stays, and is remembered."""
    prefix = Path(str(raw_plan(folder).get("prefix", "")))
    if not (prefix.is_absolute() and prefix.name):
        return
    with contextlib.suppress(OSError):
        put_back(prefix)
        remove_unfinished(prefix)
    if is_switch(prefix):
        remember(folders, prefix)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold both locks of a build: nobody starts it, and no builder works on it. Raises BusyError."""
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    try:
        with filelock.FileLock(folder / START_LOCK, timeout=0), filelock.FileLock(folder / LOCK, timeout=0):
            yield
    except filelock.Timeout:
        raise BusyError("build-running", "removal", build=folder.name) from None


def sweep(folders: Folders) -> None:
    """Remove what a `clean` that was killed has left behind."""
    for leftover in folders.builds.glob(f"{_REMOVING}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def remove_all(builds: list[BuildInfo], folders: Folders) -> tuple[list[str], list[WizardError]]:
    """Remove several builds. Returns the ids of those removed, and what was wrong with the others."""
    removed, errors = [], []
    for build in builds:
        try:
            remove_build(build, folders)
            removed.append(build.id)
        except WizardError as error:
            errors.append(error)
    sweep(folders)
    return removed, errors
