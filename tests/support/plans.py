"""Plans for tests: of every release, on ordinary and on bare machines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import OCAML, REAL
from wizard.catalogue.model import Release
from wizard.catalogue.presets import Lock, Preset
from wizard.catalogue.selection import Selection
from wizard.check.resolved import resolve
from wizard.machine.survey import BuildMachine, OcamlOnPath
from wizard.plan.make import make_plan
from wizard.plan.model import Plan, PlannedPatch
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.actions import AnyAction, WriteFile
from wizard.steps.recipes import recipes

RELEASES = [release for release in REAL.releases.values() if release.recipe in recipes()]
each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.id)
UNFILLED = re.compile(r"\{[A-Za-z_]+\}|@[a-z]+(-[a-z]+)*$")
PATCH = PlannedPatch("one.patch", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "1" * 64)


def plan_for(
    session: Session,
    prefix: Path,
    *,
    target: str = "aarch64-linux",
    release: str = "5.3.0",
    libc: str = "musl",
    toolchain: str = "zig",
    patches: tuple[PlannedPatch, ...] = (),
    here: BuildMachine | None = None,
    lock: Lock | None = None,
) -> Plan:
    chosen = Selection(target=target, libc=libc, toolchain=toolchain, release=release)
    preset = Preset(chosen, lock=lock)
    resolved = resolve(preset.selection, REAL, here or session.build_machine)
    return make_plan(preset, resolved, session.folders, prefix, patches)


def ocaml_for(release: Release) -> OcamlOnPath:
    return msgspec.structs.replace(OCAML, release=release.id)


def variants(session: Session, prefix: Path) -> Iterator[Plan]:
    """Plans of every release: with a host compiler that is built, one from PATH, and without any C compiler.

    And one for each kind of target that has stages of its own.
    """
    here = session.build_machine
    bare = msgspec.structs.replace(here, tools={"make": "/usr/bin/make"})
    for release in RELEASES:
        yield plan_for(session, prefix, release=release.id)
        yield plan_for(session, prefix, release=release.id, patches=(PATCH,), target="x86_64-linux")
        yield plan_for(session, prefix, release=release.id, here=bare)
        yield plan_for(
            session, prefix, release=release.id, here=msgspec.structs.replace(here, ocaml=ocaml_for(release))
        )
    gcc = msgspec.structs.replace(here, compilers={"x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc"})
    yield plan_for(session, prefix, target="x86_64-solo5", libc="nolibc", toolchain="solo5", here=gcc)
    for toolchain in ("cosmopolitan", "cosmocc"):
        yield plan_for(
            session,
            prefix,
            target="x86_64-linux",
            libc="cosmopolitan",
            toolchain=toolchain,
            release="4.14.1",
            here=gcc,
        )


def digests(plan: Plan, *, shared: bool) -> list[str]:
    return [stage.digest for stage in plan.stages if stage.shared is shared]


def runs(plan: Plan) -> list[a.Run]:
    return [action for stage in plan.stages for action in stage.actions if isinstance(action, a.Run)]


def found(plan: Plan, kind: type[a.Action]) -> list[a.Action]:
    return [action for stage in plan.stages for action in stage.actions if isinstance(action, kind)]


def without_reasons(plan: Plan) -> Plan:
    """The plan as a file has it: scripts without the reasons of their lines."""

    def bare(action: AnyAction) -> AnyAction:
        return msgspec.structs.replace(action, lines=msgspec.UNSET) if isinstance(action, WriteFile) else action

    stages = tuple(
        msgspec.structs.replace(stage, actions=tuple(map(bare, stage.actions))) for stage in plan.stages
    )
    wrappers = tuple(msgspec.structs.replace(wrapper, lines=msgspec.UNSET) for wrapper in plan.wrappers)
    return msgspec.structs.replace(plan, stages=stages, wrappers=wrappers)
