"""Step 1: the host machine."""

from __future__ import annotations

from wizard.faces.tui.screens.choice import ChoiceScreen, Section, section_of
from wizard.faces.tui.steps import Step
from wizard.session.draft import Draft
from wizard.session.questions import QUESTIONS


class HostScreen(ChoiceScreen):
    """Where the cross-compiler itself runs."""

    STEP = Step.HOST
    QUESTION = QUESTIONS["host"].question
    INTRO = QUESTIONS["host"].intro
    FIELDS = (("host", ""),)

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """This machine first, then those whose programs it runs, then the others of the catalogue."""
        return (section_of("host", draft, self.wizard.session),)
