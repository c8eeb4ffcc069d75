"""What changes between two selections: choices, constants, findings and plans, compared. Knows of no screen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from wizard.base.errors import WizardError
from wizard.catalogue.presets import Preset
from wizard.check.constants import predicted, shown
from wizard.check.findings import Finding
from wizard.check.matrix import cell_of
from wizard.plan.model import Plan
from wizard.prove.runners.api import Absent, programs_of
from wizard.prove.runners.registry import choose
from wizard.session.session import Checked, Session
from wizard.steps.actions import PlaceToolchain, WriteFile
from wizard.steps.flag import Flag


class Side(msgspec.Struct, frozen=True):
    """One of the two: a checked selection, and its plan. refusal: why there is no plan, "" where there is one."""

    checked: Checked
    plan: Plan | None
    refusal: str = ""


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is not the same. before, after: its value, "" on the side that has no such thing.

    why: its reason, of the second side where that has it. diff: a unified diff of its text, for what has one.
    """

    name: str
    before: str
    after: str
    why: str = ""
    diff: str = ""


class Part(msgspec.Struct, frozen=True):
    """One subject: what differs there, and how many things are the same."""

    id: str
    title: str
    differences: tuple[Difference, ...]
    same: int


class Changes(msgspec.Struct, frozen=True):
    """All that changes from the first selection to the second. absent: why plans could not be compared, or ""."""

    before: str
    after: str
    parts: tuple[Part, ...]
    absent: str = ""

    @property
    def count(self) -> int:
        """How many things differ."""
        return sum(len(part.differences) for part in self.parts)


def side(session: Session, preset: Preset, prefix: Path | None = None) -> Side:
    """Check and plan a preset for a comparison. Raises InputError for a value the catalogue does not have."""
    checked = session.check(preset, prefix)
    try:
        return Side(checked, session.plan(checked))
    except WizardError as error:
        return Side(checked, None, error.what)


def name_of(compared: Side) -> str:
    """A side in a few words."""
    resolved = compared.checked.resolved
    return f"{resolved.release.title} for {resolved.triplet or resolved.target.id}"


def changes(before: Side, after: Side) -> Changes:
    """What changes if one takes `after` instead of `before`. Pure."""
    parts = [
        _part("choices", "Choices", _choices(before), _choices(after)),
        _values("programs", "What it means for programs", _programs(before), _programs(after)),
        _values("constants", "Predicted runtime constants", _constants(before), _constants(after)),
        _findings(before.checked.findings, after.checked.findings),
    ]
    absent = ""
    if before.plan is not None and after.plan is not None:
        parts += _plans(before.plan, after.plan)
    else:
        absent = "; ".join(
            f"no plan of {name_of(compared)}: {compared.refusal}"
            for compared in (before, after)
            if compared.refusal
        )
    return Changes(name_of(before), name_of(after), tuple(parts), absent)


# --- what is a name and a value ------------------------------------------------------------------------


def _choices(compared: Side) -> dict[str, _Thing]:
    """The selection in words, each with what follows from it."""
    resolved, selection = compared.checked.resolved, compared.checked.preset.selection
    bindings = resolved.catalogue.bindings.get(resolved.bindings)
    things = {
        "host machine": _Thing(resolved.host.title if resolved.host else "unknown"),
        "target machine": _Thing(resolved.target.title, why=resolved.target.about),
        "C library": _Thing(resolved.libc.title, why=resolved.libc.follows),
        "C toolchain": _Thing(resolved.toolchain.title, why=resolved.toolchain.follows),
        "linked for": _Thing(resolved.bindings, why=bindings.when if bindings else ""),
        "release": _Thing(resolved.release.title, why=f"{resolved.release.about} {resolved.release.when}"),
    }
    values = {
        "triplet": resolved.triplet or "none",
        "host compiler": "the one on PATH" if resolved.uses_path_compiler else "built",
        "patches switched off": ", ".join(selection.without),
        "own sources": ", ".join(selection.sources),
        "prefix": str(compared.checked.asked_prefix or ""),
        "verdict": _verdict(compared),
    }
    return {name: thing for name, thing in (things | _things(values)).items() if thing.shown}


