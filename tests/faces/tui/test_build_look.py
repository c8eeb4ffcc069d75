"""How the screens of a build look in every theme: running, stopped, failed, done, and its result."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import filelock
import pytest
from textual.pilot import Pilot

from tests.faces.tui.drive import make_app, press, screen_name, until, words
from tests.faces.tui.story import BEGAN, Story, report_of
from tests.faces.tui.tour import LEAST, coloured_or_beyond_ascii, unreadable
from wizard.builds import journal as j
from wizard.builds.folder import LOCK
from wizard.faces.tui.appearance import Appearance, Theme
from wizard.plan.model import Plan
from wizard.prove.report import Comparison
from wizard.session.session import Session

STAGE = "configure"
LOG = "".join(f"checking for part{n}... yes\n" for n in range(40)) + (
    "configure: WARNING: this is odd\n/usr/bin/ld: cannot find -lm: No such file or directory\n"
    "make: *** [Makefile:3: all] Error 1\n"
)
Seen = Callable[[Pilot[int]], str]


def _running(story: Story) -> None:
    story.done_until(STAGE)
    story.begin(STAGE)
    story.write(STAGE, LOG)


def _failed(story: Story) -> None:
    _running(story)
    story.fail(STAGE, "line 42: /usr/bin/ld: cannot find -lm")


def _stopped(story: Story) -> None:
    _running(story)
    story.add(j.BuildEnded(at=BEGAN + 90, outcome="cancelled", prefix=story.plan.prefix))


def _done(story: Story) -> None:
    story.done_until("")
    story.end()


STATES: dict[str, tuple[Callable[[Story], None], str, str]] = {
    "running": (_running, "LogView", ""),
    "failed": (_failed, "Trouble Static", "library-absent"),
    "stopped": (_stopped, "Trouble Static", "was stopped"),
    "done": (_done, "", "ResultScreen"),
}
"""What was written, and where one sees what when it is shown."""


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shown(state: str, story: Story, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """The plan of a build in that state; where it is done, with a proof in which something differs."""
    STATES[state][0](story)
    report = report_of(
        plan,
        Comparison("config", "word_size", "64", "64", "pass"),
        Comparison("constants", "machine", "EM_AARCH64", "EM_ARM", "fail"),
    )
    monkeypatch.setattr("wizard.faces.tui.screens.result.load_report", lambda _: report)
    return plan


async def _ready(pilot: Pilot[int], state: str) -> None:
    _, where, what = STATES[state]
    if where:
        await until(pilot, lambda: bool(words(pilot, where)) if not what else what in words(pilot, where))
    else:
        await until(pilot, lambda: screen_name(pilot) == what)
    await pilot.pause()


@pytest.mark.parametrize("theme", LEAST)
async def test_every_text_can_be_read(theme: Theme, state: str, shown: Plan, session: Session) -> None:
    lock = filelock.FileLock(Path(shown.build_folder) / LOCK) if state == "running" else nullcontext()
    app = make_app(session, plan=shown, look=Appearance(theme))
    with lock:
        async with app.run_test(size=(120, 40)) as pilot:
            await _ready(pilot, state)
            assert unreadable(pilot, LEAST[theme]) == []
            for key in ("tab", "slash", "question_mark"):
                await press(pilot, key)
                assert unreadable(pilot, LEAST[theme]) == [], key


async def test_without_colours_and_in_ascii_nothing_else_is_drawn(
    state: str, shown: Plan, session: Session
) -> None:
    lock = filelock.FileLock(Path(shown.build_folder) / LOCK) if state == "running" else nullcontext()
    app = make_app(session, plan=shown, look=Appearance("no-colour", "ascii", "reduced"))
    with lock:
        async with app.run_test(size=(80, 24)) as pilot:
            await _ready(pilot, state)
            assert coloured_or_beyond_ascii(pilot) == []
