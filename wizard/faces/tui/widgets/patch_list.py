"""The patches of a selection, in the order in which they are applied."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets.option_list import Option

from wizard.catalogue.model import Patch
from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.widgets.choice_list import ViList


class PatchList(ViList):
    """Add, remove and reorder; what changes is told by messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Next", key_display="⏎"),
        Binding("a,insert", "add", "Add patch", key_display="a"),
        Binding("delete,backspace", "remove", "Remove", key_display="del"),
        Binding("space", "switch", "On/off", key_display="space"),
        Binding("shift+up,K", "move(-1)", "Move up", show=False),
        Binding("shift+down,J", "move(1)", "Move down", show=False),
    ]

    class Add(Message):
        """The user wants to add a patch."""

    class Changed(Message):
        """The patches are now `patches`, in that order."""

        def __init__(self, patches: tuple[str, ...]) -> None:
            super().__init__()
            self.patches = patches

    class Toggled(Message):
        """The patch `name`, a file or one of the wizard's own, is to be switched off, or on again."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self) -> None:
        super().__init__(id="patches", markup=False)
        self.border_title = "Patches"
        self.patches: tuple[str, ...] = ()
        self.own: tuple[Patch, ...] = ()

    @property
    def under_cursor(self) -> Patch | None:
        """The wizard's own patch under the cursor."""
        index = -1 if self.highlighted is None else self.highlighted - len(self.patches) - 1
        return self.own[index] if 0 <= index < len(self.own) else None

    @property
    def name_under_cursor(self) -> str:
        """The path of the user's patch, or the name of the wizard's own; "" on the line that adds one."""
        index = self.highlighted
        if index is not None and index < len(self.patches):
            return self.patches[index]
        return self.under_cursor.id if self.under_cursor else ""

    def show(self, patches: tuple[str, ...], own: tuple[Patch, ...] = (), without: tuple[str, ...] = ()) -> None:
        """Show `patches`, paths in order, and the wizard's `own` of this selection; those in `without` are off."""
        keep = self.highlighted
        self.patches, self.own = patches, own
        self.clear_options()
        applied = [name for name in (*patches, *(patch.id for patch in own)) if name not in without]
        self.border_title = f"Patches: {len(applied) or 'none'}"
        for number, path in enumerate(patches, 1):
            off = " (off)" if path in without else ""
            name = text(f"{number}. {Path(path).name}{off}", MUTED if off else "")
            self.add_option(Option(join(name, text(f"   {Path(path).parent}", MUTED)), path))
        self.add_option(Option(text("+ add a patch file…", "italic"), "add"))
        for patch in own:
            off = " (off)" if patch.id in without else ""
            need = "required" if patch.required else "optional"
            name = text(f"{patch.title}{off}", MUTED if off else "")
            self.add_option(Option(join(name, text(f"   the wizard's own, {need}", MUTED)), patch.id))
        last = len(patches) + len(own)
        self.highlighted = min(keep if keep is not None else len(patches), last)

    def action_switch(self) -> None:
        """Switch the patch under the cursor off, or on again."""
        index = self.highlighted
        if index is not None and index < len(self.patches):
            self.post_message(self.Toggled(self.patches[index]))
        elif self.under_cursor is not None:
            self.post_message(self.Toggled(self.under_cursor.id))

    def action_select(self) -> None:
        """Enter on the last line adds one; elsewhere it continues as in every list."""
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
