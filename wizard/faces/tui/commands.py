"""The command palette: what can be done here, every place to go to, how the screens look."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from wizard.faces.tui.appearance import THEMES, Detail
from wizard.faces.tui.keys import Act, acts_of
from wizard.faces.tui.port import Port, port_of
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.screens.jump import jump_targets, jump_to, name_of
from wizard.faces.tui.steps import NUMBERED, Step
from wizard.faces.tui.widgets.too_small import HEIGHT, WIDTH

if TYPE_CHECKING:
    from wizard.faces.tui.appearance_app import AppearanceApp

CHOICES: tuple[tuple[Detail, str, str], ...] = (
    *(("theme", theme, f"Draw with the theme {theme}") for theme in THEMES),
    ("signs", "unicode", "Draw with ✓ ✗ → and lines"),
    ("signs", "ascii", "Draw with ASCII alone"),
    ("motion", "full", "Animations, and a cursor that blinks in fields"),
    ("motion", "reduced", "Nothing moves or blinks by itself"),
)

NOTICES = {"bell": "At the end of a build", "title": "How a build stands, in the terminal's title"}


def commands_of(app: AppearanceApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """The commands that apply on `screen`."""
    port = port_of(app)
    if app.size.width >= WIDTH and app.size.height >= HEIGHT:
        yield from _here(app, screen)
        yield from _jumps(app)
        if not isinstance(screen, Dialog):
            yield from _places(port_of(app))
    for detail, value, words in CHOICES:
        if getattr(app.look, detail) != value:
            yield SystemCommand(
                f"{detail.capitalize()}: {value}", words, partial(app.set_appearance, detail, value)
            )
    for name, words in NOTICES.items():
        state = "off" if getattr(port.notice, name) else "on"
        yield SystemCommand(f"Turn the {name} {state}", words, partial(port.switch_notice, name))
    picture = partial(app.set_timer, 0.1, app.deliver_screenshot)
    yield SystemCommand("Picture of this screen", "Saved as an SVG file", picture)
    yield SystemCommand("Quit", "Leave; a build that runs continues", port.action_quit)


def _here(app: AppearanceApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What the keys of the screen do."""
    for act in acts_of(screen):
        if act.group == "here" and act.words:
            yield SystemCommand(f"Here: {act.words}", f"The same as {' or '.join(act.shown)}", _run(app, act))
    if hasattr(screen, "action_help"):
        yield SystemCommand("Help", "The keys of this screen, and the wizard's words", screen.action_help)


def _run(app: AppearanceApp, act: Act) -> Any:
    return partial(app.run_action, act.action, act.node)


def _jumps(app: AppearanceApp) -> Iterator[SystemCommand]:
    """Everything on the screen that can have the focus."""
    for widget in jump_targets(app):
        yield SystemCommand(f"Jump to: {name_of(widget)}", "On this screen", partial(jump_to, app, widget))


def _places(app: Port) -> Iterator[SystemCommand]:
    """The screens."""
    yield SystemCommand("Go to: Welcome", "Presets and builds", partial(app.go, Step.WELCOME))
    yield SystemCommand("Go to: Explain", "Every code with its words, searched as you type", app.explain_codes)
    if not app.ready:
        return
    yield SystemCommand("Go to: Explorer", "Every target, C library and release", app.explore)
    doctor = "Check this machine for problems"
    yield SystemCommand("Go to: Doctor", doctor, app.look_at_machine)
    yield SystemCommand("Start new", "Choose host, target, C library and release", app.begin_new)
    yield SystemCommand("Tour", "How this works, in five pages", app.show_tour)
    for name, preset in app.presets().items():
        words = f"Start with the preset {name}"
        yield SystemCommand(f"Preset: {preset.title or name}", words, partial(app.begin_preset, name))
    for build in app.builds:
        words = f"Build of {build.prefix}, {build.state}"
        yield SystemCommand(f"Build: {build.id}", words, partial(app.open_build, build.id))
    if app.has_draft:
        for step in NUMBERED:
            if step <= Step.REVIEW:
                where = f"Step {int(step)} of your choices"
                yield SystemCommand(f"Go to: {step.title}", where, partial(app.go, step))
        yield SystemCommand("Save preset", "Keep the choices as a file", app.save_draft)
