"""The folder of one build: the names of what lies in it, and its plan and options read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from wizard.base.errors import InputError
from wizard.builds.locks import is_held
from wizard.plan.batch import AnyJob, from_json
from wizard.steps.stage import Stage

PLAN = "plan.json"
OPTIONS = "options.json"
LOCK = "builder.lock"
START_LOCK = "start.lock"
"""Held by whoever starts a builder."""
RESERVE = "reserve"
RESERVE_BYTES = 1 << 16


class Options(msgspec.Struct, frozen=True):
    """What one run of the builder may use, and what is no part of the plan.

    environment: variables that its commands get beside the plan's, or instead; "" takes one away.
    """

    sources: str = ""
    offline: bool = False
    environment: dict[str, str] = {}


def load_job(folder: Path) -> AnyJob:
    """What a build is of: a plan, or a batch of them.

    Raises InputError where `folder` is no build's, or its plan is not of this wizard's form.
    """
    try:
        data = (folder / PLAN).read_bytes()
    except OSError as error:
        raise InputError("not-a-build", f"{folder} is no build", str(error), "see the list of builds") from None
    try:
        return from_json(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "plan-unreadable",
            f"the plan of the build {folder.name} cannot be read",
            f"it was made by another version of the wizard, or is damaged: {error}",
            f"build it again from its preset; `ocaml-cross-wizard clean {folder.name}` removes what is left of it",
        ) from None


def load_options(folder: Path) -> Options:
    """What the last run of a build was allowed to use. Raises InputError where that cannot be read."""
    try:
        return msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options)
    except (OSError, msgspec.DecodeError) as error:
        raise InputError(
            "options-unreadable",
            f"the options of the build {folder.name} cannot be read",
            str(error),
            "name them again: --sources DIR, and --offline or --online",
        ) from None


def running(folder: Path) -> bool:
    """True while a builder holds the build's lock; the kernel lets go of a dead one's."""
    return is_held(folder / LOCK)


def raw_plan(folder: Path) -> dict[str, Any]:
    """The plan of a build as plain JSON, whichever wizard wrote it; empty where it is not even that."""
    try:
        found = json.loads((folder / PLAN).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def record_path(stage: Stage) -> Path:
    """Where the record of a complete stage lies."""
    return Path(stage.home) / "done" / f"{stage.file}.json"


def log_path(stage: Stage) -> Path:
    """The full log of a stage."""
    return Path(stage.home) / "logs" / f"{stage.file}.log"


def started_path(stage: Stage) -> Path:
    """Written when a stage begins, removed when it is complete: an interrupted stage has it still.

    It lies beside the records: whoever removes the one removes the other.
    """
    return Path(stage.home) / "done" / f"{stage.file}.started"
