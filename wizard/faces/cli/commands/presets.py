"""The command `presets`: the presets that come with the wizard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@json_option
def presets(as_json: bool) -> None:
    """The presets that come with the wizard.

    A preset is a TOML file; `check --save` writes one of your own, and each command takes its path as well.

    \b
    Examples:
      ocaml-cross-wizard presets
      ocaml-cross-wizard presets --json | jq keys
    """
    from wizard.catalogue.presets import load_preset, shipped_presets
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import plans

    found = {name: load_preset(path, catalogue()) for name, path in shipped_presets().items()}
    click.echo(plans.presets_json(found) if as_json else plans.presets_text(found))


COMMAND = presets
