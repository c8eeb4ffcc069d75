"""The line at the top: which step of how many, and the way there."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from wizard.tui.render import MUTED, join, text
from wizard.tui.steps import NUMBERED, Step


class StepLine(Static):
    """`Step 2 of 6   ✓ Host → ▸ Target → C library → …`; a click on a step that was passed goes back to it."""

    def __init__(self, step: Step, finished: bool = False) -> None:
        super().__init__(markup=False)
        self._step, self._finished = step, finished

    def on_mount(self) -> None:
        """Show the line."""
        if self._step is Step.WELCOME:
            self.update(text("OCaml cross-switch wizard", "bold"))
            return
        head = "Finished" if self._finished else f"Step {int(self._step)} of {len(NUMBERED)}"
        parts = [self._part(step) for step in NUMBERED]
        self.update(join(text(f"{head}   ", "bold $text-accent"), Content(" → ").join(parts)))

    def _part(self, step: Step) -> Content:
        if step < self._step or self._finished:
            return text(f"✓ {step.title}", MUTED)
        if step is self._step:
            return text(f"▸ {step.title}", "bold underline")
        return text(step.title, MUTED)
