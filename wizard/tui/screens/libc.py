"""Step 3: the C library, and the C toolchain that brings it."""

from __future__ import annotations

from wizard.tui.draft import Draft
from wizard.tui.screens.choice import ChoiceScreen, Section
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import Entry
from wizard.tui.words import libc_explained, toolchain_explained


class LibcScreen(ChoiceScreen):
    """What the programs are linked with."""

    STEP = Step.LIBC
    QUESTION = "Which C library are they linked with?"
    INTRO = (
        "OCaml's runtime is written in C, so every program is linked with a C library of the target. "
        "The C toolchain is the compiler, assembler and linker that does it."
    )
    FIELDS = (("libc", "C library"), ("toolchain", "C toolchain"))

    def sections(self, draft: Draft) -> tuple[Section, ...]:
        """The C libraries, and the C toolchains."""
        session = self.wizard.session
        selection, known = draft.selection, session.catalogue
        libcs = tuple(
            Entry(
                libc.id,
                libc.title,
                "static programs" if libc.static else "dynamically linked programs",
                libc_explained(libc, known.triplet(selection.target, libc.id)),
            )
            for libc in known.libcs.values()
        )
        toolchains = tuple(
            Entry(
                toolchain.id,
                toolchain.title,
                f"tested with version {toolchain.version}",
                toolchain_explained(toolchain, session.surroundings),
            )
            for toolchain in known.toolchains.values()
        )
        return (
            Section("libc", libcs, selection.libc),
            Section("toolchain", toolchains, selection.toolchain),
        )
