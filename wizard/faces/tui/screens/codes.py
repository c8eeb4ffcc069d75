"""Every code that the wizard may name, searched as one types, and reached from a finding or a cause."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from wizard.check.explain import Explanation
from wizard.doctor.explain import all_explanations, explain, matching
from wizard.faces.tui.keys import BACK, HELP, QUIT
from wizard.faces.tui.render import MUTED, SIGNS, STYLES, explained, join, text
from wizard.faces.tui.screens.filtered import FilteredScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.choice_list import ViList
from wizard.faces.tui.widgets.explain_panel import ExplainPanel
from wizard.session.questions import Explained

INTRO = (
    "A code stands in brackets behind each finding, error, cause in a log, and fact of the doctor. "
    "Type words that you remember: all of them have to be there."
)
NOTHING = "No code has all these words. Escape takes them away."


class CodeList(ViList):
    """One code a line."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Read it all", key_display="⏎")]


class CodesScreen(FilteredScreen):
    """A field above the codes that have all its words, beside what the code under the cursor means.

    code: the one to begin at, "" for the first.
    """

    STEP = Step.WELCOME
    NEXT_WORD = ""
    LIST = CodeList

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Search", key_display="/", id="filter"),
        Binding("y", "copy", "Copy command", id="copy"),
        BACK,
        HELP,
        QUIT,
    ]

    def __init__(self, code: str = "") -> None:
        super().__init__()
        self._code = code
        self._all = all_explanations()
        self.shown: tuple[Explanation, ...] = ()

    def body(self) -> ComposeResult:
        """Intro, field, list beside the words."""
        yield Static(INTRO, id="intro", markup=False)
        with Horizontal(id="searched"):
            yield Input(id="filter", compact=True, placeholder="/ search: memory, linker, error …")
            yield Static(id="counts", markup=False)
        with Horizontal(id="choosing"):
            yield CodeList(id="codes", markup=False)
            panel = ExplainPanel()
            panel.border_title = "What it means"
            yield panel

    def on_mount(self) -> None:
        """All codes, the cursor at the one that was asked for."""
        self.set_title("Explain a code")
        self.show_matches()
        self.query_one(CodeList).focus()

    def show_matches(self) -> None:
        """Those that have all words of the field."""
        self.shown = matching(self._all, self.words.value)
        codes = self.query_one(CodeList)
        codes.clear_options()
        width = max((len(entry.code) for entry in self.shown), default=0) + 2
        codes.add_options([Option(_line(entry, width)) for entry in self.shown])
        self.query_one("#counts", Static).update(f"{len(self.shown)} of {len(self._all)}")
        self.query_one(ExplainPanel).display = bool(self.shown)
        if not self.shown:
            codes.add_option(Option(text(NOTHING, MUTED), disabled=True))
            return
        names = [entry.code for entry in self.shown]
        # What was searched has its best match first; else the cursor stays where it was.
        searched = bool(self.words.value)
        codes.highlighted = names.index(self._code) if self._code in names and not searched else 0

    @property
    def chosen(self) -> Explanation | None:
        """The code under the cursor."""
        index = self.query_one(CodeList).highlighted
        return self.shown[index] if self.shown and index is not None else None

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the code under the cursor means."""
        event.stop()
        if self.chosen is not None:
            self._code = self.chosen.code
            self.query_one(ExplainPanel).show(code_explained(self.chosen))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """All of it on a page, with what real selections make of it."""
        event.stop()
        if self.chosen is None:
            return
        from wizard.catalogue.store import catalogue
        from wizard.faces.tui.screens.page import Page

        whole = code_explained(explain(self.chosen.code, catalogue()))
        self.app.push_screen(Page(self.chosen.code, explained(whole)))

    def action_copy(self) -> None:
        """The command that says the same in a terminal."""
        if self.chosen is not None:
            self.wizard.copy(f"ocaml-cross-wizard explain {self.chosen.code}")

    def show_code(self, code: str) -> None:
        """Another code, whatever was searched."""
        self._code = code
        self.words.value = ""
        self.show_matches()
        self.action_list()

    def leave(self) -> None:
        """To the screen that was left for this one."""
        self.app.pop_screen()


def _line(explanation: Explanation, width: int) -> Content:
    kind = f"{explanation.of} {SIGNS[explanation.severity][0]}" if explanation.of == "finding" else explanation.of
    return join(
        f"{explanation.code:<{width}}",
        text(f"{kind:<11}", STYLES.get(explanation.severity, MUTED)),
        text(explanation.what, MUTED),
    )


def code_explained(explanation: Explanation) -> Explained:
    """A code in the panel and on its page."""
    kind = SIGNS[explanation.severity] if explanation.of == "finding" else explanation.of
    about = f"{kind}, exit code {explanation.exit_code}" if explanation.exit_code else kind
    parts = [
        (
            "What it means",
            "" if explanation.why.startswith("<") and not explanation.examples else explanation.why,
        )
    ]
    if explanation.why.startswith("<") and explanation.examples:
        parts = []
    if explanation.cure:
        parts.append(("What to do", "\n".join(f"{n}. {cure}" for n, cure in enumerate(explanation.cure, 1))))
    if explanation.confirm:
        parts.append(("Check it yourself", explanation.confirm))
    if explanation.examples:
        heading = "For example" if explanation.of == "finding" else "What it may come to"
        parts.append((heading, "\n".join(f"{what}: {why}" if why else what for what, why in explanation.examples)))
    if explanation.source:
        parts.append(("Source", explanation.source))
    return Explained(f"{explanation.what}  [{explanation.code}]", about, tuple(parts))
