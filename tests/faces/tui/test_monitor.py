"""The build screen, on journals and logs written here: no builder runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faces.tui.conftest import make_session
from tests.faces.tui.drive import leave, make_app, press, screen_name, until, words
from tests.faces.tui.story import Story, report_of
from wizard.base.errors import BuildError
from wizard.builds.folder import OPTIONS, Options
from wizard.faces.tui.screens.monitor import BuildScreen
from wizard.faces.tui.watch import BuildWatch
from wizard.faces.tui.widgets.log_view import LogView
from wizard.plan.model import Plan
from wizard.prove.report import REPORT_FILE, Comparison, save_report

SIZE = (80, 24)
STAGE = "host-configure"


@pytest.mark.usefixtures("builder_lock")
async def test_running_build_shows_stages_log_and_progress(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.done_until(STAGE)
    story.begin(STAGE)
    story.write(STAGE, "checking for gcc... yes\n")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "checking for gcc" in words(pilot, "LogLines"))
        stages = words(pilot, "StageList")
        assert "✓ done 0:10 ▏ Fetch OCaml" in stages
        assert "longest: Fetch OCaml 5.3.0, 0:10" in stages
        assert "▶ running" in stages
        assert "· waiting" in stages
        assert "left" in words(pilot, "#times")
        story.write(STAGE, "checking for ld... yes\n")
        await until(pilot, lambda: "checking for ld" in words(pilot, "LogLines"))


async def test_failed_build_says_where_why_and_what_to_do(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.done_until(STAGE)
    story.begin(STAGE)
    story.write(STAGE, "a\nb\nld: cannot find -lm\nmake: *** Error 2\n")
    story.fail(STAGE, "line 3: ld: cannot find -lm")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "It means" in words(pilot, "Trouble Static"))
        told = words(pilot, "Trouble Static")
        assert "Configure the host compiler" in told
        assert "line 3 of host-configure.log" in told
        assert "▶ 3 │ ld: cannot find -lm" in told
        assert "the linker found no library m for the target" in told
        assert "try again" in told
        assert "make ended with exit status 2" in words(pilot, "#state")
        await until(pilot, lambda: "ld: cannot find -lm" in words(pilot, "LogLines"))
        await leave(pilot)
    assert app.return_code == BuildError.exit_code
    assert "error[stage-failed]" in app.farewell


async def test_builder_gone_without_a_word_is_told(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.begin("fetch")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "without a word" in words(pilot, "Trouble Static"))


async def test_try_again_resumes_with_the_options_of_the_last_run(
    story: Story, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.begin(STAGE)
    story.fail(STAGE, "line 1: no")
    (Path(plan.build_folder) / OPTIONS).write_bytes(b'{"sources":"/archives","offline":true}')
    handed: list[tuple[Plan, Options]] = []

    def start(given: Plan, options: Options) -> Path:
        handed.append((given, options))
        again = Story(given)
        again.done_until(STAGE)
        again.begin(STAGE)
        again.write(STAGE, "second try\n")
        return Path(given.build_folder)

    monkeypatch.setattr("wizard.builder.launch.start", start)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "First error" in words(pilot, "Trouble Static"))
        await press(pilot, "r")
        await until(pilot, lambda: "second try" in words(pilot, "LogLines"))
        assert handed == [(plan, Options("/archives", offline=True))]
        await until(pilot, lambda: "✓ done" in words(pilot, "StageList"))


async def test_a_start_that_is_refused_is_told(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*_: object) -> Path:
        raise BuildError.from_texts("builder-died", "the builder ended before it began", "no space", "free some")

    monkeypatch.setattr("wizard.builder.launch.start", start)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: isinstance(app.screen, BuildScreen))
        await until(pilot, lambda: not app.screen.running)  # type: ignore[attr-defined]
        await press(pilot, "r")
        await until(pilot, lambda: screen_name(pilot) == "Ask")
        assert "no space" in words(pilot, "Static")


@pytest.mark.usefixtures("builder_lock")
async def test_stop_asks_and_the_first_answer_is_harmless(
    story: Story, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped: list[Path] = []
    monkeypatch.setattr("wizard.builder.launch.cancel", stopped.append)
    story.begin("fetch")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "running" in words(pilot, "#state"))
        await press(pilot, "c", "enter")
        assert not stopped
        await press(pilot, "c", "right", "enter")
        await until(pilot, lambda: stopped == [Path(plan.build_folder)])


@pytest.mark.usefixtures("builder_lock")
async def test_leaving_says_how_to_come_back(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.begin("fetch")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "running" in words(pilot, "#state"))
        await leave(pilot)
    assert app.return_code == 0
    assert f"attach {plan.id}" in app.farewell


async def test_a_build_begun_elsewhere_appears_on_the_welcome_screen(
    story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.faces.tui.screens.welcome.REFRESH_SECONDS", 0.1)
    app = make_app(make_session(tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Continue with: OCaml" in words(pilot, "#begin"))
        assert "at stage" not in words(pilot, "#begin")
        story.begin("fetch")
        await until(pilot, lambda: "at stage fetch" in words(pilot, "#begin"))


@pytest.mark.usefixtures("builder_lock")
async def test_a_build_at_work_is_the_first_thing_to_be_offered(story: Story, tmp_path: Path) -> None:
    story.begin("fetch")
    app = make_app(make_session(tmp_path))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "Watch:" in words(pilot, "#begin"))
        assert words(pilot, "#begin").index("Watch:") < words(pilot, "#begin").index("Start new")
        await press(pilot, "home", "enter")
        await until(pilot, lambda: screen_name(pilot) == "BuildScreen")


async def test_finished_build_shows_the_proof_and_what_to_type(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.end()
    report = report_of(
        plan,
        Comparison("config", "word_size", "64", "64", "pass"),
        Comparison("constants", "max_int", "4611686018427387903", "not run", "not-run"),
        ran=False,
        seconds=2.0,
    )
    save_report(report, Path(plan.prefix) / REPORT_FILE)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: screen_name(pilot) == "ResultScreen")
        assert "✓ The cross switch works: 1 checks passed" in words(pilot, "#verdict")
        assert "qemu-aarch64 was not found" in words(pilot, "#verdict")
        typed = words(pilot, "#result .lines")
        for command in ("env.sh", "ocamlopt hello.ml -o hello", "apt-get install qemu-user", "verify"):
            assert command in typed
        await press(pilot, "down", "enter")
        assert app.clipboard == "ocamlopt hello.ml -o hello"
        await press(pilot, "2")
        assert "word_size 64 64" in words(pilot, "#result .lines")
        await press(pilot, "right", "right")
        assert "constants: 0 of 1 as expected" in words(pilot, "#result .lines")
        assert "max_int not run" in words(pilot, "#result .lines")
        await press(pilot, "escape")
        assert screen_name(pilot) == "BuildScreen"


@pytest.mark.usefixtures("builder_lock")
async def test_log_storm_ends_with_the_last_lines_and_the_right_count(
    story: Story, plan: Plan, tmp_path: Path
) -> None:
    story.begin(STAGE)
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        for part in range(10):
            story.write(STAGE, "".join(f"line {part * 5000 + n}\n" for n in range(5000)))
            await pilot.pause()
        log = app.screen.query_one(LogView)
        await until(pilot, lambda: "line 49999" in words(pilot, "LogLines"))
        assert log.index.count == 50_000
        assert "50,000 lines" in str(log.border_title)
        await leave(pilot)
    assert app.return_code == 0


@pytest.mark.usefixtures("builder_lock")
async def test_control_characters_do_not_reach_the_screen(story: Story, plan: Plan, tmp_path: Path) -> None:
    story.begin(STAGE)
    story.write(STAGE, b"\x1b[31mred\x1b[0m\x07 \xff\xfe [bold]not markup\n\x1b]0;title\x07after\n\x9b2Jx\n")
    app = make_app(make_session(tmp_path), plan=plan)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "after" in words(pilot, "LogLines"))
        shown = words(pilot, "LogLines")
        assert "red" in shown
        assert "[bold]not markup" in shown
        assert "title" not in shown
        assert not any(character < " " for character in shown)


def test_watch_sees_only_the_latest_run(story: Story, plan: Plan) -> None:
    story.begin(STAGE)
    story.fail(STAGE, "line 1: no")
    again = Story(plan)
    again.begin("fetch")
    glimpse = BuildWatch(plan, Path(plan.build_folder)).look()
    assert [type(event).__name__ for event in glimpse.events] == ["BuildStarted", "StageStarted"]
    assert glimpse.stage == "fetch"
    assert not glimpse.over


def test_watch_shows_the_log_that_is_asked_for(story: Story, plan: Plan) -> None:
    story.begin("fetch")
    story.begin(STAGE)
    watch = BuildWatch(plan, Path(plan.build_folder))
    assert watch.look().stage == STAGE
    watch.want("fetch")
    assert watch.look().stage == "fetch"
    watch.want("")
    assert watch.look().stage == STAGE


def test_watch_forgets_a_failure_when_the_build_goes_on(story: Story, plan: Plan) -> None:
    story.begin(STAGE)
    story.fail(STAGE, "line 1: no")
    watch = BuildWatch(plan, Path(plan.build_folder))
    glimpse = watch.look()
    assert (glimpse.stage, glimpse.over) == (STAGE, True)
    again = Story(plan)
    again.begin("configure")
    glimpse = watch.look()
    assert (glimpse.stage, glimpse.over) == ("configure", False)
