"""Commands that work: build, attach, builds, cancel, verify, ask."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.cli.options import json_option, selection_options, source_options

if TYPE_CHECKING:
    from wizard.plan.model import Plan


@click.command()
@selection_options
@source_options
@click.option("--detach", is_flag=True, help="Start the build and leave; `attach` shows it again.")
@click.option("--host-only", is_flag=True, help="Build the host compiler alone, which all targets share.")
@json_option
def build(
    as_json: bool, detach: bool, host_only: bool, sources: Path | None, offline: bool, **choice: Any
) -> None:
    """Build a cross switch from a preset or a lock file, watch it, and prove the result.

    A build that was stopped, however, goes on where it was. Ctrl-C cancels it; a lost
    terminal does not.

    \b
    Examples:
      ocaml-cross-wizard build aarch64-linux-musl
      ocaml-cross-wizard build presets/x86_64-linux-musl.toml --prefix ~/x86-switch
      ocaml-cross-wizard build ~/x86-switch/ocaml-cross.lock.toml --prefix /tmp/again
      ocaml-cross-wizard build --target aarch64 --release 5.4.1 --sources ~/archives --offline
    """
    from wizard.build.builder import Options
    from wizard.build.launch import start
    from wizard.cli.look import checked_choice
    from wizard.plan.host_part import host_plan
    from wizard.text import finding_text

    session, checked = checked_choice(choice)
    plan = session.plan(checked)
    if host_only:
        part = host_plan(plan)
        if part is None:
            click.echo(f"the OCaml in {plan.host_prefix} is the host compiler: there is none to build", err=True)
            return
        plan = part
    if not as_json:
        for finding in checked.findings:
            click.echo(finding_text(finding), err=True)
    folder = start(plan, Options(sources=str(sources.absolute()) if sources else "", offline=offline))
    if detach:
        click.echo(f"building {plan.id}; `ocaml-cross-wizard attach {plan.id}` shows it")
        return
    _watch(plan, folder, as_json=as_json, cancel_on_interrupt=True)


def _watch(plan: Plan, folder: Path, *, as_json: bool, cancel_on_interrupt: bool) -> None:
    """Show a build to its end and leave with its exit code."""
    from wizard.build.launch import cancel, follow
    from wizard.build.progress import Progress
    from wizard.cli.monitor import LineMonitor, show_json
    from wizard.errors import BuildError

    progress = Progress(plan)
    monitor = LineMonitor(plan, progress, live=not as_json)
    try:
        for event in follow(folder):
            if event is None:
                monitor.tick()
                continue
            progress.take(event)
            show_json(event) if as_json else monitor.show(event)
    except KeyboardInterrupt:
        monitor.clear()
        if not cancel_on_interrupt:
            click.echo(f"left it running; `ocaml-cross-wizard attach {plan.id}` shows it again", err=True)
            sys.exit(0)
        click.echo("cancelling …", err=True)
        cancel(folder)
        for event in follow(folder):
            if event is not None:
                progress.take(event)
    monitor.clear()
    if progress.error is not None:
        raise progress.error
    if progress.outcome is None:
        raise BuildError(
            "builder-vanished",
            f"the builder of {plan.id} ended without a word",
            "it was killed, or the machine was",
            "start the build again: it goes on where it stopped",
        )
    if not as_json:
        click.echo(monitor.result())


@click.command()
@click.argument("build_id", required=False)
@json_option
def attach(build_id: str | None, as_json: bool) -> None:
    """Show a build again: the one that runs, or the one that is named. Ctrl-C leaves it running."""
    from wizard.build.launch import load_plan

    folder = _build_folder(build_id, prefer=("running",))
    _watch(load_plan(folder), folder, as_json=as_json, cancel_on_interrupt=False)


def _build_folder(build_id: str | None, prefer: tuple[str, ...]) -> Path:
    """The folder of the named build, or of the newest in one of the preferred states, or of the newest at all."""
    from wizard.build.launch import list_builds
    from wizard.errors import InputError
    from wizard.folders import Folders
    from wizard.spelling import did_you_mean

    folders = Folders.default()
    found = list_builds(folders)
    if build_id is not None:
        if build_id not in [one.id for one in found]:
            raise InputError(
                "build-unknown",
                f"there is no build {build_id!r}",
                "",
                did_you_mean(build_id, [one.id for one in found]) if found else "nothing was built yet",
            )
        return folders.builds / build_id
    if not found:
        raise InputError("build-unknown", "there is no build yet", "", "start one with `build PRESET`")
    best = next((one for one in found if one.state in prefer), found[0])
    return folders.builds / best.id


@click.command()
@json_option
def builds(as_json: bool) -> None:
    """Every build: running, stopped, failed, cancelled, done."""
    import time

    import msgspec

    from wizard.build.launch import list_builds
    from wizard.folders import Folders
    from wizard.text import table

    found = list_builds(Folders.default())
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
        return
    rows = [
        (one.id, one.state, one.stage, time.strftime("%Y-%m-%d %H:%M", time.localtime(one.changed)), one.prefix)
        for one in found
    ]
    click.echo(table(("build", "state", "stage", "last changed", "prefix"), rows) if rows else "no builds yet")


@click.command()
@click.argument("build_id", required=False)
def cancel(build_id: str | None) -> None:
    """Stop a running build, orderly. `build` goes on with it later."""
    from wizard.build.launch import cancel as cancel_build

    folder = _build_folder(build_id, prefer=("running",))
    stopped = cancel_build(folder)
    click.echo(f"{folder.name}: cancelled" if stopped else f"{folder.name} does not run")


@click.command()
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--record", type=click.Path(path_type=Path), help="Put the result into this evidence file.")
@json_option
def verify(prefix: Path, as_json: bool, record: Path | None) -> None:
    """Prove a switch again: its constants, the files it makes, the programs run on the target.

    Leaves with 7 where something is not right.
    """
    import msgspec

    from wizard.verify.prove import prove
    from wizard.verify.report import refuse_failed, render

    report = prove(prefix.absolute())
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode() if as_json else render(report))
    refuse_failed(report)
    if record:
        from wizard.selection import load_preset
        from wizard.session import Session
        from wizard.surroundings import LOCK_FILE
        from wizard.verify import evidence

        session = Session()
        preset = load_preset(prefix / LOCK_FILE, session.catalogue)
        place = session.check(preset).place
        evidence.record(evidence.evidence_of(preset, place, report), record, session.catalogue)


@click.command()
@click.argument("preset", required=False)
@source_options
def ask(preset: str | None, sources: Path | None, offline: bool) -> None:
    """The wizard as plain questions, for simple terminals and screen readers."""
    from wizard.prompts.ask import ask as run

    plan, folder = run(preset, str(sources.absolute()) if sources else "", offline)
    if folder is not None and plan is not None:
        _watch(plan, folder, as_json=False, cancel_on_interrupt=True)
