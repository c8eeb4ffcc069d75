"""The part of a plan that builds the host compiler, as a plan of its own: it is the same for every target."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.plan import actions as a
from wizard.plan.drafts import Draft, chain
from wizard.plan.model import Plan, Stage, Variable


def host_plan(plan: Plan) -> Plan | None:
    """Only the shared stages, and what they need of the C toolchain; None where no host compiler is built.

    Its build folder is its own. The stages and their digests are those of `plan`, so that what they
    make serves it.
    """
    shared = tuple(stage for stage in plan.stages if stage.shared)
    if not shared:
        return None
    id_ = f"{plan.release}-{plan.host}-host-{shared[-1].digest[:8]}"
    folder = str(Path(plan.build_folder).with_name(id_))
    tools = _tools(plan, shared)
    draft = Draft("host-toolchain", "Set up the C toolchain", "What compiles the host compiler.", tools)
    first = chain([draft], Path(folder), shared=True) if tools else []
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
        stages=(*first, *(_among(stage, first) for stage in shared)),
    )


def _among(stage: Stage, first: list[Stage]) -> Stage:
    """A shared stage that waits for what comes first here, instead of the target's own stages."""
    needs = tuple(one.id for one in first) if stage.needs else ()
    return msgspec.structs.replace(stage, needs=needs)


def makes_host_only(plan: Plan) -> bool:
    """True for what `host_plan` made."""
    return all(stage.shared for stage in plan.stages)


def _moved(variable: Variable, plan: Plan, folder: str) -> Variable:
    """The variable without the target's wrapper scripts, and in the new build folder."""
    value = variable.value.replace(f"{plan.staging}/wrappers:", "").replace(plan.build_folder, folder)
    return msgspec.structs.replace(variable, value=value)


def _tools(plan: Plan, shared: tuple[Stage, ...]) -> tuple[a.AnyAction, ...]:
    """The actions of earlier stages whose folders the shared stages name, or the scripts of these in turn."""
    number = plan.stages.index(shared[0])
    earlier = [action for stage in plan.stages[:number] for action in stage.actions]
    made = {index: folder for index, action in enumerate(earlier) if (folder := _made(action, plan))}
    texts = msgspec.json.encode(shared).decode()
    wanted: set[int] = set()
    while True:
        more = {index for index, folder in made.items() if folder in texts} - wanted
        if not more:
            return tuple(earlier[index] for index in sorted(wanted))
        wanted |= more
        texts += "".join(msgspec.json.encode(earlier[index]).decode() for index in more)


def _made(action: a.AnyAction, plan: Plan) -> str:
    """The folder outside of the build's own that an action makes something in, "" where it makes none."""
    if isinstance(action, a.PlaceToolchain):
        return action.into
    if isinstance(action, a.WriteFile) and not action.path.startswith(f"{plan.build_folder}/"):
        return action.path.rsplit("/", 1)[0]
    return ""
