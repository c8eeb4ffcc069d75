"""The command that begins a project of a unikernel: new-unikernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from wizard.session.session import Session


@click.command("new-unikernel")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--switch",
    type=click.Path(path_type=Path),
    help="The switch to use. Default: the newest for unikernels.",
    shell_complete=complete.prefix,
)
@click.option(
    "--bindings",
    help="What it is linked for. Default: what the switch was made for.",
    shell_complete=complete.bindings,
)
@click.option("--build/--no-build", "wanted", default=True, help="Build it with the switch.")
@click.option("--run/--no-run", "ran", default=True, help="Run it by the switch's tender, where that is possible.")
@json_option
def new_unikernel(
    folder: Path, switch: Path | None, bindings: str | None, wanted: bool, ran: bool, as_json: bool
) -> None:
    """Write a small complete unikernel into the new folder DIR, build it with a switch, and run it.

    It has what newcomers forget: a manifest, start-up code, the bindings; as plain commands and for dune.

    \b
    Examples:
      ocaml-cross-wizard new-unikernel ~/hello
      ocaml-cross-wizard new-unikernel ~/hello --switch ~/solo5 --bindings hvt
    """
    from wizard.catalogue.presets import load_preset
    from wizard.faces.text import plans
    from wizard.machine.survey import LOCK_FILE
    from wizard.project.unikernel import example
    from wizard.session.session import Session

    session = Session()
    prefix = switch.absolute() if switch else newest_switch(session)
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        from wizard.base.errors import InputError

        raise InputError("not-a-switch", "option", prefix=prefix)
    resolved = session.check(load_preset(lock, session.catalogue)).resolved
    if not resolved.target.unikernel:
        from wizard.base.errors import InputError

        raise InputError("switch-unfit", prefix=prefix, target=resolved.target.id)
    done = example(folder.absolute(), resolved, prefix, bindings or resolved.bindings, build=wanted, run=ran)
    if as_json:
        click.echo(plans.as_json(done))
        return
    click.echo(f"{done.folder}: {', '.join(done.files)}")
    if done.program:
        click.echo(f"built {done.program}")
    if done.output:
        click.echo(f"it ran, and said: {done.output.strip()}")
    elif wanted and ran:
        click.echo(f"not run: {done.not_run}")


def newest_switch(session: Session) -> Path:
    """The switch for unikernels that was published last. Raises InputError where there is none."""
    from wizard.base.errors import InputError, WizardError
    from wizard.builds.switches import known_prefixes
    from wizard.catalogue.presets import load_preset
    from wizard.machine.survey import LOCK_FILE

    found: list[tuple[float, Path]] = []
    for prefix in known_prefixes(session.folders):
        lock = prefix / LOCK_FILE
        try:
            target = load_preset(lock, session.catalogue).selection.target
        except WizardError:  # of another version of the wizard
            continue
        if session.catalogue.machines[target].unikernel:
            found.append((lock.stat().st_mtime, prefix))
    if not found:
        raise InputError("switch-missing")
    return max(found)[1]


COMMAND = new_unikernel
