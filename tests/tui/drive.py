"""Helpers that drive the running app."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot
from textual.widget import Widget

from wizard.plan.model import Plan
from wizard.session import Session
from wizard.tui.app import WizardApp


def make_app(session: Session | None, *, plan: Plan | None = None) -> WizardApp:
    """The app without animations."""
    app = WizardApp(session=session, plan=plan)
    app.animation_level = "none"
    return app


def app_of(pilot: Pilot[int]) -> WizardApp:
    assert isinstance(pilot.app, WizardApp)
    return pilot.app


async def ready(pilot: Pilot[int]) -> None:
    """Wait until this machine was looked at."""
    await until(pilot, lambda: app_of(pilot).ready and bool(app_of(pilot).presets()))


async def until(pilot: Pilot[int], holds: Callable[[], object], seconds: float = 15.0) -> None:
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
