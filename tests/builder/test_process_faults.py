"""Processes that are killed, stopped, escape, or are started twice; output that is rubbish; folders that go."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from tests.support.building import PlanOf, builder_process, small_stage, to_end, wait_until
from tests.support.commands import Ocw
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from wizard.base.errors import BuildError, WizardError
from wizard.base.folders import Folders
from wizard.builder.launch import MAX_OUTPUT, cancel, last_message, start
from wizard.builds import journal as j
from wizard.builds.folder import OUTPUT, PLAN, Options, running
from wizard.builds.listing import describe_build, last_error
from wizard.builds.stage_logs import log_path
from wizard.faces.tui.widgets.log_lines import LETTER, SHOWN, shown_line
from wizard.logs.index import LogIndex
from wizard.machine import processes
from wizard.machine.processes import processes_of
from wizard.plan.batch import to_json
from wizard.plan.model import Plan
from wizard.steps import actions as a

WAITS = "touch ../begun; until [ -e ../go ]; do sleep 0.05; done"
"""A script that waits for the test."""


def begun(plan: Plan) -> Path:
    """A build that is at work in the script WAITS."""
    folder = start(plan, Options())
    wait_until(lambda: (folder / "begun").exists())
    return folder


def outcome(folder: Path) -> str:
    last = to_end(folder)[-1]
    assert isinstance(last, j.BuildEnded), last
    wait_until(lambda: not running(folder))
    return last.outcome


# ---------------------------------------------------------------- signals


def test_a_builder_that_was_stopped_goes_on(plan_of: PlanOf) -> None:
    plan = plan_of(("waits", WAITS))
    folder = begun(plan)
    builder = builder_process(folder)
    builder.suspend()
    (folder / "go").touch()
    assert describe_build(folder).state == "running"
    builder.resume()
    assert outcome(folder) == "done"


def test_a_builder_that_was_stopped_is_cancelled_orderly(plan_of: PlanOf) -> None:
    plan = plan_of(("waits", WAITS))
    folder = begun(plan)
    builder_process(folder).suspend()
    assert cancel(folder, seconds=20)
    assert describe_build(folder).state == "cancelled"
    assert not processes_of(plan.id)


def test_a_builder_that_does_not_end_is_ended_firmly(plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs: here by a command that keeps stopping it."""
    script = "touch ../begun; trap '' TERM; while :; do kill -STOP $PPID; sleep 0.02; done"
    plan = plan_of(("hangs", script))
    folder = begun(plan)
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    assert cancel(folder, seconds=1)
    assert not running(folder)
    assert not processes_of(plan.id)


def test_a_command_that_was_stopped_can_be_cancelled(plan_of: PlanOf) -> None:
    plan = plan_of(("waits", WAITS))
    folder = begun(plan)
    for process in processes_of(plan.id):
        process.suspend()
    assert cancel(folder)
    assert describe_build(folder).state == "cancelled"
    assert not processes_of(plan.id)


def test_a_command_has_its_time_to_end_orderly(plan_of: PlanOf) -> None:
    script = "trap 'sleep 2; echo tidied > ../tidied; exit 1' TERM; touch ../begun; while :; do sleep 0.05; done"
    folder = begun(plan_of(("slow to end", script)))
    assert cancel(folder)
    assert (folder / "tidied").read_text() == "tidied\n"


ESCAPES = {
    "own session": "setsid sleep 600 &",
    "own session, deaf": "(trap '' TERM HUP INT; exec setsid sleep 600) &",
    "twice forked": "(setsid sh -c 'sleep 600 & exit' &);",
}


