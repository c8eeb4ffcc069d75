"""The patches of a selection, in the order in which they are applied."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets.option_list import Option

from wizard.tui.render import join, text
from wizard.tui.widgets.choice_list import ViList


class PatchList(ViList):
    """Add, remove and reorder; what changes is told by messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Next", key_display="⏎"),
        Binding("a,insert", "add", "Add patch", key_display="a"),
        Binding("delete,backspace", "remove", "Remove", key_display="del"),
        Binding("shift+up,K", "move(-1)", "Move up", show=False),
        Binding("shift+down,J", "move(1)", "Move down", show=False),
    ]

    class Add(Message):
        """The user wants to add a patch."""

    class Changed(Message):
        """The patches are now `patches`."""

        def __init__(self, patches: tuple[str, ...]) -> None:
            super().__init__()
            self.patches = patches

    def __init__(self) -> None:
        super().__init__(id="patches", markup=False)
        self.border_title = "Patches"
        self.patches: tuple[str, ...] = ()

    def show(self, patches: tuple[str, ...]) -> None:
        """Show `patches`, paths in order."""
        keep = self.highlighted
        self.patches = patches
        self.clear_options()
        self.border_title = f"Patches: {len(patches) or 'none'}"
        for number, path in enumerate(patches, 1):
            self.add_option(
                Option(join(f"{number}. {Path(path).name}", text(f"   {Path(path).parent}", "dim")), path)
            )
        self.add_option(Option(text("+ add a patch file…", "italic"), "add"))
        self.highlighted = min(keep if keep is not None else len(patches), len(patches))

    def action_select(self) -> None:
        """Enter on the last line adds one; elsewhere it goes on as in every list."""
        if self.highlighted == len(self.patches):
            self.post_message(self.Add())
        else:
            super().action_select()

    def action_add(self) -> None:
        """Ask for a patch."""
        self.post_message(self.Add())

    def action_remove(self) -> None:
        """Remove the patch under the cursor."""
        index = self.highlighted
        if index is not None and index < len(self.patches):
            self.post_message(self.Changed((*self.patches[:index], *self.patches[index + 1 :])))

    def action_move(self, by: int) -> None:
        """Move the patch under the cursor up or down."""
        index = self.highlighted
        if index is None or index >= len(self.patches) or not 0 <= index + by < len(self.patches):
            return
        patches = list(self.patches)
        patches[index], patches[index + by] = patches[index + by], patches[index]
        self.highlighted = index + by
        self.post_message(self.Changed(tuple(patches)))
