"""What changes from the present choices to others: part by part, each difference with its reason."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from wizard.base.errors import WizardError
from wizard.faces.tui.keys import COPY, COPY_ALL
from wizard.faces.tui.plan_text import diff_lines, sentence
from wizard.faces.tui.port import port_of
from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.screens.base import Dialog
from wizard.faces.tui.widgets.reader import Item, Line, Reader
from wizard.faces.tui.widgets.search_bar import Searching
from wizard.session.changes import Changes, Difference, Part, changes, side
from wizard.session.draft import Draft


class ChangesScreen(Dialog[Draft], Searching):
    """A page above the step one is in; `t` takes the other choices."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "take", "Use it", id="take"),
        Binding("q,w", "dismiss_empty", "Close", show=False),
        COPY,
        COPY_ALL,
    ]

    def __init__(self, before: Draft, after: Draft) -> None:
        super().__init__()
        self._before, self._after = before, after
        self._found: Changes | None = None

    def compose(self) -> ComposeResult:
        """From what to what, then the parts."""
        with Vertical(classes="dialog page wide") as box:
            box.border_title = "What changes"
            box.border_subtitle = "t takes it, / searches, y copies, esc closes"
            yield Static(id="changes-head", markup=False)
            yield Reader("Nothing changes.", "changes-reader")

    def on_mount(self) -> None:
        """Compare."""
        session = port_of(self.app).session
        try:
            sides = [side(session, draft.preset, draft.prefix_path) for draft in (self._before, self._after)]
        except WizardError as error:
            self.query_one("#changes-head", Static).update(f"These cannot be compared: {error.what}")
            self.query_one(Reader).show(())
            return
        self._found = found = changes(*sides)
        head = join(text("- ", "$text-error"), found.before, "\n", text("+ ", "$text-success"), found.after)
        self.query_one("#changes-head", Static).update(head)
        reader = self.query_one(Reader)
        items = [_item(part) for part in found.parts if part.differences]
        if found.absent:
            items.append(Item("Plans: not compared", found.absent, (Line(text(found.absent, "$text-warning")),)))
        reader.show(tuple(items))
        reader.focus_first()

    def action_take(self) -> None:
        """Take the other choices."""
        self.dismiss(self._after)

    def action_copy(self) -> None:
        """The line under the cursor."""
        _item, line = self.query_one(Reader).under_cursor
        if line is not None:
            port_of(self.app).copy(line.words)

    def action_copy_all(self) -> None:
        """All changes as the command `diff` prints them."""
        from wizard.faces.text.changes import changes_text

        if self._found is not None:
            words = changes_text(self._found)
            port_of(self.app).copy(words, f"all changes, {len(words.splitlines())} lines")


def _item(part: Part) -> Item:
    count = len(part.differences)
    same = f" {part.same} more are the same." if part.same else ""
    purpose = f"{count} difference{'s' * (count != 1)}.{same}"
    rows = [line for difference in part.differences for line in _lines(difference)]
    return Item(f"{part.title} ({count})", purpose, tuple(rows))


def _lines(difference: Difference) -> list[Line]:
    why = (text(difference.name, "bold"), Content(sentence(difference.why or "this is what differs")))
    rows = [Line(text(difference.name, "bold"), why)]
    if difference.diff:
        rows += [Line(row.seen, why, row.copied, row.hang) for row in diff_lines(difference.diff)]
        return rows
    signs = (("-", difference.before, "$text-error"), ("+", difference.after, "$text-success"))
    for sign, words, style in signs:
        if words:
            rows.append(Line(join(text(f"{sign} ", style), text(words, style)), why, words, hang=4))
    if not difference.before or not difference.after:
        gone = "not there any more" if difference.before else "new"
        rows[0] = Line(join(text(difference.name, "bold"), text(f"  {gone}", MUTED)), why)
    return rows
