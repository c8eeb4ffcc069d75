"""The diagnosis of one of our builds: its journal names the stage, its plan the release, its tree config.log."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard.base.errors import InputError, WizardError, rebuild_error
from wizard.builds import journal as j
from wizard.builds.folder import load_job
from wizard.builds.listing import describe_build, last_error
from wizard.builds.stage_logs import latest_stage, stage_logs
from wizard.logs.diagnosis import Diagnosis, Remedy, diagnose_file
from wizard.logs.matchers import BuildFacts
from wizard.plan.batch import Job
from wizard.plan.model import Plan
from wizard.steps.actions import Run
from wizard.steps.stage import Stage

OWN = "OCW_"
"""Variables that the wizard itself reads begin so."""


class BuildDiagnosis(msgspec.Struct, frozen=True):
    """What is wrong with a build. error: how its last run ended. log: of the stage; "" where it has none."""

    build: str
    state: str
    stage: str
    log: str
    error: dict[str, str | int] | None
    diagnosis: Diagnosis

    @property
    def told(self) -> WizardError | None:
        """The builder's own reason, where it is none that a log tells: a download, a proof, room."""
        if self.error is None or self.error["code"] in ("stage-failed", self.diagnosis.code):
            return None
        return rebuild_error(self.error)


def diagnose_build(folder: Path, stage: str | None = None) -> BuildDiagnosis:
    """The diagnosis of a build, of the stage that failed or of the one named.

    Raises InputError where `folder` is no build's, or the stage has no log.
    """
    info = describe_build(folder)
    logs = stage_logs(folder)
    wanted = stage or latest_stage(folder)
    if stage and stage not in logs:
        from wizard.base.spelling import did_you_mean

        hint = did_you_mean(stage, list(logs)) if logs else "no stage was begun yet"
        raise InputError("log-unknown", build=folder.name, stage=stage, hint=hint)
    ended = last_error(folder)
    error = ended.as_dict() if ended else None
    if wanted not in logs:
        return BuildDiagnosis(folder.name, info.state, wanted, "", error, Diagnosis("nothing", stage=wanted))
    plan = plan_of(folder, wanted)
    facts = BuildFacts(wanted, plan.release, plan.selection.libc) if plan else BuildFacts(wanted)
    run = failed_command(folder, plan.stage(wanted)) if plan else None
    found = diagnose_file(logs[wanted], facts, Path(run.cwd) / "config.log" if run else None)
    if plan:
        found = msgspec.structs.replace(found, fixes=tuple(for_plan(found.fixes, plan)))
    return BuildDiagnosis(folder.name, info.state, wanted, str(logs[wanted]), error, found)


def for_plan(fixes: Iterable[Remedy], plan: Plan) -> Iterable[Remedy]:
    """The fixes for a build of `plan`: changes as a whole selection; without what changes nothing."""
    for fix in fixes:
        here = msgspec.structs.replace(fix, environment=_changing(fix.environment, plan))
        changed = msgspec.structs.replace(plan.selection, **fix.changes)
        if fix.changes and changed == plan.selection:
            if fix.command:
                yield msgspec.structs.replace(here, changes={})
        else:
            yield msgspec.structs.replace(here, selection=changed if fix.changes else None)


def _changing(environment: dict[str, str], plan: Plan) -> dict[str, str]:
    """Of some variables those that are otherwise: the wizard's own here, all others in the plan."""
    known = plan.variables
    now = {name: (os.environ if name.startswith(OWN) else known).get(name, "") for name in environment}
    return {name: value for name, value in environment.items() if now[name] != value}


def plan_of(folder: Path, stage: str) -> Plan | None:
    """The plan of a build, of a batch the first that has the stage; None where it cannot be read."""
    try:
        job: Job = load_job(folder)
    except InputError:
        return None
    return next((plan for plan in job.plans if any(known.id == stage for known in plan.stages)), None)


def failed_command(folder: Path, stage: Stage) -> Run | None:
    """The command of a stage that was begun last; the first where none was; None where it has no commands."""
    runs = [action for action in stage.actions if isinstance(action, Run)]
    begun = [event.text for event in j.read_events(folder) if isinstance(event, j.ActionStarted)
             and event.stage == stage.id]  # fmt: skip
    named = {run.describe(): run for run in runs}
    found = [named[text] for text in begun if text in named]
    return found[-1] if found else next(iter(runs), None)
