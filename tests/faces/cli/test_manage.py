"""The commands for builds that were begun: attach, builds, resume, cancel, logs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.building import PlanOf, builder_process, to_end, wait_until
from tests.support.commands import Ocw
from tests.support.paths import ROOT
from tests.support.properties import given
from tests.support.terminal import Terminal
from wizard.base.folders import Folders
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.folder import LOCK, OPTIONS, PLAN, Options, running
from wizard.builds.listing import describe_build, list_builds
from wizard.builds.stage_logs import log_path, seek_last_lines
from wizard.plan.batch import to_json
from wizard.plan.model import Plan

ONCE = "if [ -e ../second ]; then echo finished; else touch ../second; exec sleep 600; fi"
"""A script that hangs the first time."""


def told(out: str) -> dict[str, str]:
    """State by build, as `builds --json` says it."""
    return {load["id"]: load["state"] for load in json.loads(out)}


def killed(plan: Plan) -> Path:
    """A build whose builder was killed in the stage that hangs."""
    folder = start(plan, Options(offline=True, sources="/some/archives"))
    wait_until(lambda: (folder / "second").exists())
    builder_process(folder).kill()
    wait_until(lambda: not running(folder))
    return folder


# ---------------------------------------------------------------- resume


def test_resume_goes_on_with_the_same_plan_and_options(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("hangs", ONCE))
    folder = killed(plan)
    assert told(ocw("builds", "--json").out) == {plan.id: "stopped"}
    ended = ocw("resume")
    assert ended.code == 0, ended.err
    assert "continues where it was stopped" in ended.out
    assert msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options) == Options("/some/archives", True)
    assert told(ocw("builds", "--json").out) == {plan.id: "done"}
    assert (Path(plan.prefix) / "bin/program").exists()


def test_resume_takes_other_options_where_they_are_given(plan_of: PlanOf, ocw: Ocw, tmp_path: Path) -> None:
    plan = plan_of(("hangs", ONCE))
    folder = killed(plan)
    ended = ocw("resume", plan.id, "--sources", tmp_path, "--online", "--detach")
    assert ended.code == 0
    assert plan.id in ended.out
    to_end(folder)
    assert msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options) == Options(str(tmp_path), False)


@pytest.mark.parametrize("left", [None, b"", b'{"offl'])
def test_without_its_options_a_build_that_may_be_offline_is_not_gone_on_with_online(
    left: bytes | None, plan_of: PlanOf, ocw: Ocw
) -> None:
    plan = plan_of(("hangs", ONCE))
    folder = killed(plan)
    (folder / OPTIONS).unlink() if left is None else (folder / OPTIONS).write_bytes(left)
    ended = ocw("resume")
    assert ended.code == 3
    assert "error[options-unreadable]" in ended.err
    assert ocw("resume", "--offline").code == 0
    assert msgspec.json.decode((folder / OPTIONS).read_bytes(), type=Options) == Options("", True)


def test_what_runs_is_not_resumed(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("slow", "exec sleep 600"))
    start(plan, Options())
    for words in (["resume"], ["resume", plan.id]):
        ended = ocw(*words)
        assert ended.code == 9
        assert "error[build-running]" in ended.err
        assert f"attach {plan.id}" in ended.err


def test_what_is_done_is_not_resumed(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of()
    to_end(start(plan, Options()))
    ended = ocw("resume", plan.id)
    assert ended.code == 3
    assert "error[build-done]" in ended.err
    assert plan.prefix in ended.err


def test_offline_and_online_exclude_each_other(ocw: Ocw) -> None:
    assert ocw("resume", "--offline", "--online").code == 2


def test_a_failed_build_is_resumed_and_fails_with_the_same_exit_code(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("broken", "echo 'x.c:1: error: the cause'; exit 3"))
    to_end(start(plan, Options()))
    ended = ocw("resume")
    assert ended.code == 6
    assert "x.c:1: error: the cause" in ended.err


# ---------------------------------------------------------------- builds that cannot be read


def _older(folder: Path) -> None:
    """The plan as another version of the wizard would have written it."""
    plan = json.loads((folder / PLAN).read_bytes())
    del plan["cache_folder"]
    plan["stages"] = [{"name": "one"}]
    (folder / PLAN).write_text(json.dumps(plan))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "older": _older,
    "truncated": lambda folder: (folder / PLAN).write_bytes((folder / PLAN).read_bytes()[:100]),
    "empty": lambda folder: (folder / PLAN).write_bytes(b""),
    "rubbish": lambda folder: (folder / PLAN).write_bytes(os.urandom(5000)),
    "nested": lambda folder: (folder / PLAN).write_bytes(b"[" * 100_000),
    "a list": lambda folder: (folder / PLAN).write_bytes(b"[1]"),
    "gone": lambda folder: (folder / PLAN).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_build_whose_plan_cannot_be_read_is_listed_and_can_be_cleaned(
    damage: str, plan_of: PlanOf, ocw: Ocw
) -> None:
    plan = plan_of(("broken", "echo some output; exit 1"))
    folder = start(plan, Options())
    to_end(folder)
    wait_until(lambda: not running(folder))
    DAMAGES[damage](folder)
    (listed,) = json.loads(ocw("builds", "--json").out)
    assert (listed["id"], listed["state"]) == (plan.id, "unreadable")
    assert (listed["prefix"] == plan.prefix) is (damage == "older")
    for words in (["resume"], ["attach"]):
        ended = ocw(*words)
        assert ended.code == 3
        assert "error[plan-unreadable]" in ended.err or "error[not-a-build]" in ended.err
    assert "some output" in ocw("logs").out
    assert ocw("cancel").out == f"{plan.id} does not run\n"
    assert ocw("clean", "--unreadable", "--yes").code == 0
    assert not folder.exists()
    assert ocw("builds").out == "no builds yet\n"


def test_a_folder_without_any_trace_of_a_build_is_not_listed(ocw: Ocw, folders: Folders) -> None:
    (folders.builds / "junk").mkdir(parents=True)
    (folders.builds / "junk" / "file").write_text("mine")
    (folders.builds / ".hidden").mkdir()
    (folders.builds / ".hidden" / PLAN).write_text("{}")
    (folders.builds / "file").write_text("no folder")
    assert ocw("builds").out == "no builds yet\n"


@pytest.mark.parametrize(
    "left",
    [b"", b"\n\n", b"\0" * 4096, b'{"event":"build-st',
     b'{"event":"build-ended","at":1e300,"outcome":"failed","prefix":"/p"}\n',
     b'{"event":"stage-started","at":-1e300,"stage":"\xc3\xa9","log":""}\n'],
)  # fmt: skip
def test_a_damaged_journal_neither_hides_a_build_nor_stops_it(left: bytes, plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("hangs", ONCE))
    folder = killed(plan)
    (folder / j.JOURNAL).write_bytes(left)
    listed = ocw("builds")
    assert listed.code == 0
    assert plan.id in listed.out
    assert ocw("resume").code == 0
    assert (Path(plan.prefix) / "bin/program").exists()


# ---------------------------------------------------------------- locks


def test_the_lock_file_of_a_dead_process_holds_nothing(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("hangs", ONCE))
    folder = killed(plan)
    assert (folder / LOCK).exists()
    assert describe_build(folder).state == "stopped"
    (folder / LOCK).write_text("4194304\n")
    assert not running(folder)
    assert ocw("resume").code == 0


def test_two_who_look_at_the_same_instant_do_not_see_each_other(plan_of: PlanOf) -> None:
    plan = plan_of()
    folder = start(plan, Options())
    to_end(folder)
    wait_until(lambda: not running(folder))
    looker = f"""
