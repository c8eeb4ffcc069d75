"""Commands that only look: check, show, presets, targets, matrix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wizard.faces.cli import complete
from wizard.faces.cli.options import json_option, selection_options

if TYPE_CHECKING:
    from wizard.catalogue.selection import Preset
    from wizard.session.session import Checked, Session


def chosen_preset(session: Session, choice: dict[str, Any]) -> Preset:
    """The preset that PRESET and the selection options mean together; options win over the preset.

    Raises InputError for a value the catalogue does not have, UsageError where neither
    a preset nor a target is named.
    """
    from wizard.catalogue.selection import Preset, Selection, find_preset

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
        changes["sources"] = tuple(source_from(one, Path()) for one in choice["given"])
    selection = normalise(msgspec.structs.replace(preset.selection, **changes), session.catalogue)
    if changes:
        selection = follow(selection, session.catalogue, frozenset(changes))
    return msgspec.structs.replace(preset, selection=selection, lock=None if changes else preset.lock)


def checked_choice(choice: dict[str, Any]) -> tuple[Session, Checked]:
    """Open a session and check what the options mean."""
    from wizard.session.session import Session

    session = Session()
    return session, session.check(chosen_preset(session, choice), choice.get("prefix"))


@click.command()
@selection_options
@click.option("--fix", is_flag=True, help="Apply the first fix of each error, and check what comes of it.")
@click.option("--save", type=click.Path(path_type=Path), help="Write the selection as a preset to this file.")
@json_option
def check(as_json: bool, fix: bool, save: Path | None, **choice: Any) -> None:
    """Can it work? The runtime constants of host and target, and every finding with its fixes.

    Leaves with 0 where a build is possible, else with the exit code that `build` would give.
    `explain CODE` says more of a finding.

    \b
    Examples:
      ocaml-cross-wizard check aarch64-linux-musl
      ocaml-cross-wizard check --target arm64 --libc musl --release 5.4.1
      ocaml-cross-wizard check --target armv7 --fix --save armv7.toml
    """
    from wizard.base.errors import WizardError
    from wizard.faces.text import plans
    from wizard.session.session import refuse

    session, checked = checked_choice(choice)
    if fix:
        checked, applied = session.repair(checked)
        for one in applied:
            click.echo(f"fixed: {one.text}", err=True)
    if save:
        from wizard.catalogue.selection import save_preset

        save_preset(checked.preset, save)
    click.echo(plans.checked_json(checked) if as_json else plans.checked_text(checked))
    try:
        refuse(checked.findings)
    except WizardError as error:  # the findings are printed already: only the exit code is left to give
        sys.exit(error.exit_code)


@click.command()
@selection_options
@json_option
def show(as_json: bool, **choice: Any) -> None:
    """What a build would do: flags with reasons, environment, wrapper scripts, files, stages. Builds nothing.

    \b
    Examples:
      ocaml-cross-wizard show aarch64-linux-musl | less
      ocaml-cross-wizard show presets/x86_64-linux-musl.toml --json | jq .flags
    """
    from wizard.faces.text import plans
    from wizard.plan.batch import to_json

    session, checked = checked_choice(choice)
    plan = session.plan(checked)
    click.echo(to_json(plan).decode() if as_json else plans.plan_text(plan))


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
        found = explained.every()
        click.echo(plans.as_json(found) if as_json else plans.codes_text(found))
        return
    one = explained.explain(code, catalogue())
    click.echo(plans.as_json(one) if as_json else plans.explanation_text(one))


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
    from wizard.catalogue.selection import load_preset, shipped_presets
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import plans

    found = {name: load_preset(path, catalogue()) for name, path in shipped_presets().items()}
    click.echo(plans.presets_json(found) if as_json else plans.presets_text(found))


@click.command()
@json_option
def targets(as_json: bool) -> None:
    """Every target the catalogue has: machine, C library, triplet, releases.

    \b
    Examples:
      ocaml-cross-wizard targets
      ocaml-cross-wizard targets --json | jq '.[] | .triplet'
    """
    from wizard.catalogue.store import catalogue
    from wizard.faces.text import plans

    click.echo(plans.targets_json(catalogue()) if as_json else plans.targets_text(catalogue()))


@click.command()
@click.option(
    "--release", help="OCaml release. Default: the one that `check` takes.", shell_complete=complete.release
)
@click.option("--all", "every", is_flag=True, help="Every release: which work, which cannot.")
@click.option("--host", help="Host machine, or `all`. Default: this machine.", shell_complete=complete.host)
@click.option("--markdown", is_flag=True, help="Markdown, for an ordinary x86_64 Linux whatever this machine is.")
@json_option
def matrix(as_json: bool, markdown: bool, every: bool, release: str | None, host: str | None) -> None:
    """What works, what cannot, and what nobody has tried: every target with every C library.

    \b
    Examples:
      ocaml-cross-wizard matrix
      ocaml-cross-wizard matrix --host i686 --release 4.14.2
      ocaml-cross-wizard matrix --all --host all --json | jq '.[] | select(.verdict == "works")'
    """
    import msgspec

    from wizard.catalogue.selection import NATIVE, Selection, normalise
    from wizard.catalogue.store import catalogue
    from wizard.check.matrix import hosts_of
    from wizard.check.matrix import matrix as cells_of
    from wizard.faces.text import matrix
    from wizard.machine.survey import ordinary_linux, survey

    if (every and release) or (as_json and markdown):
        raise click.UsageError("--all and --release exclude each other, and so do --json and --markdown")
    known = catalogue()
    here = ordinary_linux() if markdown else survey(known)
    asked = {"host": host} if host and host != "all" else {}
    asked |= {"release": release} if release else {}
    chosen = normalise(msgspec.structs.replace(Selection(next(iter(known.machines))), **asked), known)
    hosts = hosts_of(known, here)
    if host != "all":
        hosts = hosts[:1] if chosen.host == NATIVE else (chosen.host,)
    releases = known.releases if every else (chosen.release,)
    cells = tuple(cell for release in releases for cell in cells_of(known, here, release, hosts))
    if as_json:
        click.echo(matrix.matrix_json(cells))
    elif markdown:
        click.echo(matrix.matrix_markdown(cells, by_release=every))
    else:
        click.echo(matrix.matrix_text(cells, by_release=every))
