"""Small builds by the real builder: a process of its own, real commands, stages of seconds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from wizard.builder.launch import builder_of, follow
from wizard.builds import journal as j
from wizard.builds.folder import running
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.machine.survey import LOCK_FILE
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage

PlanOf = Callable[..., Plan]


def small_plan(session: Session, prefix: Path, *scripts: tuple[str, str], publish: bool = True) -> Plan:
    """A real plan whose stages are replaced: one that makes the tree, shell scripts in it, and publishing."""
    base = session.plan(session.check(Preset(Selection(target="aarch64-linux")), prefix))
    work = Path(base.build_folder) / "tree"
    stages = [
        small_stage(base, "make-tree", a.WriteFile(f"{work}/README", "work\n", "a work tree"), digest="tree")
    ]
    stages += [small_stage(base, id_, a.Run(("sh", "-c", text), str(work)), digest=text) for id_, text in scripts]
    if publish:
        files = [
            a.WriteFile(f"{base.staging}/{name}", "ready\n", "the result") for name in ("bin/program", LOCK_FILE)
        ]
        stages.append(small_stage(base, "fill", *files, digest="fill", outputs=(f"{base.staging}/{LOCK_FILE}",)))
        publishing = a.Publish(base.staging, base.prefix)
        stages.append(
            small_stage(base, "publish", publishing, outputs=(f"{base.prefix}/bin/program",), digest="p")
        )
    return msgspec.structs.replace(base, stages=tuple(stages), environment=with_path(base))


def with_path(plan: Plan) -> tuple[msgspec.Struct, ...]:
    """The plan's environment, its PATH the one of this machine."""
    return tuple(
        msgspec.structs.replace(variable, value=os.environ["PATH"]) if variable.name == "PATH" else variable
        for variable in plan.environment
    )


def small_stage(plan: Plan, id_: str, *actions: a.AnyAction, digest: str, outputs: tuple[str, ...] = ()) -> Stage:
    return Stage(
        id=id_, title=id_, why="", home=plan.build_folder, actions=actions, outputs=outputs, digest=digest,
        shared=False, seconds=1.0, lines=1,
    )  # fmt: skip


def to_end(folder: Path, seconds: float = 30) -> list[j.AnyEvent]:
    """The events of a build's run, once it has ended."""
    deadline = time.monotonic() + seconds
    events = []
    for event in follow(folder):
        assert time.monotonic() < deadline, "the build did not end"
        if event is not None:
            events.append(event)
    wait_until(lambda: not running(folder))  # after its last word a builder puts what it did on the disk
    return events


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def builder_process(folder: Path) -> psutil.Process:
    found = builder_of(folder)
    assert found is not None, "no builder is at work"
    return found
