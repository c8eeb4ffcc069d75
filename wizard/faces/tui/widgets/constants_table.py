"""The runtime constants of host and target, side by side."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from wizard.check.constants import ConstantRow
from wizard.faces.tui.render import MUTED, join, lines, text


class ConstantsTable(Static):
    """One line a constant; where they differ, a word says so."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.border_title = "Runtime constants"

    def show(self, rows: tuple[ConstantRow, ...], host: str, target: str) -> None:
        """Show `rows` under the names of host and target."""
        if not rows:
            self.update("unknown: the catalogue does not know the host machine")
            return
        left = max(len(host), *(len(row.host) for row in rows)) + 2
        right = max(len(target), *(len(row.target) for row in rows)) + 2
        name = max(len(row.name) for row in rows) + 2
        head = text(f"{'':<{name}}{host:<{left}}{target:<{right}}", "bold")
        body = [
            join(
                text(f"{row.name:<{name}}", MUTED),
                f"{row.host:<{left}}{row.target:<{right}}",
                _agreement(row),
            )
            for row in rows
        ]
        self.update(lines(head, *body))


def _agreement(row: ConstantRow) -> Content:
    if row.agree:
        return text("✓ equal", "$text-success")
    return text("✓ allowed", "$text-success") if row.allowed else text("✗ differ", "$text-error bold")
