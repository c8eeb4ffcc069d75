"""The command `verify`: prove a switch again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("prefix", type=click.Path(path_type=Path), shell_complete=complete.prefix)
@click.option("--record", type=click.Path(path_type=Path), help="Put the result into this evidence file.")
@json_option
def verify(prefix: Path, as_json: bool, record: Path | None) -> None:
    """Prove a switch again: its constants, the files it makes, the programs run on the target.

    Leaves with 7 where something is not right.

    \b
    Examples:
      ocaml-cross-wizard verify ~/aarch64
      ocaml-cross-wizard verify ~/aarch64 --json | jq .comparisons
    """
    import msgspec

    from wizard.prove.proof import prove
    from wizard.prove.report import refuse_failed, render

    report = prove(prefix.absolute())
    click.echo(msgspec.json.format(msgspec.json.encode(report)).decode() if as_json else render(report))
    refuse_failed(report)
    if record:
        from wizard.catalogue.presets import load_preset
        from wizard.machine.survey import LOCK_FILE
        from wizard.prove import evidence
        from wizard.session.session import Session

        session = Session()
        preset = load_preset(prefix / LOCK_FILE, session.catalogue)
        resolved = session.check(preset).resolved
        evidence.record(evidence.evidence_of(preset, resolved, report), record, session.catalogue)


COMMAND = verify
