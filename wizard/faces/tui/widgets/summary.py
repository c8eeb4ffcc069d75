"""The choices in short, what can still be changed here, and the runtime constants."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Grid, Vertical
from textual.message import Message
from textual.widgets import Checkbox, Input, Label, Static

from wizard.check.resolved import ResolvedSelection
from wizard.faces.tui.render import MUTED, join, lines, text
from wizard.faces.tui.widgets.constants_table import ConstantsTable
from wizard.faces.tui.widgets.pane import Pane
from wizard.faces.tui.widgets.tick import Tick
from wizard.plan.model import Plan
from wizard.session.draft import Draft
from wizard.session.questions import QUESTIONS, SETTINGS
from wizard.session.session import Checked


class Summary(Pane, can_focus=False):
    """The review's first page; tells the screen when a field was changed."""

    class Changed(Message):
        """One of prefix, sources, offline has a new value."""

        def __init__(self, field: str, value: str | bool) -> None:
            super().__init__()
            self.field, self.value = field, value

    def compose(self) -> ComposeResult:
        """Choices, fields, constants."""
        with Vertical(id="choices-made"):
            yield Static(id="choices", markup=False)
            with Grid(id="fields"):
                yield Label(SETTINGS["prefix"].label, markup=False)
                yield Input(id="prefix", compact=True)
                yield Label(SETTINGS["sources"].label, markup=False)
                yield Input(id="sources", compact=True, placeholder="none: download what is not in the cache")
                yield Label(QUESTIONS["sources"].label, markup=False, classes="-own-sources")
                yield Input(id="own-sources", compact=True, classes="-own-sources")
                yield Label(SETTINGS["offline"].label, markup=False)
                yield Tick("nothing is downloaded", "what is missing is downloaded", id="offline")
            yield Static("✗ the sources folder does not exist", id="sources-problem", markup=False)
        yield ConstantsTable()

    def on_mount(self) -> None:
        """Name the box of fields."""
        self.query_one("#choices-made").border_title = "Your choices"

    def show(self, checked: Checked, plan: Plan | None, draft: Draft) -> None:
        """Show a checked draft, with its plan where there is one."""
        resolved, selection = checked.resolved, checked.preset.selection
        host = resolved.host.title if resolved.host else f"unknown ({resolved.build_machine.uname})"
        compiler = {"path": "the one on PATH", "build": "built once and kept for every target"}
        rows = [
            (QUESTIONS["host"].label, host),
            (QUESTIONS["target"].label, resolved.target.title),
            (QUESTIONS["libc"].label, f"{resolved.libc.title}, by the C toolchain {resolved.toolchain.title}"),
            ("Triplet", resolved.triplet or "none: this C library does not exist for the target"),
            *([("Linked for", f"Solo5's bindings {resolved.bindings}")] if resolved.bindings else []),
            ("Release", resolved.release.title),
            (QUESTIONS["host_compiler"].label, compiler[plan.host_compiler] if plan else selection.host_compiler),
            (QUESTIONS["patches"].label, ", ".join(_patches(resolved)) or "none"),
        ]
        self.query_one("#choices", Static).update(
            lines(*(join(text(f"{name:<16}", MUTED), value) for name, value in rows))
        )
        prefix, sources = self.query_one("#prefix", Input), self.query_one("#sources", Input)
        prefix.placeholder = str(checked.prefix)
        with self.prevent(Input.Changed, Checkbox.Changed):
            own = self.query_one("#own-sources", Input)
            parts = list(dict.fromkeys(component.name for component in resolved.components))
            self.query(".-own-sources").set(display=bool(parts))
            own.placeholder = (
                f"none: {' and '.join(parts)} as published; else {' '.join(f'{n}=PATH' for n in parts)}"
            )
            own_sources = " ".join(selection.sources)
            for field, value in ((prefix, draft.prefix), (sources, draft.sources), (own, own_sources)):
                # A field in use is ahead of the draft: writing to it would undo what was typed since.
                if not field.has_focus:
                    field.value = value
            self.query_one("#offline", Checkbox).value = draft.offline
        absent = bool(draft.sources.strip()) and not Path(draft.sources).expanduser().is_dir()
        self.query_one("#sources-problem").set_class(absent, "-shown")
        names = (resolved.host.id if resolved.host else "", resolved.target.id)
        self.query_one(ConstantsTable).show(checked.constants, f"host {names[0]}", f"target {names[1]}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Changed(event.input.id or "", event.value))

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Tell the screen."""
        event.stop()
        self.post_message(self.Changed("offline", event.value))


def _patches(resolved: ResolvedSelection) -> list[str]:
    """Those that are applied, in their order."""
    return [
        *(patch.title for patch in resolved.catalogue_patches),
        *(path.rsplit("/", 1)[-1] for path in resolved.selection.applied_patches),
    ]
