"""The line at the top: which step of how many, and the way there."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Static

from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.steps import NUMBERED, Step


class StepLine(Static):
    """`Step 2 of 6   ✓ Host → ▸ Target → C library → …`; a click on a step that was passed goes back to it."""

    class Chosen(Message):
        """The user wants to go back to a step."""

        def __init__(self, step: Step) -> None:
            super().__init__()
            self.step = step

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

    def on_click(self, event: events.Click) -> None:
        """Back to the step that was clicked."""
        step = event.style.meta.get("step")
        if step is not None:
            self.post_message(self.Chosen(Step(step)))

    def _part(self, step: Step) -> Content:
        if step < self._step or self._finished:
            passed = text(f"✓ {step.title}", MUTED)
            return passed if self._finished else passed.stylize(Style.from_meta({"step": int(step)}))
        if step is self._step:
            return text(f"▸ {step.title}", "bold underline")
        return text(step.title, MUTED)
