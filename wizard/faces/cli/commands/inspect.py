"""The command that says what a thing is: inspect."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from wizard.prove.expectation import Expectation
    from wizard.prove.inspection import Inspection


@click.command()
@click.argument("files", metavar="[FILE|-]...", nargs=-1)
@click.option(
    "--expect",
    "target",
    help="The machine it should be for (aarch64, armhf, a triplet …).",
    shell_complete=complete.target,
)
@click.option("--static", is_flag=True, help="Programs must need nothing at run time.")
@json_option
def inspect(files: tuple[str, ...], target: str | None, static: bool, as_json: bool) -> None:
    """What a thing is, and what in it contradicts itself.

    FILE is what `ocamlopt -config` printed, an executable, an object, an archive (.a), or the
    folder of a cross switch; - is standard input.

    Leaves with 7 where something contradicts itself or is not what is expected, with 3 where
    a file cannot be read or is nothing of this.

    \b
    Examples:
      ocamlopt -config | ocaml-cross-wizard inspect -
      ocaml-cross-wizard inspect hello --expect aarch64 --static
      ocaml-cross-wizard inspect ~/aarch64 lib/libfoo.a --json
    """
    from wizard.base.errors import InputError, ProofError, WizardError
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import plans

    files = files or (("-",) if sys.stdin and not sys.stdin.isatty() else ())
    if not files:
        raise click.UsageError("name a FILE, or pipe something in (ocamlopt -config | … inspect)")
    known = catalogue()
    expected = _expected(target)
    found: list[Inspection] = []
    unread: WizardError | None = None
    for file in files:
        try:
            for inspection in _inspected(file, expected, static=static):
                found.append(inspection)
                if not as_json:
                    click.echo(("\n" if len(found) > 1 else "") + plans.inspection_text(inspection, known))
        except InputError as error:  # the others are inspected all the same
            unread = error
            click.echo(error.render(), err=True)
    if as_json:
        click.echo(plans.inspections_json(found))
    if any(inspection.contradicts for inspection in found):
        sys.exit(ProofError.exit_code)
    if unread is not None:
        sys.exit(unread.exit_code)


def _expected(target: str | None) -> Expectation | None:
    if target is None:
        return None
    from wizard.catalogue.store import catalogue
    from wizard.machine.survey import this_machine
    from wizard.prove.expectation import understood

    return understood(target, catalogue(), this_machine(catalogue()))


def _inspected(file: str, expected: Expectation | None, *, static: bool) -> Iterator[Inspection]:
    """The inspection of one FILE; several for a switch."""
    from wizard.binaries.reading import is_folder, read, read_stream
    from wizard.catalogue.store import catalogue
    from wizard.machine.survey import this_machine
    from wizard.prove import inspection

    path, known = Path(file), catalogue()
    if file == "-":
        data = read_stream("standard input", sys.stdin.buffer) if sys.stdin else b""  # None: it is closed
        yield inspection.inspect("standard input", data, known, expected, static=static)
    elif is_folder(path):
        yield from inspection.inspect_switch(path, known, expected, this_machine(known), static=static)
    else:
        yield inspection.inspect(file, read(path), known, expected, static=static)


COMMAND = inspect
