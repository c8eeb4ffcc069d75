"""Helpers that drive the running app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widget import Widget

from wizard.faces.tui.app import WizardApp
from wizard.faces.tui.appearance import Appearance, AppearanceWish, appearance_for
from wizard.faces.tui.screens.monitor import BuildScreen
from wizard.plan.model import Plan
from wizard.session.session import Session


def make_app(
    session: Session | None, *, plan: Plan | None = None, look: Appearance | None = None, keep: Path | None = None
) -> WizardApp:
    """The app without animations. look: without one only NO_COLOR is heard of, not the terminal of the tests."""
    environ = {"NO_COLOR": os.environ.get("NO_COLOR", "")}
    app = WizardApp(
        session=session,
        plan=plan,
        look=look or appearance_for(AppearanceWish(), environ, AppearanceWish()),
        keep=keep,
    )
    app.animation_level = "none"
    return app


def app_of(pilot: Pilot[int]) -> WizardApp:
    assert isinstance(pilot.app, WizardApp)
    return pilot.app


async def ready(pilot: Pilot[int]) -> None:
    """Wait until this machine was looked at."""
    await until(pilot, lambda: app_of(pilot).ready and bool(app_of(pilot).presets()))


async def until(pilot: Pilot[int], holds: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until `holds` is true."""
    async with asyncio.timeout(seconds):
        while not holds():
            await pilot.pause(0.02)
    await pilot.pause()


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys, one after the other."""
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def leave(pilot: Pilot[int]) -> None:
    """Press the key that ends the app, and wait until it has begun to."""
    await press(pilot, "q")
    await until(pilot, lambda: pilot.app.return_code is not None)


async def log_shown(pilot: Pilot[int], count: int) -> None:
    """Wait until the build screen shows that many lines of a log, marked, and where the build is."""
    await until(pilot, lambda: isinstance(pilot.app.screen, BuildScreen))
    screen = pilot.app.screen
    assert isinstance(screen, BuildScreen)
    view = screen.log_view
    await until(pilot, lambda: view.index.count == count and view.marks.over)
    # The reader's last word may still be on its way, and the clock's next look.
    view.on_log_view_grown()
    screen.on_log_view_grown()
    screen.show_progress()


def words(pilot: Pilot[int], selector: str = "*") -> str:
    """All text that the screen draws (or the widgets that match), white space and line ends as one space."""
    lines = []
    for widget in pilot.app.screen.query(selector):
        lines += drawn(widget)
    return " ".join(" ".join(lines).split())


def drawn(widget: Widget) -> list[str]:
    """The lines of one widget as they are on the screen."""
    return [strip.text.rstrip() for strip in widget.render_lines(widget.outer_size.region)]


def screen_name(pilot: Pilot[int]) -> str:
    return type(pilot.app.screen).__name__
