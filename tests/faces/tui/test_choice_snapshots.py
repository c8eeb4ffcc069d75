"""What the screens look like on which one compares, searches and reads why. `--snapshot-update` accepts them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.faces.tui.drive import app_of, make_app, press, ready
from tests.faces.tui.test_snapshots import NARROW, WIDE, keys
from wizard.catalogue.selection import Selection
from wizard.session.draft import Draft
from wizard.session.saved_drafts import SavedDraft
from wizard.session.session import Session

Compare = Callable[..., bool]

TASKS = {
    "take_the_tour": ("t", "enter"),
    "ask_what_if": ("n", "enter", "enter", "enter", "w"),
    "compare_with_another_release": ("n", "enter", "enter", "enter", "w", "enter", "down", "down", "enter", "j"),
    "read_why_a_flag_is_there": ("n", "r", "2", "j", "j"),
    "read_why_a_variable_is_there": ("n", "r", "3"),
    "read_why_a_line_is_there": ("n", "r", "4", "enter", "G", "k", "k", "k", "k"),
    "read_the_commands_of_a_stage": ("n", "r", "7", "down", "down", "enter"),
    "search_the_scripts": ("n", "r", "4", "slash", *"static"),
}


@pytest.mark.parametrize("task", TASKS)
def test_narrow(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("task", ["compare_with_another_release", "read_why_a_line_is_there"])
def test_wide(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=WIDE, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("task", ["take_the_tour", "compare_with_another_release"])
def test_smallest(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=(60, 18), run_before=keys(*TASKS[task]))


def test_go_on_with_choices_of_an_earlier_run(
    snap_compare: Compare, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(session)
    kept = SavedDraft("one", 1_700_000_000.0, Draft(Selection("aarch64-linux", "musl", "5.4.1", toolchain="zig")))
    monkeypatch.setattr(app.choices, "others", lambda: [kept])
    monkeypatch.setattr("wizard.faces.tui.screens.welcome.time.time", lambda: 1_700_007_300.0)

    async def drive(pilot: Pilot[int]) -> None:
        await ready(pilot)
        await press(pilot, "home")
        assert app_of(pilot).choices.others()

    assert snap_compare(app, terminal_size=NARROW, run_before=drive)
