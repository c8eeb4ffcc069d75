"""The command `ask`: the wizard as plain questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import selection_options, source_options

if TYPE_CHECKING:
    from wizard.plan.batch import Job


@click.command()
@selection_options
@source_options
def ask(sources: Path | None, offline: bool, **choice: Any) -> None:
    """The wizard as plain questions, for simple terminals and screen readers.

    It reaches all that the screens do. With a PRESET or --target it begins with the review of that.

    \b
    Examples:
      ocaml-cross-wizard ask
      ocaml-cross-wizard ask aarch64-linux-musl --sources ~/archives --offline
      ocaml-cross-wizard ask --target arm64 --release 5.4.1
    """
    from wizard.faces.ask.ask import ask as run
    from wizard.faces.cli.monitor import watch
    from wizard.faces.cli.selections import chosen_preset
    from wizard.session.session import Session

    def shown(job: Job, folder: Path, own: bool) -> None:
        watch(job, folder, as_json=False, cancel_on_interrupt=own)

    session = Session()
    preset = chosen_preset(session, choice) if any(choice.values()) else None
    folder = str(sources.absolute()) if sources else ""
    run(preset, session, shown, prefix=choice.get("prefix"), sources=folder, offline=offline)


COMMAND = ask
