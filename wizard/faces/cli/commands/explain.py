"""The command `explain`: what a code means, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("code", required=False, shell_complete=complete.code)
@click.option("--list", "every", is_flag=True, help="All codes, in one line each. So it is without CODE.")
@json_option
def explain(code: str | None, every: bool, as_json: bool) -> None:
    """The long text of a code: what, why, how to see it yourself, what to do.

    CODE stands in brackets behind a finding, an error, or a fact of `doctor`.

    \b
    Examples:
      ocaml-cross-wizard explain word-size
      ocaml-cross-wizard explain source-not-reached
      ocaml-cross-wizard explain --list | grep disk
    """
    from wizard.catalogue.store import catalogue
    from wizard.doctor import explain as explained
    from wizard.faces.text import plans

    if code is None or every:
        found = explained.all_explanations()
        click.echo(plans.as_json(found) if as_json else plans.codes_text(found))
        return
    explanation = explained.explain(code, catalogue())
    click.echo(plans.as_json(explanation) if as_json else plans.explanation_text(explanation))


COMMAND = explain
