"""Step 4: the OCaml release, where the host compiler comes from, and patches."""

from __future__ import annotations

from textual.app import ComposeResult

from wizard.errors import WizardError
from wizard.tui.draft import Draft
from wizard.tui.screens.choice import ChoiceScreen, Section
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import Entry
from wizard.tui.widgets.patch_list import PatchList
from wizard.tui.words import (
    HOST_COMPILERS,
    Explained,
    found_ocaml,
    host_compiler_explained,
    release_explained,
    release_facts,
)

PATCHES = Explained(
    "Patches to OCaml's source",
    "Files in the unified diff form that `diff -u` and `git diff` write. They are applied in this order, "
    "to the target's copy of the source only.",
    (("Keys", "a adds one, Delete removes it, J and K (or Shift and the arrows) move it down and up."),),
)


class ReleaseScreen(ChoiceScreen):
    """Which OCaml is built, by which, and changed how."""

    STEP = Step.RELEASE
    QUESTION = "Which OCaml release?"
    INTRO = "All three have a good default. Tab goes from one list to the next."
    FIELDS = (("release", "OCaml release"), ("host_compiler", "Host compiler"))

    def more_lists(self) -> ComposeResult:
        """The patches."""
        yield PatchList()

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """The releases, and the ways to a host compiler."""
        session = self.wizard.session
        found = session.surroundings.ocaml
        releases = tuple(
            Entry(one.id, one.title, release_facts(one), release_explained(one))
            for one in session.catalogue.releases.values()
        )
        compilers = tuple(
            Entry(
                id_,
                title,
                found_ocaml(found) if id_ == "path" else about,
                host_compiler_explained(id_, found),
            )
            for id_, (title, about) in HOST_COMPILERS.items()
        )
        return (
            Section("release", releases, draft.selection.release),
            Section("host_compiler", compilers, draft.selection.host_compiler),
        )

    def show_draft(self) -> None:
        """Also show the patches."""
        self.query_one(PatchList).show(self.wizard.draft.selection.patches)
        super().show_draft()

    def explained(self) -> Explained | None:
        """The patches, where their list has the focus."""
        return PATCHES if isinstance(self.focused, PatchList) else super().explained()

    def on_patch_list_add(self) -> None:
        """Ask for the path of a patch."""
        from wizard.tui.screens.ask_path import AskPath

        question = "The path of a patch file (unified diff):"
        self.app.push_screen(AskPath("Add a patch", question, self._patch_problem), self._add_patch)

    def _patch_problem(self, path: str) -> str:
        """Why the file at `path` is no patch to add; "" where it is one."""
        from wizard.session import read_patches

        if absolute(path) in self.wizard.draft.selection.patches:
            return "this patch is in the list already"
        try:
            patches = read_patches(
                self.wizard.draft.choose(self.wizard.session.catalogue, patches=(absolute(path),)).preset
            )
        except WizardError as error:
            return f"{error.what}: {error.why}" if error.why else error.what
        if not any(line.startswith("+++ ") for line in patches[0].text.splitlines()):
            return "this is not a unified diff: no line starts with +++"
        return ""

    def _add_patch(self, path: str | None) -> None:
        if path:
            self._set_patches((*self.wizard.draft.selection.patches, absolute(path)))

    def on_patch_list_changed(self, event: PatchList.Changed) -> None:
        """A patch was removed or moved."""
        self._set_patches(event.patches)

    def _set_patches(self, patches: tuple[str, ...]) -> None:
        self.wizard.draft = self.wizard.draft.choose(self.wizard.session.catalogue, patches=patches)
        self.show_draft()


def absolute(path: str) -> str:
    """A typed path as an absolute one."""
    from pathlib import Path

    return str(Path(path.strip()).expanduser().absolute())
