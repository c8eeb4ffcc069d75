"""The command `clean`: remove builds, never a switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_names import named_builds
from wizard.faces.cli.options import json_option
from wizard.faces.cli.removal import agreed, counted, dry_run_option, print_json, report_problems, yes_option

if TYPE_CHECKING:
    from wizard.base.folders import Folders
    from wizard.builder.clean import Removal
    from wizard.builds.listing import BuildInfo


STATES = ("done", "failed", "stopped", "cancelled", "unreadable")


@click.command()
@click.argument("build_ids", metavar="[BUILD]…", nargs=-1, shell_complete=complete.idle_build)
@click.option("--all", "every", is_flag=True, help="Every build that does not run.")
@click.option("--done", is_flag=True, help="Those that are done; their switches stay.")
@click.option("--failed", is_flag=True, help="Those that failed.")
@click.option("--stopped", is_flag=True, help="Those whose builder was killed.")
@click.option("--cancelled", is_flag=True, help="Those that were cancelled.")
@click.option("--unreadable", is_flag=True, help="Those of another version of the wizard, or damaged.")
@dry_run_option
@yes_option
@json_option
def clean(
    build_ids: tuple[str, ...], every: bool, dry_run: bool, yes: bool, as_json: bool, **states: bool
) -> None:
    """Remove builds that do not run: work trees, logs and journals. Never a switch, never a running build.

    A build that is removed cannot be continued. On a terminal it is asked first.

    \b
    Examples:
      ocaml-cross-wizard clean --done --failed
      ocaml-cross-wizard clean 5.3.0-aarch64-linux-musl-1a2b3c4d
      ocaml-cross-wizard clean --all --dry-run
    """
    from wizard.base.folders import Folders
    from wizard.builder.clean import removals, remove_all

    folders = Folders.default()
    wanted = tuple(state for state in STATES if states[state] or every)
    chosen = _chosen(build_ids, wanted, folders)
    found = removals(chosen, folders)
    going = [removal for removal in found if not removal.reason_to_stay]
    if not as_json:
        _say_removals(found, "would go" if dry_run else "to remove")
    gone: list[str] = []
    if going and not dry_run and (yes or agreed(f"Remove {counted(len(going), 'build')}?")):
        names = {removal.id for removal in going}
        gone, problems = remove_all([removal for removal in chosen if removal.id in names], folders)
        report_problems(problems)
    if as_json:
        print_json({"removed": gone, "dry_run": dry_run, "builds": found})
    elif gone:
        click.echo(f"removed {counted(len(gone), 'build')}")


def _chosen(names: tuple[str, ...], states: tuple[str, ...], folders: Folders) -> list[BuildInfo]:
    from wizard.builds.listing import list_builds

    if not names and not states:
        raise click.UsageError(
            "name builds, or which of them: --done, --failed, --stopped, --cancelled, --unreadable, --all"
        )
    named = named_builds(dict.fromkeys(names), folders)
    return named + [build for build in list_builds(folders) if build.state in states and build.id not in names]


def _say_removals(found: list[Removal], words: str) -> None:
    from wizard.base.sizes import size_words
    from wizard.faces.text.plans import table

    if not found:
        click.echo("there is no such build")
        return
    rows = [
        (
            removal.id,
            removal.state,
            size_words(removal.bytes),
            f"stays: {removal.reason_to_stay}" if removal.reason_to_stay else "",
        )
        for removal in found
    ]
    click.echo(table(("build", "state", "size", "note"), rows))
    total = sum(removal.bytes for removal in found if not removal.reason_to_stay)
    click.echo(f"\n{words}: {size_words(total)}")


COMMAND = clean
