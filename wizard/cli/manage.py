"""Commands for builds that were begun: attach, builds, resume, cancel."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.cli.choose import one_build
from wizard.cli.options import json_option, source_options

if TYPE_CHECKING:
    from wizard.build.builder import Options
    from wizard.build.listing import BuildInfo

UNFINISHED = ("failed", "stopped", "cancelled")


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False)
@json_option
def attach(build_id: str | None, as_json: bool) -> None:
    """Show a build again: the one that runs, or the one that is named. Ctrl-C leaves it running."""
    from wizard.build.listing import load_job
    from wizard.cli.monitor import watch
    from wizard.folders import Folders

    folders = Folders.default()
    folder = folders.builds / one_build(build_id, folders, prefer=("running",)).id
    watch(load_job(folder), folder, as_json=as_json, cancel_on_interrupt=False)


@click.command()
@json_option
def builds(as_json: bool) -> None:
    """Every build: running, stopped, failed, cancelled, done, or unreadable for this version."""
    from wizard.build.listing import list_builds
    from wizard.folders import Folders
    from wizard.text import as_json as json_text
    from wizard.text import table

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
@click.argument("build_id", metavar="[BUILD]", required=False)
@json_option
def cancel(build_id: str | None, as_json: bool) -> None:
    """Stop a running build, orderly, then firmly. `resume` goes on with it later."""
    from wizard.build.launch import cancel as cancel_build
    from wizard.folders import Folders
    from wizard.text import as_json as json_text

    folders = Folders.default()
    folder = folders.builds / one_build(build_id, folders, prefer=("running",)).id
    stopped = cancel_build(folder)
    if as_json:
        click.echo(json_text({"id": folder.name, "cancelled": stopped}))
    else:
        click.echo(f"{folder.name}: cancelled" if stopped else f"{folder.name} does not run")


@click.command()
@click.argument("build_id", metavar="[BUILD]", required=False)
@source_options
@click.option("--online", is_flag=True, help="Ask the network again, though the build began with --offline.")
@click.option("--detach", is_flag=True, help="Start the build and leave; `attach` shows it again.")
@json_option
def resume(
    build_id: str | None, sources: Path | None, offline: bool, online: bool, detach: bool, as_json: bool
) -> None:
    """Go on with a build that stopped, failed or was cancelled, where it was: same plan, same options.

    Without BUILD it is the one that was at work last. Options that are given replace those
    of the build's last run.

    \b
    Examples:
      ocaml-cross-wizard resume
      ocaml-cross-wizard resume 5.3.0-aarch64-linux-musl-1a2b3c4d --sources ~/archives
    """
    from wizard.build.launch import start
    from wizard.build.listing import load_job
    from wizard.cli.monitor import watch
    from wizard.folders import Folders

    if offline and online:
        raise click.UsageError("--offline and --online exclude each other")
    folders = Folders.default()
    build = one_build(build_id, folders, prefer=UNFINISHED)
    refuse_to_resume(build)
    folder = folders.builds / build.id
    plan = load_job(folder)
    start(plan, _options(folder, sources, offline=offline, online=online))
    if detach:
        click.echo(f"building {plan.id}; `ocaml-cross-wizard attach {plan.id}` shows it")
        return
    watch(plan, folder, as_json=as_json, cancel_on_interrupt=True)


def refuse_to_resume(build: BuildInfo) -> None:
    """Raise BusyError for a build that runs, InputError for one that is done."""
    from wizard.errors import BusyError, InputError

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


def _options(folder: Path, sources: Path | None, *, offline: bool, online: bool) -> Options:
    """The options of the last run, with those replaced that are given."""
    from wizard.build.builder import Options
    from wizard.build.listing import load_options
    from wizard.errors import InputError

    try:
        last = load_options(folder)
    except InputError:
        if not (offline or online):  # it may have begun offline, and that must not be forgotten
            raise
        last = Options()
    return Options(
        sources=str(sources.absolute()) if sources else last.sources,
        offline=(last.offline or offline) and not online,
    )
