"""The command `cache`: what is kept for the next build, with a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from wizard.faces.cli import complete
from wizard.faces.cli.build_states import when
from wizard.faces.cli.options import json_option
from wizard.faces.cli.removal import agreed, counted, dry_run_option, print_json, report_problems, yes_option

if TYPE_CHECKING:
    from wizard.builds.cache import CacheItem

SHOWN = 2
"""Switches that are named before the others are only counted."""


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
    from wizard.builds.cache import cache_limit, cached_items, limit_words
    from wizard.builds.listing import list_builds
    from wizard.faces.text.plans import table

    folders = Folders.default()
    items, limit = cached_items(folders), cache_limit(folders)
    found = list_builds(folders)
    builds = removals(found, folders)
    total, in_builds = sum(item.bytes for item in items), sum(build.bytes for build in builds)
    if as_json:
        print_json({"limit": limit, "bytes": total, "items": items, "builds": builds})
        return
    rows = [
        *((str(item.kind), item.name, size_words(item.bytes), when(item.used), _needed(item)) for item in items),
        *(
            ("build", build.id, size_words(build.bytes), when(info.changed), build.state)
            for build, info in zip(builds, found, strict=True)
        ),
    ]
    if rows:
        click.echo(table(("kind", "name", "size", "last use", "note"), rows) + "\n")
    click.echo(
        f"kept for the next build: {size_words(total)} ({limit_words(limit)}; `cache clean`, `cache limit`)"
    )
    click.echo(f"builds: {size_words(in_builds)} (`clean`)")


def _needed(item: CacheItem) -> str:
    from wizard.fetch.finder import PARTS

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
    from wizard.builds.cache import cached_items, remove
    from wizard.faces.text.plans import table

    folders = Folders.default()
    chosen = _chosen_items(names, cached_items(folders))
    going = [item for item in chosen if item.removable]
    if not as_json:
        rows = [
            (item.kind, item.name, size_words(item.bytes), "" if item.removable else f"stays: {_needed(item)}")
            for item in chosen
        ]
        click.echo(table(("kind", "name", "size", "note"), rows) if rows else "nothing is kept")
    gone: list[str] = []
    problems: list[WizardError] = []
    if going and not dry_run and (yes or agreed(f"Remove {size_words(sum(item.bytes for item in going))}?")):
        for item in going:
            try:
                gone += [item.name] if remove(item, folders) else []
            except WizardError as error:
                problems.append(error)
    if as_json:
        print_json({"removed": gone, "dry_run": dry_run, "items": chosen})
    elif gone:
        click.echo(f"removed {counted(len(gone), 'item')}")
    report_problems(problems)


def _chosen_items(names: tuple[str, ...], items: list[CacheItem]) -> list[CacheItem]:
    """The items of these kinds or names, all where none is named. Raises InputError for an unknown one."""
    from wizard.base.errors import InputError
    from wizard.base.spelling import did_you_mean
    from wizard.builds.cache import KINDS

    known = [*KINDS, *(item.name for item in items)]
    for name in names:
        if name not in known:
            raise InputError("item-unknown", name=name, hint=did_you_mean(name, known))
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
    from wizard.builds.cache import cache_limit, cached_items, limit_words, over_limit, set_limit

    folders = Folders.default()
    value = set_limit(folders, size) if size is not None else cache_limit(folders)
    items = cached_items(folders)
    total, over = sum(item.bytes for item in items), over_limit(items, value)
    if as_json:
        print_json({"limit": value, "bytes": total, "goes_next": over})
        return
    click.echo(f"{limit_words(value)}; {size_words(total)} are kept now")
    for item in over:
        click.echo(f"  goes after the next build: {item.kind} {item.name}, {size_words(item.bytes)}")


COMMAND = cache
