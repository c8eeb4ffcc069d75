"""Going back in a build: what is run again, on which tree, and what is refused."""

from __future__ import annotations

from pathlib import Path

import filelock
import msgspec
import pytest

from tests.support.building import PlanOf, small_stage, to_end, wait_until
from tests.support.commands import Ocw
from wizard.base.errors import BusyError, InputError
from wizard.builder.launch import start
from wizard.builder.resume import first_to_run
from wizard.builder.rewind import goes_back_to, rewind, stages_to_go_back_to
from wizard.builds import journal as j
from wizard.builds.folder import LOCK, Options, load_options, running
from wizard.builds.records import Record, record_path, started_path, write_record
from wizard.plan.model import Plan
from wizard.steps.actions import Run, UnpackSource
from wizard.steps.stage import Stage


def done(*stages: Stage) -> None:
    for stage in stages:
        write_record(stage, Record(stage.digest, 1.0, 1))


@pytest.fixture
def plan(plan_of: PlanOf) -> Plan:
    """make-tree, source (unpacks), configure, compile, install: the first three are done, compile was begun."""
    base = plan_of(("x", "true"), publish=False)
    names = ("fetch", "source", "configure", "compile", "install")
    stages = tuple(
        small_stage(base, name, UnpackSource("r", "t") if name == "source" else Run(("true",), "/"), digest=name)
        for name in names
    )
    Path(base.build_folder).mkdir(parents=True, exist_ok=True)
    done(*stages[:3])
    started_path(stages[3]).write_text("compile")
    return msgspec.structs.replace(base, stages=stages)


def first(plan: Plan) -> str:
    stage = first_to_run(list(plan.stages))
    return stage.id if stage else ""


def test_it_begins_where_the_tree_holds_only_what_came_before(plan: Plan) -> None:
    assert first(plan) == "compile"
    assert rewind(plan, "configure").id == "source"
    assert first(plan) == "source"
    assert record_path(plan.stage("fetch")).exists()


def test_before_the_tree_it_begins_at_the_stage_itself(plan: Plan) -> None:
    assert rewind(plan, "fetch").id == "fetch"
    assert first(plan) == "fetch"


def test_the_tree_can_be_kept_as_it_is(plan: Plan) -> None:
    (Path(plan.build_folder) / "tree").mkdir()
    assert rewind(plan, "configure", keep_tree=True).id == "configure"
    assert first(plan) == "configure"


def test_a_tree_that_is_gone_cannot_be_kept(plan: Plan) -> None:
    assert goes_back_to(plan, "configure", keep_tree=True).id == "source"


def test_only_what_was_begun_can_be_gone_back_to(plan: Plan) -> None:
    assert [stage.id for stage in stages_to_go_back_to(plan)] == ["fetch", "source", "configure", "compile"]


def test_a_host_compiler_that_is_whole_is_left_alone(plan: Plan) -> None:
    host = tuple(msgspec.structs.replace(stage, shared=True) for stage in plan.stages)
    done(*host)
    shared = msgspec.structs.replace(plan, stages=host)
    assert stages_to_go_back_to(shared) == ()
    with pytest.raises(InputError, match="whole") as refused:
        rewind(shared, "configure")
    assert refused.value.code == "stage-shared"


def test_a_stage_that_there_is_not(plan: Plan) -> None:
    with pytest.raises(InputError, match="confgure") as refused:
        rewind(plan, "confgure")
    assert (refused.value.code, "configure" in refused.value.fix) == ("stage-unknown", True)


def test_a_build_at_work_is_not_touched(plan: Plan) -> None:
    with filelock.FileLock(Path(plan.build_folder) / LOCK), pytest.raises(BusyError):
        rewind(plan, "configure")
    with filelock.FileLock(Path(plan.build_folder) / "stage.lock"), pytest.raises(BusyError) as refused:
        rewind(plan, "configure")
    assert refused.value.code == "stage-busy"
    assert first(plan) == "compile"


def test_resume_goes_back_and_gives_variables(plan_of: PlanOf, ocw: Ocw) -> None:
    """A real build that failed; it goes back to its first stage, with a variable that makes it work."""
    plan = plan_of(("one", "echo one >> ../ran"), ("two", 'echo two >> ../ran; test "$GOES" = well'))
    folder = start(plan, Options())
    to_end(folder)
    wait_until(lambda: not running(folder))
    ended = ocw("resume", folder.name, "--from", "one", "--env", "GOES=well")
    assert ended.code == 0, ended.err
    assert "going back to the stage one" in ended.err
    assert (folder / "ran").read_text().split() == ["one", "two", "one", "two"]
    assert load_options(folder).environment == {"GOES": "well"}
    assert any(isinstance(event, j.BuildEnded) and event.outcome == "done" for event in j.read_events(folder))


def test_keep_tree_alone_means_nothing(ocw: Ocw) -> None:
    assert ocw("resume", "--keep-tree").code == 2
