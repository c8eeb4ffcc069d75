"""The command `attach`: show a build again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import one_build
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False, shell_complete=complete.build)
@json_option
def attach(build_id: str | None, as_json: bool) -> None:
    """Show a build again: the one that runs, or the one that is named. Ctrl-C leaves it running.

    \b
    Examples:
      ocaml-cross-wizard attach
      ocaml-cross-wizard attach 5.3.0-aarch64-linux-musl-1a2b3c4d
    """
    from wizard.base.folders import Folders
    from wizard.builds.folder import load_job
    from wizard.faces.cli.monitor import watch

    folders = Folders.default()
    folder = folders.builds / one_build(build_id, folders, prefer=("running",)).id
    watch(load_job(folder), folder, as_json=as_json, cancel_on_interrupt=False)


COMMAND = attach