@pytest.mark.parametrize("escape", ESCAPES)
def test_what_escapes_is_found_by_its_mark(escape: str, plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    plan = plan_of(("forks", f"{ESCAPES[escape]} {WAITS}"))
    folder = begun(plan)
    wait_until(lambda: any("600" in process.cmdline() for process in processes_of(plan.id)))
    cancel(folder)
    assert not processes_of(plan.id)


def test_what_a_killed_builder_left_ends_with_the_builds_removal(
    plan_of: PlanOf, ocw: Ocw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "GRACE_SECONDS", 0.5)
    plan = plan_of(("forks", f"{ESCAPES['own session, deaf']} {WAITS}"))
    folder = begun(plan)
    builder_process(folder).kill()
    wait_until(lambda: not running(folder))
    assert processes_of(plan.id)
    assert ocw("clean", plan.id).code == 0
    assert not processes_of(plan.id)


# ---------------------------------------------------------------- terminals


@pytest.fixture
def terminal_of() -> Iterator[list[Terminal]]:
    """Terminals that are closed in the end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.hang_up()


def shown(folders: Folders, opened: list[Terminal], *words: str) -> Terminal:
    env = {**os.environ, "OCW_HOME": str(folders.state.parent), "PYTHONPATH": str(ROOT)}
    opened.append(Terminal([sys.executable, "-m", "wizard", *words], env, columns=120))
    return opened[-1]


def planned(plan: Plan) -> Path:
    """A build of which there is no more than its plan, as one that stopped before it began."""
    folder = Path(plan.build_folder)
    folder.mkdir(parents=True)
    (folder / PLAN).write_bytes(to_json(plan))
    (folder / "options.json").write_bytes(msgspec.json.encode(Options()))
    return folder


def test_a_closed_terminal_harms_nothing_and_attach_shows_the_build_again(
    plan_of: PlanOf, folders: Folders, terminal_of: list[Terminal]
) -> None:
    folder = planned(plan_of(("waits", WAITS)))
    terminal = shown(folders, terminal_of, "resume")
    terminal.wait_for("building 5.3.0")
    wait_until(lambda: (folder / "begun").exists())
    terminal.hang_up()
    assert running(folder)
    again = shown(folders, terminal_of, "attach")
    again.wait_for("make-tree")
    (folder / "go").touch()
    again.wait_for("The switch is in")
    assert again.wait_for_end() == 0


def test_ctrl_c_cancels_what_was_started_here(
    plan_of: PlanOf, folders: Folders, terminal_of: list[Terminal]
) -> None:
    plan = plan_of(("waits", f"(trap '' INT; exec setsid sleep 600) & {WAITS}"))
    folder = planned(plan)
    terminal = shown(folders, terminal_of, "resume")
    wait_until(lambda: (folder / "begun").exists())
    terminal.wait_for("building 5.3.0")
    terminal.press("ctrl+c")
    terminal.wait_for("error[build-cancelled]")
    assert terminal.wait_for_end() == 130
    assert not processes_of(plan.id)
    assert describe_build(folder).state == "cancelled"


def test_ctrl_c_leaves_running_what_is_only_looked_at(
    plan_of: PlanOf, folders: Folders, terminal_of: list[Terminal]
) -> None:
    folder = begun(plan_of(("waits", WAITS)))
    terminal = shown(folders, terminal_of, "attach")
    terminal.wait_for("building 5.3.0")
    terminal.press("ctrl+c")
    terminal.wait_for("left it running")
    assert terminal.wait_for_end() == 0
    assert running(folder)


# ---------------------------------------------------------------- started twice


def test_started_by_several_at_the_same_instant_one_builder_works(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(("counts", f"echo run >> ../count; {WAITS}"))
    (tmp_path / "plan.json").write_bytes(to_json(plan))
    script = f"""
import sys
import unicodedata
from pathlib import Path
from wizard.builder.builder import Options
from wizard.builder.launch import start
from wizard.plan.batch import from_json
plan = from_json(Path({str(tmp_path / "plan.json")!r}).read_bytes())
print("ready", flush=True)
sys.stdin.readline()
print(start(plan, Options()))
"""
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for starter in starters:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "ready\n"
    outputs = []
    for starter in starters:
        assert starter.stdin is not None
        starter.stdin.write("\n")
        starter.stdin.flush()
    outputs = [starter.communicate(timeout=60)[0].strip() for starter in starters]
    folder = Path(plan.build_folder)
    assert outputs == [str(folder)] * 4
    (folder / "go").touch()
    assert outcome(folder) == "done"
    assert (folder / "count").read_text() == "run\n"
    assert len([event for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]) == 1


# ---------------------------------------------------------------- output

RUBBISH = {
    "a line of 10 MB": "head -c 10000000 /dev/zero | tr '\\0' x; echo",
    "NULs": "head -c 100000 /dev/zero",
    "random bytes": "head -c 300000 /dev/urandom",
    "escape sequences": "printf '\\033[2J\\033]0;title\\007\\033[31mred\\033[0m\\033[?1049h\\n'",
    "no end of line": "printf 'no end'",
    "carriage returns": "printf '10%%\\r20%%\\r30%%\\r'",
}
CAUSE = "printf '\\033[31mx.c:1: \\033[1merror:\\033[0m the cause\\007\\n'"


@pytest.mark.parametrize("output", RUBBISH)
def test_whatever_a_command_prints_its_error_is_found_and_can_be_shown(
    output: str, plan_of: PlanOf, ocw: Ocw
) -> None:
    plan = plan_of(("prints", f"{RUBBISH[output]}; echo; {CAUSE}; {RUBBISH[output]}; exit 3"))
    folder = start(plan, Options())
    assert outcome(folder) == "failed"
    error = last_error(folder)
    assert isinstance(error, BuildError)
    assert error.why.endswith("x.c:1: error: the cause")
    assert error.why.isprintable()
    assert "x.c:1: error: the cause" in ocw("attach").err
    assert "the cause" in ocw("logs", "--json").out
    watched = lines_shown(log_path(plan.stage("prints")))
    assert any("error: the cause" in line for line in watched)
    assert not [letter for line in watched for letter in line if unicodedata.category(letter) == "Cc"]
    assert max(map(len, watched)) <= 16_000


def lines_shown(log: Path) -> list[str]:
    """A full log as the screen shows its lines."""
    index = LogIndex(log)
    while index.grow():
        pass
    return [shown_line(line) for line in index.read(range(index.count), SHOWN * LETTER)]


def test_the_last_line_of_a_command_is_shown_also_without_its_end(plan_of: PlanOf) -> None:
    plan = plan_of(("prints", "printf 'x.c:1: error: no end'; exit 1"))
    folder = start(plan, Options())
    assert outcome(folder) == "failed"
    assert lines_shown(log_path(plan.stage("prints")))[-1] == "x.c:1: error: no end"


def test_two_commands_of_a_stage_do_not_share_a_line(plan_of: PlanOf) -> None:
    base = plan_of(publish=False)
    runs = (a.Run(("printf", "half"), "/"), a.Run(("echo", "next"), "/"))
    plan = msgspec.structs.replace(base, stages=(small_stage(base, "two", *runs, digest="two"),))
    folder = start(plan, Options())
    assert outcome(folder) == "done"
    assert log_path(plan.stages[0]).read_text() == "+ cd / && printf half\nhalf\n+ cd / && echo next\nnext\n"


# ---------------------------------------------------------------- folders that go, files that flood


def test_logs_that_are_removed_during_the_build_do_not_stop_it(plan_of: PlanOf) -> None:
    plan = plan_of(("waits", WAITS), ("next", "echo after"))
    folder = begun(plan)
    shutil.rmtree(folder / "logs")
    (folder / "go").touch()
    assert outcome(folder) == "done"
    assert "after" in log_path(plan.stage("next")).read_text()


def test_a_build_folder_that_is_removed_during_the_build_ends_it_and_it_begins_anew(
    plan_of: PlanOf, ocw: Ocw
) -> None:
    plan = plan_of(("waits", WAITS))
    folder = begun(plan)
    builder = builder_process(folder)
    shutil.rmtree(folder)
    psutil.wait_procs([builder], timeout=0.1)
    for process in processes_of(plan.id):
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end by itself meanwhile
            process.kill()
    psutil.wait_procs([builder], timeout=20)
    assert ocw("builds").code == 0
    start(plan, Options())
    (folder / "go").touch()
    assert outcome(folder) == "done"


def test_what_builders_printed_does_not_grow_without_end(plan_of: PlanOf) -> None:
    plan = plan_of()
    folder = Path(plan.build_folder)
    folder.mkdir(parents=True)
    with (folder / OUTPUT).open("wb") as file:
        file.truncate(MAX_OUTPUT + 1)
    assert outcome(start(plan, Options())) == "done"
    assert (folder / OUTPUT).stat().st_size < MAX_OUTPUT


@pytest.mark.parametrize(
    "flood", [b"", b"x" * 3_000_000, b"\x1b[2J" * 100_000 + b"\n\n\n"], ids=["nothing", "one line", "escapes"]
)
def test_a_builder_that_dies_before_it_begins_says_why(flood: bytes, plan_of: PlanOf) -> None:
    plan = plan_of()
    folder = Path(plan.build_folder)
    (folder / j.JOURNAL).mkdir(parents=True)
    (folder / OUTPUT).write_bytes(flood[:MAX_OUTPUT])
    with pytest.raises(WizardError) as raised:
        start(plan, Options())
    assert raised.value.code == "builder-died"
    assert "Is a directory" in raised.value.why
    assert str(folder / OUTPUT) in raised.value.fix


def test_the_last_line_of_a_flood_is_found_without_reading_it_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as file:
        file.truncate(20 << 30)
        file.seek(0, os.SEEK_END)
        file.write(b"\nKeyError: \x1b[31m'x'\n\n")
    assert last_message(path) == "KeyError: 'x'"
    path.write_text("a warning\nerror[disk-full]: it is full\n  fix: free some space\n")
    assert last_message(path) == "error[disk-full]: it is full"
    assert last_message(tmp_path / "none") == ""


def test_a_hang_up_reaches_neither_builder_nor_commands(plan_of: PlanOf) -> None:
    plan = plan_of(("waits", WAITS))
    folder = begun(plan)
    for process in (builder_process(folder), *processes_of(plan.id)):
        with contextlib.suppress(psutil.NoSuchProcess):  # a `sleep` that is over
            process.send_signal(signal.SIGHUP)
    (folder / "go").touch()
    assert outcome(folder) == "done"
