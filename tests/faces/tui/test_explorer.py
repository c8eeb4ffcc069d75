"""The explorer: what works, found by keys, by typed words and by the mouse, and the wizard started from it."""

from __future__ import annotations

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from tests.check.test_matrix import PROVED
from tests.faces.tui.conftest import make_session
from tests.faces.tui.drive import app_of, drawn, make_app, press, ready, screen_name, until, words
from tests.faces.tui.test_snapshots import NARROW, WIDE, Compare, keys
from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.messages import Surveyed
from wizard.faces.tui.screens.review import ReviewScreen
from wizard.faces.tui.widgets.matrix_list import CellList, MatrixList
from wizard.session.session import Session


@pytest.fixture
def session() -> Session:
    """A session whose catalogue has evidence: one build that was run, and one that was not."""
    made = make_session()
    audited = msgspec.structs.replace(PROVED, release="5.4.1", ran="", passed=40)
    made.catalogue = msgspec.structs.replace(made.catalogue, evidence=(PROVED, audited))
    # A 32-bit host: the small catalogue's ARM board, whose static programs this made-up machine runs.
    machines = dict(made.catalogue.machines)
    here = msgspec.structs.replace(machines["x86_64-linux"], also_runs=("armv7-linux",))
    made.catalogue = msgspec.structs.replace(made.catalogue, machines={**machines, here.id: here})
    return made


def listed(pilot: Pilot[int]) -> list[tuple[str, str]]:
    """Target and verdict of the lines."""
    return [(cell.target, cell.verdict) for cell in pilot.app.screen.query_one(MatrixList).cells]


def chosen(pilot: Pilot[int], field: str) -> object:
    return pilot.app.screen.query_one(f"#{field}", Select).value


TASKS = {
    "explore": ("x",),
    "see_what_works": ("x", "down"),
    "see_what_is_refused": ("x", "down", "down"),
    "filter": ("x", "slash", *"arm"),
    "read_the_evidence": ("x", "down", "enter"),
    "read_the_reasons": ("x", "down", "down", "enter"),
    "choose_a_release_from_the_list": ("x", "tab", "tab", "enter"),
}


@pytest.mark.parametrize("task", TASKS)
def test_narrow(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("task", ["see_what_works", "read_the_reasons"])
def test_wide(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=WIDE, run_before=keys(*TASKS[task]))


def test_without_colour(snap_compare: Compare, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS["see_what_is_refused"]))


async def test_what_works_is_shown_with_its_evidence_and_the_counts(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 30)) as pilot:
        await ready(pilot)
        await press(pilot, "x")
        assert listed(pilot) == [
            ("x86_64-linux", "untested"), ("aarch64-linux", "works"), ("armv7-linux", "refused"),
        ]  # fmt: skip
        assert "✓ works 1 · untested 1 ✗ refused 1 3 of 3 shown" in words(pilot, "#counts")
        await press(pilot, "down")
        assert "✓ works. Built with zig cc 0.17.0" in words(pilot, "ExplainPanel Static")
        assert PROVED.command in words(pilot, "ExplainPanel Static")
        await press(pilot, "right")
        assert chosen(pilot, "release") == "5.4.1"
        assert "but not run" in words(pilot, "ExplainPanel Static")
        assert "built, not run" in words(pilot, "CellList")


async def test_keys_turn_release_and_host_round(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "x", "left")
        assert chosen(pilot, "release") == "4.14.2"
        await press(pilot, "]", "]")
        assert chosen(pilot, "release") == "5.4.1"
        await press(pilot, "}")
        assert chosen(pilot, "host") == "armv7-linux"
        assert dict(listed(pilot))["aarch64-linux"] == "refused"
        await press(pilot, "shift+left")
        assert chosen(pilot, "host") == "x86_64-linux"


