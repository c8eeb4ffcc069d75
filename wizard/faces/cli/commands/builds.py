"""The command `builds`: every build, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli.build_states import when
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@json_option
def builds(as_json: bool) -> None:
    """Every build: running, stopped, failed, cancelled, done, or unreadable for this version.

    \b
    Examples:
      ocaml-cross-wizard builds
      ocaml-cross-wizard builds --json | jq '.[] | select(.state == "failed")'
    """
    from wizard.base.folders import Folders
    from wizard.builds.listing import list_builds
    from wizard.faces.text.plans import as_json as json_text
    from wizard.faces.text.plans import table

    found = list_builds(Folders.default())
    if as_json:
        click.echo(json_text(found))
        return
    rows = [
        (build.id, build.state, build.stage or "-", when(build.changed), build.prefix or "-") for build in found
    ]
    click.echo(table(("build", "state", "stage", "last changed", "prefix"), rows) if rows else "no builds yet")


COMMAND = builds
