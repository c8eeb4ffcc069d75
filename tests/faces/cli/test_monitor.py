"""A build on a plain terminal: one line a stage, the outcome, and what to type next."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from wizard.builds import journal as j
from wizard.builds.progress import Progress
from wizard.catalogue.selection import Selection
from wizard.faces.cli.monitor import LineMonitor, show_json
from wizard.plan.model import Plan
from wizard.prove.report import REPORT_FILE, Report, compare, save_report
from wizard.session.session import Session


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    return session.plan(session.check_selection(Selection(target="aarch64-linux"), tmp_path / "switch"))


def shown(plan: Plan, *events: j.AnyEvent) -> None:
    progress = Progress(plan)
    monitor = LineMonitor(plan, progress)
    for event in events:
        progress.take(event)
        monitor.show(event)
        monitor.tick()


def test_a_build_is_one_line_a_stage(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    number = len(plan.stages)
    shown(
        plan,
        j.BuildStarted(build=plan.id, digest=plan.digest, pid=1, stages=tuple(stage.id for stage in plan.stages)),
        j.StageSkipped(stage="fetch", seconds=3.0),
        j.StageStarted(stage="toolchain", log="/log", resumed=True),
        j.ActionStarted(stage="toolchain", text="write something"),
        j.StageEnded(stage="toolchain", outcome="done", seconds=65.0, lines=3),
        j.StageStarted(stage="host-source", log="/log"),
        j.ActionStarted(stage="host-source", text="waiting: another build is at this stage"),
        j.StageEnded(stage="host-source", outcome="failed", seconds=1.0, lines=3),
    )
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == f"building 5.3.0 for aarch64-linux-musl into {plan.prefix}"
    assert lines[1].startswith(f"[ 1/{number}] Fetch OCaml 5.3.0")
    assert lines[1].endswith("there already")
    assert "continues where it was stopped" in lines[2]
    assert lines[3].startswith(f"[ 2/{number}] ")
    assert lines[3].endswith("1 min 05 s")
    assert "another build" in lines[4]
    assert lines[5].endswith("1 s  FAILED")
    assert len(lines) == 6


def test_where_there_is_no_terminal_no_line_changes(plan: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    shown(plan, j.StageStarted(stage="fetch", log="/log"), j.Transfer(stage="fetch", file="x", got=1, total=2))
    assert "\r" not in capsys.readouterr().out


def test_on_a_terminal_the_changing_line_fits_and_is_taken_away_again(
    plan: Plan, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    progress = Progress(plan)
    monitor = LineMonitor(plan, progress)
    for event in (
        j.StageStarted(stage="fetch", log="/log"),
        j.Transfer(stage="fetch", file="o.tar.gz", got=2_100_000, total=0),
    ):
        progress.take(event)
    monitor.tick()
    live = capsys.readouterr().out
    assert "2.1 MB" in live or len(live) == 39
    assert 0 < len(live) < 40
    monitor.tick()
    assert capsys.readouterr().out == "", "at most twice a second"
    monitor.clear()
    assert capsys.readouterr().out == f"\r{' ' * len(live)}\r"
    monitor.clear()
    assert capsys.readouterr().out == ""


def test_events_as_json_are_one_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    show_json(j.ActionStarted(at=1.0, stage="x", text="two\nlines é"))
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"event": "action-started", "at": 1.0, "stage": "x", "text": "two\nlines é"}


def test_the_result_shows_the_proof_and_what_to_type_next(plan: Plan) -> None:
    monitor = LineMonitor(plan, Progress(plan))
    assert f". {plan.prefix}/env.sh" in monitor.result()
    report = Report(
        prefix=plan.prefix, triplet=plan.triplet, release=plan.release, runner="on this machine", not_run="",
        how_to_run="", comparisons=(compare("config", "word_size", "64", "64"),), seconds=1.0,
    )  # fmt: skip
    save_report(report, Path(plan.prefix) / REPORT_FILE)
    assert "the switch works: 1 passed" in monitor.result()
    assert f"verify {plan.prefix}" in monitor.result()
