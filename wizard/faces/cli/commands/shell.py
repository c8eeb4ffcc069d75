"""The command that opens a shell where a stage of a build was at work: shell."""

from __future__ import annotations

import shlex
import sys

import click

from wizard.faces.cli import complete


@click.command()
@click.argument("what", metavar="[BUILD|PREFIX]", required=False, shell_complete=complete.build_or_path)
@click.option(
    "--stage",
    help="The stage. Default: the one that failed or runs, else the last.",
    shell_complete=complete.stage,
)
@click.option("--command", "-c", "line", help="Run this line of shell there instead, and leave with its status.")
def shell(what: str | None, stage: str | None, line: str | None) -> None:
    """A shell in the exact environment and folder of a stage: to see for yourself why its command failed.

    The environment is the plan's and nothing else: no variable of yours is passed on but TERM. What
    you change in the tree stays; `resume` continues with it.

    \b
    Examples:
      ocaml-cross-wizard shell                        where the last failed build stopped
      ocaml-cross-wizard shell --stage configure
      ocaml-cross-wizard shell -c 'tail -40 config.log'
    """
    from wizard.base.folders import Folders
    from wizard.builds.folder import running
    from wizard.doctor.stage_shell import stage_shell
    from wizard.faces.cli.build_names import named_build

    folders = Folders.default()
    folder = folders.builds / named_build(what, folders, prefer=("failed", "stopped", "cancelled", "running"))
    there = stage_shell(folder, stage)
    if line is not None:
        sys.exit(there.run("sh", "-c", line))
    click.echo(f"stage {there.stage} of {folder.name}, in {there.place}", err=True)
    if there.command:
        click.echo(f"its command was: {shlex.join(there.command)}", err=True)
    if running(folder):
        click.echo("warning: this build is running now", err=True)
    click.echo(f"leave with `exit`; then `ocaml-cross-wizard resume {folder.name}` continues", err=True)
    sys.exit(there.open())


COMMAND = shell
