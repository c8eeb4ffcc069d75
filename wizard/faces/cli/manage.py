"""Commands for builds that were begun: attach, builds, resume, cancel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.choose import one_build
from wizard.faces.cli.options import json_option, source_options

if TYPE_CHECKING:
    from wizard.builds.folder import Options
    from wizard.builds.listing import BuildInfo

UNFINISHED = ("failed", "stopped", "cancelled")


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
    rows = [(one.id, one.state, one.stage or "-", when(one.changed), one.prefix or "-") for one in found]
    click.echo(table(("build", "state", "stage", "last changed", "prefix"), rows) if rows else "no builds yet")


def when(seconds: float) -> str:
    """A time as the lists show it; a damaged journal may hold one that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (OverflowError, ValueError, OSError):
        return "?"


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False, shell_complete=complete.running_build)
@json_option
def cancel(build_id: str | None, as_json: bool) -> None:
    """Stop a running build, orderly, then firmly. `resume` goes on with it later.

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
    """Go on with a build that stopped, failed or was cancelled, where it was: same plan, same options.

    Without BUILD it is the one that was at work last. Options that are given replace those
    of the build's last run.

    With --from the build goes back to an earlier stage (`logs` lists them). The tree is unpacked anew
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


def refuse_to_resume(build: BuildInfo) -> None:
    """Raise BusyError for a build that runs, InputError for one that is done."""
    from wizard.base.errors import BusyError, InputError

    if build.state == "running":
        raise BusyError(
            "build-running", f"{build.id} runs already", "", f"`ocaml-cross-wizard attach {build.id}` shows it"
        )
    if build.state == "done":
        raise InputError(
            "build-done",
            f"{build.id} is done: there is nothing to go on with",
            f"its switch was put into {build.prefix}",
            f"`ocaml-cross-wizard verify {build.prefix}` proves it again",
        )


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
