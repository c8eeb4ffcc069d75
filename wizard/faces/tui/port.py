"""What a screen, a dialog or a widget may ask of its app. The app is one that answers; none of them knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from wizard.base.errors import WizardError
    from wizard.builds.folder import Options
    from wizard.builds.listing import BuildInfo
    from wizard.catalogue.presets import Preset
    from wizard.catalogue.selection import Selection
    from wizard.check.findings import Fix
    from wizard.faces.tui.notice import Notice
    from wizard.faces.tui.steps import Step
    from wizard.plan.batch import Job
    from wizard.plan.model import Plan
    from wizard.session.draft import Draft
    from wizard.session.drafting import Drafting
    from wizard.session.saved_drafts import SavedDraft
    from wizard.session.session import Session


class ShownBuild(msgspec.Struct, frozen=True):
    """The build that a screen is about: its job, and the error with which its last run ended."""

    job: Job
    error: WizardError | None = None


class Port(Protocol):
    """What screens may ask. Each method that shows a screen says which; the app finds the class."""

    choices: Drafting
    notice: Notice
    builds: list[BuildInfo]

    @property
    def ready(self) -> bool:
        """True once this machine was looked at."""

    @property
    def session(self) -> Session:
        """The session; screens that need it are only shown once it is there."""

    @property
    def has_draft(self) -> bool:
        """True once something was begun."""

    @property
    def draft(self) -> Draft:
        """The choices so far."""

    @draft.setter
    def draft(self, draft: Draft) -> None: ...

    def draft_words(self) -> str:
        """The draft in one line."""

    def undo(self, *, again: bool = False) -> bool:
        """Take the last choice back (or again); False where there is none."""

    def presets(self) -> dict[str, Preset]:
        """The presets that come with the wizard, by name."""

    def options_for(self, plan: Job) -> Options:
        """The builder's options: those of the draft that made the plan, else those of the build's last run."""

    def look_around(self) -> object:
        """Look at this machine and at the builds once more."""

    # --- the way from screen to screen

    def go(self, step: Step) -> None:
        """Show a step for the draft."""

    def begin_new(self) -> None:
        """Start with a first draft, at the host machine."""

    def begin_preset(self, name: str) -> None:
        """Start with a preset that comes with the wizard."""

    def begin_with(self, selection: Selection) -> None:
        """Start with a whole selection that was found elsewhere."""

    def continue_with(self, kept: SavedDraft) -> None:
        """Continue a draft that was kept."""

    def explore(self) -> None:
        """Show what works, what cannot and what is untested."""

    def show_tour(self) -> None:
        """Show the tour."""

    def look_at_machine(self) -> None:
        """Show the doctor above the screen that is shown."""

    def explain_codes(self, code: str = "") -> None:
        """Show every code above the screen that is shown, the cursor at `code`."""

    def show_help(self, screen: Screen[Any]) -> None:
        """Show the words and the keys of a screen above it."""

    def review_of(self, plan: Plan) -> None:
        """Back from a build to the choices that made it."""

    def build(self, plan: Plan) -> None:
        """Start the build of exactly this plan, and watch it."""

    def open_build(self, build_id: str) -> None:
        """Show a build that runs, stopped, failed or is done."""

    def show_build(
        self, plan: Job, *, start: bool = False, stay: bool = False, options: Options | None = None
    ) -> None:
        """The build screen. stay: its result is not shown by itself."""

    def show_result(self, plan: Plan) -> None:
        """The result screen."""

    # --- what is done for a screen

    def use_environment(self, variables: dict[str, str]) -> None:
        """Use other values of the wizard's own variables, as OCW_HOME."""

    def apply_fix(self, fix: Fix) -> None:
        """Use the selection that a fix offers, or copy its command."""

    def copy(self, words: str, what: str = "") -> None:
        """Into the clipboard, and say what: `what`, or the words themselves."""

    def tell(self, error: WizardError) -> None:
        """Say what went wrong; its code is one key away."""

    def switch_notice(self, name: str) -> None:
        """Turn the bell or the title on or off."""

    def save_draft(self) -> None:
        """Ask where, and save the choices as a preset."""

    async def action_quit(self) -> None:
        """Leave; ask only where choices would be lost."""


def port_of(app: App[Any]) -> Port:
    """The running app, as far as a screen may know it."""
    return cast("Port", app)
