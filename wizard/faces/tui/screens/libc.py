"""Step 3: the C library, and the C toolchain that brings it."""

from __future__ import annotations

from wizard.faces.tui.screens.choice import ChoiceScreen, Section, section_of
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.choice_list import ChoiceList
from wizard.session.draft import Draft
from wizard.session.questions import QUESTIONS


class LibcScreen(ChoiceScreen):
    """What the programs are linked with."""

    STEP = Step.LIBC
    QUESTION = QUESTIONS["libc"].question
    INTRO = QUESTIONS["libc"].intro
    FIELDS = tuple((field, QUESTIONS[field].label) for field in ("libc", "toolchain", "bindings"))

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """The C libraries, the C toolchains, and for unikernels the bindings."""
        return tuple(section_of(field, draft, self.wizard.session) for field, _label in self.FIELDS)

    def show_draft(self) -> None:
        """The bindings only where there is something to choose."""
        super().show_draft()
        choices = self.query_one("#choices-bindings", ChoiceList)
        choices.display = bool(choices.entries)
