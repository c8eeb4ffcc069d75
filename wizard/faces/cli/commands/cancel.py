"""The command `cancel`: stop a build."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import one_build
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False, shell_complete=complete.running_build)
@json_option
def cancel(build_id: str | None, as_json: bool) -> None:
    """Stop a running build, orderly, then firmly. `resume` continues with it later.

    \b
    Examples:
      ocaml-cross-wizard cancel
      ocaml-cross-wizard cancel 5.3.0-aarch64-linux-musl-1a2b3c4d
    """
    from wizard.base.folders import Folders
    from wizard.builder.launch import cancel as cancel_build
    from wizard.faces.text.plans import as_json as json_text

    folders = Folders.default()
    folder = folders.builds / one_build(build_id, folders, prefer=("running",)).id
    stopped = cancel_build(folder)
    if as_json:
        click.echo(json_text({"id": folder.name, "cancelled": stopped}))
    else:
        click.echo(f"{folder.name}: cancelled" if stopped else f"{folder.name} does not run")


COMMAND = cancel
