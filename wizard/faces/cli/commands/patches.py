"""The command about changes to OCaml's source: patches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli.options import json_option, selection_options, source_options

if TYPE_CHECKING:
    from wizard.session.patching import Listed


@click.command()
@selection_options
@source_options
@click.option(
    "--try", "trial", is_flag=True, help="Apply them to a copy of the release's source, and say which fit."
)
@click.option("--diff", is_flag=True, help="Show each as a diff.")
@json_option
def patches(as_json: bool, diff: bool, trial: bool, sources: Path | None, offline: bool, **choice: Any) -> None:
    """The patches of a selection: what each changes, why, who needs it, and whether it fits the real source.

    The wizard's own are applied by themselves where they are for the selection; --without NAME switches one
    off. Yours come after them, in the order of --patch. With --try it leaves with 6 where one does not fit.

    \b
    Examples:
      ocaml-cross-wizard patches x86_64-solo5
      ocaml-cross-wizard patches x86_64-solo5 --patch mine.patch --try --sources ~/archives
    """
    from wizard.faces.cli.selections import checked_choice
    from wizard.faces.text import plans
    from wizard.session.patching import listed, refuse_misfits, tried

    session, checked = checked_choice(choice)
    found = listed(checked.preset, checked.resolved)
    if trial:
        found = tried(
            found, checked.resolved, cache=session.folders.sources, local=sources.absolute() if sources else None,
            offline=offline, progress=lambda *_said: None,
        )  # fmt: skip
    click.echo(plans.as_json(found) if as_json else _text(found, diff))
    refuse_misfits(found)


def _text(found: tuple[Listed, ...], diff: bool) -> str:
    """The patches one after the other."""
    return "\n\n".join(_one(patch, diff) for patch in found) or "no patches"


def _one(patch: Listed, diff: bool) -> str:
    state = "" if patch.applied else "   (switched off)"
    need = "required" if patch.required else "optional"
    lines = [f"{patch.name}: {patch.title}{state}" if patch.own else f"{patch.name}{state}"]
    if patch.own:
        lines += [f"  why        {patch.reason}", f"  wanted by  {patch.wanted_by}; {need}"]
    lines.append(f"  changes    {', '.join(patch.touches) or 'nothing: it is not a unified diff'}")
    if patch.fits:
        fits = "yes" if patch.fits == "yes" else f"NO: {patch.why_not}"
        lines.append(f"  fits       {fits}")
    if diff:
        lines += [f"  | {line}" for line in patch.diff.splitlines()]
    return "\n".join(lines)


COMMAND = patches
