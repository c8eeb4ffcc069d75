"""Commands that make room: clean (builds), cache (what is kept for the next build)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.choose import named_builds
from wizard.faces.cli.manage import when
from wizard.faces.cli.options import json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wizard.base.folders import Folders
    from wizard.builder.clean import Removal
    from wizard.builds.cache import Item
    from wizard.builds.listing import BuildInfo

SHOWN = 2
"""Switches that are named before the others are only counted."""
STATES = ("done", "failed", "stopped", "cancelled", "unreadable")

yes_option = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")


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

    A build that is removed cannot be gone on with. On a terminal it is asked first.

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
    going = [one for one in found if not one.kept]
    if not as_json:
        _say_removals(found, "would go" if dry_run else "to remove")
    gone: list[str] = []
    if going and not dry_run and (yes or _agreed(f"Remove {_count(len(going), 'build')}?")):
        names = {one.id for one in going}
        gone, problems = remove_all([one for one in chosen if one.id in names], folders)
        _report(problems)
    if as_json:
        _print_json({"removed": gone, "dry_run": dry_run, "builds": found})
    elif gone:
        click.echo(f"removed {_count(len(gone), 'build')}")


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
    rows = [(one.id, one.state, size_words(one.bytes), f"stays: {one.kept}" if one.kept else "") for one in found]
    click.echo(table(("build", "state", "size", "note"), rows))
    total = sum(one.bytes for one in found if not one.kept)
    click.echo(f"\n{words}: {size_words(total)}")


def _agreed(question: str) -> bool:
    """Ask where there is somebody to answer; a script has said what it wants by the command itself."""
    return not sys.stdin.isatty() or click.confirm(question, err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _report(problems: Sequence[Exception]) -> None:
    """Every problem but the last is said here; the last one decides the exit code."""
    from wizard.base.errors import WizardError

    for problem in problems[:-1]:
        click.echo(problem.render() if isinstance(problem, WizardError) else str(problem), err=True)
    if problems:
        raise problems[-1]


def _print_json(value: object) -> None:
    from wizard.faces.text.plans import as_json

    click.echo(as_json(value))


# ---------------------------------------------------------------- the cache


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def cache(context: click.Context, as_json: bool) -> None:
    """What the wizard keeps for the next build: sources, C toolchains, zig's libraries, host compilers.

    \b
    Examples:
      ocaml-cross-wizard cache                       all of it, with sizes and last use
      ocaml-cross-wizard cache clean host --dry-run
      ocaml-cross-wizard cache limit 5GB             kept after each build, by least recent use
    """
    if context.invoked_subcommand is None:
        _list(as_json=as_json)


@cache.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All that is kept: size, last use, and who needs it.

    \b
    Examples:
      ocaml-cross-wizard cache list --json
    """
    _list(as_json=as_json)


def _list(*, as_json: bool) -> None:
    from wizard.base.folders import Folders
    from wizard.base.sizes import size_words
    from wizard.builder.clean import removals
    from wizard.builds.cache import cache_limit, kept, limit_words
    from wizard.builds.listing import list_builds
    from wizard.faces.text.plans import table

    folders = Folders.default()
    items, limit = kept(folders), cache_limit(folders)
    found = list_builds(folders)
    builds = removals(found, folders)
    total, in_builds = sum(item.bytes for item in items), sum(build.bytes for build in builds)
    if as_json:
        _print_json({"limit": limit, "bytes": total, "items": items, "builds": builds})
        return
    rows = [
        *((str(item.kind), item.name, size_words(item.bytes), when(item.used), _needed(item)) for item in items),
        *(
            ("build", one.id, size_words(one.bytes), when(info.changed), one.state)
            for one, info in zip(builds, found, strict=True)
        ),
    ]
    if rows:
        click.echo(table(("kind", "name", "size", "last use", "note"), rows) + "\n")
    click.echo(
        f"kept for the next build: {size_words(total)} ({limit_words(limit)}; `cache clean`, `cache limit`)"
    )
    click.echo(f"builds: {size_words(in_builds)} (`clean`)")