async def test_typed_words_filter_and_escape_takes_them_away_before_it_goes_back(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "x", "slash", *"refused", "space", "a")
        assert [target for target, _ in listed(pilot)] == ["armv7-linux"]
        await press(pilot, "enter")
        assert isinstance(app.focused, CellList)
        await press(pilot, "slash", *"zzz")
        assert listed(pilot) == []
        assert "Nothing matches" in words(pilot, "CellList")
        await press(pilot, "down", "enter", "s")
        assert screen_name(pilot) == "ExplorerScreen"
        await press(pilot, "escape")
        assert len(listed(pilot)) == 3
        await press(pilot, "escape")
        assert screen_name(pilot) == "WelcomeScreen"


async def test_the_wizard_starts_with_what_is_under_the_cursor(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "x", "down", "right", "s")
        assert isinstance(app.screen, ReviewScreen)
        made = app.draft.selection
        assert (made.target, made.libc, made.release, made.toolchain, made.host) == (
            "aarch64-linux", "musl", "5.4.1", "zig", "native",
        )  # fmt: skip
        assert app.screen.plan is not None


async def test_a_fix_leads_to_a_selection_that_would_work_and_the_wizard_starts_with_it(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(pilot)
        await press(pilot, "x", "slash", *"x86", "enter", "escape", "end", "enter")
        assert screen_name(pilot) == "CellScreen"
        assert "✗ refused" in words(pilot, "#cell-facts")
        await press(pilot, "enter")
        assert "· untested" in words(pilot, "#cell-facts")
        await press(pilot, "escape")
        assert (chosen(pilot, "host"), chosen(pilot, "release")) == ("armv7-linux", "4.14.2")
        assert app.screen.query_one(MatrixList).chosen.target == "armv7-linux"  # type: ignore[union-attr]
        await press(pilot, "enter", "s")
        assert isinstance(app.screen, ReviewScreen)
        assert (app.draft.selection.host, app.draft.selection.target) == ("armv7-linux", "armv7-linux")


async def test_choices_that_would_be_lost_are_asked_for(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "enter", "up", "escape", "escape", "x", "s")
        assert screen_name(pilot) == "Ask"
        await press(pilot, "escape")
        assert screen_name(pilot) == "ExplorerScreen"


async def test_it_opens_at_the_choices_so_far(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press(pilot, "n", "right", "right", "right", "down", "escape", "escape", "escape", "escape", "x")
        assert chosen(pilot, "release") == "5.4.1"
        assert app.screen.query_one(MatrixList).chosen.target == app.draft.selection.target  # type: ignore[union-attr]


async def test_asked_for_before_the_survey_is_done_it_opens_after(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WizardApp, "look_around", lambda _: None)
    app = make_app(None)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "x")
        assert screen_name(pilot) == "WelcomeScreen"
        app.post_message(Surveyed(session, []))
        await until(pilot, lambda: screen_name(pilot) == "ExplorerScreen")


async def test_mouse_alone(session: Session) -> None:
    app = make_app(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        lines = drawn(app.screen.query_one("#begin"))
        row = next(number for number, line in enumerate(lines) if "Explore what works" in line)
        await pilot.click("#begin", offset=(5, row), times=2)
        await until(pilot, lambda: screen_name(pilot) == "ExplorerScreen")
        await pilot.click("#filter")
        assert isinstance(app.focused, Input)
        await pilot.click("CellList", offset=(5, 1), times=2)
        await until(pilot, lambda: screen_name(pilot) == "CellScreen")
        await press(pilot, "escape")
        await pilot.click("#next")
        await until(pilot, lambda: screen_name(pilot) == "ReviewScreen")
        assert app_of(pilot).draft.selection.target == "aarch64-linux"


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (100, 30), (200, 50)])
async def test_every_part_is_in_sight(session: Session, size: tuple[int, int]) -> None:
    app = make_app(session)
    async with app.run_test(size=size) as pilot:
        await ready(pilot)
        await press(pilot, "x")
        for selector in ("#host", "#release", "#filter", "CellList", "ExplainPanel", "#counts", "KeyBar"):
            region = app.screen.query_one(selector).region
            assert region.area > 0, selector
            assert app.screen.region.contains_region(region), selector
