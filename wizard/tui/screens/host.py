"""Step 1: the host machine."""

from __future__ import annotations

from wizard.catalogue.model import Machine
from wizard.selection import NATIVE
from wizard.tui.draft import Draft
from wizard.tui.screens.choice import ChoiceScreen, Section
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import Entry
from wizard.tui.words import host_explained, machine_facts


class HostScreen(ChoiceScreen):
    """Where the cross-compiler itself runs."""

    STEP = Step.HOST
    QUESTION = "Where will the compiler run?"
    INTRO = (
        "The host machine is the one on which you type ocamlopt. It is nearly always this machine: "
        "the compiler runs here and makes programs for somewhere else."
    )
    FIELDS = (("host", ""),)

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """This machine first, then those whose programs it runs, then the others of the catalogue."""
        session = self.wizard.session
        here = session.surroundings
        entries = []
        this = session.catalogue.machines.get(here.machine)
        runnable = this.also_runs if this else ()

        def distance(machine: Machine) -> int:
            return 0 if machine.id == here.machine else 1 if machine.id in runnable else 2

        for machine in sorted(session.catalogue.machines.values(), key=distance):
            native = machine.id == here.machine
            title = f"This machine: {machine.title}" if native else machine.title
            id_ = NATIVE if native else machine.id
            entries.append(Entry(id_, title, machine_facts(machine), host_explained(machine, here)))
        if not here.machine:
            entries.insert(0, unknown_here(here.uname))
        chosen = NATIVE if draft.selection.host == here.machine else draft.selection.host
        return (Section("host", tuple(entries), chosen),)


def unknown_here(uname: str) -> Entry:
    """The entry for a build machine that the catalogue does not know."""
    from wizard.tui.words import Explained

    about = "The catalogue does not know this machine yet, so nothing can be built on it."
    title = f"This machine ({uname})"
    return Entry(NATIVE, title, "unknown to the catalogue", Explained(title, about))
