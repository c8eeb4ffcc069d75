"""The end: what was proved, and what to type next."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Static

from wizard.base.sizes import PartSize, switch_sizes
from wizard.builds.journal import OlderSwitchMoved, moved_switches
from wizard.faces.tui.keys import COPY_ALL, HELP, QUIT
from wizard.faces.tui.port import ShownBuild
from wizard.faces.tui.result_text import result_items, verdict
from wizard.faces.tui.screens.base import WizardScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.reader import Reader
from wizard.faces.tui.widgets.search_bar import Searching
from wizard.plan.model import Plan
from wizard.prove.report import REPORT_FILE, load_report


class ResultScreen(WizardScreen, Searching):
    """Next steps, then the proof part by part: constants, programs, what ran, sizes."""

    STEP = Step.BUILD
    FINISHED = True
    BACK_WORD = "← Build log"
    NEXT_WORD = "Copy"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,c", "next", "Copy", key_display="y", id="copy"),
        Binding("right", "part(1)", "Next part", key_display="→", id="part"),
        Binding("left", "part(-1)", "Part before", show=False),
        Binding("escape", "back", "Build log", id="back"),
        Binding("w", "welcome", "Another switch", id="welcome"),
        COPY_ALL,
        HELP,
        QUIT,
        *(
            Binding(str(number), f"show_part({number - 1})", f"Part {number}", show=False)
            for number in range(1, 7)
        ),
    ]

    class Measured(Message):
        """The room that the switch takes is known."""

        def __init__(self, sizes: tuple[PartSize, ...]) -> None:
            super().__init__()
            self.sizes = sizes

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.report = load_report(Path(plan.prefix) / REPORT_FILE)
        self.kept: Sequence[OlderSwitchMoved] = ()
        with suppress(OSError):
            self.kept = moved_switches(Path(plan.build_folder))
        self._sizes: tuple[PartSize, ...] = ()

    @property
    def shown_build(self) -> ShownBuild:
        """The one that is done."""
        return ShownBuild(self.plan)

    def body(self) -> ComposeResult:
        """Verdict, then the parts."""
        yield Static(id="verdict", markup=False)
        yield Reader("", "result", straight=True)

    def on_mount(self) -> None:
        """Show what is known, and measure the rest."""
        self.set_title(f"OCaml {self.plan.release} for {self.plan.triplet}")
        self.query_one("#verdict", Static).update(verdict(self.report, self.plan))
        self._show()
        self.query_one(Reader).focus_first()
        self.measure()

    def _show(self) -> None:
        self.query_one(Reader).show(result_items(self.plan, self.report, self._sizes, self.kept))

    @work(thread=True, group="sizes")
    def measure(self) -> None:
        """Add up the room that the switch takes."""
        self.post_message(self.Measured(switch_sizes(Path(self.plan.prefix))))

    def on_result_screen_measured(self, event: Measured) -> None:
        """The sizes are known."""
        self._sizes = event.sizes
        self._show()

    def on_reader_chosen(self, event: Reader.Chosen) -> None:
        """Enter copies."""
        event.stop()
        self.action_next()

    def action_part(self, by: int) -> None:
        """The next or the previous part."""
        reader = self.query_one(Reader)
        self.action_show_part(((reader.names.highlighted or 0) + by) % len(reader.items))

    def action_show_part(self, number: int) -> None:
        """Show one part."""
        reader = self.query_one(Reader)
        if number < len(reader.items):
            reader.names.highlighted = number
            reader.focus_first()

    def action_next(self) -> None:
        """Copy the line under the cursor: a command, a path, a value."""
        _item, line = self.query_one(Reader).under_cursor
        if line is not None:
            self.wizard.copy(line.words)

    def action_copy_all(self) -> None:
        """Copy the whole part."""
        item, _line = self.query_one(Reader).under_cursor
        if item is not None:
            self.wizard.copy(item.words, f"{item.name}: {len(item.lines)} lines")

    def action_back(self) -> None:
        """The stages and logs of this build."""
        self.wizard.show_build(self.plan, stay=True)

    def action_welcome(self) -> None:
        """Begin another switch."""
        self.wizard.go(Step.WELCOME)
