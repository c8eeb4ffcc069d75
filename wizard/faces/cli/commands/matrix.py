"""The command `matrix`: what works, what cannot, what is untested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@click.option(
    "--release", help="OCaml release. Default: the one that `check` takes.", shell_complete=complete.release
)
@click.option("--all", "every", is_flag=True, help="Every release: which work, which cannot.")
@click.option("--host", help="Host machine, or `all`. Default: this machine.", shell_complete=complete.host)
@click.option("--markdown", is_flag=True, help="Markdown, for an ordinary x86_64 Linux whatever this machine is.")
@json_option
def matrix(as_json: bool, markdown: bool, every: bool, release: str | None, host: str | None) -> None:
    """What works, what cannot, and what nobody has tried: every target with every C library.

    \b
    Examples:
      ocaml-cross-wizard matrix
      ocaml-cross-wizard matrix --host i686 --release 4.14.2
      ocaml-cross-wizard matrix --all --host all --json | jq '.[] | select(.verdict == "works")'
    """
    import msgspec

    from wizard.catalogue.selection import NATIVE, Selection, normalise
    from wizard.catalogue.store import catalogue
    from wizard.check.matrix import hosts_of
    from wizard.check.matrix import matrix as cells_of
    from wizard.faces.text import matrix
    from wizard.machine.survey import ordinary_linux, survey

    if (every and release) or (as_json and markdown):
        raise click.UsageError("--all and --release exclude each other, and so do --json and --markdown")
    known = catalogue()
    here = ordinary_linux() if markdown else survey(known)
    asked = {"host": host} if host and host != "all" else {}
    asked |= {"release": release} if release else {}
    chosen = normalise(msgspec.structs.replace(Selection(next(iter(known.machines))), **asked), known)
    hosts = hosts_of(known, here)
    if host != "all":
        hosts = hosts[:1] if chosen.host == NATIVE else (chosen.host,)
    releases = known.releases if every else (chosen.release,)
    cells = tuple(cell for release in releases for cell in cells_of(known, here, release, hosts))
    if as_json:
        click.echo(matrix.matrix_json(cells))
    elif markdown:
        click.echo(matrix.matrix_markdown(cells, by_release=every))
    else:
        click.echo(matrix.matrix_text(cells, by_release=every))


COMMAND = matrix
