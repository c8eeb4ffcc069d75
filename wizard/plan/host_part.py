"""The part of a plan that builds the host compiler, as a plan of its own: it is the same for every target."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.plan.model import Plan, Variable


def host_plan(plan: Plan) -> Plan | None:
    """Only the shared stages; None where no host compiler is built.

    Its build folder is its own. The stages and their digests are those of `plan`, so that what they
    make serves it.
    """
    shared = tuple(stage for stage in plan.stages if stage.shared)
    if not shared:
        return None
    id_ = f"{plan.release}-{plan.host}-host-{shared[-1].digest[:8]}"
    folder = str(Path(plan.build_folder).with_name(id_))
    return msgspec.structs.replace(
        plan,
        id=id_,
        digest=shared[-1].digest,
        prefix=plan.host_prefix,
        build_folder=folder,
        staging=f"{folder}/staging",
        flags=(),
        environment=tuple(_moved(variable, plan, folder) for variable in plan.environment),
        wrappers=(),
        switch_files=(),
        patches=(),
        stages=tuple(msgspec.structs.replace(stage, needs=()) for stage in shared),
    )


def makes_host_only(plan: Plan) -> bool:
    """True for what `host_plan` made."""
    return all(stage.shared for stage in plan.stages)


def _moved(variable: Variable, plan: Plan, folder: str) -> Variable:
    """The variable without the target's wrapper scripts, and in the new build folder."""
    value = variable.value.replace(f"{plan.staging}/wrappers:", "").replace(f"{plan.build_folder}/wrappers:", "")
    value = value.replace(plan.build_folder, folder)
    return msgspec.structs.replace(variable, value=value)
