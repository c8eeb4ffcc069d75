"""Evidence: what a proved switch tells the catalogue about its target."""

from __future__ import annotations

import datetime
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.base.files import save_text
from wizard.catalogue.command import command_line
from wizard.catalogue.model import Catalogue, Evidence
from wizard.catalogue.presets import Lock, Preset
from wizard.catalogue.selection import Selection, own_source_paths
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
        raise InputError("not-a-lock-file")
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
        command=command_line(_anywhere(selection, lock)),
    )


def _anywhere(selection: Selection, lock: Lock) -> Selection:
    """The selection as others can build it: files by their names, since where they lay says nothing elsewhere.

    Without those of the user's own sources that are what was published, which anybody gets by themselves.
    """
    vouched = {name for name, pin in lock.components.items() if not pin.unpinned}
    sources = own_source_paths(selection).items()
    return msgspec.structs.replace(
        selection,
        patches=tuple(Path(patch).name for patch in selection.patches),
        without=tuple(Path(patch).name for patch in selection.without),
        sources=tuple(f"{name}={Path(path).name}" for name, path in sources if name not in vouched),
    )


def record(evidence: Evidence, path: Path, known: Catalogue) -> None:
    """Put `evidence` into the file at `path` in place of older evidence for the same selection.

    Raises InputError where the file is no evidence, FolderError where it cannot be written.
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
    text = HEADER + "\n" + tomlfile.dumps({"evidence": msgspec.to_builtins(whole)})
    save_text(text, path, subject="the file of evidence")


def _key(evidence: Evidence) -> tuple[str, ...]:
    return (evidence.target, evidence.libc, evidence.release, evidence.host, evidence.toolchain)
