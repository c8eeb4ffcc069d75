"""A step in which something is chosen from lists, each choice explained and checked where it is made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, Static

from wizard.faces.tui.keys import BACK, HELP, NEXT, QUIT, WHAT_IF
from wizard.faces.tui.render import explained
from wizard.faces.tui.screens.base import WizardScreen
from wizard.faces.tui.screens.editing import Editing
from wizard.faces.tui.screens.what_if import Alternative
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.choice_list import ChoiceList, Entry
from wizard.faces.tui.widgets.explain_panel import ExplainPanel
from wizard.faces.tui.widgets.findings_bar import FindingsBar
from wizard.faces.tui.widgets.pane import Pane
from wizard.session.choices import choices, chosen, reasons
from wizard.session.draft import Draft, build_words
from wizard.session.questions import Explained
from wizard.session.session import Checked, Session


@dataclass(frozen=True)
class Section:
    """One field of the selection with its choices. `chosen` is the draft's value."""

    field: str
    entries: tuple[Entry, ...]
    chosen: str


class ChoiceScreen(WizardScreen, Editing):
    """Lists on one side, the explanation beside or below, the findings under both."""

    QUESTION: ClassVar[str] = ""
    INTRO: ClassVar[str] = ""
    FIELDS: ClassVar[tuple[tuple[str, str], ...]] = ()
    """The fields that are chosen here, each with the title of its list ("" for none)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        NEXT,
        Binding("enter", "next", "Next", show=False),
        Binding("left", "back", "Back", show=False),
        Binding("e", "explain_all", "Explain", id="explain"),
        WHAT_IF,
        Binding("f", "findings", "Findings", id="findings"),
        Binding("r", "review", "Review", id="review"),
        HELP,
        QUIT,
    ]

    def body(self) -> ComposeResult:
        """Intro, lists, explanation, findings."""
        yield Static(self.INTRO, id="intro", markup=False)
        with Horizontal(id="choosing"):
            with Pane(id="lists", can_focus=False):
                for field, label in self.FIELDS:
                    yield ChoiceList(field, label)
                yield from self.more_lists()
            yield ExplainPanel()
        yield FindingsBar()

    def more_lists(self) -> ComposeResult:
        """What a step shows below its lists."""
        yield from ()

    def on_mount(self) -> None:
        """Show the choices of the draft."""
        self.set_title(self.QUESTION)
        if len(self.FIELDS) == 1:
            self.query_one(ChoiceList).add_class("-alone")
        self.show_draft()

    def on_screen_resume(self) -> None:
        """A fix may have changed the draft while another screen was above."""
        if self.is_mounted:
            self.show_draft()

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """The lists with their entries, in the order of FIELDS."""
        raise NotImplementedError

    def show_draft(self) -> None:
        """Show the lists, the reasons, the findings and the explanation for the draft."""
        draft, session = self.wizard.draft, self.wizard.session
        for section in self.sections(draft):
            marked = with_reasons(section, draft, session)
            self.query_one(f"#choices-{section.field}", ChoiceList).show(marked, section.chosen)
        self.show_findings(session.check(draft.preset, draft.prefix_path))
        self.explain()

    def show_findings(self, checked: Checked) -> None:
        """The findings of the whole draft, those of this step first among equals."""
        self.query_one(FindingsBar).show(checked.findings)

    def explain(self) -> None:
        """Explain the choice under the cursor of the list that has the focus."""
        what = self.explained()
        if what is not None:
            self.query_one(ExplainPanel).show(what)

    def explained(self) -> Explained | None:
        """What there is to say of the choice under the cursor."""
        choices = self._list_in_use()
        entry = choices.chosen if choices else None
        return entry.explained if entry else None

    def on_descendant_focus(self) -> None:
        """Another list has the focus: explain its choice."""
        self.explain()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor chooses."""
        choices = event.option_list
        if not isinstance(choices, ChoiceList) or event.option.id is None:
            return
        if event.option_index != choices.highlighted:  # the cursor is elsewhere by now
            event.stop()
            return
        event.stop()
        if getattr(self.wizard.draft.selection, choices.field) == event.option.id:
            return
        self.wizard.draft = self.wizard.draft.choose(
            self.wizard.session.catalogue, **{choices.field: event.option.id}
        )
        self.show_draft()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter in a list continues."""
        event.stop()
        self.action_next()

    def _list_in_use(self) -> ChoiceList | None:
        """The list with the focus, else the first."""
        focused = self.focused
        return focused if isinstance(focused, ChoiceList) else self.query(ChoiceList).first()

    def alternatives(self) -> tuple[Alternative, ...]:
        """The other entries of the list in use."""
        choices = self._list_in_use()
        if choices is None:
            return ()
        draft, known = self.wizard.draft, self.wizard.session.catalogue
        others = (entry for entry in choices.entries if choices.chosen is None or entry.id != choices.chosen.id)
        return tuple(
            Alternative(
                f"{entry.title} instead",
                f"cannot work: {entry.reason}" if entry.reason else entry.facts,
                draft.choose(known, **{choices.field: entry.id}),
            )
            for entry in sorted(others, key=lambda other: bool(other.reason))
        )

    def copied(self, *, whole: bool) -> tuple[str, str]:
        """The link of what is explained; the whole is the command that builds the choices."""
        if whole:
            return build_words(self.wizard.draft), ""
        what = self.explained()
        return (what.link if what else ""), ""

    def action_explain_all(self) -> None:
        """The whole explanation on a page of its own, which the keys can scroll."""
        from wizard.faces.tui.screens.page import Page

        what = self.explained()
        if what is not None:
            self.app.push_screen(Page("About this choice", explained(what)))

    def action_review(self) -> None:
        """Straight to the review."""
        self.wizard.go(Step.REVIEW)

    def action_findings(self) -> None:
        """All findings with their reasons and fixes."""
        from wizard.faces.tui.screens.findings import FindingsScreen

        self.app.push_screen(FindingsScreen())


def section_of(field: str, draft: Draft, session: Session) -> Section:
    """A field with its choices."""
    selection = draft.selection
    entries = (
        Entry(choice.id, choice.title, choice.facts, choice.explained)
        for choice in choices(field, selection, session)
    )
    return Section(field, tuple(entries), chosen(field, selection, session))


def with_reasons(section: Section, draft: Draft, session: Session) -> tuple[Entry, ...]:
    """The entries, each that a check refuses with its reason."""
    found = {}
    for entry in section.entries:
        changed = draft.choose(session.catalogue, **{section.field: entry.id})
        found[entry.id] = session.check(changed.preset, changed.prefix_path).findings
    why = reasons(section.field, found)
    return tuple(replace(entry, reason=why[entry.id]) for entry in section.entries)
