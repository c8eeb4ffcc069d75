"""Commands about what a build needs from elsewhere: sources, fetch."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options, source_options

if TYPE_CHECKING:
    from wizard.builder.needs import Need
    from wizard.faces.cli.line import ChangingLine
    from wizard.fetch.attempts import Progress
    from wizard.session.session import Checked, Session

SHOWN_SECONDS = 0.2


@click.command("sources")
@selection_options
@source_options
@json_option
def list_sources(as_json: bool, sources: Path | None, offline: bool, **choice: Any) -> None:
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

    session, checked = _chosen(choice)
    cache, local = session.folders.sources, sources.absolute() if sources else None
    found = needs(checked.resolved, checked.preset.lock, cache=cache, local=local)
    click.echo(plans.as_json(found) if as_json else _sources_text(found, cache, local))
    if offline and not all(one.present for one in found):
        sys.exit(MissingError.exit_code)


def _chosen(choice: dict[str, Any]) -> tuple[Session, Checked]:
    """The selection. What speaks against a build here is only said: sources may be for another machine."""
    import msgspec

    from wizard.check.findings import errors
    from wizard.check.own_sources import with_own_sources
    from wizard.faces.cli.look import checked_choice

    session, checked = checked_choice(choice)
    for error in errors(checked.findings)[:1]:
        click.echo(f"cannot be built here like this: error[{error.code}]: {error.what} (run check)", err=True)
    resolved = with_own_sources(checked.resolved, checked.preset.lock)
    return session, msgspec.structs.replace(checked, resolved=resolved)


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


@click.command()
@selection_options
@source_options
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    help="Copy the archives into this folder, to carry to a machine without a network.",
)
@json_option
def fetch(as_json: bool, into: Path | None, sources: Path | None, offline: bool, **choice: Any) -> None:
    """Download what a build needs, and build nothing. What is here already is not fetched again.

    A download that breaks off goes on where it stopped, also when the command is run again.
    The C toolchain is not fetched: zig comes with the wizard, gcc with the system.

    \b
    Examples:
      ocaml-cross-wizard fetch aarch64-linux-musl
      ocaml-cross-wizard fetch --target x86_64-windows --release 5.4.1 --into /media/stick/archives
      ocaml-cross-wizard build aarch64-linux-musl --sources /media/stick/archives --offline
    """
    import msgspec

    from wizard.builder.needs import fetch_all
    from wizard.faces.cli.line import ChangingLine
    from wizard.faces.text import plans
    from wizard.steps.sources import needed_sources

    session, checked = _chosen(choice)
    line = ChangingLine()
    had = []
    try:
        for name, found in fetch_all(
            needed_sources(checked.resolved, checked.preset.lock), cache=session.folders.sources,
            local=sources.absolute() if sources else None, offline=offline, into=into.absolute() if into else None,
            progress=_shown_on(line) if sys.stdout.isatty() and not as_json else _only_notes(),
        ):  # fmt: skip
            line.clear()
            had.append({"name": name, **msgspec.structs.asdict(found)})
            if not as_json:
                click.echo(f"{name}: {found.path}")
    except KeyboardInterrupt:
        line.clear()
        click.echo("stopped; what came is kept, and the same command goes on", err=True)
        raise
    finally:
        line.clear()
    if as_json:
        click.echo(plans.as_json(had))
    elif into:
        click.echo(f"Build from there with: --sources {shlex.quote(str(into))} --offline")


def _shown_on(line: ChangingLine) -> Progress:
    """Shows every report on a terminal's changing line, a few times a second."""
    from wizard.builds.progress import transfer_words

    shown = 0.0

    def progress(file: str, got: int, total: int, note: str = "") -> None:
        nonlocal shown
        if time.monotonic() - shown >= SHOWN_SECONDS:
            shown = time.monotonic()
            line.show(transfer_words(file, got, total, note))

    return progress


def _only_notes() -> Progress:
    """Writes what is unusual to standard error, once."""
    said = ""

    def progress(file: str, _got: int, _total: int, note: str = "") -> None:
        nonlocal said
        if note not in ("", said):
            click.echo(f"{file}: {note}", err=True)
        said = note

    return progress
