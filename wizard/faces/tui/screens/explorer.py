"""The explorer: which targets and C libraries work with a host and a release, which cannot, which are untested."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Label, OptionList, Select, Static

from wizard.catalogue.selection import Selection
from wizard.check.check import check
from wizard.check.matrix import Cell, cell_of, counts, hosts_of, matching, matrix, resolved_of
from wizard.check.resolved import resolve
from wizard.faces.tui.cell_words import cell_explained
from wizard.faces.tui.keys import BACK, HELP, QUIT
from wizard.faces.tui.render import CELLS, MUTED, join, text
from wizard.faces.tui.screens.cell import CellScreen, Left
from wizard.faces.tui.screens.filtered import FilteredScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.explain_panel import ExplainPanel
from wizard.faces.tui.widgets.matrix_list import CellList, MatrixList

INTRO = (
    "✓ works: built, and its programs were run. · untested: nothing speaks against it. "
    "✗ refused: it cannot work, for a reason; Enter shows what would."
)


class ExplorerScreen(FilteredScreen):
    """A list of target and C library for one host and one release; a cell opens with its reasons."""

    STEP = Step.WELCOME
    NEXT_WORD = "Start →"
    LIST = CellList

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "next", "Start with it", id="start"),
        Binding("slash", "filter", "Filter", key_display="/", id="filter"),
        Binding("right,right_square_bracket", "turn('release',1)", "Release", key_display="→", id="release"),
        Binding("left,left_square_bracket", "turn('release',-1)", "Release", show=False, key_display="←"),
        Binding("shift+right,right_curly_bracket", "turn('host',1)", "Host", key_display="}", id="host"),
        Binding("shift+left,left_curly_bracket", "turn('host',-1)", "Host", show=False, key_display="{"),
        BACK,
        HELP,
        QUIT,
    ]

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[tuple[str, str], tuple[Cell, ...]] = {}
        self._hosts: tuple[str, ...] = ()
        self._pair: tuple[str, str] | None = None

    def body(self) -> ComposeResult:
        """Intro, host and release and filter, the list beside its explanation, the counts."""
        session, host, release = self.wizard.session, *self._first()
        self._hosts = tuple(dict.fromkeys((*hosts_of(session.catalogue, session.build_machine), host)))
        here = session.build_machine.machine
        yield Static(INTRO, id="intro", markup=False)
        with Horizontal(id="explored"):
            yield Label("Host ", markup=False)
            titled = [(f"{id_} (this machine)" if id_ == here else id_, id_) for id_ in self._hosts]
            yield Select(titled, id="host", value=host, allow_blank=False, compact=True)
            yield Label("Release ", markup=False)
            releases = [(id_, id_) for id_ in session.catalogue.releases]
            yield Select(releases, id="release", value=release, allow_blank=False, compact=True)
            yield Input(id="filter", compact=True, placeholder="/ filter: arm musl …")
        with Horizontal(id="choosing"):
            yield MatrixList()
            yield ExplainPanel()
        yield Static(id="counts", markup=False)

    def _first(self) -> tuple[str, str]:
        """The host and the release to begin with: those of the choices so far, else this machine."""
        session = self.wizard.session
        chosen = self.wizard.draft.selection if self.wizard.has_draft else Selection("")
        machine = session.catalogue.machines.get(chosen.host)
        host = machine.id if machine else next(iter(hosts_of(session.catalogue, session.build_machine)))
        known = session.catalogue.releases
        return host, chosen.release if chosen.release in known else next(iter(known))

    def on_mount(self) -> None:
        """Show the cells, the cursor at the choices so far."""
        self.set_title("Explore what works")
        if self.wizard.has_draft:
            chosen = self.wizard.draft.selection
            self._pair = chosen.target, chosen.libc
        self.show_matches()
        self.query_one(CellList).focus()

    # --- what is shown --------------------------------------------------------------------------------

    def _value(self, field: str) -> str:
        return str(self.query_one(f"#{field}", Select).value)

    def _cells(self) -> tuple[Cell, ...]:
        """The cells of the chosen host and release, each made once."""
        session, key = self.wizard.session, (self._value("host"), self._value("release"))
        if key not in self._made:
            self._made[key] = matrix(session.catalogue, session.build_machine, key[1], key[:1])
        return self._made[key]

    def show_matches(self) -> None:
        """Show the cells that the typed words are about."""
        cells = self._cells()
        shown = matching(cells, self.words.value, self.wizard.session.catalogue)
        self.query_one(MatrixList).show(shown, self._pair)
        parts = []
        for verdict, number in counts(shown).items():
            sign, style = CELLS[verdict]
            parts.append(join(text(sign, style), f" {number}   "))
        self.query_one("#counts", Static).update(join(*parts, text(f"{len(shown)} of {len(cells)} shown", MUTED)))
        self.query_one(ExplainPanel).display = bool(shown)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Explain the cell under the cursor."""
        if not isinstance(event.option_list, CellList):
            return
        event.stop()
        cell = self.query_one(MatrixList).chosen
        if cell is not None:
            self._pair = cell.pair
            session = self.wizard.session
            resolved = resolved_of(cell, session.catalogue, session.build_machine)
            self.query_one(ExplainPanel).show(cell_explained(cell, resolved, check(resolved)))

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another host or release."""
        event.stop()
        self.show_matches()

    # --- what the keys do -------------------------------------------------------------------------------

    def action_turn(self, field: str, by: int) -> None:
        """The next or the previous host or release."""
        ids = list(self._hosts if field == "host" else self.wizard.session.catalogue.releases)
        self.query_one(f"#{field}", Select).value = ids[(ids.index(self._value(field)) + by) % len(ids)]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter opens the cell."""
        event.stop()
        selection = self._selection()
        if selection is not None:
            self.app.push_screen(CellScreen(selection), self._left)

    def _left(self, left: Left | None) -> None:
        """Start with what the page showed last, or show that in the list."""
        if left is None:
            return
        if left.start:
            self.wizard.begin_with(left.selection)
            return
        session = self.wizard.session
        cell = cell_of(resolve(left.selection, session.catalogue, session.build_machine))
        self._pair = cell.pair
        if not matching((cell,), self.words.value, session.catalogue):
            self.words.value = ""
        if cell.host in self._hosts:
            self.query_one("#host", Select).value = cell.host
        self.query_one("#release", Select).value = cell.release
        self.show_matches()

    def action_next(self) -> None:
        """Start the wizard with the cell under the cursor."""
        selection = self._selection()
        if selection is not None:
            self.wizard.begin_with(selection)

    def _selection(self) -> Selection | None:
        """The whole selection of the cell under the cursor."""
        cell, session = self.query_one(MatrixList).chosen, self.wizard.session
        return resolved_of(cell, session.catalogue, session.build_machine).selection if cell else None

    def leave(self) -> None:
        """To the welcome screen."""
        self.wizard.go(Step.WELCOME)
