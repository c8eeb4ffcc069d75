"""What the screens look like, task by task. `--snapshot-update` accepts what is shown now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from tests.faces.tui.conftest import PLACE
from tests.faces.tui.drive import log_shown, make_app, press, ready, screen_name, until, words
from tests.faces.tui.story import Story, report_of
from wizard.builds.journal import OlderSwitchMoved
from wizard.faces.tui.app import WizardApp
from wizard.plan.model import Plan
from wizard.prove.report import Comparison
from wizard.session.session import Session

NARROW, WIDE = (80, 24), (200, 50)
Compare = Callable[..., bool]
Drive = Callable[[Pilot[int]], Awaitable[None]]


def keys(*pressed: str) -> Drive:
    """Drives the app by keys once it is ready."""

    async def drive(pilot: Pilot[int]) -> None:
        await ready(pilot)
        await press(pilot, *pressed)

    return drive


TASKS = {
    "begin": (),
    "choose_the_host": ("n",),
    "choose_the_target": ("n", "enter"),
    "choose_a_target_that_cannot_work": ("n", "enter", "down"),
    "choose_the_c_library": ("n", "enter", "enter"),
    "choose_the_release": ("n", "enter", "enter", "enter"),
    "read_the_explanation": ("n", "enter", "e"),
    "read_the_findings": ("n", "enter", "down", "f"),
    "review_the_summary": ("n", "r"),
    "review_what_cannot_be_built": ("n", "enter", "down", "r", "f"),
    "review_without_patches": ("n", "r", "5"),
    "ask_for_help": ("n", "question_mark"),
    "give_up_the_choices": ("n", "enter", "up", "q"),
}


@pytest.mark.parametrize("task", TASKS)
def test_narrow(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("task", ["begin", "choose_a_target_that_cannot_work", "review_the_summary"])
def test_wide(snap_compare: Compare, session: Session, task: str) -> None:
    assert snap_compare(make_app(session), terminal_size=WIDE, run_before=keys(*TASKS[task]))


@pytest.mark.parametrize("task", ["choose_a_target_that_cannot_work", "review_the_summary"])
def test_without_colour(
    snap_compare: Compare, session: Session, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=keys(*TASKS[task]))


def test_light_theme(snap_compare: Compare, session: Session) -> None:
    async def drive(pilot: Pilot[int]) -> None:
        await keys("n", "enter", "down")(pilot)
        pilot.app.theme = "ocaml-light"
        await pilot.pause()

    assert snap_compare(make_app(session), terminal_size=NARROW, run_before=drive)


def test_too_small(snap_compare: Compare, session: Session) -> None:
    assert snap_compare(make_app(session), terminal_size=(50, 12), run_before=keys())


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_look_at_a_failed_build(
    snap_compare: Compare, session: Session, story: Story, plan: Plan, size: tuple[int, int]
) -> None:
    story.done_until("configure")
    story.begin("configure", log="/home/me/.local/state/ocaml-cross-wizard/builds/one/logs/configure.log")
    story.write("configure", "checking for ld... no\nconfigure: error: no linker\n")
    story.fail("configure", "line 2: configure: error: no linker")

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: "none that the wizard knows" in words(pilot, "Trouble Static"))
        await log_shown(pilot, 2)

    assert snap_compare(make_app(session, plan=plan), terminal_size=size, run_before=drive)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_see_the_result(
    snap_compare: Compare,
    session: Session,
    story: Story,
    plan: Plan,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story.end()
    shown = msgspec.structs.replace(plan, prefix=str(PLACE / "switch"))
    report = report_of(
        shown,
        *(
            Comparison(group, name, found, found, "pass")
            for group, name, found in (
                ("config", "version", "5.3.0"),
                ("config", "word_size", "64"),
                ("constants", "machine", "EM_AARCH64"),
                ("constants", "max_int", "4611686018427387903"),
                ("libraries", "needed libraries", "none"),
            )
        ),
    )
    monkeypatch.setattr("wizard.faces.tui.screens.result.load_report", lambda _: report)

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: screen_name(pilot) == "ResultScreen")

    assert snap_compare(make_app(session, plan=shown), terminal_size=size, run_before=drive)


def test_see_what_was_kept_of_an_older_switch(
    snap_compare: Compare, session: Session, story: Story, plan: Plan
) -> None:
    shown = msgspec.structs.replace(plan, prefix=str(PLACE / "switch"))
    kept = f"{shown.prefix}.before-20260101-120000"
    story.add(OlderSwitchMoved(stage="publish", prefix=shown.prefix, path=kept, added=("lib/cmdliner", "lib/fmt")))
    story.end()

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: screen_name(pilot) == "ResultScreen")
        await press(pilot, "2")

    assert snap_compare(make_app(session, plan=shown), terminal_size=NARROW, run_before=drive)


def test_pictures_are_drawn_from_the_running_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that draws the pictures of the documentation still finds its way."""
    from wizard.faces.tui import screenshots

    drawn: list[Any] = []

    def save(app: WizardApp, path: Path) -> None:
        drawn.append((path.stem, type(app.screen).__name__))

    monkeypatch.setattr(screenshots, "save", save)
    import asyncio

    asyncio.run(screenshots.draw_way(tmp_path))
    assert [name for name, _ in drawn] == [name for name, _ in screenshots.WAY]
    assert dict(drawn)["11-findings"] == "FindingsScreen"
    assert dict(drawn)["15-explorer"] == "ExplorerScreen"
    assert dict(drawn)["16-doctor"] == "DoctorScreen"
    assert dict(drawn)["10-review-stages"] == "ReviewScreen"
    assert dict(drawn)["17-explain"] == "CodesScreen"
