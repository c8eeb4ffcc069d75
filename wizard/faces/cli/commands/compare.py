"""The command that puts two switches side by side: compare."""

from __future__ import annotations

from pathlib import Path

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option


@click.command()
@click.argument("prefix", type=click.Path(path_type=Path), shell_complete=complete.prefix)
@click.argument("other", type=click.Path(path_type=Path), shell_complete=complete.prefix)
@json_option
def compare(prefix: Path, other: Path, as_json: bool) -> None:
    """Whether two switches are the same, file by file: PREFIX and OTHER, made from one lock file, say.

    A file that differs only for a reason that is known (debug information that names the folder it was
    compiled in, say) is looked into: all else of it has to be the same. Both should be built for one prefix:
    a compiler knows the path it is built for.

    Leaves with 7 where anything differs without such a reason.

    \b
    Examples:
      ocaml-cross-wizard compare ~/aarch64 /tmp/again
    """
    from wizard.faces.text import plans
    from wizard.prove.compare import compare_switches, reasons, refuse_different

    found = compare_switches(prefix.absolute(), other.absolute())
    click.echo(plans.as_json(found) if as_json else plans.comparison_text(found, reasons()))
    refuse_different(found)


COMMAND = compare
