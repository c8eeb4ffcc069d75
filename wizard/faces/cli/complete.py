"""What a shell offers for a word that is being typed: presets, targets, releases, codes, builds, stages, patches.

Each function is a `shell_complete` of click: it gets the context, the parameter and the beginning of the word.
It never fails: a broken preset or journal offers nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from wizard.catalogue.model import Catalogue

Offer = tuple[str, str]
"""A word and what it is."""
Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]

KINDS = {
    "source": "source archives",
    "zig-cache": "C libraries that zig has compiled",
    "toolchain": "C toolchains",
    "host": "host compilers",
}


def _completer(offers: Callable[[click.Context], Iterable[Offer]], beside: str = "") -> Completer:
    """The completer that gives what `offers` gives. beside: "file" or "dir" where a path will do as well."""

    def complete(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from wizard.base.errors import WizardError

        # Of the paths first: click's script for bash forgets what came before them.
        found = [CompletionItem(typed, type=beside)] if beside else []
        try:
            every = dict(offers(context))
        except (WizardError, OSError, ValueError):
            return found
        # Of the help click's script for fish shows what stands before a comma.
        words = {word: about.replace(", ", "; ") for word, about in every.items() if word.startswith(typed)}
        return found + [CompletionItem(word, help=about) for word, about in words.items()]

    return complete


def _known() -> Catalogue:
    from wizard.catalogue.store import catalogue

    return catalogue()


def _targets(_context: click.Context) -> Iterator[Offer]:
    for id_, machine in _known().machines.items():
        if machine.closed is None:
            yield id_, machine.title
    for libc in _known().libcs.values():
        for machine_id, triplet in libc.triplets.items():
            yield triplet, f"{_known().machines[machine_id].title}, {libc.title}"


def _hosts(_context: click.Context) -> Iterator[Offer]:
    yield "native", "this machine"
    for id_, machine in _known().machines.items():
        if machine.closed is None and (machine.build_triplet or machine.ostype == "Win32"):
            yield id_, machine.title


def _bindings(_context: click.Context) -> Iterable[Offer]:
    return [(id_, binding.about) for id_, binding in _known().bindings.items()]


def _presets(_context: click.Context) -> Iterator[Offer]:
    from wizard.catalogue.presets import load_preset, shipped_presets

    for name, path in shipped_presets().items():
        yield name, load_preset(path, _known()).title


def _codes(_context: click.Context) -> Iterator[Offer]:
    from wizard.doctor.explain import all_explanations

    return ((explanation.code, explanation.what) for explanation in all_explanations())


def _builds_in(*states: str) -> Callable[[click.Context], Iterator[Offer]]:
    """The builds in one of these states; of all where none is named."""

    def offers(_context: click.Context) -> Iterator[Offer]:
        from wizard.base.folders import Folders
        from wizard.builds.listing import list_builds

        for build_ in list_builds(Folders.default()):
            if not states or build_.state in states:
                yield build_.id, f"{build_.state}, {build_.prefix}"

    return offers


def _stages(context: click.Context) -> Iterator[Offer]:
    """The stages of the build that was named, else of the last one."""
    from wizard.base.folders import Folders
    from wizard.builds.folder import load_job
    from wizard.faces.cli.build_names import one_build

    folders = Folders.default()
    name = context.params.get("build_id") or context.params.get("what")
    job = load_job(folders.builds / one_build(name, folders, prefer=()).id)
    return ((stage.id, stage.title) for stage in job.stages)


def _prefixes(_context: click.Context) -> Iterator[Offer]:
    """The switches that builds have made and that are still there."""
    from pathlib import Path

    from wizard.base.folders import Folders
    from wizard.builds.listing import list_builds
    from wizard.machine.survey import LOCK_FILE

    for build_ in list_builds(Folders.default()):
        if build_.prefix and (Path(build_.prefix) / LOCK_FILE).is_file():
            yield build_.prefix, f"OCaml {build_.release} for {build_.triplet}"


target = _completer(_targets)
machine = _completer(lambda _context: ((id_, machine_.title) for id_, machine_ in _known().machines.items()))
host = _completer(_hosts)
libc = _completer(lambda _context: ((id_, libc_.about) for id_, libc_ in _known().libcs.items()))
release = _completer(lambda _context: ((id_, release_.about) for id_, release_ in _known().releases.items()))
toolchain = _completer(
    lambda _context: ((id_, toolchain_.about) for id_, toolchain_ in _known().toolchains.items())
)
bindings = _completer(_bindings)
own_patch = _completer(lambda _context: ((id_, patch.title) for id_, patch in _known().patches.items()), "file")
patch_file = _completer(lambda _context: (), "file")
source = _completer(
    lambda _context: ((f"{component.name}=", component.title) for component in _known().components.values())
)
preset = _completer(_presets, "file")
code = _completer(_codes)
build = _completer(_builds_in())
running_build = _completer(_builds_in("running"))
unfinished_build = _completer(_builds_in("failed", "stopped", "cancelled"))
idle_build = _completer(_builds_in("failed", "stopped", "cancelled", "done", "unreadable"))
build_or_path = _completer(_builds_in(), "file")
stage = _completer(_stages)
prefix = _completer(_prefixes, "dir")
cache_kind = _completer(lambda _context: KINDS.items())
