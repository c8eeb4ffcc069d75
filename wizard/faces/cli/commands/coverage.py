"""The command that says before any link whether C code will link: coverage."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from wizard.link.c_library import CLibrary

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("files", metavar="[FILE|FOLDER]...", nargs=-1, type=_PATH)
@click.option(
    "--switch",
    type=_PATH,
    help="The C library and the OCaml runtime of a built switch, by its prefix.",
    shell_complete=complete.prefix,
)
@click.option(
    "--target",
    help="Target machine, or a triplet: a C library of the catalogue.",
    shell_complete=complete.target,
)
@click.option(
    "--libc",
    help="C library of the target. Default: the first that is for it.",
    shell_complete=complete.libc,
)
@click.option("--cc", help="The C library that a C compiler links with (aarch64-linux-gnu-gcc …).")
@click.option(
    "--library", "libraries", multiple=True, type=_PATH,
    help="A library, object or folder of archives to link with as well; may be repeated.",
)  # fmt: skip
@click.option("-I", "folders", metavar="DIR", multiple=True, type=_PATH, help="Headers for C files.")
@click.option("--cflags", default="", help='More options for compiling C files: --cflags "-DNDEBUG -std=gnu99".')
@click.option("--strict", is_flag=True, help="Functions that only abort or never work count as missing.")
@json_option
def coverage(
    files: tuple[Path, ...],
    switch: Path | None,
    target: str | None,
    libc: str | None,
    cc: str | None,
    libraries: tuple[Path, ...],
    folders: tuple[Path, ...],
    cflags: str,
    strict: bool,
    as_json: bool,
) -> None:
    """Whether C code will link with a C library: what is defined, what is a stub, what is missing.

    FILE is an object, an archive (each member counts) or a C file, which is compiled first; of a FOLDER its C
    files are taken, or where it has none its objects and archives. Without any, the libraries themselves
    are listed with their stubs.

    Leaves with 4 where it does not link.

    \b
    Examples:
      ocaml-cross-wizard coverage src/ --switch ~/aarch64
      ocaml-cross-wizard coverage libfoo_stubs.a --target aarch64 --libc musl
      ocaml-cross-wizard coverage stub.o --library libnolibc.a --library libopenlibm.a --strict
    """
    import tempfile

    from wizard.base.errors import RefusedError
    from wizard.base.folders import Folders
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import coverage as text
    from wizard.link.c_library import musl_instead
    from wizard.link.closure import coverage as cover
    from wizard.link.closure import list_libraries
    from wizard.link.code import code_files, read_code
    from wizard.link.findings import answer
    from wizard.link.known import known
    from wizard.link.libraries import Libraries, library_files

    if sum(option is not None for option in (switch, target, cc)) > 1 or (libc is not None and target is None):
        raise click.UsageError("name one of --switch, --target (with --libc) and --cc")
    named = _library(switch, target, libc, cc)
    more = tuple(library_files(libraries))
    if named is None and not more:
        raise click.UsageError("name a C library: --switch, --target, --cc or --library")
    title = named.title if named else ", ".join(path.name for path in more)
    linked = Libraries((*more, *(named.files if named else ())))
    if not files:
        listing = list_libraries(linked, known())
        click.echo(text.listing_json(title, listing) if as_json else text.listing_text(title, listing))
        return
    options = [*(f"-I{folder.absolute()}" for folder in folders), *_words(cflags)]
    with tempfile.TemporaryDirectory(prefix="ocw-coverage-") as scratch:
        units, refused = read_code(tuple(code_files(files)), named, options, Path(scratch))
        found = cover(units, linked, known())
    instead = musl_instead(found, catalogue(), Folders.default()) if found.missing else None
    said = answer(title, found, refused, known(), instead)
    click.echo(text.coverage_json(said) if as_json else text.coverage_text(said))
    if not said.links or (strict and said.stubs_used):
        sys.exit(RefusedError.exit_code)


def _words(cflags: str) -> list[str]:
    """The options that --cflags holds, quoted as in a shell. Raises InputError."""
    import shlex

    from wizard.base.errors import InputError

    try:
        return shlex.split(cflags)
    except ValueError as error:
        raise InputError("value-unknown", "words", key="--cflags", value=cflags, reason=error) from None


def _library(switch: Path | None, target: str | None, libc: str | None, cc: str | None) -> CLibrary | None:
    """The C library that the options name, None where they name none."""
    from wizard.catalogue.store import catalogue
    from wizard.link import c_library

    if switch is not None:
        return c_library.of_switch(switch, catalogue())
    if cc is not None:
        return c_library.of_compiler(cc)
    if target is None:
        return None
    from wizard.base.folders import Folders
    from wizard.machine.survey import survey

    def say(words: str) -> None:
        click.echo(words, err=True)

    machine, libc = c_library.understood(target, libc, catalogue())
    return c_library.of_catalogue(machine, libc, catalogue(), survey(catalogue()), Folders.default(), say)


COMMAND = coverage
