"""The way through the wizard by keys alone, and what it promises on the way."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input

from tests.faces.tui.conftest import HERE, make_session
from tests.faces.tui.drive import drawn, make_app, press, ready, screen_name, until, words
from tests.support.rule_cases import CASES
from wizard.builds.folder import Options
from wizard.check.check import check
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.run import run
from wizard.faces.tui.screens.review import ReviewScreen
from wizard.faces.tui.widgets.findings_list import FindingsList
from wizard.faces.tui.widgets.reader import Reader
from wizard.machine.survey import OcamlOnPath
from wizard.plan.model import Plan
from wizard.session.session import Session

SIZE = (80, 24)

PATCH = """\
--- a/VERSION
+++ b/VERSION
@@ -1 +1 @@
-5.3.0
+5.3.0+mine
"""


async def test_whole_way_by_enter_alone(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        seen = [screen_name(pilot)]
        for _ in range(5):
            await press(pilot, "enter")
            seen.append(screen_name(pilot))
        assert seen == [
            "WelcomeScreen", "HostScreen", "TargetScreen", "LibcScreen", "ReleaseScreen", "ReviewScreen",
        ]  # fmt: skip
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.plan is not None
        assert app.screen.plan.triplet == "aarch64-linux-musl"


async def test_keys_pressed_before_the_survey_is_done_are_not_lost(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WizardApp, "look_around", lambda _: None)
    app = make_app(None)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "n")
        assert screen_name(pilot) == "WelcomeScreen"
        from wizard.faces.tui.messages import Surveyed

        app.post_message(Surveyed(session, []))
        await until(pilot, lambda: screen_name(pilot) == "HostScreen")


async def test_back_and_forth_keeps_every_choice(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "right", "up", "right", "right", "down", "tab", "down")
        chosen = app.draft.selection
        assert (chosen.target, chosen.release, chosen.host_compiler) == ("x86_64-linux", "5.4.1", "build")
        await press(pilot, "right", "escape", "escape", "left", "left")
        assert screen_name(pilot) == "HostScreen"
        assert app.draft.selection == chosen
        await press(pilot, "enter")
        assert "(•) Intel/AMD Linux" in words(pilot, "ChoiceList")


async def test_vi_keys_move_and_the_cursor_chooses(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "k")
        assert app.draft.selection.target == "x86_64-linux"
        await press(pilot, "j", "j")
        assert app.draft.selection.target == "armv7-linux"


async def test_unfit_choice_is_shown_with_its_reason_and_can_be_taken(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter")
        listed = words(pilot, "ChoiceList")
        assert "32-bit ARM Linux" in listed
        assert "✗ cannot work: the host x86_64-linux has 64-bit words" in listed
        assert listed.count("cannot work") == 1
        assert "error" not in words(pilot, "FindingsBar Static")
        await press(pilot, "down")
        assert "✗ error: the host x86_64-linux has 64-bit words" in words(pilot, "FindingsBar Static")
        await press(pilot, "r")
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.plan is None
        assert "✗ Cannot be built" in words(pilot, "#verdict")


async def test_build_is_refused_with_the_reasons(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.builder.launch.start", lambda *_: pytest.fail("must not start"))
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "down", "r", "b")
        assert screen_name(pilot) == "ReviewScreen"
        assert app.screen.query_one("#tabs").active == "findings"  # type: ignore[attr-defined]
        assert "64-bit words" in words(pilot, "FindingsList")


async def test_fix_changes_the_selection(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "down")
        assert app.draft.selection.host == "aarch64-linux"
        await press(pilot, "r", "f", "enter")
        assert app.draft.selection.host == "native"
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.plan is not None


async def test_fix_is_applied_from_a_choice_screen(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "down", "f", "enter", "escape")
        assert app.draft.selection.host == "native"
        assert "(•) This machine" in words(pilot, "ChoiceList")


async def test_host_compiler_says_what_is_on_path() -> None:
    found = OcamlOnPath("5.3.0", "/opt/ocaml/bin", "/opt/ocaml/lib/ocaml", "amd64", "x86_64-pc-linux-gnu")
    here = msgspec.structs.replace(HERE, ocaml=found)
    app = make_app(make_session(here=here))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "enter")
        assert "OCaml 5.3.0 for amd64 in /opt/ocaml/bin" in words(pilot, "#choices-host_compiler")
        await press(pilot, "down")
        await press(pilot, "tab", "end")
        assert "cannot work: the OCaml on PATH is 5.3.0" in words(pilot, "#choices-host_compiler")


async def test_patches_are_added_moved_and_removed(session: Session, tmp_path: Path) -> None:
    for name in ("one.patch", "two.patch"):
        (tmp_path / name).write_text(PATCH, encoding="utf-8")
    (tmp_path / "no.patch").write_text("nothing\n", encoding="utf-8")
    app = make_app(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "enter", "enter", "tab", "tab")
        for name in ("one.patch", "two.patch"):
            await press(pilot, "a")
            app.screen.query_one(Input).value = str(tmp_path / name)
            await press(pilot, "enter")
        assert [Path(p).name for p in app.draft.selection.patches] == ["one.patch", "two.patch"]
        await press(pilot, "home", "y")
        assert app.clipboard == str(tmp_path / "one.patch")
        await press(pilot, "J")
        assert [Path(p).name for p in app.draft.selection.patches] == ["two.patch", "one.patch"]
        await press(pilot, "a")
        app.screen.query_one(Input).value = str(tmp_path / "no.patch")
        await press(pilot, "enter")
        assert "not a unified diff" in words(pilot, "#problem")
        app.screen.query_one(Input).value = str(tmp_path / "absent.patch")
        await press(pilot, "enter")
        assert "cannot be read" in words(pilot, "#problem")
        await press(pilot, "escape", "home", "delete")
        assert [Path(p).name for p in app.draft.selection.patches] == ["one.patch"]
        await press(pilot, "enter", "5")
        assert "+5.3.0+mine" in words(pilot, "#patches-reader .lines")


async def test_review_shows_the_plan_itself_and_hands_it_to_the_builder(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handed: list[tuple[Plan, Options]] = []

    def start(plan: Plan, options: Options) -> Path:
        handed.append((plan, options))
        return tmp_path

    monkeypatch.setattr("wizard.builder.launch.start", start)
    app = make_app(session)
    async with app.run_test(size=(160, 70)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r")
        assert isinstance(app.screen, ReviewScreen)
        plan = app.screen.plan
        assert plan is not None
        await press(pilot, "2")
        flags = app.screen.query_one("#flags-reader", Reader)
        assert [line.words for item in flags.items for line in item.lines] == [
            flag.flag for flag in (*plan.flags, *plan.host_flags)
        ]
        for flag in plan.flags[:3]:
            said = words(pilot, "#flags-reader .why Static")
            expected = f"{flag.flag}{flag.reason[:1].upper()}{flag.reason[1:]}."
            assert said.replace(" ", "") == expected.replace(" ", "")
            await press(pilot, "j")
        await press(pilot, "right")
        shown = words(pilot, "#environment-reader .lines")
        assert all(variable.name in shown for variable in plan.environment)
        variables = app.screen.query_one("#environment-reader", Reader)
        assert [line.seen.plain for line in variables.items[1].lines] == ["CFLAGS"]
        for key, name, things in (
            ("4", "wrappers", [wrapper.path.rsplit("/", 1)[-1] for wrapper in plan.wrappers]),
            ("6", "files", [file.path.removeprefix(f"{plan.staging}/") for file in plan.switch_files]),
            ("7", "stages", [stage.title for stage in plan.stages]),
        ):
            await press(pilot, key)
            assert [
                item.name.split(". ")[-1] for item in app.screen.query_one(f"#{name}-reader", Reader).items
            ] == things
            assert things[0] in words(pilot, f"#{name}-reader .names")
        app.screen.query_one("#sources", Input).value = str(tmp_path)
        await press(pilot, "1", "tab", "tab", "tab", "space")
        assert app.draft.offline
        await press(pilot, "ctrl+b")
        await until(pilot, lambda: handed)
        assert handed[0][1] == Options(sources=str(tmp_path), offline=True)
        assert handed[0][0] == plan


async def test_fast_typing_in_a_field_loses_nothing(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "p")
        field = app.screen.query_one("#prefix", Input)
        for letter in "/tmp/ab":  # all typed before the screen hears of the first
            field.insert_text_at_cursor(letter)
        await pilot.pause()
        assert (field.value, field.cursor_position) == ("/tmp/ab", len("/tmp/ab"))
        assert app.draft.prefix == "/tmp/ab"


async def test_unusable_prefix_is_a_finding_and_stops_the_build(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "r", "tab", *"/tmp/a", "space", "b")
        assert app.draft.prefix == "/tmp/a b"
        assert "a space" in words(pilot, "#verdict")
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen.plan is None
        await press(pilot, "backspace", "backspace")
        assert app.screen.plan is not None
        assert app.screen.plan.prefix == "/tmp/a"


async def test_preset_is_reviewed_at_once_and_its_choices_can_be_changed(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "down", "down", "down", "enter")
        assert screen_name(pilot) == "ReviewScreen"
        assert app.draft.preset.title == "Boards, musl"
        await press(pilot, "escape", "down", "enter")
        assert app.draft.selection.release == "5.4.1"
        assert app.draft.preset.title == ""


async def test_save_as_preset_then_quit_does_not_ask(session: Session, tmp_path: Path) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "up", "q")
        assert screen_name(pilot) == "Ask"
        await press(pilot, "escape", "r", "s")
        app.screen.query_one(Input).value = str(tmp_path / "mine.toml")
        await press(pilot, "enter")
        assert 'target = "x86_64-linux"' in (tmp_path / "mine.toml").read_text(encoding="utf-8")
        await press(pilot, "q")
    assert app.return_code == 0


async def test_quit_does_not_ask_where_nothing_is_lost(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "q")
    assert app.return_code == 0


async def test_small_terminal_says_so_and_does_nothing_unseen(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(59, 17)) as pilot:
        await ready(pilot)
        assert app.screen.query_one("TooSmall").display
        assert not app.screen.query_one("KeyBar").display
        await press(pilot, "n", "enter")
        assert screen_name(pilot) == "WelcomeScreen"
        await pilot.resize_terminal(60, 18)
        await pilot.pause()
        assert not app.screen.query_one("TooSmall").display
        await press(pilot, "n")
        assert screen_name(pilot) == "HostScreen"


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (200, 50)])
async def test_resize_keeps_the_choice_and_shows_the_panel(session: Session, size: tuple[int, int]) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert app.draft.selection.target == "aarch64-linux"
        for selector in ("ChoiceList", "ExplainPanel", "FindingsBar", "KeyBar"):
            region = app.screen.query_one(selector).region
            assert region.area > 0, selector
            assert app.screen.region.contains_region(region), selector


async def test_help_names_the_keys_and_the_words(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 60)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "question_mark")
        shown = words(pilot, "Static")
        assert "target machine" in shown
        assert "Findings" in shown
        await press(pilot, "escape")
        assert screen_name(pilot) == "HostScreen"


async def test_mouse_alone(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        await pilot.click("#begin", offset=(5, 0), times=2)
        await pilot.pause()
        assert screen_name(pilot) == "HostScreen"
        await pilot.click("#next")
        await pilot.pause()
        await pilot.click("#choices-target", offset=(8, 0))
        await pilot.pause()
        assert (screen_name(pilot), app.draft.selection.target) == ("TargetScreen", "x86_64-linux")
        await pilot.click("#back")
        await pilot.pause()
        assert screen_name(pilot) == "HostScreen"
        footer = app.screen.query_one("KeyBar")
        await pilot.click("KeyBar", offset=(drawn(footer)[0].index("Review"), 0))
        await until(pilot, lambda: screen_name(pilot) == "ReviewScreen")


def test_errors_before_the_first_screen_are_messages(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(preset_name="no-such-preset") == 3
    assert run(attach="no-such-build") == 3
    said = capsys.readouterr().err
    assert "error[preset-not-found]" in said
    assert "error[build-unknown]" in said
    assert "Traceback" not in said


async def test_the_command_of_a_fix_is_copied_alone(session: Session) -> None:
    """What other systems call it is shown, and is not typed into a shell."""
    (missing,) = (finding for finding in check(CASES["make-missing"][0]) if finding.code == "make-missing")
    app = make_app(session)
    async with app.run_test(size=SIZE) as pilot:
        await ready(pilot)
        app.apply_fix(missing.fixes[0])
        assert app.clipboard == "sudo apt-get install make"
        await press(pilot, "n", "r")
        listed = app.screen.query_one(FindingsList)
        listed.show((missing,))
        assert listed.words == "sudo apt-get install make"
        shown = str(getattr(listed.options[1].prompt, "plain", ""))
        assert "install it: sudo apt-get install make    (Fedora: dnf install make;" in shown
