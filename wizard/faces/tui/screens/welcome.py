"""The first screen: start new, explore what works, start from a preset, or continue with a build."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.faces.tui.hanging_indent import HangingText, hanging_text
from wizard.faces.tui.keys import HELP, QUIT
from wizard.faces.tui.render import MUTED, text
from wizard.faces.tui.screens.base import WizardScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.choice_list import ViList
from wizard.session.questions import BUILD_WORDS

if TYPE_CHECKING:
    from wizard.builds.listing import BuildInfo
    from wizard.session.saved_drafts import SavedDraft

INTRO = (
    "A cross switch is an OCaml compiler that runs here and makes programs for another machine. "
    "The wizard checks your choices, shows exactly what it will do, builds the compiler and tests it "
    "on the target."
)

REFRESH_SECONDS = 3.0


class BeginList(ViList):
    """What one can begin with."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Choose", key_display="⏎")]


class WelcomeScreen(WizardScreen):
    """What one can begin with. Shown at once; presets and builds follow when they are found."""

    STEP = Step.WELCOME
    BACK_WORD = ""
    NEXT_WORD = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "select", "Choose", show=False, id="next"),
        Binding("n", "new", "Start new", id="new"),
        Binding("x", "explore", "Explore", id="explore"),
        Binding("d", "doctor", "Doctor", id="doctor"),
        Binding("t", "tour", "Tour", id="tour"),
        Binding("delete,backspace", "forget", "Forget", key_display="del", id="forget"),
        Binding("c", "codes", "Explain", id="codes"),
        HELP,
        QUIT,
    ]

    def body(self) -> ComposeResult:
        """Intro and list."""
        yield Static(INTRO, id="intro", markup=False)
        yield BeginList(id="begin", markup=False)

    def on_mount(self) -> None:
        """Show what is known already."""
        self.set_title("What would you like to do?")
        self.show_choices()
        self.set_interval(REFRESH_SECONDS, self._refresh_builds)

    def _refresh_builds(self) -> None:
        """Builds change their state while one looks, and another terminal may begin one."""
        if self.is_current and self.wizard.ready:
            self.wizard.look_around()

    def on_screen_resume(self) -> None:
        """Builds may have changed."""
        if self.is_mounted:
            self.show_choices()

    def show_choices(self) -> None:
        """Fill the list from the app."""
        wizard = self.wizard
        begin = self.query_one(ViList)
        keep = begin.get_option_at_index(begin.highlighted).id if begin.highlighted is not None else None
        # What is at work comes first: who lost a terminal needs to see it again.
        options: list[Option | None] = [
            _build_option(build) for build in wizard.builds if build.state == "running"
        ]
        if options:
            options.append(None)
        if wizard.has_draft:
            options.append(Option(_entry("Continue with your choices", wizard.draft_words()), "draft"))
        options += [_draft_option(other, time.time()) for other in wizard.choices.others()]
        about = "Choose host, target, C library and release, each explained"
        options.append(Option(_entry("Start new", about), "new"))
        about = "Every target, C library and release: what works, what cannot and why, what is untested"
        options.append(Option(_entry("Explore what works", about), "explore"))
        about = "What prevents a build here: tools, compilers, folders, limits, network, switches"
        options.append(Option(_entry("Check this machine for problems", about), "doctor"))
        if not wizard.ready:
            options.append(Option(text("looking at this machine …", MUTED), disabled=True))
        presets = wizard.presets()
        if presets:
            options += [None]
            options += [
                Option(_entry(f"Preset: {preset.title or name}", preset.about), f"preset:{name}")
                for name, preset in presets.items()
            ]
        ended = [build for build in wizard.builds if build.state != "running"]
        if ended:
            options += [None, *map(_build_option, ended)]
        begin.clear_options()
        begin.add_options(options)
        ids = [option.id for option in begin.options]
        begin.highlighted = ids.index(keep) if keep in ids else 0

    def action_select(self) -> None:
        """Enter."""
        self.query_one(ViList).action_select()

    def action_new(self) -> None:
        """Start new."""
        self.wizard.begin_new()

    def action_tour(self) -> None:
        """See how this works."""
        self.wizard.show_tour()

    def _kept_under_cursor(self) -> str:
        """The id of the draft under the cursor, "" where there is none."""
        begin = self.query_one(ViList)
        option = begin.get_option_at_index(begin.highlighted) if begin.highlighted is not None else None
        kind, _, name = (option.id or "" if option else "").partition(":")
        return name if kind == "kept" else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a draft can be forgotten."""
        if action == "forget" and not (self.is_mounted and self._kept_under_cursor()):
            return False
        return super().check_action(action, parameters)

    def on_option_list_option_highlighted(self) -> None:
        """The keys depend on what is under the cursor."""
        self.refresh_bindings()

    def action_forget(self) -> None:
        """Remove the draft under the cursor."""
        self.wizard.choices.saved.forget(self._kept_under_cursor())
        self.show_choices()

    def _go_on_with(self, id_: str) -> None:
        kept = next((other for other in self.wizard.choices.others() if other.id == id_), None)
        if kept is not None:
            self.wizard.continue_with(kept)

    def action_explore(self) -> None:
        """See what works."""
        self.wizard.explore()

    def action_doctor(self) -> None:
        """See what stands in the way here."""
        self.wizard.look_at_machine()

    def action_codes(self) -> None:
        """See what a code means."""
        self.wizard.explain_codes()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin with what was chosen."""
        event.stop()
        kind, _, name = (event.option.id or "").partition(":")
        match kind:
            case "draft":
                self.wizard.go(Step.REVIEW)
            case "kept":
                self._go_on_with(name)
            case "new":
                self.wizard.begin_new()
            case "explore":
                self.wizard.explore()
            case "doctor":
                self.wizard.look_at_machine()
            case "preset":
                self.wizard.begin_preset(name)
            case "build":
                self.wizard.open_build(name)


def _draft_option(kept: SavedDraft, now: float) -> Option:
    chosen = kept.draft.selection
    words = f"OCaml {chosen.release}, {chosen.target}, {chosen.libc}"
    title = f"Continue with {words}"
    return Option(_entry(title, f"Choices that were not built yet, from {ago(now - kept.at)}"), f"kept:{kept.id}")


def ago(seconds: float) -> str:
    """A time in the past as a person says it."""
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(max(seconds, 0) // length)
        if count:
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return "just now"


def _build_option(build: BuildInfo) -> Option:
    return Option(_build_entry(build), f"build:{build.id}")


def _entry(title: str, about: str) -> HangingText:
    return hanging_text(text(title, "bold"), text(f"  {about}", MUTED))


def _build_entry(build: BuildInfo) -> HangingText:
    verb, state = BUILD_WORDS[build.state]
    stage = f", at stage {build.stage}" if build.stage and build.state != "done" else ""
    title = f"{verb}: OCaml {build.release} for {build.triplet}" if build.triplet else f"{verb}: {build.id}"
    return _entry(title, f"This build {state}{stage}. {build.prefix}")
