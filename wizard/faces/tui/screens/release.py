"""Step 4: the OCaml release, where the host compiler comes from, and patches."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import OptionList

from wizard.check.resolved import resolve
from wizard.faces.tui.screens.choice import ChoiceScreen, Section, section_of
from wizard.faces.tui.steps import Step
from wizard.faces.tui.widgets.patch_list import PatchList
from wizard.session.choices import absolute, patch_problem, switched
from wizard.session.draft import Draft
from wizard.session.questions import QUESTIONS, Explained, patch_explained

PATCHES = Explained(
    "Patches to OCaml's source",
    QUESTIONS["patches"].intro,
    (
        (
            "Keys",
            "a adds one, Delete removes it, J and K (or Shift and the arrows) move it down and up, "
            "Space switches it off and on.",
        ),
    ),
)


class ReleaseScreen(ChoiceScreen):
    """Which OCaml is built, by which, and changed how."""

    STEP = Step.RELEASE
    QUESTION = QUESTIONS["release"].question
    INTRO = "The defaults are good. Tab moves between the lists."
    FIELDS = tuple((field, QUESTIONS[field].label) for field in ("release", "host_compiler"))

    def more_lists(self) -> ComposeResult:
        """The patches."""
        yield PatchList()

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """The releases, and the ways to a host compiler."""
        return tuple(section_of(field, draft, self.wizard.session) for field, _label in self.FIELDS)

    def show_draft(self) -> None:
        """Also show the patches."""
        selection, session = self.wizard.draft.selection, self.wizard.session
        own = resolve(selection, session.catalogue, session.build_machine).fitting_patches
        self.query_one(PatchList).show(selection.patches, own, selection.without)
        super().show_draft()

    def explained(self) -> Explained | None:
        """The patches, where their list has the focus."""
        if not isinstance(self.focused, PatchList):
            return super().explained()
        patch = self.focused.under_cursor
        return patch_explained(patch) if patch else PATCHES

    def copied(self, *, whole: bool) -> tuple[str, str]:
        """The patch under the cursor, by its path or its name; else as on the other steps."""
        focused = self.focused
        name = focused.name_under_cursor if isinstance(focused, PatchList) else ""
        return (name, "") if name and not whole else super().copied(whole=whole)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor chooses; on a patch it explains."""
        super().on_option_list_option_highlighted(event)
        if isinstance(event.option_list, PatchList):
            self.explain()

    def on_patch_list_add(self) -> None:
        """Ask for the path of a patch."""
        from wizard.faces.tui.screens.ask_path import AskPath

        question = "The path of a patch file (unified diff):"
        self.app.push_screen(AskPath("Add a patch", question, self._patch_problem), self._add_patch)

    def _patch_problem(self, path: str) -> str:
        return patch_problem(path, self.wizard.draft.selection)

    def _add_patch(self, path: str | None) -> None:
        if path:
            self._set_patches((*self.wizard.draft.selection.patches, absolute(path)))

    def on_patch_list_changed(self, event: PatchList.Changed) -> None:
        """A patch was removed or moved."""
        self._set_patches(event.patches)

    def on_patch_list_toggled(self, event: PatchList.Toggled) -> None:
        """A patch is to be switched off, or on again."""
        without = switched(event.name, self.wizard.draft.selection.without)
        self.wizard.draft = self.wizard.draft.choose(self.wizard.session.catalogue, without=without)
        self.show_draft()

    def _set_patches(self, patches: tuple[str, ...]) -> None:
        self.wizard.draft = self.wizard.draft.choose(self.wizard.session.catalogue, patches=patches)
        self.show_draft()
