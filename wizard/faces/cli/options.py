"""Options that several commands share: which selection, where to, from which sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from wizard.faces.cli import complete

F = TypeVar("F", bound=Callable[..., Any])

_CHOICE = (
    click.option(
        "--target",
        help="Target machine: where the programs will run (aarch64, arm64, a triplet …).",
        shell_complete=complete.target,
    ),
    click.option(
        "--host",
        help="Host machine: where the compiler itself runs. Default: this machine.",
        shell_complete=complete.host,
    ),
    click.option("--libc", help="C library of the target.", shell_complete=complete.libc),
    click.option("--release", help="OCaml release.", shell_complete=complete.release),
    click.option("--toolchain", help="Provider of the C toolchain.", shell_complete=complete.toolchain),
    click.option(
        "--host-compiler",
        type=click.Choice(["auto", "path", "build"]),
        help="Take the OCaml on PATH, build one, or take what fits.",
    ),
    click.option(
        "--patch",
        "patches",
        multiple=True,
        help="A patch to OCaml's source; may be repeated.",
        shell_complete=complete.patch_file,
    ),
    click.option(
        "--without",
        multiple=True,
        help="A patch to switch off: its name or its file; may be repeated.",
        shell_complete=complete.own_patch,
    ),
    click.option(
        "--bindings",
        help="What unikernels are linked for: spt, hvt, virtio, muen or xen.",
        shell_complete=complete.bindings,
    ),
    click.option(
        "--source",
        "given",
        multiple=True,
        metavar="NAME=PATH",
        help="A folder or an archive in place of a published source (solo5, ocaml-solo5); may be repeated.",
        shell_complete=complete.source,
    ),
    click.option("--prefix", type=click.Path(path_type=Path), help="Where the switch goes."),
)

_SELECTION = (click.argument("preset", required=False, shell_complete=complete.preset), *_CHOICE)

_MANY_SELECTIONS = (
    click.argument("presets", metavar="[PRESET]...", nargs=-1, shell_complete=complete.preset),
    *_CHOICE,
)

_SOURCES = (
    click.option(
        "--sources",
        envvar="OCW_SOURCES",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="A folder with source archives, looked at first (also: OCW_SOURCES).",
    ),
    click.option("--offline", is_flag=True, help="Never ask the network for a source."),
)


def selection_options(function: F) -> F:
    """Add PRESET and the options that choose or change a selection."""
    return _apply(_SELECTION, function)


def selection_changes(function: F) -> F:
    """Add the options that change a selection."""
    return _apply(_CHOICE, function)


def many_selections_options(function: F) -> F:
    """Add PRESET..., and the options that choose a selection or change all of them."""
    return _apply(_MANY_SELECTIONS, function)


def source_options(function: F) -> F:
    """Add the options that say where sources come from."""
    return _apply(_SOURCES, function)


def json_option(function: F) -> F:
    """Add --json."""
    return click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")(function)


def shared_options() -> list[click.Option]:
    """The options that choose a selection and sources: the same for every command that has them."""
    no_command = _apply((*_CHOICE, *_SOURCES), lambda: None)
    found: list[click.Option] = no_command.__click_params__  # type: ignore[attr-defined]
    return list(reversed(found))


def _apply(options: tuple[Callable[[F], F], ...], function: F) -> F:
    for option in reversed(options):
        function = option(function)
    return function
