"""What the build screen looks like while a build runs, where it failed, and when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import filelock
import pytest
from textual.pilot import Pilot

from tests.faces.tui.drive import log_shown, make_app, press, until, words
from tests.faces.tui.story import BEGAN, Story
from wizard.builds import journal as j
from wizard.builds.folder import LOCK
from wizard.faces.tui.widgets.log_view import LogView
from wizard.plan.model import Plan
from wizard.session.session import Session

SIZES = pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["narrow", "wide"])
STAGE = "compiler-libs"
LOG = "".join(
    f"  OCAMLOPT toplevel/part{n}.cmx\n"
    + ("zig: warning: argument unused during compilation: '-x'\n" if n % 7 == 0 else "")
    for n in range(60)
)
WRONG = (
    "aarch64-linux-musl-gcc -o ocamlc.opt\n/usr/bin/ld: cannot find -lm: No such file or directory\n"
    "collect2: error: ld returned 1 exit status\nmake: *** [Makefile:3: all] Error 1\n"
)
Compare = Callable[..., bool]


def tell(story: Story, until_stage: str) -> float:
    """All stages before one are done, each in the time that the plan expects; when the last was."""
    now = BEGAN
    for stage in story.plan.stages:
        if stage.id == until_stage:
            break
        story.add(j.StageStarted(at=now, stage=stage.id, log=f"/home/me/builds/one/logs/{stage.id}.log"))
        story.add(
            j.StageEnded(at=now + stage.seconds, stage=stage.id, outcome="done", seconds=stage.seconds, lines=9)
        )
        now += stage.seconds
    return now


@SIZES
def test_watch_a_build(
    snap_compare: Compare, session: Session, story: Story, plan: Plan, size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = tell(story, STAGE)
    story.add(j.StageStarted(at=now, stage=STAGE, log="/home/me/builds/one/logs/compiler-libs.log"))
    story.write(STAGE, LOG)
    monkeypatch.setattr(
        "wizard.faces.tui.screens.monitor.time", SimpleNamespace(time=lambda: now + 12, sleep=time.sleep)
    )

    async def drive(pilot: Pilot[int]) -> None:
        await log_shown(pilot, LOG.count("\n"))

    with filelock.FileLock(Path(plan.build_folder) / LOCK):
        assert snap_compare(make_app(session, plan=plan), terminal_size=size, run_before=drive)


@SIZES
def test_see_why_a_build_failed(
    snap_compare: Compare, session: Session, story: Story, plan: Plan, size: tuple[int, int]
) -> None:
    now = tell(story, STAGE)
    story.add(j.StageStarted(at=now, stage=STAGE, log="/home/me/builds/one/logs/compiler-libs.log"))
    story.write(STAGE, LOG + WRONG)
    story.fail(STAGE, "line 71: no")

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: "library-absent" in words(pilot, "Trouble Static"))
        await log_shown(pilot, (LOG + WRONG).count("\n"))

    assert snap_compare(make_app(session, plan=plan), terminal_size=size, run_before=drive)


@SIZES
def test_see_where_the_time_went(
    snap_compare: Compare, session: Session, story: Story, plan: Plan, size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = tell(story, "")
    story.add(j.BuildEnded(at=now, outcome="done", prefix=plan.prefix))
    monkeypatch.setattr("wizard.faces.tui.screens.monitor.BuildScreen.action_result", lambda _: None)
    monkeypatch.setattr(
        "wizard.faces.tui.screens.monitor.state_words", lambda *_, **__: "done: the switch is in /home/me"
    )

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: "took" in words(pilot, "#times"))

    assert snap_compare(make_app(session, plan=plan), terminal_size=size, run_before=drive)


def test_search_in_the_log(snap_compare: Compare, session: Session, story: Story, plan: Plan) -> None:
    now = tell(story, STAGE)
    story.add(j.StageStarted(at=now, stage=STAGE, log="/home/me/builds/one/logs/compiler-libs.log"))
    story.write(STAGE, LOG + WRONG)
    story.fail(STAGE, "line 71: no")

    async def drive(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: "library-absent" in words(pilot, "Trouble Static"))
        await log_shown(pilot, (LOG + WRONG).count("\n"))
        await press(pilot, "slash", *"part2", "enter")
        await until(pilot, lambda: "/part2 in 11 lines" in str(pilot.app.screen.query_one(LogView).border_title))

    assert snap_compare(make_app(session, plan=plan), terminal_size=(120, 40), run_before=drive)


def test_a_terminal_without_utf_8(
    snap_compare: Compare, session: Session, story: Story, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCW_ASCII", "1")
    now = tell(story, STAGE)
    story.add(j.StageStarted(at=now, stage=STAGE, log="/home/me/builds/one/logs/compiler-libs.log"))
    story.write(STAGE, LOG)
    monkeypatch.setattr(
        "wizard.faces.tui.screens.monitor.time", SimpleNamespace(time=lambda: now + 12, sleep=time.sleep)
    )

    async def drive(pilot: Pilot[int]) -> None:
        await log_shown(pilot, LOG.count("\n"))

    with filelock.FileLock(Path(plan.build_folder) / LOCK):
        assert snap_compare(make_app(session, plan=plan), terminal_size=(80, 24), run_before=drive)
