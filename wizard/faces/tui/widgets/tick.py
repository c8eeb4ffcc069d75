"""A box to tick that shows its state by a sign, not by a colour alone."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """`[x] yes, …` or `[ ] no, …`: says in words what each state means."""

    def __init__(self, yes: str, no: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, compact=True)
        self._yes, self._no = yes, no

    @property
    def _button(self) -> Content:
        return Content(f"[x] yes, {self._yes}" if self.value else f"[ ] no, {self._no}")