def _needed(item: Item) -> str:
    from wizard.fetch.sources import PARTS

    if item.busy:
        return f"in use by {', '.join(item.busy)}"
    if item.switches:
        more = f" and {len(item.switches) - SHOWN} more" if len(item.switches) > SHOWN else ""
        return f"needed by {', '.join(item.switches[:SHOWN])}{more}"
    if (item.kind, item.name) == ("source", PARTS):
        return "downloads that are not whole yet"
    return {"host": "saves the host compiler's build", "zig-cache": "made again when it is needed"}.get(
        item.kind, ""
    )


@cache.command("clean")
@click.argument("names", metavar="[KIND or NAME]…", nargs=-1, shell_complete=complete.cache_kind)
@dry_run_option
@yes_option
@json_option
def clean_cache(names: tuple[str, ...], dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove what is kept: all of it, or the kinds (source, zig-cache, toolchain, host) or things that are named.

    What a running build uses stays, and so does a toolchain that a switch calls. Everything
    else is fetched or built again when it is needed.

    \b
    Examples:
      ocaml-cross-wizard cache clean zig-cache
      ocaml-cross-wizard cache clean host --dry-run
    """
    from wizard.base.errors import WizardError
    from wizard.base.folders import Folders
    from wizard.base.sizes import size_words
    from wizard.builds.cache import kept, remove
    from wizard.faces.text.plans import table

    folders = Folders.default()
    chosen = _chosen_items(names, kept(folders))
    going = [item for item in chosen if item.removable]
    if not as_json:
        rows = [
            (item.kind, item.name, size_words(item.bytes), "" if item.removable else f"stays: {_needed(item)}")
            for item in chosen
        ]
        click.echo(table(("kind", "name", "size", "note"), rows) if rows else "nothing is kept")
    gone: list[str] = []
    problems: list[WizardError] = []
    if going and not dry_run and (yes or _agreed(f"Remove {size_words(sum(item.bytes for item in going))}?")):
        for item in going:
            try:
                gone += [item.name] if remove(item, folders) else []
            except WizardError as error:
                problems.append(error)
    if as_json:
        _print_json({"removed": gone, "dry_run": dry_run, "items": chosen})
    elif gone:
        click.echo(f"removed {_count(len(gone), 'item')}")
    _report(problems)


def _chosen_items(names: tuple[str, ...], items: list[Item]) -> list[Item]:
    """The items of these kinds or names, all where none is named. Raises InputError for an unknown one."""
    from wizard.base.errors import InputError
    from wizard.base.spelling import did_you_mean
    from wizard.builds.cache import KINDS

    known = [*KINDS, *(item.name for item in items)]
    for name in names:
        if name not in known:
            raise InputError(
                "item-unknown", f"nothing that is kept is called {name!r}", "", did_you_mean(name, known)
            )
    return [item for item in items if not names or item.kind in names or item.name in names]


@cache.command()
@click.argument("size", required=False)
@json_option
def limit(size: str | None, as_json: bool) -> None:
    """Set how much may be kept (5GB, 500MB, none), or say it. What was used least recently goes after a build.

    \b
    Examples:
      ocaml-cross-wizard cache limit            what the limit is, and what would go next
      ocaml-cross-wizard cache limit 5GB
      ocaml-cross-wizard cache limit none
    """
    from wizard.base.folders import Folders
    from wizard.base.sizes import size_words
    from wizard.builds.cache import beyond, cache_limit, kept, limit_words, set_limit

    folders = Folders.default()
    value = set_limit(folders, size) if size is not None else cache_limit(folders)
    items = kept(folders)
    total, over = sum(item.bytes for item in items), beyond(items, value)
    if as_json:
        _print_json({"limit": value, "bytes": total, "goes_next": over})
        return
    click.echo(f"{limit_words(value)}; {size_words(total)} are kept now")
    for item in over:
        click.echo(f"  goes after the next build: {item.kind} {item.name}, {size_words(item.bytes)}")
