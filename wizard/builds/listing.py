"""The builds there are: what each is, how far it came, and how its last run ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.errors import InputError, WizardError, rebuild_error
from wizard.base.folders import Folders
from wizard.builds import journal as j
from wizard.builds.folder import LOCK, PLAN, START_LOCK, load_job, raw_plan, running

State = Literal["running", "done", "failed", "cancelled", "stopped", "unreadable"]
"""stopped: its builder is gone and wrote no end. unreadable: of another version of the wizard, or damaged."""


class BuildInfo(msgspec.Struct, frozen=True):
    """One build as it is listed. stage: the stage begun last. changed: seconds since the epoch."""

    id: str
    state: State
    triplet: str
    release: str
    prefix: str
    stage: str
    changed: float


def list_builds(folders: Folders) -> list[BuildInfo]:
    """Every build of this user, the last changed first, also those that this wizard cannot read."""
    try:
        names = [entry.name for entry in os.scandir(folders.builds) if entry.is_dir()]
    except OSError:
        return []
    builds = [describe_build(folders.builds / name) for name in names if is_build(folders.builds / name)]
    return sorted(builds, key=lambda build: (-build.changed, build.id))


def is_build(folder: Path) -> bool:
    """True for a folder in which a build was begun, however little of it remains."""
    traces = (PLAN, j.JOURNAL, LOCK, START_LOCK)
    return not folder.name.startswith(".") and any((folder / name).exists() for name in traces)


def describe_build(folder: Path) -> BuildInfo:
    """One build's state, by its journal. Raises InputError where `folder` is no build's."""
    try:
        plan = load_job(folder)
    except InputError:
        return _unreadable(folder)
    state, stage, changed = _read(folder)
    return BuildInfo(folder.name, state, plan.triplet, plan.release, plan.prefix, stage, changed)


def _read(folder: Path) -> tuple[State, str, float]:
    """State, stage and last change of a build, by its journal."""
    state: State = "stopped"
    stage, changed = "", _changed(folder / PLAN)
    for event in j.read_events(folder):
        changed = event.at
        if isinstance(event, j.BuildStarted):
            state = "stopped"
        elif isinstance(event, j.StageStarted):
            stage = event.stage
        elif isinstance(event, j.BuildEnded):
            state = event.outcome
    # A builder that has written its end holds the lock for a moment longer.
    if state == "stopped" and running(folder):
        state = "running"
    return state, stage, changed


def _unreadable(folder: Path) -> BuildInfo:
    """What can be said of a build whose plan is of another wizard's form, or damaged."""
    if not is_build(folder):
        raise InputError("not-a-build", folder=folder, reason="")
    plan = raw_plan(folder)
    triplet, release, prefix = (str(plan.get(name, "")) for name in ("triplet", "release", "prefix"))
    state, stage, changed = _read(folder)
    # Only what is done needs its plan no more; the others cannot be resumed.
    state = state if state in ("running", "done") else "unreadable"
    return BuildInfo(folder.name, state, triplet, release, prefix, stage, changed or _changed(folder))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def last_error(folder: Path) -> WizardError | None:
    """The error with which the latest run of a build ended; None where it did not fail."""
    error: WizardError | None = None
    for event in j.read_events(folder):
        if isinstance(event, j.BuildStarted):
            error = None
        elif isinstance(event, j.BuildEnded) and event.error:
            error = rebuild_error(event.error)
    return error
