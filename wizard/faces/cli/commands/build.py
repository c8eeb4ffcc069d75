"""The command `build`: build, watch, prove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, many_selections_options, source_options

if TYPE_CHECKING:
    from wizard.plan.batch import Job
    from wizard.plan.model import Plan


@click.command()
@many_selections_options
@source_options
@click.option("--detach", is_flag=True, help="Start the build and leave; `attach` shows it again.")
@click.option("--host-only", is_flag=True, help="Build the host compiler alone, which all targets share.")
@json_option
def build(
    as_json: bool, detach: bool, host_only: bool, sources: Path | None, offline: bool, **choice: Any
) -> None:
    """Build a cross switch from a preset or a lock file, watch it, and prove the result.

    Of several PRESETS all are built as one, side by side as far as this machine can, and
    what they share is built once. One that fails leaves the others alone.

    A build that was stopped, however, continues where it was. Ctrl-C cancels it; a lost
    terminal does not.

    \b
    Examples:
      ocaml-cross-wizard build aarch64-linux-musl
      ocaml-cross-wizard build presets/x86_64-linux-musl.toml --prefix ~/x86-switch
      ocaml-cross-wizard build ~/x86-switch/ocaml-cross.lock.toml --prefix /tmp/again
      ocaml-cross-wizard build --target aarch64 --release 5.4.1 --sources ~/archives --offline
      ocaml-cross-wizard build aarch64-linux-musl riscv64-linux-musl x86_64-linux-musl
    """
    from wizard.builder.launch import start
    from wizard.builds.folder import Options
    from wizard.faces.cli.monitor import watch

    job = _job(choice, quiet=as_json)
    if host_only:
        part = _host_part(job)
        if part is None:
            return
        job = part
    folder = start(job, Options(sources=str(sources.absolute()) if sources else "", offline=offline))
    if detach:
        click.echo(f"building {job.id}; `ocaml-cross-wizard attach {job.id}` shows it")
        return
    watch(job, folder, as_json=as_json, cancel_on_interrupt=True)


def _host_part(job: Job) -> Plan | None:
    """The plan of the host compiler alone; None, and a word about it, where there is none to build."""
    from wizard.plan.host_part import host_plan

    parts = {part.id: part for part in map(host_plan, job.plans) if part is not None}
    if len(parts) > 1:
        raise click.UsageError("--host-only: these presets have several host compilers; name one at a time")
    if not parts:
        where = job.plans[0].host_prefix
        click.echo(f"the OCaml in {where} is the host compiler: there is none to build", err=True)
    return next(iter(parts.values()), None)


def _job(choice: dict[str, Any], *, quiet: bool) -> Job:
    """The plan of what the options mean, or the batch of several presets. Findings are told on standard error."""
    from wizard.faces.cli.selections import checked_choice
    from wizard.faces.text.plans import finding_text
    from wizard.plan.batch import batch_of

    presets = choice.pop("presets")
    if len(presets) > 1 and choice.get("prefix"):
        raise click.UsageError("--prefix names the place of one switch; without it each goes to its own")
    plans = []
    for preset in presets or (None,):
        session, checked = checked_choice({**choice, "preset": preset})
        for finding in () if quiet else checked.findings:
            click.echo(finding_text(finding), err=True)
        plans.append(session.plan(checked))
    return plans[0] if len(plans) == 1 else batch_of(tuple(plans), session.folders.builds)


COMMAND = build
