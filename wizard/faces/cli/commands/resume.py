"""The command `resume`: continue a build that stopped or failed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import one_build
from wizard.faces.cli.build_states import UNFINISHED, refuse_to_resume
from wizard.faces.cli.options import json_option, source_options

if TYPE_CHECKING:
    from wizard.builds.folder import Options


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False, shell_complete=complete.unfinished_build)
@source_options
@click.option("--online", is_flag=True, help="Ask the network again, though the build began with --offline.")
@click.option("--from", "stage", metavar="STAGE", help="Go back: run this stage and what follows it again.")
@click.option("--env", "variables", metavar="NAME=VALUE", multiple=True, help="For the commands: MAKEFLAGS=-j1.")
@click.option("--keep-tree", is_flag=True, help="With --from: on the tree as it is, not on a fresh one.")
@click.option("--detach", is_flag=True, help="Start the build and leave; `attach` shows it again.")
@json_option
def resume(
    build_id: str | None,
    sources: Path | None,
    offline: bool,
    online: bool,
    stage: str | None,
    variables: tuple[str, ...],
    keep_tree: bool,
    detach: bool,
    as_json: bool,
) -> None:
    """Continue with a build that stopped, failed or was cancelled, where it was: same plan, same options.

    Without BUILD it is the one that was at work last. Options that are given replace those
    of the build's last run.

    With --from the build goes back to an earlier stage (`logs` lists them). The tree is unpacked again
    then, so that it holds only what comes before; --keep-tree leaves it as it is, with what you changed.

    \b
    Examples:
      ocaml-cross-wizard resume
      ocaml-cross-wizard resume --from configure
      ocaml-cross-wizard resume 5.3.0-aarch64-linux-musl-1a2b3c4d --sources ~/archives
    """
    from wizard.base.folders import Folders
    from wizard.builder.launch import start
    from wizard.builds.folder import load_job
    from wizard.faces.cli.monitor import watch

    if offline and online:
        raise click.UsageError("--offline and --online exclude each other")
    if keep_tree and not stage:
        raise click.UsageError("--keep-tree goes with --from STAGE")
    folders = Folders.default()
    build = one_build(build_id, folders, prefer=UNFINISHED)
    refuse_to_resume(build)
    folder = folders.builds / build.id
    plan = load_job(folder)
    options = _options(folder, sources, offline=offline, online=online, variables=variables)
    if stage:
        from wizard.builder.rewind import rewind

        begin = rewind(plan, stage, keep_tree=keep_tree)
        click.echo(f"going back to the stage {begin.id}: {begin.title}", err=True)
    start(plan, options)
    if detach:
        click.echo(f"building {plan.id}; `ocaml-cross-wizard attach {plan.id}` shows it")
        return
    watch(plan, folder, as_json=as_json, cancel_on_interrupt=True)


def _options(
    folder: Path, sources: Path | None, *, offline: bool, online: bool, variables: tuple[str, ...] = ()
) -> Options:
    """The options of the last run, with those replaced that are given."""
    from wizard.base.errors import InputError
    from wizard.builds.folder import Options, load_options

    try:
        last = load_options(folder)
    except InputError:
        if not (offline or online):  # it may have begun offline, and that must not be forgotten
            raise
        last = Options()
    return Options(
        sources=str(sources.absolute()) if sources else last.sources,
        offline=(last.offline or offline) and not online,
        environment=last.environment
        | {name: value for name, _, value in (variable.partition("=") for variable in variables)},
    )


COMMAND = resume
