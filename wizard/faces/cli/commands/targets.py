"""The command `targets`: every target that the catalogue has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@json_option
def targets(as_json: bool) -> None:
    """Every target the catalogue has: machine, C library, triplet, releases.

    \b
    Examples:
      ocaml-cross-wizard targets
      ocaml-cross-wizard targets --json | jq '.[] | .triplet'
    """
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import plans

    click.echo(plans.targets_json(catalogue()) if as_json else plans.targets_text(catalogue()))


COMMAND = targets