def _things(values: dict[str, str]) -> dict[str, _Thing]:
    return {name: _Thing(value) for name, value in values.items()}


def _verdict(compared: Side) -> str:
    cell = cell_of(compared.checked.resolved)
    if cell.verdict == "refused":
        return f"refused ({', '.join(cell.codes)})"
    return f"works, proved on {cell.evidence.date}" if cell.evidence and cell.evidence.ran else "untested"


def _programs(compared: Side) -> dict[str, str]:
    """What this means from the choices for what is compiled, from the catalogue."""
    resolved = compared.checked.resolved
    target, libc, release = resolved.target, resolved.libc, resolved.release
    choice = choose(programs_of(resolved), resolved.build_machine)
    running = "" if isinstance(choice, Absent) else choice.ready.program or choice.ready.words
    return {
        "form": f"{'static' if libc.static else 'dynamically linked'} {target.object_format.upper()}",
        "byte order": f"{target.byte_order} endian",
        "run here": running or "not run",
        "effects and domains": "yes" if release.multicore else "no",
        "made by": "crossopt" if release.crossopt else "the host's tools in make's variables",
    }


def _constants(compared: Side) -> dict[str, str]:
    constants = msgspec.to_builtins(predicted(compared.checked.resolved.target))
    return {name: shown(value) for name, value in constants.items()}


def _values(id_: str, title: str, before: dict[str, str], after: dict[str, str]) -> Part:
    return _part(id_, title, _things(before), _things(after))


