"""The Textual face of the wizard: the app, and the way from screen to screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from wizard.errors import WizardError
from wizard.tui.messages import Failed, Surveyed
from wizard.tui.named import plan_named, preset_named
from wizard.tui.screens.base import Dialog
from wizard.tui.screens.welcome import WelcomeScreen
from wizard.tui.steps import Step
from wizard.tui.themes import DARK, LIGHT
from wizard.tui.widgets.too_small import HEIGHT, WIDTH

if TYPE_CHECKING:
    from wizard.build.builder import Options
    from wizard.build.listing import BuildInfo
    from wizard.constraints.findings import Fix
    from wizard.plan.batch import AnyJob
    from wizard.plan.model import Plan
    from wizard.selection import Preset, Selection
    from wizard.session import Session
    from wizard.tui.draft import Draft


class WizardApp(App[int]):
    """The wizard.

    session: given by tests; else this machine is looked at after the first paint.
    preset: reviewed at once. plan: a build to show at once.
    """

    TITLE = "OCaml cross-switch wizard"
    CSS_PATH = "wizard.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (WIDTH, "-narrow"), (100, "-wide"), (140, "-huge")]  # noqa: RUF012 - declared so
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (HEIGHT, "-low"), (36, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(
        self, session: Session | None = None, preset: Preset | None = None, plan: AnyJob | None = None
    ) -> None:
        super().__init__()
        self._session = session
        self._draft: Draft | None = None
        self._kept: Draft | None = None
        self._first_preset, self._first_plan = preset, plan
        self._presets: dict[str, Preset] | None = None
        self._waiting: Callable[[], None] | None = None
        self.builds: list[BuildInfo] = []
        self.farewell = ""
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def get_default_screen(self) -> Screen[None]:
        """The welcome screen, at once."""
        return WelcomeScreen()

    def on_mount(self) -> None:
        """First paint, then a look at this machine."""
        if self._first_plan is not None:
            self.show_build(self._first_plan)
        self.call_after_refresh(self.look_around)

    # --- what the screens ask ---------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """True once this machine was looked at."""
        return self._session is not None

    @property
    def session(self) -> Session:
        """The session; screens that need it are only shown once it is there."""
        assert self._session is not None
        return self._session

    @property
    def has_draft(self) -> bool:
        """True once something was begun."""
        return self._draft is not None

    @property
    def draft(self) -> Draft:
        """The choices so far."""
        if self._draft is None:
            from wizard.tui.draft import first_draft

            self._draft = self._kept = first_draft(self.session)
        return self._draft

    @draft.setter
    def draft(self, draft: Draft) -> None:
        self._draft = draft

    def draft_words(self) -> str:
        """The draft in one line."""
        selection = self.draft.selection
        return f"OCaml {selection.release}, {selection.target}, {selection.libc}"

    def presets(self) -> dict[str, Preset]:
        """The presets that come with the wizard, by name."""
        if self._presets is None:
            from wizard.catalogue.store import catalogue
            from wizard.selection import load_preset, shipped_presets

            self._presets = {}
            try:
                known = catalogue()
                for name, path in shipped_presets().items():
                    self._presets[name] = load_preset(path, known)
            except WizardError as error:
                self.call_after_refresh(self.tell, error)
        return self._presets

    def options_for(self, plan: AnyJob) -> Options:
        """The builder's options: those of the draft that made the plan, else those of the build's last run."""
        made_here = self._draft is not None and [self._draft.selection] == [one.selection for one in plan.plans]
        if self._draft is not None and made_here:
            return self._draft.options()
        import msgspec

        from wizard.build.builder import OPTIONS, Options

        try:
            return msgspec.json.decode((Path(plan.build_folder) / OPTIONS).read_bytes(), type=Options)
        except (OSError, msgspec.DecodeError):
            return Options()

    # --- looking around -----------------------------------------------------------------------------------

    @work(thread=True, group="survey")
    def look_around(self) -> None:
        """Read the catalogue, look at this machine and at the builds so far."""
        from wizard.build.listing import list_builds
        from wizard.session import Session

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
        """A worker met an error."""
        self.tell(event.error)

    # --- the way from screen to screen ----------------------------------------------------------------------

    def go(self, step: Step) -> None:
        """Show a step for the draft. The choices are in the draft, so nothing is lost in any direction."""
        if step is not Step.WELCOME:
            self.show(self._screen_of(step))
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

    def _screen_of(self, step: Step) -> Screen[None]:
        match step:
            case Step.HOST:
                from wizard.tui.screens.host import HostScreen

                return HostScreen()
            case Step.TARGET:
                from wizard.tui.screens.target import TargetScreen

                return TargetScreen()
            case Step.LIBC:
                from wizard.tui.screens.libc import LibcScreen

                return LibcScreen()
            case Step.RELEASE:
                from wizard.tui.screens.release import ReleaseScreen

                return ReleaseScreen()
        from wizard.tui.screens.review import ReviewScreen

        return ReviewScreen()

    def begin_new(self) -> None:
        """Start with a first draft, at the host machine."""
        if not self.ready:
            self._waiting = self.begin_new
            return
        self._if_nothing_lost(self._begin_new, "Start new")

    def _begin_new(self) -> None:
        self._draft = None
        self._kept = self.draft
        self.go(Step.HOST)

    def explore(self) -> None:
        """Show what works, what cannot and what is untested."""
        if not self.ready:
            self._waiting = self.explore
            return
        from wizard.tui.screens.explorer import ExplorerScreen

        self.show(ExplorerScreen())

    def begin_preset(self, name: str) -> None:
        """Start with a preset that comes with the wizard."""
        if not self.ready:
            self._first_preset = self.presets()[name]
            return
        self._if_nothing_lost(lambda: self.begin_from(self.presets()[name]), "Take the preset")

    def begin_with(self, selection: Selection) -> None:
        """Start with a whole selection that was found elsewhere."""
        from wizard.selection import Preset

        self._if_nothing_lost(lambda: self.begin_from(Preset(selection)), "Take this one")

    def begin_from(self, preset: Preset) -> None:
        """Start with a preset: its choices are made, so the review comes first."""
        from wizard.tui.draft import from_preset

        self._draft = self._kept = from_preset(preset)
        self.go(Step.REVIEW)

    def review_of(self, plan: Plan) -> None:
        """Back from a build to the choices that made it."""
        if not self.ready:
            self.notify("Still looking at this machine …", markup=False)
            return
        if self._draft is None or self._draft.selection != plan.selection:
            from wizard.tui.draft import Draft

            self._draft = self._kept = Draft(plan.selection, prefix=plan.prefix, origin=plan.preset)
        self.go(Step.REVIEW)

    def build(self, plan: Plan) -> None:
        """Start the build of exactly this plan, and watch it."""
        self._kept = self._draft
        self.show_build(plan, start=True)

    def open_build(self, build_id: str) -> None:
        """Show a build that runs, stopped, failed or is done."""
        from wizard.build.listing import load_job

        try:
            plan = load_job(self.session.folders.builds / build_id)
        except WizardError as error:
            self.tell(error)
            return
        self.show_build(plan)

    def show_build(self, plan: AnyJob, *, start: bool = False) -> None:
        """The build screen."""
        from wizard.tui.screens.build import BuildScreen

        self.show(BuildScreen(plan, start=start))

    def show_result(self, plan: Plan) -> None:
        """The result screen."""
        from wizard.tui.screens.result import ResultScreen

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
            # What other systems call it stands behind the command, in brackets.
            self.copy(fix.command.split("    (")[0])

    def copy(self, words: str) -> None:
        """Into the clipboard, by the terminal."""
        self.copy_to_clipboard(words)
        self.notify(words, title="Copied", markup=False)

    def tell(self, error: WizardError) -> None:
        """Say what went wrong."""
        from wizard.tui.screens.ask import tell

        self.push_screen(tell(error))

    def save_draft(self) -> None:
        """Ask where, and save the choices as a preset."""
        from wizard.tui.screens.ask_path import AskPath

        selection = self.draft.selection
        name = f"{selection.release}-{selection.target}-{selection.libc}.toml"
        question = "Save the choices as a preset, to build from it again:"
        self.push_screen(AskPath("Save preset", question, self._save_problem, name), self._saved)

    def _save_problem(self, path: str) -> str:
        from wizard.selection import save_preset

        try:
            save_preset(self.draft.preset, Path(path).expanduser())
        except WizardError as error:
            return f"{error.what}: {error.why}"
        return ""

    def _saved(self, path: str | None) -> None:
        if path:
            self._kept = self._draft
            self.notify(f"Saved: {path}", markup=False)

    def _if_nothing_lost(self, then: Callable[[], None], words: str) -> None:
        """Do `then`; ask first where choices that are nowhere else would be lost."""
        if self._draft is None or self._draft == self._kept:
            then()
            return
        from wizard.tui.screens.ask import Ask

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
        from wizard.build.listing import running

        code = 0
        plan = getattr(self.screen, "plan", None)
        progress = getattr(self.screen, "progress", None)
        if plan is not None and running(Path(plan.build_folder)):
            self.farewell = f"The build goes on. `ocaml-cross-wizard attach {plan.id}` shows it again."
        elif progress is not None and progress.error is not None:
            code = progress.error.exit_code
            self.farewell = progress.error.render()
        self.exit(code, return_code=code)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The command palette: the wizard's own commands beside Textual's."""
        yield from super().get_system_commands(screen)
        if self.ready and not isinstance(screen, Dialog):
            yield SystemCommand("Start new", "Choose host, target, C library and release", self.begin_new)
            yield SystemCommand("Explore what works", "Every target, C library and release", self.explore)
            yield SystemCommand("Welcome", "Presets and builds", lambda: self.go(Step.WELCOME))
            if self.has_draft:
                yield SystemCommand("Review", "Everything the build will do", lambda: self.go(Step.REVIEW))
                yield SystemCommand("Save preset", "Keep the choices as a file", self.save_draft)


def run(preset_name: str | None = None, attach: str | None = None) -> int:
    """Run the wizard in this terminal. Returns the exit code; says what went wrong where it cannot start.

    preset_name: a preset or file to review at once. attach: a build's id, to watch at once.
    """
    try:
        app = WizardApp(preset=preset_named(preset_name), plan=plan_named(attach))
        code = app.run()
    except WizardError as error:
        print(error.render(), file=sys.stderr)
        return error.exit_code
    if app.farewell:
        print(app.farewell, file=sys.stderr)
    return app.return_code or code or 0
