"""At a failure, on the screen: why, and what is done about it by one key. No builder runs."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from tests.faces.tui.conftest import make_session
from tests.faces.tui.drive import drawn, make_app, press, screen_name, until, words
from tests.faces.tui.story import Story
from wizard.builds.folder import Options
from wizard.builds.records import Record, record_path, started_path, write_record
from wizard.doctor.stage_shell import StageShell
from wizard.faces.tui.notice import Notice
from wizard.faces.tui.screens.codes import CodesScreen
from wizard.faces.tui.screens.monitor import BuildScreen
from wizard.faces.tui.widgets.log_lines import LogLines
from wizard.plan.model import Plan

SIZE = (120, 40)
STAGE = "configure"
KILLED = "checking\ngcc: fatal error: Killed signal terminated program cc1\nmake: *** [x.o] Error 1\n"
STALE = 'Error: Files "b.cmx" and "a.cmx" make inconsistent assumptions over interface "A"\n'
NOT_ELF = "bash: /tree/sak: Permission denied\nmake: *** [all] Error 126\n"


class Started:
    """What the builder was started with, instead of one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.runs: list[tuple[Plan, Options]] = []
        monkeypatch.setattr("wizard.builder.launch.start", self.start)

    def start(self, plan: Plan, options: Options) -> Path:
        self.runs.append((plan, options))
        Path(plan.build_folder).mkdir(parents=True, exist_ok=True)
        again = Story(plan)
        again.begin(STAGE)
        return Path(plan.build_folder)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    return Started(monkeypatch)


def failed(story: Story, log: str, stage: str = STAGE) -> None:
    story.done_until(stage)
    story.begin(stage)
    story.write(stage, log)
    story.fail(stage, "line 2: what the builder saw")


def screen_of(pilot: Pilot[int]) -> BuildScreen:
    assert isinstance(pilot.app.screen, BuildScreen)
    return pilot.app.screen


async def diagnosed(pilot: Pilot[int]) -> str:
    await until(pilot, lambda: screen_of(pilot).diagnosis is not None)
    return words(pilot, "Trouble Static")


