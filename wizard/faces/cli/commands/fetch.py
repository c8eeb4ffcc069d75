"""The command `fetch`: download what a build needs, and build nothing."""

from __future__ import annotations

import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options, source_options
from wizard.faces.cli.selections import checked_with_sources

if TYPE_CHECKING:
    from wizard.faces.cli.changing_line import ChangingLine
    from wizard.fetch.attempts import OnProgress


SHOWN_SECONDS = 0.2


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

    A download that breaks off continues where it stopped, also when the command is run again.
    The C toolchain is not fetched: zig comes with the wizard, gcc with the system.

    \b
    Examples:
      ocaml-cross-wizard fetch aarch64-linux-musl
      ocaml-cross-wizard fetch --target x86_64-windows --release 5.4.1 --into /media/stick/archives
      ocaml-cross-wizard build aarch64-linux-musl --sources /media/stick/archives --offline
    """
    import msgspec

    from wizard.builder.needs import fetch_all
    from wizard.faces.cli.changing_line import ChangingLine
    from wizard.faces.text import plans
    from wizard.steps.sources import needed_sources

    session, checked = checked_with_sources(choice)
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
        click.echo("stopped; what came is kept, and the same command continues", err=True)
        raise
    finally:
        line.clear()
    if as_json:
        click.echo(plans.as_json(had))
    elif into:
        click.echo(f"Build from there with: --sources {shlex.quote(str(into))} --offline")


def _shown_on(line: ChangingLine) -> OnProgress:
    """Shows every report on a terminal's changing line, a few times a second."""
    from wizard.builds.progress import transfer_words

    shown = 0.0

    def progress(file: str, got: int, total: int, note: str = "") -> None:
        nonlocal shown
        if time.monotonic() - shown >= SHOWN_SECONDS:
            shown = time.monotonic()
            line.show(transfer_words(file, got, total, note))

    return progress


def _only_notes() -> OnProgress:
    """Writes what is unusual to standard error, once."""
    said = ""

    def progress(file: str, _got: int, _total: int, note: str = "") -> None:
        nonlocal said
        if note not in ("", said):
            click.echo(f"{file}: {note}", err=True)
        said = note

    return progress


COMMAND = fetch
