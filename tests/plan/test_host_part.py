"""The part of a plan that builds the host compiler: one for all targets, its stages those of the whole plan."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.support.exported import portable_plan
from tests.support.plans import ocaml_for, plan_for
from wizard.catalogue.store import catalogue
from wizard.export.shell_script import script
from wizard.plan.host_part import host_plan, makes_host_only
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a


def part_of(plan: Plan) -> Plan:
    part = host_plan(plan)
    assert part is not None
    return part


def test_targets_of_one_release_share_it_to_the_letter() -> None:
    """But for the words of the plan that nothing of a host compiler comes from."""
    targets = [
        ("x86_64-linux", "musl"),
        ("aarch64-linux", "musl"),
        ("aarch64-linux", "glibc"),
        ("riscv64-linux", "musl"),
    ]
    parts = [part_of(portable_plan(target=t, libc=c, toolchain="auto")) for t, c in targets]
    assert len({part.id for part in parts}) == 1
    assert len({part.digest for part in parts}) == 1
    assert len({part.build_folder for part in parts}) == 1
    assert len({msgspec.json.encode(part.stages) for part in parts}) == 1
    assert len({msgspec.json.encode(part.environment) for part in parts}) == 1
    assert len({script(part) for part in parts}) == 1


def test_another_release_has_another() -> None:
    assert part_of(portable_plan()).id != part_of(portable_plan(release="5.4.1")).id


def test_its_stages_are_those_of_the_whole_plan() -> None:
    plan = portable_plan()
    part = part_of(plan)
    assert makes_host_only(part)
    assert not makes_host_only(plan)
    shared = [stage for stage in plan.stages if stage.shared]
    assert [msgspec.structs.replace(stage, needs=()) for stage in shared] == list(part.stages)
    assert [stage.digest for stage in shared] == [stage.digest for stage in part.stages]
    assert part.prefix == plan.host_prefix


def test_nothing_of_the_target_is_left_in_it() -> None:
    plan = portable_plan()
    text = msgspec.json.encode(msgspec.structs.replace(part_of(plan), preset=None, triplet="", target="")).decode()
    for word in (plan.build_folder, plan.staging, "aarch64-linux-musl"):
        assert word not in text


def test_a_host_that_zig_compiles_brings_zig_and_its_scripts() -> None:
    plan = portable_plan(target="armv7-linux", release="4.14.1", host="i686-linux")
    first = part_of(plan).stages[0]
    assert isinstance(first.actions[0], a.PlaceToolchain)
    names = {action.path.rsplit("/", 1)[-1] for action in first.actions if isinstance(action, a.WriteFile)}
    assert {"i686-linux-musl-gcc", "i686-linux-musl-ar", "README"} <= names
    assert not [name for name in names if name.startswith("armv7")]


def test_a_host_that_this_machines_compiler_makes_needs_no_zig() -> None:
    kinds = {type(action) for stage in part_of(portable_plan()).stages for action in stage.actions}
    assert a.PlaceToolchain not in kinds


def test_where_the_ocaml_on_path_serves_there_is_none(session: Session, tmp_path: Path) -> None:
    release = catalogue().releases["5.3.0"]
    here = msgspec.structs.replace(session.build_machine, ocaml=ocaml_for(release))
    assert host_plan(plan_for(session, tmp_path / "x", here=here)) is None
