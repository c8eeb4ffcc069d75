"""The selection that a command means: a preset with what the options change, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from wizard.catalogue.presets import Preset
    from wizard.session.session import Checked, Session


def chosen_preset(session: Session, choice: dict[str, Any]) -> Preset:
    """The preset that PRESET and the selection options mean together; options win over the preset.

    Raises InputError for a value the catalogue does not have, UsageError where neither
    a preset nor a target is named.
    """
    from wizard.catalogue.presets import Preset, find_preset
    from wizard.catalogue.selection import Selection

    if choice.get("preset"):
        return changed_preset(session, find_preset(choice["preset"], session.catalogue), choice)
    if not choice.get("target"):
        raise click.UsageError("name a PRESET or a --target (see `presets` and `targets`)")
    return changed_preset(session, Preset(Selection(target=choice["target"])), choice)


def changed_preset(session: Session, preset: Preset, choice: dict[str, Any]) -> Preset:
    """A preset with the selection options applied. Its lock holds where none is given. Raises InputError.

    What was not asked for follows: another C library brings its own C toolchain.
    """
    import msgspec

    from wizard.catalogue.selection import follow, normalise, source_from

    changes = {
        key: choice[key]
        for key in ("target", "host", "libc", "release", "toolchain", "host_compiler", "bindings")
        if choice.get(key)
    }
    if choice.get("patches"):
        changes["patches"] = tuple(str(Path(patch).absolute()) for patch in choice["patches"])
    if choice.get("without"):
        files = changes.get("patches", ())
        absolute = {name: str(Path(name).absolute()) for name in choice["without"]}
        changes["without"] = tuple(path if path in files else name for name, path in absolute.items())
    if choice.get("given"):
        changes["sources"] = tuple(source_from(source, Path()) for source in choice["given"])
    selection = normalise(msgspec.structs.replace(preset.selection, **changes), session.catalogue)
    if changes:
        selection = follow(selection, session.catalogue, frozenset(changes))
    return msgspec.structs.replace(preset, selection=selection, lock=None if changes else preset.lock)


def checked_choice(choice: dict[str, Any]) -> tuple[Session, Checked]:
    """Open a session and check what the options mean."""
    from wizard.session.session import Session

    session = Session()
    return session, session.check(chosen_preset(session, choice), choice.get("prefix"))


def checked_with_sources(choice: dict[str, Any]) -> tuple[Session, Checked]:
    """The selection. What speaks against a build here is only said: sources may be for another machine."""
    import msgspec

    from wizard.check.findings import errors
    from wizard.check.own_sources import with_own_sources
    from wizard.faces.cli.selections import checked_choice

    session, checked = checked_choice(choice)
    for error in errors(checked.findings)[:1]:
        click.echo(f"cannot be built here like this: error[{error.code}]: {error.what} (run check)", err=True)
    resolved = with_own_sources(checked.resolved, checked.preset.lock)
    return session, msgspec.structs.replace(checked, resolved=resolved)
