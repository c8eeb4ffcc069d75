"""The command `check`: can it work, and if not, why and what to change?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options
from wizard.faces.cli.selections import checked_choice

if TYPE_CHECKING:
    pass


@click.command()
@selection_options
@click.option("--fix", is_flag=True, help="Apply the first fix of each error, and check what comes of it.")
@click.option("--save", type=click.Path(path_type=Path), help="Write the selection as a preset to this file.")
@json_option
def check(as_json: bool, fix: bool, save: Path | None, **choice: Any) -> None:
    """Can it work? The runtime constants of host and target, and every finding with its fixes.

    Leaves with 0 where a build is possible, else with the exit code that `build` would give.
    `explain CODE` says more of a finding.

    \b
    Examples:
      ocaml-cross-wizard check aarch64-linux-musl
      ocaml-cross-wizard check --target arm64 --libc musl --release 5.4.1
      ocaml-cross-wizard check --target armv7 --fix --save armv7.toml
    """
    from wizard.base.errors import WizardError
    from wizard.faces.text import plans
    from wizard.session.session import refuse

    session, checked = checked_choice(choice)
    if fix:
        checked, applied = session.repair(checked)
        for applied_fix in applied:
            click.echo(f"fixed: {applied_fix.text}", err=True)
    if save:
        from wizard.catalogue.presets import save_preset

        save_preset(checked.preset, save)
    click.echo(plans.checked_json(checked) if as_json else plans.checked_text(checked))
    try:
        refuse(checked.findings)
    except WizardError as error:  # the findings are printed already: only the exit code is left to give
        sys.exit(error.exit_code)


COMMAND = check
