"""The command that looks at this machine: doctor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option, selection_options, source_options


@click.command()
@selection_options
@source_options
@click.option(
    "--switch",
    type=click.Path(path_type=Path, file_okay=False),
    help="Look at this switch only, of all there are.",
    shell_complete=complete.prefix,
)
@json_option
def doctor(as_json: bool, sources: Path | None, offline: bool, switch: Path | None, **choice: Any) -> None:
    """What on this machine prevents a build, with the command that fixes it.

    Looks at tools, compilers, emulators, folders, limits, environment, sources and what the
    wizard has made, in a second or two; changes nothing. With a PRESET or --target also at what that
    build needs. `explain CODE` says more of each.

    Leaves with 0 where nothing forbids a build, else with the exit code that `build` would give.

    \b
    Examples:
      ocaml-cross-wizard doctor
      ocaml-cross-wizard doctor aarch64-linux-musl --offline
      ocaml-cross-wizard doctor --switch ~/aarch64 --json | jq '.results[] | select(.severity != "ok")'
    """
    import shutil

    from wizard.faces.cli.selections import chosen_preset
    from wizard.faces.text import plans
    from wizard.session.session import Session

    session = Session()
    checked = session.check(chosen_preset(session, choice), choice.get("prefix")) if any(choice.values()) else None
    found = session.diagnose(
        checked,
        offline=offline,
        local=sources.absolute() if sources else None,
        switch=switch.absolute() if switch else None,
    )
    columns = shutil.get_terminal_size((100, 24)).columns
    click.echo(plans.as_json(found) if as_json else plans.diagnosis_text(found, columns))
    sys.exit(found.exit_code)


COMMAND = doctor
