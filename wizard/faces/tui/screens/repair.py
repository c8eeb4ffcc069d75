"""What a user does about a build that failed: apply a fix, look around in a shell, go back, try again."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work

from wizard.base.errors import WizardError
from wizard.faces.tui.messages import Explained, Failed
from wizard.faces.tui.screens.base import WizardScreen

if TYPE_CHECKING:
    from wizard.doctor.build_diagnosis import BuildDiagnosis
    from wizard.faces.tui.screens.pick_stage import Picked
    from wizard.logs.diagnosis import Remedy
    from wizard.plan.batch import Job


class RepairScreen(WizardScreen):
    """A screen about one build that may have failed."""

    plan: Job
    folder: Path
    diagnosis: BuildDiagnosis | None = None

    @work(thread=True, exclusive=True, group="diagnose")
    def diagnose(self) -> None:
        """Find out why the build failed; a long log takes a moment."""
        from wizard.doctor.build_diagnosis import diagnose_build

        try:
            self.post_message(Explained(diagnose_build(self.folder)))
        except WizardError as error:
            self.post_message(Failed(error))

    @property
    def fixes(self) -> tuple[Remedy, ...]:
        """The fixes of the failure, as they are shown."""
        found = self.diagnosis
        return found.diagnosis.fixes if found is not None and found.told is None else ()

    def action_fix(self, number: int) -> None:
        """Apply a fix and continue; of one that only the user can do, copy the command."""
        if not 0 < number <= len(self.fixes):
            return
        fix = self.fixes[number - 1]
        of_one = fix.selection is None or self.plan.single  # a batch has several selections
        if not (fix.applies and of_one):
            self.wizard.copy(fix.command or fix.text)
            return
        try:
            self._apply(fix)
        except WizardError as error:
            self.wizard.tell(error)
        else:
            self.app.notify(f"Done: {fix.text}", markup=False)

    def _apply(self, fix: Remedy) -> None:
        from wizard.doctor.build_diagnosis import OWN

        own = {name: value for name, value in fix.environment.items() if name.startswith(OWN)}
        others = {name: value for name, value in fix.environment.items() if name not in own}
        before = self.wizard.session.folders
        if own:
            self.wizard.use_environment(own)
        single = self.plan.single
        if (fix.selection is not None or own) and single is not None:
            selection = fix.selection or single.selection
            plan = self.wizard.session.replanned(single, selection, before)
            options = self.wizard.options_for(self.plan)
            self.wizard.show_build(plan, start=True, options=options)
            return
        if fix.fresh:
            self._go_back(self.diagnosis.stage if self.diagnosis else "", keep_tree=False)
        self.resume(others)

    def resume(self, environment: dict[str, str] | None = None) -> None:
        """Start the builder again, with further variables for its commands."""
        raise NotImplementedError

    def _go_back(self, stage: str, *, keep_tree: bool) -> None:
        from wizard.builder.rewind import rewind

        begin = rewind(self.plan, stage, keep_tree=keep_tree)
        self.notify(f"Going back to: {begin.title}", markup=False)

    def action_go_back(self) -> None:
        """Ask for a stage, and continue there."""
        from wizard.builder.rewind import stages_to_go_back_to
        from wizard.faces.tui.screens.pick_stage import PickStage

        stages = stages_to_go_back_to(self.plan)
        if stages:
            self.app.push_screen(PickStage(stages), self._picked)
        else:
            self.notify("No stage was begun that could be run again.", markup=False)

    def _picked(self, picked: Picked | None) -> None:
        if picked is None:
            return
        try:
            self._go_back(picked[0], keep_tree=picked[1])
        except WizardError as error:
            self.wizard.tell(error)
        else:
            self.resume()

    def action_shell(self) -> None:
        """Leave the screen for a shell in the environment of the stage that failed, and come back."""
        from textual.app import SuspendNotSupported

        from wizard.doctor.stage_shell import stage_shell

        try:
            there = stage_shell(self.folder)
            with self.app.suspend():
                print(f"\nstage {there.stage}, in {there.place}")
                if there.command:
                    print(f"its command was: {shlex.join(there.command)}")
                print("leave with `exit`: the wizard comes back, and `r` tries the stage again\n", flush=True)
                there.open()
        except WizardError as error:
            self.wizard.tell(error)
        except SuspendNotSupported:
            command = f"ocaml-cross-wizard shell {self.plan.id}"
            self.notify(f"Not possible in this terminal. In another one: {command}", markup=False)
