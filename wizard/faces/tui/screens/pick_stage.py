"""Asks at which stage a build is to continue."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.choice_list import ViList
from wizard.steps.stage import Stage

Picked = tuple[str, bool]
"""A stage, and whether its tree is to be kept as it is."""


class PickStage(Dialog[Picked]):
    """The stages that a build can go back to, the cursor at the last."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("t", "keep_tree", "Keep the tree")]

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        super().__init__()
        self._stages = stages

    def compose(self) -> ComposeResult:
        """The list, and what happens to the tree."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Go back to an earlier stage"
            box.border_subtitle = "⏎ on a fresh tree, t on the tree as it is"
            yield Static(
                "This stage and those after it are run again. Later stages have changed the tree, so the source "
                "is unpacked again; `t` leaves the tree as it is, with what you changed in it.",
                classes="hint",
                markup=False,
            )
            yield ViList(
                *(Option(join(stage.title, text(f"  {stage.id}", MUTED)), stage.id) for stage in self._stages),
                id="pick",
                markup=False,
            )

    def on_mount(self) -> None:
        """The cursor at the last stage, the one that failed."""
        picks = self.query_one("#pick", OptionList)
        picks.highlighted = len(self._stages) - 1
        picks.focus()
        picks.call_after_refresh(picks.scroll_to_highlight)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """The stage, on a fresh tree."""
        event.stop()
        self.dismiss((event.option.id or "", False))

    def action_keep_tree(self) -> None:
        """The stage under the cursor, on the tree as it is."""
        number = self.query_one("#pick", OptionList).highlighted
        if number is not None:
            self.dismiss((self._stages[number].id, True))
