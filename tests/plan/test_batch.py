"""Several plans built as one: what they share is done once, and each ends for itself."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from wizard.base.errors import InputError
from wizard.builder.builder import Builder
from wizard.builds import journal as j
from wizard.builds.folder import Options
from wizard.builds.stage_logs import log_path
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.machine.processes import Stop
from wizard.plan.batch import Batch, batch_of, from_json, to_json
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage


@pytest.fixture
def plans(session: Session, tmp_path: Path) -> tuple[Plan, ...]:
    """Real plans for three targets of one release."""
    return tuple(
        session.plan(session.check(Preset(Selection(target=target)), tmp_path / target))
        for target in ("aarch64-linux", "x86_64-linux", "riscv64-linux")
    )


def small(plan: Plan, script: str) -> Plan:
    """The plan with two stages: one of a host compiler that all share, and one that runs `script`."""
    host_home = str(Path(plan.build_folder).parent.parent / "hosts" / "shared")
    count = f'echo "$0" >>{host_home}/count'
    made = "x" * 64
    host = Stage(
        id="host", title="Host", why="", home=host_home, actions=(a.Run(("sh", "-c", count, "made"), host_home),),
        outputs=(), digest=made, shared=True, seconds=1, lines=1,
    )  # fmt: skip
    folder = plan.build_folder
    own = Stage(
        id="own", title="Own", why="", home=folder, actions=(a.Run(("sh", "-c", script), folder),), outputs=(),
        digest=script, shared=False, seconds=1, lines=1, needs=("host",),
    )  # fmt: skip
    environment = tuple(
        msgspec.structs.replace(one, value=os.environ["PATH"]) if one.name == "PATH" else one
        for one in plan.environment
    )
    return msgspec.structs.replace(plan, stages=(host, own), environment=environment)


def run(batch: Batch, tmp_path: Path) -> tuple[int, list[j.AnyEvent]]:
    Path(batch.build_folder).mkdir(parents=True)
    for stage in batch.stages:
        Path(stage.home).mkdir(parents=True, exist_ok=True)
    code = Builder(batch, Options(), Stop()).run()
    assert tmp_path.exists()
    return code, list(j.read_events(Path(batch.build_folder)))


def test_a_batch_has_what_is_shared_once_and_the_rest_under_its_targets_name(
    plans: tuple[Plan, ...], tmp_path: Path
) -> None:
    batch = batch_of(plans, tmp_path)
    ids = [stage.id for stage in batch.stages]
    assert len(ids) == len(set(ids))
    assert sum(stage.shared for stage in batch.stages) == sum(stage.shared for stage in plans[0].stages)
    assert "riscv64-linux-musl/configure" in ids
    assert batch.stage("riscv64-linux-musl/configure").title == "riscv64-linux-musl: Configure for the target"


def test_every_need_of_a_batch_is_one_of_its_stages_and_stands_before(
    plans: tuple[Plan, ...], tmp_path: Path
) -> None:
    before: set[str] = set()
    for stage in batch_of(plans, tmp_path).stages:
        assert set(stage.needs) <= before
        before.add(stage.id)


def test_files_of_stages_keep_their_places_in_a_batch(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    batch = batch_of(plans, tmp_path)
    for plan in plans:
        pairs = zip(plan.stages, batch.stages_of(plan), strict=True)
        assert [log_path(pair) for pair, _ in pairs] == [log_path(other) for other in batch.stages_of(plan)]


def test_a_batch_is_saved_and_read_again(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    batch = batch_of(plans, tmp_path)
    again = from_json(to_json(batch))
    assert isinstance(again, Batch)
    assert again.digest == batch.digest
    assert [stage.digest for stage in again.stages] == [stage.digest for stage in batch.stages]
    assert from_json(to_json(again)) == again
    once = from_json(to_json(plans[0]))
    assert from_json(to_json(once)) == once


def test_what_is_saved_leaves_out_the_reasons_of_scripts_and_nothing_else(plans: tuple[Plan, ...]) -> None:
    saved, planned = from_json(to_json(plans[0])), plans[0]
    assert isinstance(saved, Plan)
    bare = tuple(msgspec.structs.replace(wrapper, lines=msgspec.UNSET) for wrapper in planned.wrappers)
    assert bare != planned.wrappers
    assert saved.wrappers == bare
    assert saved.switch_files == planned.switch_files


def test_two_switches_for_one_prefix_are_refused(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two of these switches"):
        batch_of((plans[0], plans[0]), tmp_path)


def test_a_stage_that_a_batch_does_not_have_is_no_stage(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        batch_of(plans, tmp_path).stage("nothing")


def test_what_is_shared_is_built_once_and_every_plan_after_it(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    batch = batch_of(tuple(small(plan, "echo made >made") for plan in plans), tmp_path / "batches")
    code, events = run(batch, tmp_path)
    assert code == 0
    shared = next(stage for stage in batch.stages if stage.shared)
    assert (Path(shared.home) / "count").read_text() == "made\n"
    assert all((Path(plan.build_folder) / "made").exists() for plan in plans)
    ended = [event for event in events if isinstance(event, j.SwitchEnded)]
    assert [(event.triplet, event.outcome) for event in ended] == [(plan.triplet, "done") for plan in plans]
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done"


def test_a_switch_that_fails_leaves_the_others_alone(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    scripts = ("echo made >made", "echo 'error: broken'; exit 3", "sleep 0.2; echo made >made")
    small_plans = tuple(small(plan, script) for plan, script in zip(plans, scripts, strict=True))
    batch = batch_of(small_plans, tmp_path / "batches")
    code, events = run(batch, tmp_path)
    assert code != 0
    outcomes = {event.triplet: event.outcome for event in events if isinstance(event, j.SwitchEnded)}
    assert outcomes == {plans[0].triplet: "done", plans[1].triplet: "failed", plans[2].triplet: "done"}
    end = events[-1]
    assert isinstance(end, j.BuildEnded)
    assert (end.outcome, end.stage) == ("failed", f"{plans[1].triplet}/own")
    assert end.error
    assert "error: broken" in str(end.error)


def test_a_batch_that_is_run_again_does_only_what_is_left(plans: tuple[Plan, ...], tmp_path: Path) -> None:
    again = "if [ -e tried ]; then echo made >made; else touch tried; exit 1; fi"
    small_plans = tuple(
        small(plan, script) for plan, script in zip(plans[:2], ("echo once >>once", again), strict=True)
    )
    batch = batch_of(small_plans, tmp_path / "batches")
    assert run(batch, tmp_path)[0] != 0
    assert Builder(batch, Options(), Stop()).run() == 0
    assert (Path(plans[0].build_folder) / "once").read_text() == "once\n"
    assert (Path(plans[1].build_folder) / "made").exists()
