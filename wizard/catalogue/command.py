"""A selection written as a command for a shell: the one place that knows which option is which field."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from wizard.catalogue.selection import NATIVE, Selection

PROGRAM = "ocaml-cross-wizard"


def selection_options(selection: Selection) -> tuple[str, ...]:
    """The options that choose a selection, every field of it; what is usual is left out."""
    words = ["--target", selection.target, "--libc", selection.libc]
    words += ["--release", selection.release, "--toolchain", selection.toolchain]
    for option, value, usual in (
        ("--host", selection.host, NATIVE),
        ("--host-compiler", selection.host_compiler, "auto"),
        ("--bindings", selection.bindings, ""),
    ):
        words += [option, value] if value != usual else []
    for option, values in (
        ("--patch", selection.patches),
        ("--without", selection.without),
        ("--source", selection.sources),
    ):
        words += [word for value in values for word in (option, value)]
    return tuple(words)


def command_line(selection: Selection, command: str = "build", more: Iterable[str] = ()) -> str:
    """The command that builds a selection, or another one, quoted for a shell. more: its last words."""
    return shlex.join([PROGRAM, command, *selection_options(selection), *more])
