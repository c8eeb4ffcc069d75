"""The words the wizard uses, and the keys of the screen one is on."""

from __future__ import annotations

from typing import Any

from textual.content import Content
from textual.screen import Screen

from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.keys import help_groups
from wizard.faces.tui.render import join, text
from wizard.faces.tui.screens.page import Page

WORDS = (
    ("build machine", "where the build runs: this machine"),
    ("host machine", "where the cross-compiler itself will run"),
    ("target machine", "where the programs it compiles will run"),
    ("C library", "what every program of the target is linked with: musl, for example"),
    ("C toolchain", "compiler, assembler, linker, archiver for one target"),
    ("wrapper script", "TRIPLET-gcc and others: how OCaml's build sees the C toolchain"),
    ("selection", "all that you chose; saved as a file it is a preset"),
    ("finding", "one result of a check: what, why, and the fixes that apply"),
    ("plan", "everything a build will do, computed before anything is done"),
    ("stage", "one step of a plan; a stopped build continues at the stage it was in"),
    ("journal", "the record of a build, beside one full log file a stage"),
    ("cross switch", "what a build installs: compiler, sysroot, wrappers, configuration, lock file"),
    ("triplet", "the name of a machine with its C library, such as aarch64-linux-musl"),
)

MOUSE = "A click does what the key does: on a line, a step, a tab, a key below; twice on a line is Enter."


def help_page(about: Screen[Any]) -> Page:
    """The keys of a screen, then the words of the wizard."""
    groups = help_groups(about)
    keys = [key for _, rows in groups for key, _ in rows]
    width = max(len(word) for word in (*(word for word, _ in WORDS), *keys)) + 2
    shown: list[Content | str] = []
    for heading, rows in groups:
        shown.append(text(heading, "bold underline"))
        shown += [join(text(f"{key:<{width}}", "bold $text-accent"), what) for key, what in rows]
        shown.append("")
    shown += [text("Mouse", "bold underline"), MOUSE, "", text("Words", "bold underline")]
    shown += [join(text(f"{word:<{width}}", "bold"), what) for word, what in WORDS]
    return Page("Help", hanging_text(*shown, hang=width))
