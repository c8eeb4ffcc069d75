"""What every face does, in one place: from a selection to findings, a plan, a running build."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from wizard import catalogue as catalogue_package
from wizard.base import codes
from wizard.base.errors import InputError, PlaceError, kind_named
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, normalise
from wizard.catalogue.store import catalogue
from wizard.check.check import check
from wizard.check.constants import ConstantRow, side_by_side
from wizard.check.findings import Finding, Fix, errors, finding
from wizard.check.own_sources import own_source_findings, with_own_sources
from wizard.check.resolved import ResolvedSelection, path_problem, resolve
from wizard.machine.disk_space import BUILD_MB, why_not_writable
from wizard.machine.survey import LOCK_FILE, BuildMachine, survey
from wizard.plan.make import make_plan
from wizard.plan.model import Plan, PlannedPatch
from wizard.toolchains.registry import provider_of

if TYPE_CHECKING:
    from wizard.doctor.verdict import Diagnosis


class Checked(msgspec.Struct, frozen=True):
    """A selection with all that a check has to say of it. asked_prefix: None for the wizard's own place."""

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
            *lock_findings(preset, resolved),
            *own_source_findings(selection, resolved),
            *folder_findings(self.folders),
            *prefix_findings(where),
        )
        ordered = tuple(sorted(found, key=lambda one: ("error", "warning", "note").index(one.severity)))
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
        from wizard.doctor.gather import Asked, Wanted, gather
        from wizard.doctor.verdict import examine

        wanted = None
        if checked is not None:
            wanted = Wanted(checked.resolved, checked.prefix, checked.findings, checked.preset.lock)
        asked = Asked(
            self.catalogue, self.build_machine, self.folders, dict(os.environ), offline, local, switch, wanted
        )
        return examine(gather(asked))

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
            raise PlaceError("prefix-unusable", prefix=str(prefix), reason=error) from None
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
        refuse((*check(resolved), *lock_findings(preset, resolved), *_unsafe_prefix(where)))
        return self._planned(preset, resolved, where)

    def _planned(self, preset: Preset, resolved: ResolvedSelection, prefix: Path) -> Plan:
        resolved = with_own_sources(resolved, preset.lock)
        patches = _refuse_unpinned(preset, (*own_patches(resolved), *read_patches(preset)))
        return make_plan(preset, resolved, self.folders, prefix, patches)


def refuse(findings: tuple[Finding, ...]) -> None:
    """Raise the first finding that forbids a build, where there is one.

    RefusedError for the selection itself, MissingError for what is not there, PlaceError
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


def patch_file(folder: Path, patch: str, release: str) -> Path:
    """The file of one of the wizard's own patches for a release."""
    special = folder / release / f"{patch}.patch"
    return special if special.is_file() else folder / f"{patch}.patch"


def own_patches(resolved: ResolvedSelection) -> tuple[PlannedPatch, ...]:
    """The wizard's own patches that a selection needs, read from the package."""
    folder = Path(catalogue_package.__file__).parent / "patches"
    patches = []
    for patch in resolved.catalogue_patches:
        data = patch_file(folder, patch.id, resolved.release.id).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        patches.append(
            PlannedPatch(
                f"{patch.id}.patch",
                data.decode(),
                digest,
                own=True,
                title=patch.title,
                reason=patch.reason,
                wanted_by=patch.wanted_by,
                required=patch.required,
            )
        )
    return tuple(patches)


def read_patches(preset: Preset) -> tuple[PlannedPatch, ...]:
    """The patches of a preset, read. Raises InputError for one that is absent or not what a lock file pins."""
    patches: list[PlannedPatch] = []
    for number, name in enumerate(preset.selection.applied_patches, 1):
        path = Path(name)
        try:
            data = path.read_bytes()
            text = data.decode()
        except (OSError, ValueError) as error:
            raise InputError("patch-unreadable", name=name, reason=error) from None
        # A switch keeps its patches in one folder, and its lock file pins them by name.
        taken = path.name in [patch.name for patch in patches]
        patch = PlannedPatch(
            f"{number}-{path.name}" if taken else path.name, text, hashlib.sha256(data).hexdigest()
        )
        patches.append(patch)
    return tuple(patches)


def _refuse_unpinned(preset: Preset, patches: tuple[PlannedPatch, ...]) -> tuple[PlannedPatch, ...]:
    """The patches, where a lock file pins each of them as it is. Raises InputError for another."""
    for patch in patches if preset.lock else ():
        pinned = preset.lock.patches.get(patch.name, "nothing") if preset.lock else ""
        if pinned != patch.sha256:
            raise InputError("patch-changed", name=patch.name, sha256=patch.sha256, pinned=pinned)
    return patches


def lock_findings(preset: Preset, resolved: ResolvedSelection) -> tuple[Finding, ...]:
    """What differs between this machine and what a lock file pins."""
    if preset.lock is None:
        return ()
    toolchain, pinned = resolved.toolchain, preset.lock.toolchain_version
    provider = provider_of(toolchain)
    found = provider.version(resolved, resolved.triplet or "")
    if found in ("", pinned):
        return ()
    fixes = provider.pinned(pinned)
    return (finding("lock-toolchain", fixes, toolchain=toolchain.title, pinned=pinned, found=found),)


def prefix_findings(prefix: Path) -> tuple[Finding, ...]:
    """What speaks against a prefix: its characters, what stands there, who may write there."""
    found = _unsafe_prefix(prefix)
    try:
        prefix.exists()
    except OSError as error:
        return (
            finding(
                "prefix-not-writable", (), ("shorter",), path=str(prefix), reason=error.strerror or str(error)
            ),
        )
    if prefix.exists() and not (prefix / LOCK_FILE).exists() and not _empty_folder(prefix):
        fix = Fix("choose a folder that does not exist yet", command="--prefix PATH")
        found.append(finding("prefix-taken", (fix,), path=str(prefix)))
    reason = why_not_writable(prefix)
    if reason:
        found.append(finding("prefix-not-writable", (), ("writable",), path=str(prefix), reason=reason))
    return tuple(found)


def _unsafe_prefix(prefix: Path) -> list[Finding]:
    problem = path_problem(str(prefix))
    if not problem:
        return []
    return [finding("prefix-unsafe", (), ("letters",), path=str(prefix), found=problem)]


def folder_findings(folders: Folders) -> tuple[Finding, ...]:
    """What speaks against the wizard's own folders, in which OCaml is built."""
    for folder in (folders.builds, folders.hosts, folders.toolchains):
        problem = path_problem(str(folder))
        if problem:
            return (finding("folder-unsafe", (), ("elsewhere",), path=str(folder), found=problem),)
    place = next((parent for parent in (folders.builds, *folders.builds.parents) if parent.exists()), Path("/"))
    free = shutil.disk_usage(place).free // 10**6
    if free < BUILD_MB:
        return (finding("disk-space", (), ("elsewhere",), path=str(place), free=free, needed=BUILD_MB),)
    return ()


def _empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