from pathlib import Path
from wizard.builds.listing import running
print(sum(running(Path({str(folder)!r})) for _ in range(20_000)))
"""
    lookers = [
        subprocess.Popen([sys.executable, "-c", looker], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for _ in range(2)
    ]
    assert [looker.communicate(timeout=60)[0].strip() for looker in lookers] == ["0", "0"]


# ---------------------------------------------------------------- cancel


def test_cancel_says_what_it_did(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("slow", "exec sleep 600"))
    start(plan, Options())
    assert json.loads(ocw("cancel", "--json").out) == {"id": plan.id, "cancelled": True}
    assert json.loads(ocw("cancel", "--json").out) == {"id": plan.id, "cancelled": False}


# ---------------------------------------------------------------- logs

NASTY = (
    b"plain\n\x1b[2J\x1b]0;title\x07red \x1b[31mtext\x00\xff\xfe end\n"
    + b"x" * 100_000
    + b"\nlast, without an end"
)


@pytest.fixture
def logged(plan_of: PlanOf) -> Plan:
    """A build that is done, with a log of nasty bytes in its last stage."""
    plan = plan_of(("first", "echo of the first"), ("second", "echo of the second"), publish=False)
    folder = start(plan, Options())
    to_end(folder)
    log_path(plan.stage("second")).write_bytes(NASTY)
    wait_until(lambda: not running(folder))
    return plan


def logs(*words: str, folders: Folders) -> bytes:
    """What the command writes into a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "wizard", "logs", *words], cwd=ROOT, capture_output=True, check=True,
        env={**os.environ, "OCW_HOME": str(folders.state.parent)},
    ).stdout  # fmt: skip


