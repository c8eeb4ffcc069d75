"""The Textual face of the wizard: the app, and the way from screen to screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from wizard.base.errors import WizardError
from wizard.faces.tui.appearance import Appearance
from wizard.faces.tui.appearance_app import AppearanceApp
from wizard.faces.tui.messages import Failed, Surveyed
from wizard.faces.tui.notice import Notice
from wizard.faces.tui.screens.base import Dialog, WizardScreen
from wizard.faces.tui.screens.welcome import WelcomeScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.too_small import HEIGHT, WIDTH
from wizard.session.drafting import Drafting
from wizard.session.saved_drafts import SavedDrafts

if TYPE_CHECKING:
    from textual.driver import Driver

    from wizard.builds.folder import Options
    from wizard.builds.listing import BuildInfo
    from wizard.catalogue.presets import Preset
    from wizard.catalogue.selection import Selection
    from wizard.check.findings import Fix
    from wizard.faces.tui.widgets.findings_list import FindingsList
    from wizard.plan.batch import Job
    from wizard.plan.model import Plan
    from wizard.session.draft import Draft
    from wizard.session.saved_drafts import SavedDraft
    from wizard.session.session import Session


class WizardApp(AppearanceApp):
    """The wizard.

    session: given by tests; else this machine is looked at after the first paint.
    preset: reviewed at once. plan: a build to show at once.
    look: how it is drawn. keep: the folder in which a change of that is remembered, None for nowhere.
    driver: of the terminal, None for Textual's own.
    """

    TITLE = "OCaml cross-switch wizard"
    CSS_PATH = "wizard.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (WIDTH, "-narrow"), (100, "-wide"), (140, "-huge")]  # noqa: RUF012 - declared so
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (HEIGHT, "-low"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
        Binding("ctrl+o", "jump", "Jump", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", "Back to the shell; `fg` returns", show=False, priority=True),
    ]

    def __init__(
        self,
        session: Session | None = None,
        preset: Preset | None = None,
        plan: Job | None = None,
        *,
        kept: SavedDrafts | None = None,
        look: Appearance = Appearance(),  # noqa: B008 - a frozen value
        keep: Path | None = None,
        driver: type[Driver] | None = None,
    ) -> None:
        super().__init__(look, keep, driver)
        self._session = session
        self.choices = Drafting(kept or SavedDrafts(None))
        self._first_preset, self._first_plan = preset, plan
        self._presets: dict[str, Preset] | None = None
        self._waiting: Callable[[], None] | None = None
        self.builds: list[BuildInfo] = []
        self.farewell = ""
        self.notice = Notice(self)

    def get_default_screen(self) -> Screen[None]:
        """The welcome screen, at once."""
        return WelcomeScreen()

    def on_mount(self) -> None:
        """First paint, then a look at this machine."""
        if self._first_plan is not None:
            self.show_build(self._first_plan)
        elif self._first_preset is None and not self.choices.saved.tour_seen:
            self.show_tour()
        self.call_after_refresh(self.look_around)

    # --- what the screens ask ---------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True once this machine was looked at."""
        return self._session is not None

    @property
    def on_the_way(self) -> bool:
        """True while this machine is looked at for a screen that was asked for: keys are for that screen."""
        return self._waiting is not None or self._first_preset is not None

    @property
    def session(self) -> Session:
        """The session; screens that need it are only shown once it is there."""
        assert self._session is not None
        return self._session

    @property
    def has_draft(self) -> bool:
        """True once something was begun."""
        return self.choices.draft is not None

    @property
    def draft(self) -> Draft:
        """The choices so far."""
        draft = self.choices.draft
        if draft is None:
            from wizard.session.draft import first_draft

            draft = first_draft(self.session)
            self.choices.take(draft)
        return draft

    @draft.setter
    def draft(self, draft: Draft) -> None:
        self.choices.change(draft)

    def undo(self, *, again: bool = False) -> bool:
        """Take the last choice back (or again); False where there is none."""
        from wizard.session.draft import difference

        moved = self.choices.redo() if again else self.choices.undo()
        if moved is None:
            self.notify("Nothing to do again" if again else "Nothing to undo", markup=False)
            return False
        self.notify(difference(*moved), title="Again" if again else "Undone", markup=False)
        return True

    def continue_with(self, kept: SavedDraft) -> None:
        """Continue with a draft that was kept. Its release or machine may be gone from the catalogue since."""
        from wizard.catalogue.selection import normalise

        def begin() -> None:
            try:
                normalise(kept.draft.selection, self.session.catalogue)
            except WizardError as error:
                self.tell(error)
                return
            self.choices.take(kept.draft, kept.id)
            self.go(Step.REVIEW)

        if not self.ready:
            self._waiting = lambda: self.continue_with(kept)
            return
        self._if_nothing_lost(begin, "Continue with these")

    def draft_words(self) -> str:
        """The draft in one line."""
        selection = self.draft.selection
        return f"OCaml {selection.release}, {selection.target}, {selection.libc}"

    def presets(self) -> dict[str, Preset]:
        """The presets that come with the wizard, by name."""
        if self._presets is None:
            from wizard.catalogue.presets import load_preset, shipped_presets
            from wizard.catalogue.store import catalogue

            self._presets = {}
            try:
                known = catalogue()
                for name, path in shipped_presets().items():
                    self._presets[name] = load_preset(path, known)
            except WizardError as error:
                self.call_after_refresh(self.tell, error)
        return self._presets

    def options_for(self, plan: Job) -> Options:
        """The builder's options: those of the draft that made the plan, else those of the build's last run."""
        if self.has_draft and [self.draft.selection] == [made.selection for made in plan.plans]:
            return self.draft.options()
        from wizard.builds.folder import Options, load_options

        try:
            return load_options(Path(plan.build_folder))
        except WizardError:
            return Options()

    # --- looking around -----------------------------------------------------------------------------------

    @work(thread=True, group="survey")
    def look_around(self) -> None:
        """Read the catalogue, look at this machine and at the builds so far."""
        from wizard.builds.listing import list_builds
        from wizard.session.session import Session

        try:
            session = self._session or Session()
            self.post_message(Surveyed(session, list_builds(session.folders)))
        except WizardError as error:
            self.post_message(Failed(error))

    def on_surveyed(self, event: Surveyed) -> None:
        """The session is there: show presets and builds, and do what was waiting for it."""
        news = not self.ready or self.builds != event.builds
        self._session, self.builds = event.session, event.builds
        if news and isinstance(self.screen, WelcomeScreen):
            self.screen.show_choices()
        if self._first_preset is not None:
            preset, self._first_preset = self._first_preset, None
            self.begin_from(preset)
        elif self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()

    def on_failed(self, event: Failed) -> None:
        """A worker met an error. What was waiting for its work waits no more."""
        self._waiting = self._first_preset = None
        self.tell(event.error)

    # --- the way from screen to screen ----------------------------------------------------------------------

    def go(self, step: Step) -> None:
        """Show a step for the draft. The choices are in the draft, so nothing is lost in any direction."""
        if step is not Step.WELCOME:
            from wizard.faces.tui.step_screens import screen_of

            self.show(screen_of(step))
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.look_around()

    def show(self, screen: Screen[None]) -> None:
        """Show `screen` above the welcome screen, instead of what was there."""
        if len(self.screen_stack) > 1:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)

    def begin_new(self) -> None:
        """Start with a first draft, at the host machine."""
        if not self.ready:
            self._waiting = self.begin_new
            return
        self._if_nothing_lost(self._begin_new, "Start new")

    def _begin_new(self) -> None:
        self.choices.drop()
        self.go(Step.HOST)

    def explore(self) -> None:
        """Show what works, what cannot and what is untested."""
        if not self.ready:
            self._waiting = self.explore
            return
        from wizard.faces.tui.screens.explorer import ExplorerScreen

        self.show(ExplorerScreen())

    def show_tour(self) -> None:
        """The tour; it shows itself once."""
        from wizard.faces.tui.screens.tour import TourScreen

        self.choices.saved.note_tour()
        self.push_screen(TourScreen())

    def look_at_machine(self) -> None:
        """Show what on this machine prevents a build, above the screen that is shown."""
        if not self.ready:
            self._waiting = self.look_at_machine
            return
        from wizard.faces.tui.screens.doctor import DoctorScreen

        if isinstance(self.screen, DoctorScreen):
            self.screen.action_look()
        else:
            self.push_screen(DoctorScreen())

    def explain_codes(self, code: str = "") -> None:
        """Show every code above the screen that is shown, the cursor at `code`."""
        from wizard.faces.tui.screens.codes import CodesScreen

        if isinstance(self.screen, CodesScreen):
            self.screen.show_code(code)
        else:
            self.push_screen(CodesScreen(code))

    def show_help(self, screen: Screen[Any]) -> None:
        """The words and the keys of a screen, above it."""
        from wizard.faces.tui.screens.help import help_page

        self.push_screen(help_page(screen))

    def on_findings_list_explain(self, event: FindingsList.Explain) -> None:
        """The code of a finding, from whichever screen shows it."""
        self.explain_codes(event.code)

    def begin_preset(self, name: str) -> None:
        """Start with a preset that comes with the wizard."""
        if not self.ready:
            self._first_preset = self.presets()[name]
            return
        self._if_nothing_lost(lambda: self.begin_from(self.presets()[name]), "Take the preset")

    def begin_with(self, selection: Selection) -> None:
        """Start with a whole selection that was found elsewhere."""
        from wizard.catalogue.presets import Preset

        self._if_nothing_lost(lambda: self.begin_from(Preset(selection)), "Use this")

    def begin_from(self, preset: Preset) -> None:
        """Start with a preset: its choices are made, so the review comes first."""
        from wizard.session.draft import from_preset

        self.choices.take(from_preset(preset))
        self.go(Step.REVIEW)

    def review_of(self, plan: Plan) -> None:
        """Back from a build to the choices that made it."""
        if not self.ready:
            self.notify("Still looking at this machine …", markup=False)
            return
        if not self.has_draft or self.draft.selection != plan.selection:
            from wizard.session.draft import Draft

            self.choices.take(Draft(plan.selection, prefix=plan.prefix, origin=plan.preset))
        self.go(Step.REVIEW)

    def build(self, plan: Plan) -> None:
        """Start the build of exactly this plan, and watch it."""
        self.choices.safe_elsewhere()
        self.show_build(plan, start=True)

    def open_build(self, build_id: str) -> None:
        """Show a build that runs, stopped, failed or is done."""
        from wizard.builds.folder import load_job

        try:
            plan = load_job(self.session.folders.builds / build_id)
        except WizardError as error:
            self.tell(error)
            return
        self.show_build(plan)

    def show_build(
        self, plan: Job, *, start: bool = False, stay: bool = False, options: Options | None = None
    ) -> None:
        """The build screen. options: for the builder, where they are not the draft's or the last run's.

        stay: the result of a build that is done is not shown by itself.
        """
        from wizard.faces.tui.screens.monitor import BuildScreen

        self.show(BuildScreen(plan, start=start, stay=stay, options=options))

    def use_environment(self, variables: dict[str, str]) -> None:
        """Take other values of the wizard's own variables, as OCW_HOME: folders and all are looked at again."""
        from wizard.session.session import Session

        os.environ.update(variables)
        known = self.session
        self._session = Session(build_machine=known.build_machine)
        self._session.catalogue = known.catalogue

    def show_result(self, plan: Plan) -> None:
        """The result screen."""
        from wizard.faces.tui.screens.result import ResultScreen

        self.close_dialogs()
        self.show(ResultScreen(plan))

    def close_dialogs(self) -> None:
        """Nothing stays above a screen that is exchanged."""
        while isinstance(self.screen, Dialog):
            self.pop_screen()

    # --- helpers ------------------------------------------------------------------------------------------------

    def apply_fix(self, fix: Fix) -> None:
        """Take the selection that a fix offers, or copy its command."""
        if fix.selection is not None:
            self.draft = self.draft.with_selection(fix.selection)
            self.notify(f"Done: {fix.text}", markup=False)
        elif fix.command:
            self.copy(fix.command)

    def copy(self, words: str, what: str = "") -> None:
        """Into the clipboard, by the terminal (OSC 52), and say what: `what`, or the words themselves."""
        self.copy_to_clipboard(words)
        self.notify(what or words, title="Copied", markup=False)

    def tell(self, error: WizardError) -> None:
        """Say what went wrong; its code is one key away."""
        from wizard.faces.tui.screens.ask import tell

        def answered(answer: str | None) -> None:
            if answer == "explain":
                self.explain_codes(error.code)

        self.push_screen(tell(error), answered)

    def switch_notice(self, name: str) -> None:
        """Turn the bell or the title on or off."""
        self.notice.forget()
        setattr(self.notice, name, not getattr(self.notice, name))

    def save_draft(self) -> None:
        """Ask where, and save the choices as a preset."""
        from wizard.faces.tui.screens.ask_path import AskPath

        selection = self.draft.selection
        name = f"{selection.release}-{selection.target}-{selection.libc}.toml"
        question = "Save the choices as a preset, to build from it again:"
        self.push_screen(AskPath("Save preset", question, self._save_problem, name), self._saved)

    def _save_problem(self, path: str) -> str:
        from wizard.catalogue.presets import save_preset

        try:
            save_preset(self.draft.preset, Path(path).expanduser())
        except WizardError as error:
            return f"{error.what}: {error.why}"
        return ""

    def _saved(self, path: str | None) -> None:
        if path:
            self.choices.safe_elsewhere()
            self.notify(f"Saved: {path}", markup=False)

    def _if_nothing_lost(self, then: Callable[[], None], words: str) -> None:
        """Do `then`; ask first where choices that are nowhere else would be lost."""
        if self.choices.safe:
            then()
            return
        from wizard.faces.tui.screens.ask import Ask

        def answered(answer: str | None) -> None:
            if answer == "go":
                then()

        answers = (("stay", "Keep my choices"), ("go", words))
        question = "Your choices are not built and not saved as a preset: they would be lost."
        self.push_screen(Ask("Give up your choices?", question, answers), answered)

    async def action_quit(self) -> None:
        """Leave; ask only where choices would be lost."""
        if isinstance(self.screen, Dialog):
            self.close_dialogs()
        self._if_nothing_lost(self._leave, "Quit")

    def _leave(self) -> None:
        from wizard.builds.folder import running

        code = 0
        shown = self.screen.shown_build if isinstance(self.screen, WizardScreen) else None
        if shown is not None and running(Path(shown.job.build_folder)):
            self.farewell = f"The build continues. `ocaml-cross-wizard attach {shown.job.id}` shows it again."
        elif shown is not None and shown.error is not None:
            code = shown.error.exit_code
            self.farewell = shown.error.render()
        elif self.choices.begun:
            self.farewell = (
                f"Your choices are kept ({self.draft_words()}): the wizard offers to continue with them."
            )
        self.notice.forget()
        self.exit(code, return_code=code)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: what can be done here, every place to go to, and how the screens look."""
        from wizard.faces.tui.commands import commands_of

        yield from commands_of(self, screen)

    def action_jump(self) -> None:
        """Show a letter at each thing that can have the focus."""
        from wizard.faces.tui.screens.jump import jump_over

        jump_over(self)
