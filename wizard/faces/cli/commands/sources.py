"""The command `sources`: what a build needs from elsewhere, and who has it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options, source_options
from wizard.faces.cli.selections import checked_with_sources

if TYPE_CHECKING:
    from wizard.builder.needs import Need


@click.command("sources")
@selection_options
@source_options
@json_option
def sources_command(as_json: bool, sources: Path | None, offline: bool, **choice: Any) -> None:
    """What a build needs: every archive with its digest, each place that has it, and where it lies here.

    Asks no network and writes nothing. With --offline it leaves with 5 where something is
    missing, as a build would.

    \b
    Examples:
      ocaml-cross-wizard sources aarch64-linux-musl
      ocaml-cross-wizard sources --target x86_64-windows --release 5.4.1 --sources ~/archives --offline
    """
    from wizard.base.errors import MissingError
    from wizard.builder.needs import needs
    from wizard.faces.text import plans

    session, checked = checked_with_sources(choice)
    cache, local = session.folders.sources, sources.absolute() if sources else None
    found = needs(checked.resolved, checked.preset.lock, cache=cache, local=local)
    click.echo(plans.as_json(found) if as_json else _sources_text(found, cache, local))
    if offline and not all(need.present for need in found):
        sys.exit(MissingError.exit_code)


def _sources_text(found: tuple[Need, ...], cache: Path, local: Path | None) -> str:
    """What is needed as two tables, places and digests, and where what is present lies."""
    from wizard.faces.text.plans import table

    rows = []
    for need in found:
        name = need.name
        for offer in need.offers:
            kind = f"{offer.kind}, unpinned" if offer.unpinned else offer.kind
            rows.append((name, kind, offer.place, _STATES[offer.state]))
            name = ""
    archives = [
        (offer.file, offer.sha256 or offer.sha512) for need in found for offer in need.offers if offer.file
    ]
    here = [(need.name, need.path or "missing") for need in found]
    order = f"Looked for first in {local}, then in {cache}." if local else f"Looked for first in {cache}."
    return "\n\n".join(
        [
            table(("needed", "from", "place", "here"), rows),
            table(("archive", "digest"), dict(archives).items()),
            table(("needed", "where it lies"), here),
            order,
        ]
    )


_STATES = {"present": "yes", "absent": "no", "wrong": "WRONG DIGEST"}


COMMAND = sources_command
