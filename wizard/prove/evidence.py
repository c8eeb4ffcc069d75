"""Evidence: what a proved switch tells the catalogue about its target."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.catalogue.model import Catalogue, Evidence
from wizard.catalogue.selection import NATIVE, Lock, Preset, Selection, given_sources, write_whole
from wizard.check.resolved import ResolvedSelection
from wizard.prove.report import Report

HEADER = """\
# Real builds that were proved: written by `verify PREFIX --record FILE`, one table a build.
"""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    evidence: tuple[Evidence, ...] = ()


def evidence_of(preset: Preset, resolved: ResolvedSelection, report: Report) -> Evidence:
    """The evidence that the proof of a switch gives; `preset` is its lock file.

    Raises InputError where it pins nothing.
    """
    lock, selection = preset.lock, preset.selection
    if lock is None:
        raise InputError("not-a-lock-file", "this switch's lock file pins nothing", "", "build it again")
    return Evidence(
        target=selection.target,
        libc=selection.libc,
        release=selection.release,
        host=resolved.host.id if resolved.host else selection.host,
        toolchain=selection.toolchain,
        toolchain_version=lock.toolchain_version,
        source_file=lock.source_file,
        source_sha256=lock.source_sha256,
        wizard=lock.wizard,
        ran=report.runner,
        passed=report.passed,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=build_command(msgspec.structs.replace(selection, sources=_unpinned(selection, lock))),
    )


def _unpinned(selection: Selection, lock: Lock) -> tuple[str, ...]:
    """The user's own sources without those that are what was published, which anybody gets by themselves."""
    vouched = {name for name, pin in lock.components.items() if not pin.unpinned}
    return tuple(source for source in selection.sources if source.partition("=")[0] not in vouched)


def build_command(selection: Selection, command: str = "build") -> str:
    """The command that builds a selection again, or does something else with it."""
    words = [f"ocaml-cross-wizard {command}", f"--target {selection.target}", f"--libc {selection.libc}"]
    words += [f"--release {selection.release}", f"--toolchain {selection.toolchain}"]
    words += [f"--host {selection.host}"] if selection.host != NATIVE else []
    # Where the sources lay says nothing elsewhere; what they are called does.
    own = given_sources(selection).items()
    words += [f"--source {name}={Path(path).name}" for name, path in own]
    return " ".join(words)


def record(evidence: Evidence, path: Path, known: Catalogue) -> None:
    """Put `evidence` into the file at `path` in place of older evidence for the same selection.

    Raises InputError where the file is no evidence, PlaceError where it cannot be written.
    """
    old = tomlfile.load(path, _File, code="evidence").evidence if path.exists() else ()
    others = [older for older in old if _key(older) != _key(evidence)]
    targets, releases = list(known.machines), list(known.releases)
    whole = sorted(
        [*others, evidence],
        key=lambda older: (
            targets.index(older.target),
            older.libc,
            releases.index(older.release),
        ),
    )
    write_whole(HEADER + "\n" + tomlfile.dumps({"evidence": msgspec.to_builtins(whole)}), path)


def _key(evidence: Evidence) -> tuple[str, ...]:
    return (evidence.target, evidence.libc, evidence.release, evidence.host, evidence.toolchain)
