"""A list of named things and the text of the one under the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.tui.hanging import hanging
from wizard.tui.render import MUTED, join, lines, text
from wizard.tui.widgets.choice_list import ViList


@dataclass(frozen=True)
class Item:
    """One thing: its name, what it is for, its text, and the language of that text ("" for none).

    hang: by how many cells a wrapped line is indented; None for as much as the line itself.
    """

    name: str
    purpose: str
    body: str
    language: str = ""
    hang: int | None = None


class Browser(Horizontal):
    """The list beside the text; above it in a narrow terminal. What is long is scrolled with the mouse or Tab."""

    def __init__(self, empty: str, id_: str) -> None:
        super().__init__(id=id_)
        self._empty = empty
        self.items: tuple[Item, ...] = ()

    def compose(self) -> ComposeResult:
        """List and text."""
        yield ViList(markup=False)
        with VerticalScroll(classes="detail"):
            yield Static(markup=False, expand=True)

    def show(self, items: tuple[Item, ...]) -> None:
        """Show `items`, the cursor where it was."""
        if items == self.items and self.query_one(ViList).option_count:
            return
        self.items = items
        names = self.query_one(ViList)
        keep = names.highlighted or 0
        names.clear_options()
        names.add_options(Option(item.name) for item in items)
        self.set_class(not items, "-empty")
        if items:
            names.highlighted = min(keep, len(items) - 1)
        else:
            self.query_one(Static).update(self._empty)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the text of the thing under the cursor."""
        event.stop()
        item = self.items[event.option_index]
        head = lines(join(text(item.name, "bold"), text(f"  {item.purpose}", MUTED)), "")
        self.query_one(Static).update(hanging(head, coloured(item.body, item.language), hang=item.hang))
        self.query_one(".detail", VerticalScroll).scroll_home(animate=False)


def coloured(body: str, language: str) -> Content:
    """`body` with the colours of its language; as it is where there is none."""
    if not language:
        return Content(body)
    if language == "diff":
        return lines(*(text(line, _diff_style(line)) for line in body.splitlines()))
    from textual.highlight import highlight

    return highlight(body, language=language)


def _diff_style(line: str) -> str:
    if line.startswith(("+++", "---", "diff ")):
        return "bold"
    return {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}.get(line[:1], "")
