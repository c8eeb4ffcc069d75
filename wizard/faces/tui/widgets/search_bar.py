"""The line for what is searched, above the footer, and the keys of search for a screen."""

from __future__ import annotations

from typing import ClassVar, Protocol, runtime_checkable

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Label


@runtime_checkable
class Findable(Protocol):
    """A widget in which one can search."""

    def count_of(self, query: str) -> int:
        """How many places hold the query."""
        ...

    def find(self, query: str, by: int, *, here: bool = False) -> bool:
        """Go to the next place that holds the query; False where there is none. here: this place will do."""
        ...


class SearchField(Input):
    """The field; Escape leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Close", show=False)]

    def action_leave(self) -> None:
        """Give up the search."""
        if isinstance(self.parent, SearchBar):
            self.parent.post_message(SearchBar.Done(""))


class SearchBar(Horizontal):
    """A slash, the field, and how many places hold what was typed."""

    class Done(Message):
        """Search for `query`; "" to give up."""

        def __init__(self, query: str) -> None:
            super().__init__()
            self.query = query

    def __init__(self, target: Widget, query: str = "") -> None:
        super().__init__()
        self.target = target
        self._query = query

    def compose(self) -> ComposeResult:
        """One line."""
        yield Label("/", markup=False)
        yield SearchField(self._query, placeholder="search; ⏎ goes there, then n and N", compact=True)
        yield Label("", id="found", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say how many places there are."""
        event.stop()
        found = self.target.count_of(event.value) if event.value and isinstance(self.target, Findable) else 0
        self.query_one("#found", Label).update(f"{found} found" if event.value else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go there."""
        event.stop()
        self.post_message(self.Done(event.value))


class Searching(Screen[None]):
    """What a screen needs to be searched: `/`, then n and N for the next and the previous place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/", show=False, id="search"),
        Binding("n", "found(1)", "Next found", show=False, id="next-found"),
        Binding("N", "found(-1)", "Previous found", key_display="N", show=False, id="previous-found"),
    ]

    _searched = ""

    def findable(self) -> Widget | None:
        """What is searched: around the focus, else the first on the screen that can be."""
        focused = self.focused
        around = (
            []
            if focused is None
            else [widget for widget in focused.ancestors_with_self if isinstance(widget, Findable)]
        )
        if around:
            outermost = around[-1]
            return outermost if isinstance(outermost, Widget) else None
        return next(
            (widget for widget in self.query("*") if isinstance(widget, Findable) and widget.display), None
        )

    async def action_search(self) -> None:
        """Ask for what to search; what is typed at once after the slash goes into the field, too."""
        target = self.findable()
        if target is not None and not self.query(SearchBar):
            bar = SearchBar(target, self._searched)
            await self.mount(bar, before=next(iter(self.query("KeyBar")), None))
            self.set_focus(bar.query_one(SearchField))

    async def on_search_bar_done(self, event: SearchBar.Done) -> None:
        """Go to the first place."""
        event.stop()
        bar = self.query_one(SearchBar)
        target = bar.target
        await bar.remove()
        focus = (
            target
            if target.can_focus
            else next((widget for widget in target.query("*") if widget.can_focus), None)
        )
        if focus is not None and (self.focused is None or self.focused not in target.walk_children()):
            focus.focus()
        if event.query:
            self._searched = event.query
            self._go(target, 1, here=True)
        self.refresh_bindings()

    def action_found(self, by: int) -> None:
        """The next or the previous place."""
        target = self.findable()
        if self._searched and target is not None:
            self._go(target, by)

    def _go(self, target: Widget, by: int, *, here: bool = False) -> None:
        if isinstance(target, Findable) and not target.find(self._searched, by, here=here):
            self.notify(f"{self._searched!r} is not here", markup=False)
