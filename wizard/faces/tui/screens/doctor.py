"""The doctor: what on this machine prevents a build, why, and the command that fixes it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, Static

from wizard.base.errors import WizardError
from wizard.doctor.explain import explain
from wizard.doctor.groups import SEVERITIES
from wizard.doctor.verdict import Diagnosis
from wizard.faces.tui.keys import BACK, HELP, QUIT
from wizard.faces.tui.messages import Diagnosed, Failed
from wizard.faces.tui.render import FACTS, MUTED, explained, join, text
from wizard.faces.tui.screens.base import WizardScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.check_list import CheckList, Line, lines_of
from wizard.faces.tui.widgets.explain_panel import ExplainPanel
from wizard.faces.tui.widgets.search_bar import Searching
from wizard.session.questions import Explained

if TYPE_CHECKING:
    from wizard.session.draft import Draft

INTRO = "Every fact with its evidence. Nothing is changed: what fixes a thing is a command to copy."


class DoctorScreen(WizardScreen, Searching):
    """The facts beside the explanation of the one under the cursor; the choices so far are looked at, too."""

    STEP = Step.WELCOME
    NEXT_WORD = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "Copy fix", show=False, id="copy"),
        Binding("r", "look", "Look again", id="look"),
        Binding("o", "network", "Network", id="network"),
        Binding("e", "explain", "Explain", id="explain"),
        BACK,
        HELP,
        QUIT,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.diagnosis: Diagnosis | None = None
        self.looks = 0
        self.offline = False

    def body(self) -> ComposeResult:
        """Verdict, the list beside its explanation, the counts."""
        yield Static(id="verdict", markup=False)
        with Horizontal(id="choosing"):
            yield CheckList()
            panel = ExplainPanel()
            panel.border_title = "About this fact"
            yield panel
        yield Static(id="counts", markup=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self.offline = self.wizard.has_draft and self.wizard.draft.offline
        self.query_one(CheckList).focus()
        self.action_look()

    # --- looking ------------------------------------------------------------------------------------------

    def action_look(self) -> None:
        """Look at everything (again)."""
        about = self.wizard.draft_words() if self.wizard.has_draft else "Check this machine for problems"
        self.set_title(f"This machine, for {about}" if self.wizard.has_draft else about)
        self.query_one(CheckList).wait()
        self.query_one("#verdict", Static).update(text(INTRO, MUTED))
        self.query_one("#counts", Static).update("looking …" if self.diagnosis else "")
        self.query_one(ExplainPanel).display = self.diagnosis is not None
        self._look(self.wizard.draft if self.wizard.has_draft else None, offline=self.offline)

    def action_network(self) -> None:
        """With the network or without it."""
        self.offline = not self.offline
        self.notify("The network is not asked." if self.offline else "The network is asked, too.", markup=False)
        self.action_look()

    @work(thread=True, exclusive=True, group="doctor")
    def _look(self, draft: Draft | None, *, offline: bool) -> None:
        session = self.wizard.session
        try:
            checked = session.check(draft.preset, draft.prefix_path) if draft else None
            sources = draft.options().sources if draft else ""
            found = session.diagnose(checked, offline=offline, local=Path(sources) if sources else None)
            self.post_message(Diagnosed(found))
        except WizardError as error:
            self.app.post_message(Failed(error))

    def on_diagnosed(self, event: Diagnosed) -> None:
        """Show what was found."""
        event.stop()
        self.diagnosis = found = event.diagnosis
        self.looks += 1
        lines = lines_of(found)
        self.query_one(ExplainPanel).display = True
        self.query_one(CheckList).show(lines)
        grave = "failure" if found.of("failure") else "warning" if found.of("warning") else "ok"
        sign, style = FACTS[grave]
        verdict = f"{sign[0]} {found.verdict[0].upper()}{found.verdict[1:]}."
        self.query_one("#verdict", Static).update(text(verdict, f"bold {style}"))
        parts = []
        for severity in (*SEVERITIES, "skipped"):
            number = sum(line.severity == severity for line in lines)
            if number:
                parts.append(join(text(FACTS[severity][0], FACTS[severity][1]), f" {number}  "))
        self.query_one("#counts", Static).update(join(*parts))

    # --- one fact -----------------------------------------------------------------------------------------

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Explain the fact under the cursor."""
        event.stop()
        line = self.query_one(CheckList).chosen
        if line is not None:
            self.query_one(ExplainPanel).show(fact_explained(line))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter copies."""
        event.stop()
        self.action_copy()

    def action_explain(self) -> None:
        """The whole explanation on a page of its own, which the keys can scroll."""
        from wizard.faces.tui.screens.page import Page

        line = self.query_one(CheckList).chosen
        if line is not None:
            self.app.push_screen(Page("About this fact", explained(fact_explained(line, "Command"))))

    def action_copy(self) -> None:
        """Copy the command that fixes the fact under the cursor."""
        line = self.query_one(CheckList).chosen
        if line is None:
            return
        if line.fix:
            self.wizard.copy(line.fix)
        else:
            fine = line.severity in ("ok", "skipped")
            words = "There is nothing to fix." if fine else "No single command fixes this: see what to do."
            self.notify(words, markup=False)

    def action_back(self) -> None:
        """To the screen that was left for this one."""
        self.app.pop_screen()


def fact_explained(line: Line, command: str = "Command (⏎ copies it)") -> Explained:
    """A fact in the panel: its evidence, the command under that heading, why it matters, what to do."""
    parts: list[tuple[str, str]] = [(command, line.fix)] if line.fix else []
    try:
        known = explain(line.code)
    except WizardError:  # the selection as a whole, which has no code of its own
        return Explained(line.title, line.evidence, tuple(parts))
    parts.append(("Why it matters", known.why))
    if line.severity not in ("ok", "skipped"):
        parts.append(("What to do", "\n".join(f"{n}. {cure}" for n, cure in enumerate(known.cure, 1))))
    parts.append(("Check it yourself", known.confirm))
    sign = FACTS[line.severity][0]
    return Explained(f"{line.title}  [{line.code}]", f"{sign}: {line.evidence}", tuple(parts))
