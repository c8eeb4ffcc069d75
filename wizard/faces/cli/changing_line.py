"""The line of a terminal that changes while something runs."""

from __future__ import annotations

import shutil
import sys

import click


class ChangingLine:
    """Writes to standard output, over what it wrote last."""

    def __init__(self) -> None:
        self._shown = 0

    def show(self, text: str) -> None:
        """Put `text`, cut to the terminal's width, in the place of what the line said."""
        text = text[: shutil.get_terminal_size().columns - 1]
        self.clear()
        click.echo(text, nl=False)
        sys.stdout.flush()
        self._shown = len(text)

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r" + " " * self._shown + "\r", nl=False)
            self._shown = 0
