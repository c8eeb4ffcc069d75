"""What the screens share on which one chooses and reviews: undo, what-if, copying."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from wizard.faces.tui.keys import COPY, COPY_ALL, REDO, UNDO
from wizard.faces.tui.port import port_of
from wizard.faces.tui.screens.what_if import Alternative, WhatIf
from wizard.faces.tui.widgets.search_bar import Searching
from wizard.session.draft import Draft


class Editing(Searching):
    """Undo and redo, a comparison with other choices, copying of what is under the cursor.

    WHAT_IF stands among the screen's own keys, where the footer is to show it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [UNDO, REDO, COPY, COPY_ALL]

    def show_draft(self) -> None:
        """Show the draft as it is now."""
        raise NotImplementedError

    def alternatives(self) -> tuple[Alternative, ...]:
        """What the choices can be compared with here."""
        return ()

    def copied(self, *, whole: bool) -> tuple[str, str]:  # noqa: ARG002 - for those that have a whole
        """What is under the cursor, or the whole of it, and what to call it ("" for the words themselves)."""
        return "", ""

    def action_undo(self) -> None:
        """Take the last choice back."""
        if port_of(self.app).undo():
            self.show_draft()

    def action_redo(self) -> None:
        """Make the choice again that was taken back."""
        if port_of(self.app).undo(again=True):
            self.show_draft()

    def action_copy(self) -> None:
        """Copy what is under the cursor."""
        self._copy(whole=False)

    def action_copy_all(self) -> None:
        """Copy the whole: the script, the patch, the commands of the stage."""
        self._copy(whole=True)

    def _copy(self, *, whole: bool) -> None:
        words, what = self.copied(whole=whole)
        if words:
            port_of(self.app).copy(words, what)
        else:
            self.notify("Nothing to copy here", markup=False)

    def action_what_if(self) -> None:
        """Ask with what to compare, and show what would change."""
        wizard = port_of(self.app)
        present = wizard.draft
        others = [alternative for alternative in self.alternatives() if alternative.draft != present]
        first = wizard.choices.first
        if first is not None and first != present:
            others.append(Alternative("as these choices began", _words(first), first))
        if others:
            self.app.push_screen(WhatIf(tuple(others)), self._compare)
        else:
            self.notify("There is nothing else to compare with", markup=False)

    def _compare(self, other: Draft | None) -> None:
        if other is not None:
            from wizard.faces.tui.screens.changes import ChangesScreen

            self.app.push_screen(ChangesScreen(port_of(self.app).draft, other), self._take)

    def _take(self, other: Draft | None) -> None:
        if other is not None:
            wizard = port_of(self.app)
            before = wizard.draft
            wizard.draft = other
            from wizard.session.draft import difference

            self.notify(difference(before, other), title="Taken (u takes it back)", markup=False)
            self.show_draft()


def _words(draft: Draft) -> str:
    chosen = draft.selection
    return f"OCaml {chosen.release}, {chosen.target}, {chosen.libc}"
