"""The wizard as plain questions: each with an explanation, a default and a check. Serves screen readers too."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import questionary

from wizard.build.builder import Options
from wizard.build.launch import start
from wizard.constraints.findings import Finding, errors
from wizard.errors import CancelledError, InputError
from wizard.plan.model import Plan
from wizard.selection import NATIVE, Preset, Selection, find_preset, save_preset, shipped_presets
from wizard.session import Checked, Session
from wizard.text import checked_text, finding_text, plan_text


def ask(preset_name: str | None, sources: str, offline: bool) -> tuple[Plan | None, Path | None]:
    """Ask for everything a build needs and start it.

    Returns the plan and the build's folder, or (None, None) where the user does not want to
    build. Raises InputError without a terminal, CancelledError where the user leaves.
    """
    if not sys.stdin.isatty():
        raise InputError(
            "no-terminal", "`ask` needs a terminal to ask in", "", "use `build PRESET` or `build --target …`"
        )
    session = Session()
    preset = find_preset(preset_name, session.catalogue) if preset_name else _first(session)
    if preset_name is None and not preset.selection.target:
        preset = Preset(_choose(session))
    checked = _settle(session, preset)
    prefix = _prefix(session, checked)
    checked = session.check(checked.preset, prefix)
    plan = session.plan(checked)
    while True:
        what = _answer(
            questionary.select(
                "What now?",
                choices=[
                    questionary.Choice("Build it", "build"),
                    questionary.Choice("Show the whole plan first", "show"),
                    questionary.Choice("Save the selection as a preset", "save"),
                    questionary.Choice("Leave without building", "leave"),
                ],
            )
        )
        if what == "show":
            questionary.print(plan_text(plan))
        elif what == "save":
            path = Path(_answer(questionary.text("File to write:", default=f"{plan.triplet}.toml")))
            save_preset(checked.preset, path)
            questionary.print(f"saved as {path}")
        elif what == "build":
            return plan, start(plan, Options(sources=sources, offline=offline))
        else:
            return None, None


def _answer(question: Any) -> Any:
    """The answer, or CancelledError where the user pressed Ctrl-C."""
    answer = question.unsafe_ask() if hasattr(question, "unsafe_ask") else question.ask()
    if answer is None:
        raise CancelledError("ask-cancelled", "left without building")
    return answer


def _first(session: Session) -> Preset:
    """A preset to start from; one with an empty target means: choose everything."""
    choices = []
    for name, path in shipped_presets().items():
        preset = find_preset(str(path), session.catalogue)
        choices.append(questionary.Choice(f"{preset.title or name}: {preset.about}", preset))
    choices.append(questionary.Choice("Choose everything step by step", Preset(Selection(target=""))))
    chosen: Preset = _answer(questionary.select("Start from a preset, or choose step by step?", choices=choices))
    return chosen


def _choose(session: Session) -> Selection:
    """Host, target, C library, release and host compiler, one question each."""
    known = session.catalogue
    here = session.surroundings.machine
    selection = Selection(target=next(iter(known.machines)))
    questions: tuple[tuple[str, str, dict[str, str]], ...] = (
        (
            "host",
            "Host machine: where will the cross-compiler itself run?",
            {NATIVE: f"This machine ({here})", **{i: m.title for i, m in known.machines.items() if i != here}},
        ),
        (
            "target",
            "Target machine: where will the programs it compiles run?",
            {i: f"{m.title}. {m.about}" for i, m in known.machines.items()},
        ),
        (
            "libc",
            "C library: what do the target's programs link with?",
            {i: f"{c.title}. {c.about}" for i, c in known.libcs.items()},
        ),
        (
            "release",
            "OCaml release: which compiler?",
            {i: f"{r.title}. {r.about}" for i, r in known.releases.items()},
        ),
        (
            "host_compiler",
            "Host compiler: an OCaml of the same release that runs here. Where from?",
            {
                "auto": "The one on PATH where it fits, else build it once",
                "build": "Build one, and keep it for all targets",
                "path": "The one on PATH, whatever it is",
            },
        ),
    )
    for field, question, options in questions:
        selection = _one(session, selection, field, question, options)
    patches = _answer(
        questionary.text(
            "Patches to OCaml's source: files, separated by commas (none is usual):", validate=_patches_exist
        )
    )
    names = tuple(str(Path(name.strip()).expanduser().absolute()) for name in patches.split(",") if name.strip())
    return msgspec.structs.replace(selection, patches=names)


def _patches_exist(text: str) -> bool | str:
    missing = [
        name.strip() for name in text.split(",") if name.strip() and not Path(name.strip()).expanduser().is_file()
    ]
    return f"there is no file {missing[0]}" if missing else True


def _one(session: Session, selection: Selection, field: str, question: str, options: dict[str, str]) -> Selection:
    """Ask for one field. A choice that cannot work is offered all the same, with its reason."""

    def with_value(value: str) -> Selection:
        return msgspec.structs.replace(selection, **{field: value})

    choices = []
    for value, words in options.items():
        grave = _new_errors(session, selection, with_value(value), field)
        reason = f"  (cannot work: {grave[0].what})" if grave else ""
        choices.append(questionary.Choice(f"{words}{reason}", value))
    return with_value(_answer(questionary.select(question, choices=choices)))


def _new_errors(session: Session, _now: Selection, then: Selection, field: str) -> tuple[Finding, ...]:
    """The errors that concern `field` once it has the new value."""
    found = errors(session.check_selection(then).findings)
    return tuple(one for one in found if one.about in (field, "target") and field != "host_compiler") or tuple(
        one for one in found if one.about == field
    )


def _settle(session: Session, preset: Preset) -> Checked:
    """Show the check; offer the fixes of what forbids a build until nothing does."""
    while True:
        checked = session.check(preset)
        questionary.print(checked_text(checked))
        grave = errors(checked.findings)
        if not grave:
            return checked
        # Several findings may have the same way out.
        fixes = list(dict.fromkeys(fix for one in grave for fix in one.fixes if fix.selection is not None))
        choices = [questionary.Choice(fix.text, fix.selection) for fix in fixes]
        choices.append(questionary.Choice("Choose again, step by step", "again"))
        choices.append(questionary.Choice("Leave", "leave"))
        questionary.print("\n".join(finding_text(finding) for finding in grave))
        chosen = _answer(questionary.select("This cannot be built. What instead?", choices=choices))
        if chosen == "leave":
            raise CancelledError("ask-cancelled", "left without building")
        selection = _choose(session) if chosen == "again" else chosen
        preset = msgspec.structs.replace(preset, selection=selection, lock=None)


def _prefix(session: Session, checked: Checked) -> Path:
    """Where the switch goes, asked until the folder can be used."""

    def usable(text: str) -> bool | str:
        findings = session.check(checked.preset, Path(text)).findings
        grave = [one for one in errors(findings) if one.about == "prefix"]
        return grave[0].what if grave else True

    validate: Callable[[str], bool | str] = usable
    return Path(
        _answer(questionary.text("Where shall the switch go?", default=str(checked.prefix), validate=validate))
    )
