"""What is shown instead of a screen that would not fit."""

from __future__ import annotations

from textual.app import RenderResult
from textual.widget import Widget

WIDTH, HEIGHT = 60, 18


class TooSmall(Widget):
    """Asks for a larger terminal. The style sheet shows it alone below WIDTH by HEIGHT."""

    def render(self) -> RenderResult:
        """The message with the size now and the size that is needed."""
        size = self.app.size
        return (
            f"This terminal is {size.width} by {size.height}.\n"
            f"The wizard needs {WIDTH} by {HEIGHT}: please make it larger, or use the plain "
            "prompts:\nocaml-cross-wizard ask\n\nctrl+q quits"
        )
