"""The builder as a process: killed, cancelled, started twice, out of space. Small stages, real processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec

from tests.support.building import PlanOf, builder_process, small_stage, to_end, wait_until
from wizard.base.errors import CancelledError
from wizard.base.folders import Folders
from wizard.builder.launch import cancel, start
from wizard.builder.resume import complete
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import describe_build, last_error, list_builds
from wizard.builds.stage_logs import log_path
from wizard.machine.processes import processes_of
from wizard.steps import actions as a


def test_a_build_runs_to_its_end_and_the_prefix_is_complete(plan_of: PlanOf) -> None:
    plan = plan_of(("one", "echo one; echo made > one"), ("two", "cat one; echo two"))
    folder = start(plan, Options())
    events = to_end(folder)
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done"
    assert (Path(plan.prefix) / "bin/program").read_text() == "ready\n"
    log = log_path(plan.stage("two")).read_text()
    assert "made" in log
    assert "two" in log
    assert describe_build(folder).state == "done"


def test_homes_are_built_side_by_side_and_a_failure_in_one_ends_the_other(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(("target", "touch ../met; sleep 600"))
    wait = f"while [ ! -e {plan.build_folder}/met ]; do sleep 0.05; done; exit 7"
    host = msgspec.structs.replace(
        small_stage(plan, "host", a.Run(("sh", "-c", wait), str(tmp_path)), digest="host"),
        home=str(tmp_path / "host"), shared=True,
    )  # fmt: skip
    plan = msgspec.structs.replace(plan, stages=(host, *plan.stages))
    events = to_end(start(plan, Options()))
    end = events[-1]
    assert isinstance(end, j.BuildEnded)
    assert (end.outcome, end.stage) == ("failed", "host")
    outcomes = {event.stage: event.outcome for event in events if isinstance(event, j.StageEnded)}
    assert outcomes["target"] == "cancelled"
    assert not processes_of(plan.id)


def test_a_finished_build_does_nothing_again(plan_of: PlanOf) -> None:
    plan = plan_of(("one", "echo run >> ../count"))
    to_end(start(plan, Options()))
    events = to_end(start(plan, Options()))
    assert not [event for event in events if isinstance(event, j.StageStarted)]
    assert (Path(plan.build_folder) / "count").read_text() == "run\n"


def test_kill_9_of_the_builder_ends_its_commands_and_the_build_continues_in_that_stage(plan_of: PlanOf) -> None:
    plan = plan_of(
        ("one", "echo once >> ../count"),
        ("slow", "if [ -e ../second ]; then echo finished; else touch ../second; exec sleep 600; fi"),
    )
    folder = start(plan, Options())
    wait_until(lambda: (folder / "second").exists())
    builder_process(folder).kill()
    wait_until(lambda: not processes_of(plan.id) and not running(folder))
    assert describe_build(folder).state == "stopped"
    assert not Path(plan.prefix).exists()
    events = to_end(start(plan, Options()))
    assert [event.stage for event in events if isinstance(event, j.StageSkipped)] == ["make-tree", "one"]
    resumed = [event for event in events if isinstance(event, j.StageStarted)]
    assert resumed[0].stage == "slow"
    assert resumed[0].resumed
    assert (folder / "count").read_text() == "once\n"
    assert (Path(plan.prefix) / "bin/program").exists()


def test_processes_that_survive_the_builder_are_ended_before_it_goes_on(plan_of: PlanOf) -> None:
    script = (
        "if [ -e ../second ]; then exit 0; fi; touch ../second; (trap '' TERM; exec setsid sleep 600) & sleep 600"
    )
    plan = plan_of(("stubborn", script))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "second").exists() and len(processes_of(plan.id)) >= 3)
    builder_process(folder).kill()
    wait_until(lambda: not running(folder))
    assert processes_of(plan.id), "the test needs a survivor"
    events = to_end(start(plan, Options()))
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done"
    assert not processes_of(plan.id)


def test_cancel_leaves_nothing_running_and_nothing_in_the_prefix(plan_of: PlanOf) -> None:
    plan = plan_of(("slow", "sleep 600 & sleep 600"))
    folder = start(plan, Options())
    wait_until(lambda: len(processes_of(plan.id)) >= 2)
    assert cancel(folder)
    assert not running(folder)
    assert not processes_of(plan.id)
    assert not Path(plan.prefix).exists()
    error = last_error(folder)
    assert isinstance(error, CancelledError)
    assert describe_build(folder).state == "cancelled"
    assert not cancel(folder)


def test_a_command_that_ignores_the_signal_is_ended_firmly(plan_of: PlanOf) -> None:
    plan = plan_of(("deaf", "trap '' TERM INT; touch ../deaf; while :; do sleep 1; done"))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "deaf").exists())
    cancel(folder)
    assert not processes_of(plan.id)


def test_a_lost_terminal_does_not_end_the_build(plan_of: PlanOf) -> None:
    plan = plan_of(("slow", "touch ../begun; sleep 1; echo survived"))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "begun").exists())
    builder = builder_process(folder)
    assert os.getsid(builder.pid) == builder.pid
    os.kill(builder.pid, signal.SIGHUP)
    events = to_end(folder)
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done"


def test_starting_a_running_build_again_attaches_to_it(plan_of: PlanOf) -> None:
    plan = plan_of(("slow", "echo run >> ../count; sleep 2"))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "count").exists())
    assert start(plan, Options()) == folder
    to_end(folder)
    assert (folder / "count").read_text() == "run\n"
    assert len([event for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]) == 1


def test_a_failing_stage_names_itself_its_first_error_and_its_log(plan_of: PlanOf) -> None:
    plan = plan_of(
        ("broken", "echo fine; echo 'first.c:1: error: the cause'; echo 'error: a consequence'; exit 2")
    )
    folder = start(plan, Options())
    events = to_end(folder)
    ended = events[-1]
    assert isinstance(ended, j.BuildEnded)
    assert ended.outcome == "failed"
    assert ended.stage == "broken"
    error = last_error(folder)
    assert error is not None
    assert error.exit_code == 6
    assert "broken" in error.what
    assert "first.c:1: error: the cause" in error.why
    assert str(log_path(plan.stage("broken"))) in error.fix
    assert not Path(plan.prefix).exists()


def test_a_full_disk_is_said_and_the_build_can_go_on(plan_of: PlanOf) -> None:
    plan = plan_of(publish=True)
    folder = Path(plan.build_folder)
    (folder / "tree").mkdir(parents=True)
    full = small_stage(
        plan, "full", a.Run(("sh", "-c", "head -c 99 /dev/zero > /dev/full"), str(folder)), digest="full"
    )
    plan = msgspec.structs.replace(plan, stages=(plan.stages[0], full, *plan.stages[1:]))
    to_end(start(plan, Options()))
    error = last_error(folder)
    assert error is not None
    assert "No space left on device" in error.why
    assert not Path(plan.prefix).exists()
    assert complete(plan.stages[0])


def test_a_log_with_rubbish_and_endless_lines_is_kept_whole(plan_of: PlanOf) -> None:
    script = "head -c 10000000 /dev/zero | tr '\\0' x; echo; head -c 100000 /dev/urandom; echo; echo end"
    plan = plan_of(("loud", script))
    events = to_end(start(plan, Options()))
    assert isinstance(events[-1], j.BuildEnded)
    assert events[-1].outcome == "done"
    log = log_path(plan.stage("loud")).read_bytes()
    assert len(log) > 10_100_000
    assert log.endswith(b"end\n")


def test_an_existing_switch_survives_a_failed_rebuild(plan_of: PlanOf) -> None:
    plan = plan_of(("broken", "exit 1"))
    old = Path(plan.prefix) / "bin" / "program"
    old.parent.mkdir(parents=True)
    old.write_text("old\n")
    to_end(start(plan, Options()))
    assert old.read_text() == "old\n"


def test_builds_are_listed_with_their_state(plan_of: PlanOf, folders: Folders) -> None:
    plan = plan_of(("one", "true"))
    to_end(start(plan, Options()))
    (listed,) = list_builds(folders)
    assert (listed.id, listed.state, listed.prefix) == (plan.id, "done", plan.prefix)
