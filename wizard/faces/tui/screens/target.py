"""Step 2: the target machine."""

from __future__ import annotations

from wizard.faces.tui.screens.choice import ChoiceScreen, Section, section_of
from wizard.faces.tui.steps import Step
from wizard.session.draft import Draft
from wizard.session.questions import QUESTIONS


class TargetScreen(ChoiceScreen):
    """Where the programs run."""

    STEP = Step.TARGET
    QUESTION = QUESTIONS["target"].question
    INTRO = QUESTIONS["target"].intro
    FIELDS = (("target", ""),)

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """Every machine of the catalogue."""
        return (section_of("target", draft, self.wizard.session),)
