"""The command diff: what changes from one selection to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_changes

if TYPE_CHECKING:
    from wizard.catalogue.presets import Preset
    from wizard.session.session import Session


@click.command()
@click.argument("before", metavar="SELECTION")
@click.argument("after", metavar="[OTHER]", required=False)
@selection_changes
@json_option
def diff(before: str, after: str | None, as_json: bool, **choice: Any) -> None:
    """What changes from one selection to another: choices, constants, findings, flags, scripts, patches, stages.

    SELECTION and OTHER are presets, lock files, machines or triplets. Without OTHER it is SELECTION
    again, changed by the options; with it, the options change OTHER. Builds nothing.

    \b
    Examples:
      ocaml-cross-wizard diff aarch64-linux-musl --libc glibc      what if I take glibc instead?
      ocaml-cross-wizard diff aarch64-linux-musl riscv64-linux-musl
      ocaml-cross-wizard diff arm64 --release 5.4.1 --json | jq '.parts[] | select(.id == "flags")'
    """
    from wizard.faces.cli.selections import changed_preset
    from wizard.faces.text.changes import changes_json, changes_text
    from wizard.session.changes import changes, side
    from wizard.session.session import Session

    prefix = choice.pop("prefix", None)
    if after is None and prefix is None and not any(choice.values()):
        raise click.UsageError("name OTHER, or give an option that changes SELECTION (--libc, --release …)")
    session = Session()
    first = named_selection(before, session)
    second = named_selection(after, session) if after else first
    changed = changed_preset(session, second, choice)
    found = changes(side(session, first), side(session, changed, prefix))
    click.echo(changes_json(found) if as_json else changes_text(found))


def named_selection(word: str, session: Session) -> Preset:
    """What a word means: a preset or file, else a machine or triplet with the usual choices. Raises InputError."""
    from wizard.base.errors import InputError
    from wizard.catalogue.presets import Preset, find_preset
    from wizard.catalogue.selection import Selection, normalise

    try:
        return find_preset(word, session.catalogue)
    except InputError as error:
        known = session.catalogue
        if error.code != "preset-not-found" or not (known.machine_spelled(word) or known.pair_spelled(word)):
            raise
        return Preset(normalise(Selection(target=word), known))


COMMAND = diff
