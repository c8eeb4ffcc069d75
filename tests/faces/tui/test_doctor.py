"""The doctor's screen: what stands in the way on a made-up machine, found by keys and by the mouse."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from tests.faces.tui.drive import app_of, drawn, make_app, press, ready, screen_name, until, words
from tests.faces.tui.test_snapshots import NARROW, WIDE, Compare, Drive
from tests.support.machines import CHOSEN, HEALTHY, sick
from wizard.check.findings import Fix, finding
from wizard.doctor.facts import Facts
from wizard.doctor.gather import Request
from wizard.faces.tui.screens.doctor import DoctorScreen
from wizard.faces.tui.widgets.check_list import CheckList
from wizard.session.session import Session


def keys(*pressed: str) -> Drive:
    """Drives the app to the doctor, then by keys."""

    async def drive(pilot: Pilot[int]) -> None:
        await ready(pilot)
        await press(pilot, "d")
        await looked(pilot)
        await press(pilot, *pressed)

    return drive


async def looked(pilot: Pilot[int], *, times: int = 1) -> None:
    """Wait until the machine was looked at so often."""
    screen = pilot.app.screen
    assert isinstance(screen, DoctorScreen)
    await until(pilot, lambda: screen.looks >= times)


def verdict(pilot: Pilot[int]) -> str:
    return words(pilot, "#verdict")


def panel(pilot: Pilot[int]) -> str:
    return words(pilot, "ExplainPanel Static")


TASKS = {
    "look_at_this_machine": (),
    "read_a_warning": ("down",),
    "read_what_was_not_looked_at": ("end",),
    "read_the_whole_explanation": ("e",),
    "see_that_it_is_mended": ("r",),
}


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("task", TASKS)
def test_narrow(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=_settled(*TASKS[task]))


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("task", ["look_at_this_machine", "read_a_warning"])
def test_wide(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=WIDE, run_before=_settled(*TASKS[task]))


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("size", [(60, 18), (120, 36)], ids=["smallest", "middle"])
def test_other_sizes(snap_compare: Compare, session: Session, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(session), terminal_size=size, run_before=keys())


@pytest.mark.usefixtures("machine")
def test_without_colour(snap_compare: Compare, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys())


def _settled(*pressed: str) -> Drive:
    async def drive(pilot: Pilot[int]) -> None:
        await keys(*pressed)(pilot)
        if "r" in pressed:
            await looked(pilot, times=2)

    return drive


@pytest.mark.usefixtures("machine")
async def test_what_stands_in_the_way_comes_first_with_its_command(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await keys()(pilot)
        assert verdict(pilot) == "✗ A build cannot work here until this is fixed: make; 1 warning besides."
        shown = [line.severity for line in app.screen.query_one(CheckList).lines]
        assert shown[:4] == ["failure", "warning", "note", "note"]
        assert shown[-3:] == ["skipped"] * 3
        assert "✗ failure 1 ! warning 1 i note 2" in words(pilot, "#counts")
        assert "make [make] ✗ failure: neither make nor gmake is on PATH" in panel(pilot)
        await press(pilot, "enter")
        assert app.clipboard == "sudo apt-get install make"


@pytest.mark.usefixtures("machine")
async def test_every_fact_can_be_reached_by_keys_and_is_explained(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await keys()(pilot)
        for line in app.screen.query_one(CheckList).lines:
            shown = panel(pilot)
            assert f"[{line.code}]" in shown
            assert "Why it matters" in shown
            await press(pilot, "j")


@pytest.mark.usefixtures("machine")
async def test_where_there_is_nothing_to_copy_it_is_said(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await keys("end", "up", "up", "up", "enter")(pilot)
        assert "✓ ok" in panel(pilot)
        assert app.clipboard == ""
        assert "There is nothing to fix." in str([note.message for note in app._notifications])


async def test_it_looks_again_and_keeps_the_cursor(session: Session, machine: list[Request]) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await keys("down", "r")(pilot)
        await looked(pilot, times=2)
        assert len(machine) == 2
        assert verdict(pilot) == "✓ Nothing here prevents a build."
        assert "[ocaml-variables] ✓ ok: none is set" in panel(pilot)


async def test_the_network_is_asked_or_not(session: Session, machine: list[Request]) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await keys("o")(pilot)
        await looked(pilot, times=2)
        await press(pilot, "o")
        await looked(pilot, times=3)
        assert [look.offline for look in machine] == [False, True, False]


async def test_the_choices_so_far_are_looked_at_too(
    session: Session, machine: list[Request], tmp_path: Path
) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "down", "r")
        app.draft = app.draft.change(sources=str(tmp_path), offline=True)
        app.look_at_machine()
        await until(pilot, lambda: screen_name(pilot) == "DoctorScreen")
        await looked(pilot)
        wanted = machine[0].selection
        assert wanted is not None
        assert wanted.resolved.target.id == "armv7-linux"
        assert (machine[0].local, machine[0].offline) == (tmp_path, True)
        assert "This machine, for OCaml 5.3.0, armv7-linux, musl" in words(pilot, "#title")
        assert "✗ failure target the host x86_64-li" in words(pilot, "CheckList")
        assert "[word-size] ✗ failure" in panel(pilot)
        await press(pilot, "escape")
        assert screen_name(pilot) == "ReviewScreen"


@pytest.mark.usefixtures("machine")
async def test_back_goes_where_one_came_from(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await keys("escape")(pilot)
        assert screen_name(pilot) == "WelcomeScreen"
        await press(pilot, "home", "down", "down", "enter")
        await until(pilot, lambda: screen_name(pilot) == "DoctorScreen")
        await press(pilot, "escape")
        assert screen_name(pilot) == "WelcomeScreen"


async def test_one_who_leaves_before_the_end_is_not_bothered(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    let_go = threading.Event()

    def gather(_asked: Request) -> Facts:
        let_go.wait(20)
        return HEALTHY

    monkeypatch.setattr("wizard.doctor.gather.gather", gather)
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "d")
        assert "looking at this machine" in words(pilot, "CheckList")
        await press(pilot, "enter", "c", "e", "escape")
        assert screen_name(pilot) == "WelcomeScreen"
        let_go.set()
        await pilot.pause(0.1)
        assert screen_name(pilot) == "WelcomeScreen"


@pytest.mark.usefixtures("machine")
async def test_the_mouse_does_everything_too(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await keys()(pilot)
        await pilot.click("CheckList", offset=(5, 2))
        await pilot.pause()
        assert "[ocaml-variables]" in panel(pilot)
        await pilot.click("CheckList", offset=(5, 2), times=2)
        await pilot.pause()
        assert app.clipboard == "unset OCAMLLIB"
        footer = app.screen.query_one("KeyBar")
        await pilot.click("KeyBar", offset=(drawn(footer)[0].index("Look again"), 0))
        await looked(pilot, times=2)
        await pilot.click("#back")
        await pilot.pause()
        assert screen_name(pilot) == "WelcomeScreen"


@pytest.mark.usefixtures("machine")
async def test_the_footer_and_the_help_name_the_keys(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(100, 60)) as pilot:
        await keys()(pilot)
        footer = drawn(app.screen.query_one("KeyBar"))[0]
        for word in ("Copy fix", "Look again", "Network", "Explain", "Back", "Help", "Quit"):
            assert word in footer
        await press(pilot, "question_mark")
        shown = words(pilot, "Static")
        for word in ("Copy fix", "Look again", "Network", "Explain"):
            assert word in shown


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (200, 50)])
async def test_nothing_overlaps_at_any_size(session: Session, size: tuple[int, int]) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await keys()(pilot)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        regions = []
        for selector in ("StepLine", "#title-row", "#verdict", "CheckList", "ExplainPanel", "#counts", "KeyBar"):
            region = app.screen.query_one(selector).region
            assert region.area > 0, selector
            assert app.screen.region.contains_region(region), selector
            regions.append(region)
        assert not any(one.overlaps(two) for n, one in enumerate(regions) for two in regions[n + 1 :])
        assert app.screen.query_one("#counts").region.height == 1
        footer = drawn(app.screen.query_one("KeyBar"))[0]
        assert "Look again" in footer


@pytest.mark.usefixtures("machine")
async def test_a_finding_of_the_selection_is_explained_like_a_check(session: Session) -> None:
    missing = finding(
        "compiler-missing",
        (Fix("install it", command="sudo apt-get install gcc-x"),),
        compiler="x-gcc",
        packages="gcc-x",
    )
    app = make_app(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await keys()(pilot)
        from wizard.doctor.verdict import examine
        from wizard.faces.tui.messages import Diagnosed

        app_of(pilot).screen.post_message(
            Diagnosed(examine(sick(chosen=msgspec.structs.replace(CHOSEN, findings=(missing,)))))
        )
        await looked(pilot, times=2)
        await press(pilot, "home")
        assert "[compiler-missing] ✗ failure" in panel(pilot)
        await press(pilot, "y")
        assert app.clipboard == "sudo apt-get install gcc-x"


@pytest.mark.usefixtures("machine")
async def test_a_fact_is_found_by_its_words(session: Session) -> None:
    async with make_app(session).run_test(size=NARROW) as pilot:
        await keys("slash", *"clock", "enter")(pilot)
        facts = pilot.app.screen.query_one(CheckList)
        assert facts.chosen is not None
        assert "clock" in f"{facts.chosen.title} {facts.chosen.evidence}".lower()
        await press(pilot, "slash", "ctrl+u", *"path", "enter")
        first = facts.highlighted
        await press(pilot, "n")
        assert facts.highlighted != first
        await press(pilot, "N")
        assert facts.highlighted == first
