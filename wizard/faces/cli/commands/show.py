"""The command `show`: everything a build would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options
from wizard.faces.cli.selections import checked_choice

if TYPE_CHECKING:
    pass


@click.command()
@selection_options
@json_option
def show(as_json: bool, **choice: Any) -> None:
    """What a build would do: flags with reasons, environment, wrapper scripts, files, stages. Builds nothing.

    \b
    Examples:
      ocaml-cross-wizard show aarch64-linux-musl | less
      ocaml-cross-wizard show presets/x86_64-linux-musl.toml --json | jq .flags
    """
    from wizard.faces.text import plans
    from wizard.plan.batch import to_json

    session, checked = checked_choice(choice)
    plan = session.plan(checked)
    click.echo(to_json(plan).decode() if as_json else plans.plan_text(plan))


COMMAND = show
