"""Step 2: the target machine."""

from __future__ import annotations

from wizard.tui.draft import Draft
from wizard.tui.screens.choice import ChoiceScreen, Section
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import Entry
from wizard.tui.words import machine_facts, target_explained


class TargetScreen(ChoiceScreen):
    """Where the programs run."""

    STEP = Step.TARGET
    QUESTION = "Which machine are the programs for?"
    INTRO = (
        "The target machine is the one on which the programs you compile will run: "
        "a small board, a server, a container. It may be of another kind than the host."
    )
    FIELDS = (("target", ""),)

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """Every machine of the catalogue."""
        session = self.wizard.session
        entries = tuple(
            Entry(
                machine.id,
                machine.title,
                machine_facts(machine),
                target_explained(
                    machine,
                    session.catalogue.triplet(machine.id, draft.selection.libc),
                    session.surroundings,
                ),
            )
            for machine in session.catalogue.machines.values()
        )
        return (Section("target", entries, draft.selection.target),)
