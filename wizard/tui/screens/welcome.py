"""The first screen: start new, explore what works, start from a preset, or go on with a build."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.tui.hanging import Hanging, hanging
from wizard.tui.keys import HELP, QUIT
from wizard.tui.render import text
from wizard.tui.screens.base import WizardScreen
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import ViList

if TYPE_CHECKING:
    from wizard.build.listing import BuildInfo

INTRO = (
    "A cross switch is an OCaml compiler that runs here and makes programs for another machine. "
    "The wizard checks whether yours can work, shows everything it will do, builds it and proves it."
)

REFRESH_SECONDS = 3.0

BUILD_WORDS = {
    "running": ("▶ Watch", "is running now"),
    "failed": ("✗ Look at", "failed"),
    "cancelled": ("■ Go on with", "was stopped"),
    "stopped": ("■ Go on with", "was cut off"),
    "done": ("✓ See", "is done"),
    "unreadable": ("? Cannot read", "was made by another version of the wizard, or is damaged"),
}


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
        # What is at work comes first: who lost a terminal wants to see it again.
        options: list[Option | None] = [_build_option(one) for one in wizard.builds if one.state == "running"]
        if options:
            options.append(None)
        if wizard.has_draft:
            options.append(Option(_entry("Go on with your choices", wizard.draft_words()), "draft"))
        about = "Choose host, target, C library and release, each explained"
        options.append(Option(_entry("Start new", about), "new"))
        about = "Every target, C library and release: what works, what cannot and why, what is untested"
        options.append(Option(_entry("Explore what works", about), "explore"))
        if not wizard.ready:
            options.append(Option(text("looking at this machine …", "dim"), disabled=True))
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

    def action_explore(self) -> None:
        """See what works."""
        self.wizard.explore()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Begin with what was chosen."""
        event.stop()
        kind, _, name = (event.option.id or "").partition(":")
        match kind:
            case "draft":
                self.wizard.go(Step.REVIEW)
            case "new":
                self.wizard.begin_new()
            case "explore":
                self.wizard.explore()
            case "preset":
                self.wizard.begin_preset(name)
            case "build":
                self.wizard.open_build(name)


def _build_option(build: BuildInfo) -> Option:
    return Option(_build_entry(build), f"build:{build.id}")


def _entry(title: str, about: str) -> Hanging:
    return hanging(text(title, "bold"), text(f"  {about}", "dim"))


def _build_entry(build: BuildInfo) -> Hanging:
    verb, state = BUILD_WORDS[build.state]
    stage = f", at stage {build.stage}" if build.stage and build.state != "done" else ""
    title = f"{verb}: OCaml {build.release} for {build.triplet}" if build.triplet else f"{verb}: {build.id}"
    return _entry(title, f"This build {state}{stage}. {build.prefix}")
