"""The cells of the matrix for one host and release, one line each."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static
from textual.widgets.option_list import Option

from wizard.check.matrix import Cell
from wizard.faces.tui.cell_words import VERDICT_WIDTH, line_of
from wizard.faces.tui.render import text
from wizard.faces.tui.widgets.choice_list import ViList

NOTHING = "Nothing matches what you typed; Escape takes it away."


class CellList(ViList):
    """The lines; Enter opens one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Open", key_display="⏎")]


class MatrixList(Vertical):
    """A heading above aligned columns: verdict, target, C library, why or when."""

    def __init__(self) -> None:
        super().__init__(id="matrix")
        self.cells: tuple[Cell, ...] = ()

    def compose(self) -> ComposeResult:
        """The heading and the list."""
        yield Static(id="matrix-heading", markup=False)
        yield CellList(id="cells", markup=False)

    @property
    def chosen(self) -> Cell | None:
        """The cell under the cursor."""
        index = self.query_one(CellList).highlighted
        return self.cells[index] if self.cells and index is not None else None

    def show(self, cells: tuple[Cell, ...], pair: tuple[str, str] | None) -> None:
        """Show `cells`, the cursor at target and C library of `pair` where they are among them."""
        self.cells = cells
        target = max((len(cell.target) for cell in cells), default=6) + 2
        libc = max((len(cell.libc) for cell in cells), default=0)
        libc = max(libc, len("C library")) + 2
        heading = f"{'verdict':<{VERDICT_WIDTH}}{'target':<{target}}{'C library':<{libc}}why, or how and when"
        self.query_one("#matrix-heading", Static).update(text(heading, "bold"))
        lines = self.query_one(CellList)
        lines.clear_options()
        lines.add_options([Option(line_of(cell, target, libc)) for cell in cells])
        if not cells:
            lines.add_option(Option(NOTHING, disabled=True))
            return
        pairs, targets = [cell.pair for cell in cells], [cell.target for cell in cells]
        first = targets.index(pair[0]) if pair and pair[0] in targets else 0
        lines.highlighted = pairs.index(pair) if pair in pairs else first
