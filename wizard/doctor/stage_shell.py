"""A shell where a stage of a build was at work: its environment, its folder, its last command."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from wizard.base.errors import InputError
from wizard.base.spelling import did_you_mean
from wizard.builds.folder import load_job
from wizard.builds.stage_logs import latest_stage
from wizard.doctor.build_diagnosis import failed_command, plan_of
from wizard.plan.model import Plan
from wizard.steps.actions import Run


class StageShell(msgspec.Struct, frozen=True):
    """Where and how a stage's commands run. command: the one that was begun last, as words; empty: none was."""

    stage: str
    place: Path
    environment: dict[str, str]
    command: tuple[str, ...] = ()

    def open(self) -> int:
        """A shell there, to its end. Returns its exit status, 128 and the signal where one ended it."""
        return self.run(*_shell())

    def run(self, *words: str) -> int:
        """A program there. Returns its exit status as `open`."""
        status = subprocess.run(words, cwd=self.place, env=self.environment, check=False).returncode
        return status if status >= 0 else 128 - status


def stage_shell(folder: Path, stage: str | None = None) -> StageShell:
    """What a shell at a stage of a build needs; the stage that failed or runs, where none is named.

    Raises InputError where there is no such stage, or its folder is not there.
    """
    wanted = stage or latest_stage(folder)
    plan = _plan(folder, wanted)
    run = failed_command(folder, plan.stage(wanted))
    return StageShell(
        wanted, _place(run, folder, wanted), _environment(plan, run), run.argv if run is not None else ()
    )


def _plan(folder: Path, stage: str) -> Plan:
    """The plan that the stage belongs to. Raises InputError."""
    stages = [stage.id for stage in load_job(folder).stages]
    plan = plan_of(folder, stage)
    if plan is None:
        raise InputError("stage-unknown", build=folder.name, stage=stage, hint=did_you_mean(stage, stages))
    return plan


def _place(run: Run | None, folder: Path, stage: str) -> Path:
    """The folder in which the stage's command ran. Raises InputError where it is not there (any more)."""
    place = Path(run.cwd) if run is not None else folder
    if not place.is_dir():
        raise InputError("stage-folder-absent", stage=stage, folder=place, build=folder.name)
    return place


def _environment(plan: Plan, run: Run | None) -> dict[str, str]:
    """What the stage's commands get; without the mark by which a builder ends what an earlier one left."""
    environment = {**plan.variables, **(run.env if run is not None else {})}
    for name in ("HOME", "TMPDIR"):
        if name in environment:
            Path(environment[name]).mkdir(parents=True, exist_ok=True)
    return environment | {"TERM": os.environ.get("TERM", "dumb")}


def _shell() -> list[str]:
    """bash without the user's own settings, which could change the environment; else sh."""
    bash = shutil.which("bash")
    return [bash, "--noprofile", "--norc"] if bash else ["sh"]
