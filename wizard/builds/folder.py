"""The folder of one build: the names of its files, whether it runs, and its plan and options read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from wizard.base.errors import InputError
from wizard.builds.locks import is_held
from wizard.plan.batch import Job, from_json

PLAN = "plan.json"
"""The job, as the last start of the build wrote it."""

OPTIONS = "options.json"
"""What its last run was allowed to use."""

LOCK = "builder.lock"
"""Held by the builder as long as it works on this build."""

START_LOCK = "start.lock"
"""Held by whoever starts a builder."""

OUTPUT = "builder.out"
"""What builders printed, which is nothing but defects."""

RESERVE = "reserve"
"""A file without meaning, removed to make space for the journal's last lines on a full disk."""

RESERVE_BYTES = 1 << 16


class Options(msgspec.Struct, frozen=True):
    """What one run of the builder may use, and what is no part of the plan.

    sources: a folder with archives that is searched first. environment: variables that the
    commands get beside the plan's, or instead; "" removes one.
    """

    sources: str = ""
    offline: bool = False
    environment: dict[str, str] = {}


def running(folder: Path) -> bool:
    """True while a builder holds the build's lock; the kernel releases a dead one's."""
    return is_held(folder / LOCK)


def load_job(folder: Path) -> Job:
    """The plan of a build, or the batch of plans.

    Raises InputError where `folder` is no build's, or its plan is not of this wizard's form.
    """
    try:
        data = (folder / PLAN).read_bytes()
    except OSError as error:
        raise InputError("not-a-build", folder=folder, reason=error) from None
    try:
        return from_json(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError("plan-unreadable", build=folder.name, reason=error) from None


def raw_plan(folder: Path) -> dict[str, Any]:
    """The plan of a build as JSON, whichever wizard wrote it; empty where it is not even that."""
    try:
        data = json.loads((folder / PLAN).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def load_options(folder: Path) -> Options:
    """What the last run of a build was allowed to use. Raises InputError where that cannot be read."""
    try:
        return msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError("options-unreadable", build=folder.name, reason=error) from None
