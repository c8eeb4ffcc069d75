"""What all screens of the wizard share: the step line, the footer, the keys, the too-small message."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Button, Label

from wizard.faces.tui.keys import acts_of
from wizard.faces.tui.port import Port, ShownBuild, port_of
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.key_bar import KeyBar, key_line
from wizard.faces.tui.widgets.step_line import StepLine
from wizard.faces.tui.widgets.too_small import HEIGHT, WIDTH, TooSmall

Result = TypeVar("Result")


class WizardScreen(Screen[None]):
    """A step of the wizard."""

    STEP: ClassVar[Step] = Step.WELCOME
    BACK_WORD: ClassVar[str] = "← Back"
    NEXT_WORD: ClassVar[str] = "Next →"
    FINISHED: ClassVar[bool] = False

    @property
    def wizard(self) -> Port:
        """The running app, as far as a screen may know it."""
        return port_of(self.app)

    @property
    def shown_build(self) -> ShownBuild | None:
        """The build that this screen is about, None where it is about none."""
        return None

    def compose(self) -> ComposeResult:
        """The frame around what a screen shows."""
        yield StepLine(self.STEP, self.FINISHED)
        with Horizontal(id="title-row"):
            yield Label("", id="title", markup=False)
            for id_, word in (("back", self.BACK_WORD), ("next", self.NEXT_WORD)):
                if word:
                    button = Button(word, id=id_, compact=True)
                    button.can_focus = False
                    yield button
        yield from self.body()
        yield KeyBar()
        yield TooSmall(id="too-small")

    def body(self) -> ComposeResult:
        """What the screen shows between its title and its footer."""
        yield from ()

    def set_title(self, title: str) -> None:
        """The question or the name at the top."""
        self.query_one("#title", Label).update(title)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Nothing but leaving is done unseen, behind the too-small message."""
        size = self.app.size
        return (size.width >= WIDTH and size.height >= HEIGHT) or super_allowed(action)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """The two buttons beside the title, for the mouse."""
        if event.button.id == "back":
            event.stop()
            self.action_back()
        elif event.button.id == "next":
            event.stop()
            self.action_next()

    def on_step_line_chosen(self, event: StepLine.Chosen) -> None:
        """A step was clicked."""
        event.stop()
        self.wizard.go(event.step)

    def action_back(self) -> None:
        """Go to the step before."""
        if self.STEP:
            self.wizard.go(Step(self.STEP - 1))

    def action_next(self) -> None:
        """Go to the next step."""
        if self.STEP < Step.REVIEW:
            self.wizard.go(Step(self.STEP + 1))

    def action_help(self) -> None:
        """Show the words and the keys."""
        port_of(self.app).show_help(self)


def super_allowed(action: str) -> bool:
    """What is allowed even where nothing can be seen."""
    return action.removeprefix("app.") in ("quit", "help_quit", "screenshot", "suspend_process")


class Dialog(ModalScreen[Result]):
    """A question or a page above a screen; Escape closes it without an answer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_empty", "Close"),
        Binding("f1", "help", "Help", show=False),
    ]

    def on_mount(self) -> None:
        """Name the keys at the box's lower edge, and follow them."""
        self.bindings_updated_signal.subscribe(self, self._show_keys)
        self.call_after_refresh(self._show_keys, self)

    def _show_keys(self, screen: Screen[object]) -> None:
        if screen is self:
            for box in self.query(".dialog").results(Widget):
                box.border_subtitle = key_line(self)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.action_dismiss_empty()

    async def action_press(self, key: str) -> None:
        """A click on a key at the lower edge does what the key does."""
        for act in acts_of(self):
            if key in act.keys:
                await self.app.run_action(act.action, act.node)
                return

    def action_help(self) -> None:
        """Show the words and the keys."""
        port_of(self.app).show_help(self)

    def action_dismiss_empty(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