def _findings(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> Part:
    old, new = (
        {
            f"{finding_.code}: {finding_.what}": _Thing(f"{finding_.severity}: {finding_.what}", why=finding_.why)
            for finding_ in found
        }
        for found in (before, after)
    )
    part = _part("findings", "Findings", old, new)
    named = (
        msgspec.structs.replace(difference, name=difference.name.partition(":")[0])
        for difference in part.differences
    )
    return msgspec.structs.replace(part, differences=tuple(named))


class _Thing(NamedTuple):
    """What is compared: as it is shown, as it is compared where that is another text, its reason, its lines."""

    shown: str
    compared: str = ""
    why: str = ""
    lines: tuple[str, ...] = ()


def _part(id_: str, title: str, before: Mapping[str, _Thing], after: Mapping[str, _Thing]) -> Part:
    """Things by their names: what only one side has, and what is not the same on both."""
    differences = []
    names = list(dict.fromkeys((*before, *after)))
    for name in names:
        old, new = before.get(name, _Thing("")), after.get(name, _Thing(""))
        if (old.compared or old.shown) != (new.compared or new.shown):
            differences.append(_difference(name, old, new))
    _say_once(differences)
    return Part(id_, title, tuple(differences), len(names) - len(differences))


def _say_once(differences: list[Difference]) -> None:
    """Of several texts that change in the same way only the first is shown in full."""
    first: dict[str, str] = {}
    for number, difference in enumerate(differences):
        if difference.diff and first.setdefault(difference.diff, difference.name) != difference.name:
            differences[number] = msgspec.structs.replace(
                difference, diff=f"@@ the same change as in {first[difference.diff]} @@"
            )


def _difference(name: str, old: _Thing, new: _Thing) -> Difference:
    diff = ""
    if old.lines and new.lines:
        made = difflib.unified_diff(old.lines, new.lines, n=1, lineterm="")
        diff = "\n".join(list(made)[_HEADS:])
    return Difference(name, old.shown, new.shown, new.why or old.why, diff)


_HEADS = 2  # `---` and `+++`, which would name no files


# --- the plans -----------------------------------------------------------------------------------------


class _Plain:
    """Takes out of a plan's texts what differs without meaning anything: paths, its release and its triplet."""

    def __init__(self, plan: Plan) -> None:
        folders = {
            plan.staging: "SWITCH",
            plan.prefix: "SWITCH",
            plan.build_folder: "BUILD",
            plan.host_prefix: "HOST",
        }
        folders |= {stage.home: "HOSTS" for stage in plan.stages if stage.shared}
        placed = (
            action for stage in plan.stages for action in stage.actions if isinstance(action, PlaceToolchain)
        )
        folders |= {toolchain.into: "TOOLCHAIN" for toolchain in placed} | {plan.cache_folder: "CACHE"}
        self._folders = sorted(folders.items(), key=lambda pair: -len(pair[0]))
        underscored = plan.triplet.replace("-", "_")
        self._names = {plan.triplet: "TRIPLET", underscored: "TRIPLET", plan.release: "RELEASE"}

    def folders(self, text: str) -> str:
        """The text with the names of folders instead of their paths."""
        for path, name in self._folders:
            text = text.replace(path, name) if path else text
        return text

    def all(self, text: str) -> str:
        """The text without folders, triplet and release."""
        text = self.folders(text)
        for word, name in self._names.items():
            text = text.replace(word, name)
        return text


def _plans(before: Plan, after: Plan) -> list[Part]:
    old, new = _Plain(before), _Plain(after)
    pairs = ((before, old), (after, new))
    return [
        _part("flags", "Configure flags", *(_flags(pair.flags, plain) for pair, plain in pairs)),
        _part(
            "host-flags",
            "Configure flags of the host compiler",
            *(_flags(pair.host_flags, plain) for pair, plain in pairs),
        ),
        _part("environment", "Environment", *(_environment(pair, plain) for pair, plain in pairs)),
        _part("wrappers", "Wrapper scripts", *(_written(pair.wrappers, plain) for pair, plain in pairs)),
        _part("patches", "Patches", *(_patches(pair) for pair, _plain in pairs)),
        _part("files", "Files of the switch", *(_written(pair.switch_files, plain) for pair, plain in pairs)),
        _part("stages", "Stages", *(_stages(pair, plain) for pair, plain in pairs)),
    ]


def _flags(flags: tuple[Flag, ...], plain: _Plain) -> dict[str, _Thing]:
    """Flags by their names: `--prefix` of `--prefix=…`. The path of a folder is no difference."""
    return {
        flag.flag.partition("=")[0]: _Thing(flag.flag, plain.folders(flag.flag), flag.reason) for flag in flags
    }


def _environment(plan: Plan, plain: _Plain) -> dict[str, _Thing]:
    return {
        variable.name: _Thing(variable.value, plain.all(variable.value), variable.reason)
        for variable in plan.environment
    }


def _written(files: tuple[WriteFile, ...], plain: _Plain) -> dict[str, _Thing]:
    """Scripts and files by their names below the switch, without the triplet, with their lines."""
    found = {}
    for file in files:
        text = plain.all(file.text)
        lines = tuple(text.splitlines())
        name = plain.all(file.path).removeprefix("SWITCH/").removeprefix("BUILD/")
        found[name] = _Thing(f"{len(lines)} lines", text, file.purpose, lines)
    return found


def _patches(plan: Plan) -> dict[str, _Thing]:
    return {
        patch.name: _Thing(f"applied, {len(patch.text.splitlines())} lines", patch.sha256, patch.reason)
        for patch in plan.patches
    }


def _stages(plan: Plan, plain: _Plain) -> dict[str, _Thing]:
    """Stages by their titles, with their commands. What they write and patch is compared above."""
    found = {}
    for stage in plan.stages:
        lines = tuple(plain.all(action.describe()) for action in stage.actions)
        steps = f"{len(lines)} step{'s' * (len(lines) != 1)}, about {stage.seconds:.0f} s"
        found[plain.all(stage.title)] = _Thing(steps, "\n".join(lines), stage.why, lines)
    return found
