"""Every finding with its reason, and its fixes as lines to choose."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from wizard.check.findings import Finding, Fix
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.render import finding_block, fix_line, join, text
from wizard.faces.tui.widgets.choice_list import ViList


class FindingsList(ViList):
    """Enter on a fix applies it (a changed selection) or copies it (a command to type)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Apply", key_display="⏎"),
        Binding("e", "explain", "Explain"),
    ]

    class Apply(Message):
        """The user chose a fix."""

        def __init__(self, fix: Fix) -> None:
            super().__init__()
            self.fix = fix

    class Explain(Message):
        """The user wants to know all about a finding's code."""

        def __init__(self, code: str) -> None:
            super().__init__()
            self.code = code

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._codes: list[str] = []
        self._fixes: dict[int, Fix] = {}
        self._shown: tuple[Finding, ...] | None = None

    def show(self, findings: tuple[Finding, ...]) -> None:
        """Show `findings` with their fixes, the cursor at the first fix."""
        if findings == self._shown:
            return
        self._shown = findings
        self._fixes = {}
        self._codes = [finding.code for finding in findings for _ in (finding, *finding.fixes)]
        self.clear_options()
        for finding in findings:
            self.add_option(Option(finding_block(finding)))
            for fix in finding.fixes:
                self._fixes[self.option_count] = fix
                words = "⏎ apply: " if fix.selection else "⏎ copy the command: "
                line = join("    ", text(words, "bold $text-accent"), fix_line(fix))
                self.add_option(Option(hanging_text(line, hang=6)))
        if not findings:
            words = "✓ ok: no findings, nothing speaks against these choices"
            self.add_option(Option(text(words, "$text-success")))
        self.highlighted = next(iter(self._fixes), 0)

    @property
    def words(self) -> str:
        """What is copied: the command of a fix, or the words of what is under the cursor."""
        if self.highlighted is None:
            return ""
        fix = self._fixes.get(self.highlighted)
        if fix is not None:
            return fix.command or fix.text
        return str(getattr(self.options[self.highlighted].prompt, "plain", "")).strip()

    def action_explain(self) -> None:
        """All about the finding under the cursor, or about the one whose fix it is."""
        if self.highlighted is not None and self.highlighted < len(self._codes):
            self.post_message(self.Explain(self._codes[self.highlighted]))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter: a fix is told to the screen; on a finding the cursor goes to its first fix."""
        event.stop()
        fix = self._fixes.get(event.option_index)
        if fix is not None:
            self.post_message(self.Apply(fix))
        elif event.option_index + 1 in self._fixes:
            self.highlighted = event.option_index + 1
