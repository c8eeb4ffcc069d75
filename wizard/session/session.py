"""What every face does, in one place: from a selection to findings, a plan, a running build."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wizard.base import codes
from wizard.base.errors import FolderError, kind_named
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, normalise
from wizard.catalogue.store import catalogue
from wizard.check.check import check
from wizard.check.constants import ConstantRow, side_by_side
from wizard.check.findings import SEVERITIES, Finding, Fix, errors
from wizard.check.folder_rules import folder_findings, prefix_findings, unsafe_prefix_findings
from wizard.check.lock_rules import lock_findings
from wizard.check.own_sources import own_source_findings, with_own_sources
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.machine.survey import BuildMachine, survey
from wizard.plan.make import make_plan
from wizard.plan.model import Plan
from wizard.plan.patches import own_patches, read_patches, refuse_unpinned
from wizard.toolchains.registry import provider_of

if TYPE_CHECKING:
    from wizard.doctor.verdict import Diagnosis


class Checked(msgspec.Struct, frozen=True):
    """A selection with all that a check has to say of it.

    asked_prefix: None for the wizard's own folder of switches.
    """

    preset: Preset
    resolved: ResolvedSelection
    prefix: Path
    findings: tuple[Finding, ...]
    constants: tuple[ConstantRow, ...]
    asked_prefix: Path | None = None

    @property
    def possible(self) -> bool:
        """True where no finding forbids a build."""
        return not errors(self.findings)


class Session:
    """One run of a face: the catalogue, the build machine and the folders, looked up once."""

    def __init__(self, folders: Folders | None = None, build_machine: BuildMachine | None = None) -> None:
        self.catalogue: Catalogue = catalogue()
        self.folders = folders or Folders.default()
        self.build_machine = build_machine or survey(self.catalogue)

    def check(self, preset: Preset, prefix: Path | None = None) -> Checked:
        """Check a preset for this machine and a prefix (default: the wizard's own folder of switches)."""
        selection = normalise(preset.selection, self.catalogue)
        resolved = resolve(selection, self.catalogue, self.build_machine)
        where = self.prefix_for(selection, prefix)
        found = (
            *check(resolved),
            *_lock_findings(preset, resolved),
            *own_source_findings(selection, resolved),
            *folder_findings(self.folders),
            *prefix_findings(where),
        )
        ordered = tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
        constants = side_by_side(resolved.host, resolved.target, resolved.release) if resolved.host else ()
        return Checked(
            msgspec.structs.replace(preset, selection=selection), resolved, where, ordered, constants, prefix
        )

    def diagnose(
        self,
        checked: Checked | None = None,
        *,
        offline: bool = False,
        local: Path | None = None,
        switch: Path | None = None,
    ) -> Diagnosis:
        """What on this machine prevents a build, or of the one that was checked. Changes nothing.

        local: a folder of archives. switch: the only switch to look at. Takes a second or two.
        """
        from wizard.doctor.gather import CheckedSelection, Request, gather
        from wizard.doctor.verdict import examine

        selection = None
        if checked is not None:
            selection = CheckedSelection(checked.resolved, checked.prefix, checked.findings, checked.preset.lock)
        request = Request(
            self.catalogue, self.build_machine, self.folders, dict(os.environ), offline, local, switch, selection
        )
        return examine(gather(request))

    def repair(self, checked: Checked) -> tuple[Checked, tuple[Fix, ...]]:
        """Apply the first fix of the first error that has one, until none is left; what came of it, and which."""
        applied: list[Fix] = []
        while len(applied) < len(Selection.__struct_fields__):
            fix = next(
                (f for error in errors(checked.findings) for f in error.fixes if f.selection is not None), None
            )
            if fix is None or fix.selection is None:
                break
            applied.append(fix)
            preset = msgspec.structs.replace(checked.preset, selection=fix.selection, lock=None)
            checked = self.check(preset, checked.asked_prefix)
        return checked, tuple(applied)

    def check_selection(self, selection: Selection, prefix: Path | None = None) -> Checked:
        """Check a selection that has no preset."""
        return self.check(Preset(selection), prefix)

    def prefix_for(self, selection: Selection, prefix: Path | None = None) -> Path:
        """The absolute prefix of a switch, links resolved, so that the compiler knows the real path."""
        if prefix is None:
            triplet = self.catalogue.triplet(selection.target, selection.libc) or selection.target
            prefix = self.folders.switches / f"{selection.release}-{triplet}"
        try:
            whole = Path(os.path.realpath(prefix.expanduser()))
            whole.exists()
            str(whole).encode()
        except (OSError, ValueError, RuntimeError) as error:
            raise FolderError("prefix-unusable", prefix=str(prefix), reason=error) from None
        return whole

    def plan(self, checked: Checked) -> Plan:
        """The plan of a checked selection. Raises RefusedError for a finding, InputError for a patch."""
        refuse(checked.findings)
        return self._planned(checked.preset, checked.resolved, checked.prefix)

    def replanned(self, plan: Plan, selection: Selection, before: Folders | None = None) -> Plan:
        """The plan of another selection in place of a build's: its title and its prefix, where one was named.

        before: the folders of that build, where they were others. Raises as `plan`.
        """
        usual = Path(plan.prefix).parent == Path(os.path.realpath((before or self.folders).switches))
        preset = msgspec.structs.replace(plan.preset, selection=selection, lock=None)
        return self.plan(self.check(preset, None if usual else Path(plan.prefix)))

    def plan_elsewhere(self, preset: Preset, prefix: Path | None, default: Path) -> Plan:
        """The plan of a build in other folders than this machine's, whose own are not looked at.

        default: the folder below which the prefix is, where None is asked for. Raises as `plan`.
        """
        selection = normalise(preset.selection, self.catalogue)
        resolved = resolve(selection, self.catalogue, self.build_machine)
        preset = msgspec.structs.replace(preset, selection=selection)
        where = self.prefix_for(selection, prefix or default / f"{selection.release}-{resolved.triplet}")
        refuse((*check(resolved), *_lock_findings(preset, resolved), *unsafe_prefix_findings(where)))
        return self._planned(preset, resolved, where)

    def _planned(self, preset: Preset, resolved: ResolvedSelection, prefix: Path) -> Plan:
        resolved = with_own_sources(resolved, preset.lock)
        patches = refuse_unpinned(preset, (*own_patches(resolved), *read_patches(preset)))
        return make_plan(preset, resolved, self.folders, prefix, patches)


def refuse(findings: tuple[Finding, ...]) -> None:
    """Raise the first finding that forbids a build, where there is one.

    RefusedError for the selection itself, MissingError for what is not there, FolderError
    for the prefix.
    """
    grave = errors(findings)
    if not grave:
        return
    first = grave[0]
    fix = first.fixes[0] if first.fixes else None
    more = f" (and {len(grave) - 1} more: run check)" if len(grave) > 1 else ""
    words = fix.words if fix else "run check"
    kind = kind_named(codes.findings()[first.code].kind)
    raise kind.from_texts(first.code, first.what + more, first.why, words)


def _lock_findings(preset: Preset, resolved: ResolvedSelection) -> tuple[Finding, ...]:
    """What the rule of lock files says, with what the toolchain's provider found here."""
    if preset.lock is None:
        return ()
    provider, pinned = provider_of(resolved.toolchain), preset.lock.toolchain_version
    found = provider.version(resolved, resolved.triplet or "")
    return lock_findings(resolved, pinned, found, provider.pinned(pinned))