def test_a_log_goes_into_a_pipe_byte_by_byte(logged: Plan, folders: Folders) -> None:
    assert logs(folders=folders) == NASTY
    assert b"of the first" in logs(logged.id, "--stage", "first", folders=folders)
    assert logs("--lines", "2", folders=folders) == NASTY.split(b"\n", 2)[2]
    assert logs("--lines", "0", folders=folders) == b""
    assert logs("--path", folders=folders).decode().strip() == str(log_path(logged.stage("second")))


def test_a_log_as_json_is_one_line_a_line(logged: Plan, folders: Folders) -> None:
    lines = [json.loads(line) for line in logs("--json", folders=folders).splitlines()]
    assert [line["stage"] for line in lines] == ["second"] * 4
    assert [line["line"][:20] for line in lines] == [
        "plain",
        "red text\ufffd\ufffd end",
        "x" * 20,
        "last, without an end",
    ]
    path = json.loads(logs("--json", "--path", folders=folders))
    assert path == {"build": logged.id, "stage": "second", "path": str(log_path(logged.stage("second")))}


@pytest.mark.usefixtures("logged")
def test_on_a_terminal_nothing_in_a_log_moves_the_cursor(folders: Folders) -> None:
    env = {**os.environ, "OCW_HOME": str(folders.state.parent), "PYTHONPATH": str(ROOT)}
    with Terminal([sys.executable, "-m", "wizard", "logs"], env, columns=100, lines=50) as terminal:
        assert terminal.wait_for_end() == 0
        lines = terminal.text.splitlines()
    assert lines[0].startswith("==> second: ")
    assert "plain" in lines, "it was not cleared"
    assert any(line.startswith("red text") and line.endswith(" end") for line in lines)
    assert "last, without an end" in lines


def test_a_stage_that_has_no_log_is_told_the_nearest_one(logged: Plan, ocw: Ocw) -> None:
    ended = ocw("logs", "--stage", "frist")
    assert ended.code == 3
    assert "error[log-unknown]" in ended.err
    assert "'first'" in ended.err
    assert logged.id in ended.err


def test_a_build_without_any_log_says_so(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of()
    folder = Path(plan.build_folder)
    folder.mkdir(parents=True)
    (folder / PLAN).write_bytes(to_json(plan))
    ended = ocw("logs")
    assert ended.code == 3
    assert "no log yet" in ended.err


def test_the_log_of_the_stage_that_failed_is_shown_first(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("good", "echo fine"), ("bad", "echo 'error: here'; exit 1"), ("never", "true"))
    to_end(start(plan, Options()))
    assert "error: here" in ocw("logs").out


def test_following_shows_every_stage_to_the_end(plan_of: PlanOf, folders: Folders) -> None:
    waits = "until [ -e ../go ]; do sleep 0.05; done"
    plan = plan_of(("one", f"echo one-1; {waits}; printf half"), ("two", "echo two-1"), ("three", "echo three-1"))
    folder = start(plan, Options())
    wait_until(lambda: log_path(plan.stage("one")).exists())
    with subprocess.Popen(
        [sys.executable, "-m", "wizard", "logs", "--follow"], cwd=ROOT, stdout=subprocess.PIPE,
        env={**os.environ, "OCW_HOME": str(folders.state.parent)},
    ) as follower:  # fmt: skip
        assert follower.stdout is not None
        seen = [follower.stdout.readline(), follower.stdout.readline()]
        assert seen[1] == b"one-1\n"
        (folder / "go").touch()
        rest = follower.stdout.read().splitlines()
        assert follower.wait(20) == 0
    assert rest[0].startswith(b"half"), "a last line without an end"
    assert [line for line in rest if line in (b"two-1", b"three-1")] == [b"two-1", b"three-1"]
    assert describe_build(folder).state == "done"


@given(
    data=st.lists(st.sampled_from([b"\n", b"a", b"bc", b"\r", b"\xff" * 70_000]), max_size=12),
    lines=st.integers(1, 8),
)
def test_the_last_lines_are_those_that_tail_gives(
    data: list[bytes], lines: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    whole = b"".join(data)
    path.write_bytes(whole)
    with path.open("rb") as file:
        seek_last_lines(file, lines)
        found = file.read()
    expected = whole.split(b"\n")
    last = expected.pop() if expected and not expected[-1] else None
    expected = expected[-lines:]
    assert found == b"\n".join(expected) + (b"\n" if last is not None and whole else b"")


def test_the_list_is_in_order_and_complete(plan_of: PlanOf, folders: Folders) -> None:
    plan = plan_of()
    to_end(start(plan, Options()))
    assert [build.id for build in list_builds(folders)] == [plan.id]
