"""The same tasks in each theme and in ASCII; jump keys and palette. `--snapshot-update` accepts what is shown."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.faces.tui.drive import make_app, press, ready, until
from tests.faces.tui.test_snapshots import NARROW, TASKS, WIDE, Compare, keys
from wizard.faces.tui.appearance import Appearance, Theme
from wizard.faces.tui.screens.jump import SETTLED_SECONDS
from wizard.session.session import Session

THEMED = ("choose_a_target_that_cannot_work", "review_the_summary", "give_up_the_choices")


@pytest.mark.parametrize("theme", ["light", "high-contrast", "no-colour"])
@pytest.mark.parametrize("task", THEMED)
def test_narrow(snap_compare: Compare, session: Session, task: str, theme: Theme) -> None:
    app = make_app(session, look=Appearance(theme))
    assert snap_compare(app, terminal_size=NARROW, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("theme", ["light", "high-contrast", "no-colour"])
def test_wide(snap_compare: Compare, session: Session, theme: Theme) -> None:
    app = make_app(session, look=Appearance(theme))
    assert snap_compare(app, terminal_size=WIDE, run_before=keys(*TASKS["read_the_findings"]))


@pytest.mark.parametrize("task", ["begin", "choose_the_release", "review_the_summary", "ask_for_help"])
def test_smallest_in_ascii(snap_compare: Compare, session: Session, task: str) -> None:
    app = make_app(session, look=Appearance(signs="ascii"))
    assert snap_compare(app, terminal_size=(60, 18), run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("theme", ["dark", "no-colour"])
def test_jump_keys(snap_compare: Compare, session: Session, theme: Theme) -> None:
    async def drive(pilot: Pilot[int]) -> None:
        await keys("n", "enter", "enter", "enter")(pilot)
        await press(pilot, "ctrl+o")
        await pilot.pause(SETTLED_SECONDS * 2)

    assert snap_compare(make_app(session, look=Appearance(theme)), terminal_size=NARROW, run_before=drive)


@pytest.mark.parametrize("theme", ["dark", "high-contrast", "no-colour"])
def test_palette(snap_compare: Compare, session: Session, theme: Theme) -> None:
    async def drive(pilot: Pilot[int]) -> None:
        await ready(pilot)
        await press(pilot, "n", "ctrl+p", *"theme")
        palette = pilot.app.screen
        await until(pilot, lambda: len(palette.query_one("CommandList").options) == 3)  # type: ignore[attr-defined]
        await until(pilot, lambda: not any(worker.node is palette for worker in pilot.app.workers))

    app = make_app(session, look=Appearance(theme))
    assert snap_compare(app, terminal_size=NARROW, run_before=drive)
