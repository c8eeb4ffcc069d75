"""A box to tick that shows its state by a sign, not by a colour alone."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """`[x] yes` or `[ ] no` before its label."""

    @property
    def _button(self) -> Content:
        return Content("[x] yes:" if self.value else "[ ] no:")
