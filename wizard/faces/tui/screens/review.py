"""Step 5: everything the build will do, before it does anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Static, TabbedContent, TabPane

from wizard.base.errors import WizardError
from wizard.catalogue.selection import whole_sources
from wizard.check.findings import errors
from wizard.faces.tui.keys import BACK, HELP, QUIT, WHAT_IF
from wizard.faces.tui.plan_text import (
    file_items,
    flag_items,
    patch_items,
    stage_items,
    variable_items,
    wrapper_items,
)
from wizard.faces.tui.port import ShownBuild
from wizard.faces.tui.render import MUTED, counted, join, text
from wizard.faces.tui.screens.base import WizardScreen
from wizard.faces.tui.screens.editing import Editing
from wizard.faces.tui.screens.what_if import Alternative
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.findings_list import FindingsList
from wizard.faces.tui.widgets.reader import Item, Reader
from wizard.faces.tui.widgets.summary import Summary
from wizard.plan.model import Plan
from wizard.session.draft import build_words, from_preset
from wizard.session.session import Checked

TABS = ("summary", "flags", "environment", "wrappers", "patches", "files", "stages", "findings")
ITEMS: dict[str, Callable[[Plan], tuple[Item, ...]]] = {
    "flags": flag_items,
    "environment": variable_items,
    "wrappers": wrapper_items,
    "patches": patch_items,
    "files": file_items,
    "stages": stage_items,
}
NO_PLAN = "There is no plan: the findings forbid a build. See the tab Findings (key 8)."


class ReviewScreen(WizardScreen, Editing):
    """Tabs over one Plan object; the same object is what the builder gets."""

    STEP = Step.REVIEW
    NEXT_WORD = "Build →"

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("b,ctrl+b", "next", "Build", key_display="b", id="build"),
        Binding("right", "tab(1)", "Next tab", key_display="→", show=False, id="tab"),
        Binding("left", "tab(-1)", "Tab before", show=False),
        Binding("p", "prefix", "Prefix", id="prefix"),
        WHAT_IF,
        Binding("f", "show_tab('findings')", "Findings", show=False, id="findings"),
        Binding("s", "save", "Save", id="save"),
        HELP,
        QUIT,
        *(
            Binding(str(number), f"show_tab('{name}')", f"Tab {name.capitalize()}", show=False)
            for number, name in enumerate(TABS, 1)
        ),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.checked: Checked | None = None
        self.plan: Plan | None = None
        self._refusal: WizardError | None = None

    @property
    def shown_build(self) -> ShownBuild | None:
        """The one that is reviewed: it may run already, begun elsewhere."""
        return ShownBuild(self.plan) if self.plan is not None else None

    def body(self) -> ComposeResult:
        """The verdict, then the tabs."""
        yield Static(id="verdict", markup=False)
        with TabbedContent(id="tabs"):
            for name in TABS:
                with TabPane(name.capitalize(), id=name):
                    yield self._page(name)

    @staticmethod
    def _page(name: str) -> Widget:
        match name:
            case "summary":
                return Summary()
            case "findings":
                return FindingsList()
        empty = "This plan has no patches." if name == "patches" else NO_PLAN
        return Reader(empty, f"{name}-reader", straight=name in ("flags", "environment"))

    def on_mount(self) -> None:
        """Show the draft."""
        self.show_draft()
        self._focus_page("summary")

    def show_draft(self) -> None:
        """Check and plan the draft, and show what comes of it."""
        wizard = self.wizard
        self.checked = wizard.session.check(wizard.draft.preset, wizard.draft.prefix_path)
        self.plan = self._refusal = None
        if self.checked.possible:
            try:
                self.plan = wizard.session.plan(self.checked)
            except WizardError as error:
                self._refusal = error
        self._show_verdict(self.checked)
        self.query_one(Summary).show(self.checked, self.plan, wizard.draft)
        self.query_one(FindingsList).show(self.checked.findings)
        self._show_page(self.query_one(TabbedContent).active)

    def _show_verdict(self, checked: Checked) -> None:
        resolved = checked.resolved
        self.set_title(f"{resolved.release.title} for {resolved.triplet or resolved.target.title}")
        grave = errors(checked.findings)
        if grave:
            words = text(f"✗ Cannot be built: {grave[0].what}", "$text-error")
        elif self._refusal is not None:
            why = f" ({self._refusal.why})" if self._refusal.why else ""
            words = text(f"✗ Cannot be built: {self._refusal.what}{why}", "$text-error")
        else:
            stages = len(self.plan.stages) if self.plan else 0
            words = text(f"✓ Can be built in {stages} stages. Press b to build.", "$text-success")
        findings = text(f"  Findings: {counted(checked.findings)}", MUTED)
        self.query_one("#verdict", Static).update(join(words, findings))

    def _show_page(self, name: str) -> None:
        """Fill one tab from the plan."""
        if name in ITEMS:
            self.query_one(f"#{name}-reader", Reader).show(ITEMS[name](self.plan) if self.plan else ())

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """Fill the tab that comes to the front."""
        self._show_page(event.pane.id or "")

    def action_show_tab(self, name: str) -> None:
        """Bring a tab to the front, and the focus into it."""
        self.query_one(TabbedContent).active = name
        self._show_page(name)
        self._focus_page(name)

    def action_tab(self, by: int) -> None:
        """The next or the previous tab."""
        active = TABS.index(self.query_one(TabbedContent).active)
        self.action_show_tab(TABS[(active + by) % len(TABS)])

    def _focus_page(self, name: str) -> None:
        """The focus into a tab's list or text; the summary's fields wait for Tab, so that letters stay keys."""
        if name == "summary":
            self.query_one(TabbedContent).query_one("Tabs").focus()
            return
        if name in ITEMS:
            self.query_one(f"#{name}-reader", Reader).focus_first()
        else:
            self.query_one(FindingsList).focus()

    def on_summary_changed(self, event: Summary.Changed) -> None:
        """A field was edited: check and plan again."""
        if event.field == "own-sources":
            known = self.wizard.session.catalogue
            sources = whole_sources(str(event.value), known)
            self.wizard.choices.change(self.wizard.draft.choose(known, sources=sources), event.field)
        else:
            changed = self.wizard.draft.change(**{event.field: event.value})
            self.wizard.choices.change(changed, event.field)
        self.show_draft()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field leaves it, so that letters are keys again."""
        event.stop()
        self._focus_page("summary")

    def on_findings_list_apply(self, event: FindingsList.Apply) -> None:
        """Apply a fix, and show the new plan."""
        self.wizard.apply_fix(event.fix)
        self.show_draft()

    def action_next(self) -> None:
        """Build, or say why not."""
        if self.plan is not None:
            self.wizard.build(self.plan)
            return
        if self._refusal is not None:
            self.wizard.tell(self._refusal)
            return
        grave = errors(self.checked.findings) if self.checked else ()
        reasons = "\n".join(finding.what for finding in grave)
        self.notify(reasons, title="✗ It cannot be built", severity="error", markup=False)
        self.action_show_tab("findings")

    def alternatives(self) -> tuple[Alternative, ...]:
        """Other C libraries and releases, and the presets."""
        draft, known = self.wizard.draft, self.wizard.session.catalogue
        chosen = draft.selection
        libcs = [libc for libc in known.libcs.values() if chosen.target in libc.triplets]
        others = [
            Alternative(f"{libc.title} instead", libc.about, draft.choose(known, libc=libc.id)) for libc in libcs
        ]
        others += [
            Alternative(f"{release.title} instead", release.about, draft.choose(known, release=release.id))
            for release in known.releases.values()
        ]
        others += [
            Alternative(f"Preset: {preset.title or name}", preset.about, from_preset(preset))
            for name, preset in self.wizard.presets().items()
        ]
        return tuple(other for other in others if other.draft.selection != chosen)

    def copied(self, *, whole: bool) -> tuple[str, str]:
        """The line under the cursor or its script; on the summary the command that builds all this."""
        name = self.query_one(TabbedContent).active
        if name == "summary":
            return build_words(self.wizard.draft), ""
        if name == "findings":
            return self.query_one(FindingsList).words, ""
        item, line = self.query_one(f"#{name}-reader", Reader).under_cursor
        if item is None:
            return "", ""
        if line is not None and not whole:
            return line.words, ""
        return item.words, f"{item.name.strip()}: {len(item.words.splitlines())} lines"

    def action_prefix(self) -> None:
        """Edit the prefix."""
        self.action_show_tab("summary")
        self.query_one("#prefix", Input).focus()

    def action_save(self) -> None:
        """Save the choices as a preset."""
        self.wizard.save_draft()