async def test_the_cause_is_shown_in_its_place_and_the_log_points_at_it(
    story: Story, plan: Plan, tmp_path: Path
) -> None:
    failed(story, "".join(f"line {n}\n" for n in range(400)) + KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        told = await diagnosed(pilot)
        assert "a compiler was killed from outside [compiler-killed]" in told
        assert "▶ 402 │ gcc: fatal error: Killed" in told
        assert "1 Run one job at a time 1 applies it and continues" in told
        assert "for this build: MAKEFLAGS=-j1" in told
        lines = pilot.app.screen.query_one(LogLines)
        await until(pilot, lambda: lines.line == 401)
        assert any(line.startswith("▶ gcc: fatal error") for line in drawn(lines))


async def test_a_fix_of_the_environment_is_applied_by_its_number(
    story: Story, plan: Plan, tmp_path: Path, started: Started
) -> None:
    failed(story, KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        await press(pilot, "1")
        await until(pilot, lambda: started.runs == [(plan, Options(environment={"MAKEFLAGS": "-j1"}))])
        assert screen_of(pilot).diagnosis is None


async def test_a_fix_of_the_selection_builds_the_other_one(
    story: Story, plan: Plan, tmp_path: Path, started: Started
) -> None:
    """The plan was of a release without what fails; its fix names another release."""
    failed(story, KILLED)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        screen = screen_of(pilot)
        assert screen.diagnosis is not None
        other = msgspec.structs.replace(plan.selection, release="5.4.1")
        fix = msgspec.structs.replace(
            screen.fixes[0], environment={}, changes={"release": "5.4.1"}, selection=other
        )
        changed = msgspec.structs.replace(screen.diagnosis.diagnosis, fixes=(fix,))
        screen.diagnosis = msgspec.structs.replace(screen.diagnosis, diagnosis=changed)
        await press(pilot, "1")
        await until(pilot, lambda: bool(started.runs))
        ((built, _),) = started.runs
        assert (built.release, built.selection) == ("5.4.1", other)
        assert built.prefix == str(tmp_path / "data" / "switches" / f"5.4.1-{plan.triplet}")
        await until(pilot, lambda: "OCaml 5.4.1" in words(pilot, "#title"))


async def test_a_fix_that_begins_with_a_fresh_tree_goes_back(
    story: Story, plan: Plan, tmp_path: Path, started: Started
) -> None:
    for stage in plan.stages:
        if stage.home == plan.stage(STAGE).home and stage.id != STAGE:
            write_record(stage, Record(stage.digest, 1.0, 1))
        elif stage.id == STAGE:
            break
    started_path(plan.stage(STAGE)).write_text(plan.stage(STAGE).digest)
    failed(story, STALE)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        assert "1 applies it" in await diagnosed(pilot)
        await press(pilot, "1")
        await until(pilot, lambda: bool(started.runs))
        assert not record_path(plan.stage("source")).exists()
        assert record_path(plan.stage("fetch")).exists()


async def test_a_fix_that_only_the_user_can_do_is_copied(
    story: Story, plan: Plan, tmp_path: Path, started: Started
) -> None:
    failed(story, NOT_ELF)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        assert "chmod +x /tree/sak 1 copies it" in await diagnosed(pilot)
        await press(pilot, "1")
        assert app.clipboard == "chmod +x /tree/sak"
        assert not started.runs


async def test_the_wizards_own_folders_can_be_changed_by_a_fix(
    story: Story, plan: Plan, tmp_path: Path, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCW_HOME", str(tmp_path))
    failed(story, NOT_ELF)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        screen, elsewhere = screen_of(pilot), tmp_path / "elsewhere"
        assert screen.diagnosis is not None
        assert screen.fixes[1].environment == {"OCW_HOME": "/var/tmp/ocw"}
        fix = msgspec.structs.replace(screen.fixes[1], environment={"OCW_HOME": str(elsewhere)})
        changed = msgspec.structs.replace(screen.diagnosis.diagnosis, fixes=(fix,))
        screen.diagnosis = msgspec.structs.replace(screen.diagnosis, diagnosis=changed)
        await press(pilot, "1")
        await until(pilot, lambda: bool(started.runs))
        ((built, options),) = started.runs
        assert os.environ["OCW_HOME"] == str(elsewhere)
        assert built.build_folder.startswith(str(elsewhere))
        assert built.prefix.startswith(str(elsewhere))
        assert options.environment == {}


async def test_an_unknown_failure_is_said_to_be_unknown(story: Story, plan: Plan, tmp_path: Path) -> None:
    failed(story, "fine\nfrob: error: the frobnicator is out of frobs\nmake: *** [all] Error 3\n")
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        told = await diagnosed(pilot)
        assert "none that the wizard knows" in told
        assert "▶ 2 │ frob: error: the frobnicator is out of frobs" in told
        assert "diagnose --bundle" in told


async def test_going_back_asks_which_stage(story: Story, plan: Plan, tmp_path: Path, started: Started) -> None:
    for id_ in ("fetch", "toolchain", "source"):
        write_record(plan.stage(id_), Record(plan.stage(id_).digest, 1.0, 1))
    failed(story, KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        await press(pilot, "b")
        assert screen_name(pilot) == "PickStage"
        picks = pilot.app.screen.query_one(OptionList)
        assert [picks.get_option_at_index(n).id for n in range(picks.option_count)] == [
            "fetch",
            "toolchain",
            "source",
        ]
        await press(pilot, "escape")
        assert not started.runs
        await press(pilot, "b", "up", "enter")
        await until(pilot, lambda: bool(started.runs))
        assert record_path(plan.stage("fetch")).exists()
        assert not record_path(plan.stage("toolchain")).exists()
        assert not record_path(plan.stage("source")).exists()


@pytest.mark.parametrize(("log", "code"), [(KILLED, "compiler-killed"), ("a.c:1: error: odd\n", "stage-failed")])
async def test_what_is_known_of_its_code_is_one_key_away(
    log: str, code: str, story: Story, plan: Plan, tmp_path: Path
) -> None:
    failed(story, log)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        await press(pilot, "x")
        codes = pilot.app.screen
        assert isinstance(codes, CodesScreen)
        assert codes.chosen is not None
        assert codes.chosen.code == code
        await press(pilot, "escape")
        assert screen_name(pilot) == "BuildScreen"


async def test_a_shell_is_opened_where_it_failed(
    story: Story, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[StageShell] = []
    monkeypatch.setattr(StageShell, "open", lambda there: opened.append(there))
    monkeypatch.setattr("textual.drivers.headless_driver.HeadlessDriver.can_suspend", True)
    for name in ("suspend_application_mode", "resume_application_mode"):
        monkeypatch.setattr(f"textual.drivers.headless_driver.HeadlessDriver.{name}", lambda _: None)
    (Path(plan.stage(STAGE).home) / "tree").mkdir(parents=True)
    failed(story, KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        await press(pilot, "s")
        (there,) = opened
        assert there.stage == STAGE
        assert there.environment["PATH"] == plan.variables["PATH"]
        assert screen_name(pilot) == "BuildScreen"


async def test_where_a_terminal_cannot_be_left_the_command_is_named(
    story: Story, plan: Plan, tmp_path: Path
) -> None:
    (Path(plan.stage(STAGE).home) / "tree").mkdir(parents=True)
    failed(story, KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE, notifications=True) as pilot:
        await diagnosed(pilot)
        await press(pilot, "s")
        assert any(f"shell {plan.id}" in note.message for note in pilot.app._notifications)


async def test_a_shell_without_its_folder_says_so(story: Story, plan: Plan, tmp_path: Path) -> None:
    failed(story, KILLED)
    async with make_app(make_session(tmp_path), plan=plan).run_test(size=SIZE) as pilot:
        await diagnosed(pilot)
        await press(pilot, "s")
        assert screen_name(pilot) == "Ask"
        assert "is not there" in words(pilot, ".dialog Static")


@pytest.mark.usefixtures("builder_lock")
async def test_the_end_rings_and_stands_in_the_title_unless_switched_off(
    story: Story, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[bool] = []
    titles: list[str] = []
    monkeypatch.setattr("wizard.faces.tui.app.WizardApp.bell", lambda _: rung.append(True))
    monkeypatch.setattr(Notice, "_write", lambda _, words: titles.append(words))
    monkeypatch.setenv("TERM", "xterm")
    story.begin(STAGE)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "running" in words(pilot, "#state"))
        assert "% OCaml 5.3.0 for aarch64-linux-musl" in titles[0]
        assert not rung
        story.fail(STAGE, "line 1: no")
        await until(pilot, lambda: bool(rung))
        assert "failed: OCaml 5.3.0" in titles[-1]
        app.switch_notice("bell")
        app.notice.ring()
        assert rung == [True]


@pytest.mark.parametrize(
    ("value", "bell", "title"), [("none", False, False), ("bell", True, False), ("title,bell", True, True)]
)
def test_which_notices_are_wanted(value: str, bell: bool, title: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCW_NOTICE", value)
    monkeypatch.setenv("TERM", "xterm")
    notice = make_app(None).notice
    assert (notice.bell, notice.title) == (bell, title)
