"""Tells a user who looks elsewhere how a build stands: the terminal's title, and a bell at the end.

The variable OCW_NOTICE says which: `bell,title` (as without it), one of them, or `none`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App

VARIABLE = "OCW_NOTICE"
KEEP_TITLE, RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
WITHOUT_TITLE = ("", "dumb", "linux")
"""Terminals (TERM) that have no title."""


class Notice:
    """Bell and title of one app. Each can be switched off, also while it runs."""

    def __init__(self, app: App[int]) -> None:
        wanted = os.environ.get(VARIABLE, "bell,title").split(",")
        self._app = app
        self.bell = "bell" in wanted
        self.title = "title" in wanted and os.environ.get("TERM", "") not in WITHOUT_TITLE
        self._shown = ""

    def show(self, words: str) -> None:
        """Words in the terminal's title."""
        if self.title and words != self._shown:
            # What stood there comes back at the end.
            self._write(("" if self._shown else KEEP_TITLE) + f"\x1b]2;{words}\x07")
            self._shown = words

    def ring(self) -> None:
        """Ring the bell."""
        if self.bell:
            self._app.bell()

    def forget(self) -> None:
        """The title as it was before."""
        if self._shown:
            self._write(RESTORE_TITLE)
            self._shown = ""

    def _write(self, words: str) -> None:
        """To the terminal; Textual has a public way for the bell only."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless:
            driver.write(words)
