"""The review: what a build will do, what can still be changed, and then the build with its end."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from wizard.base.errors import CancelledError, WizardError
from wizard.builder.launch import start
from wizard.catalogue.presets import save_preset
from wizard.catalogue.selection import Selection
from wizard.check.findings import Fix, errors
from wizard.faces.ask.fields import SETTING_OF, ask_field
from wizard.faces.ask.state import State
from wizard.faces.text.changes import changes_text
from wizard.faces.text.plans import (
    checked_text,
    diagnosis_text,
    explanation_text,
    finding_text,
    plan_parts,
    plan_text,
)
from wizard.plan.batch import Job
from wizard.plan.model import Plan
from wizard.session.changes import Side, changes
from wizard.session.draft import difference
from wizard.session.questions import QUESTIONS, SETTINGS


def settle(state: State) -> None:
    """Show the check; offer the fixes of what forbids a build until nothing does."""
    while True:
        checked = state.checked()
        state.asker.say(checked_text(checked))
        grave = errors(checked.findings)
        if not grave:
            return
        state.asker.say("\n".join(finding_text(finding) for finding in grave))
        # Several findings may have the same way out.
        fixes: list[Fix] = list(
            dict.fromkeys(fix for error in grave for fix in error.fixes if fix.selection is not None)
        )
        options: list[tuple[str, Selection | str]] = [(fix.text, fix.selection or "") for fix in fixes]
        options += [("Change a choice", "change"), ("Explain a finding", "explain"), ("Leave", "leave")]
        picked = state.asker.choose("This cannot be built. What instead?", options)
        if isinstance(picked, Selection):
            state.take(picked)
        elif picked == "change":
            change(state)
        elif picked == "explain":
            explain(state)
        else:
            raise CancelledError("ask-cancelled")


def review(state: State) -> bool:
    """The menu of the review. True where the user wants to begin with something else."""
    while True:
        settle(state)
        checked = state.checked()
        plan = state.session.plan(checked)
        now = Side(checked, plan)
        options = [
            ("Build it", "build"),
            ("Show what the build will do", "show"),
            ("Change a choice", "change"),
            *([("Show what has changed since", "changes")] if state.shown not in (None, now) else []),
            ("Explain a finding or any other code", "explain"),
            ("Check this machine for problems with this build", "doctor"),
            ("Save the selection as a preset", "save"),
            ("Begin with something else", "again"),
            ("Leave without building", "leave"),
        ]
        match state.asker.choose("What now?", options):
            case "build":
                state.shown = now
                if not _build(state, plan):
                    return True
            case "show":
                state.shown = now
                _show(state, plan)
            case "changes" if state.shown is not None:
                state.asker.say(changes_text(changes(state.shown, now)))
                state.shown = now
            case "change":
                change(state)
            case "explain":
                explain(state)
            case "doctor":
                doctor(state)
            case "save":
                save(state)
            case "again":
                return True
            case _:
                raise CancelledError("ask-cancelled")


def change(state: State) -> None:
    """One more choice, by its name and what it is now."""
    selection = state.selection
    options = [
        (f"{question.label}: {_value(getattr(selection, field))}", field)
        for field, question in QUESTIONS.items()
        if field != "without"  # among the patches
    ]
    settings = {field: SETTINGS[name] for field, name in SETTING_OF.items()}
    options += [(f"{setting.label}: {setting.about}", field) for field, setting in settings.items()]
    options += _moves(state)
    picked = state.asker.choose("Change which choice?", [*options, ("Back", "")])
    if picked in ("undo", "redo"):
        moved = state.drafting.undo() if picked == "undo" else state.drafting.redo()
        state.asker.say(
            f"{'Undone' if picked == 'undo' else 'Again'}: {difference(*moved)}" if moved else "Nothing"
        )
    elif picked:
        ask_field(picked, state)


def _moves(state: State) -> list[tuple[str, str]]:
    """Undo and redo, where there is something to undo or to do again."""
    before, after = state.drafting.undoable, state.drafting.redoable
    moves = [(f"Undo: {difference(before, state.draft)}", "undo")] if before else []
    return moves + ([(f"Again: {difference(state.draft, after)}", "redo")] if after else [])


def _value(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value else ", ".join(value) or "none"


def _show(state: State, plan: Plan) -> None:
    """The plan, whole or in parts."""
    parts = plan_parts(plan)
    options = [("All of it", ""), *((name.capitalize(), name) for name in parts)]
    picked = state.asker.choose("Which part?", options)
    state.asker.say(parts[picked] if picked else plan_text(plan))
    if picked == "patches":
        for patch in plan.patches:
            state.asker.say(f"{patch.name}\n{patch.text}")


def explain(state: State) -> None:
    """The long text of a code, those of the findings first."""
    from wizard.doctor.explain import explain as explained

    options = [(f"{finding.code}: {finding.what}", finding.code) for finding in state.checked().findings]
    code = state.asker.choose("Which code?", [*options, ("Another code", ""), ("Back", "back")])
    if code == "back":
        return

    def problem(typed: str) -> str:
        try:
            explained(typed.strip(), state.session.catalogue)
        except WizardError as error:
            return f"{error.what}: {error.fix}" if error.fix else error.what
        return ""

    code = code or state.asker.type("The code, as it stands in brackets:", problem=problem)
    state.asker.say(explanation_text(explained(code, state.session.catalogue)))


def doctor(state: State, *, of_selection: bool = True) -> None:
    """What on this machine stands in the way."""
    found = state.session.diagnose(
        state.checked() if of_selection else None,
        offline=state.draft.offline,
        local=Path(state.draft.sources) if state.draft.sources else None,
    )
    state.asker.say(diagnosis_text(found, shutil.get_terminal_size().columns))


def save(state: State) -> None:
    """Keep the selection in a file."""
    selection = state.selection

    def problem(typed: str) -> str:
        try:
            save_preset(state.preset, Path(typed.strip()).expanduser())
        except WizardError as error:
            return f"{error.what}: {error.why}"
        return ""

    # It is written where nothing is wrong with it.
    name = f"{selection.release}-{selection.target}-{selection.libc}.toml"
    path = state.asker.type("File to write:", name, problem)
    state.drafting.safe_elsewhere()
    state.asker.say(f"saved as {path}")


def _build(state: State, plan: Plan) -> bool:
    """Build and watch. False where the user is done with this switch."""
    folder = start(plan, state.options())
    state.drafting.safe_elsewhere()
    return see(state, plan, folder)


def see(state: State, job: Job, folder: Path, *, own: bool = True) -> bool:
    """A build to its end, and what comes then. own: Ctrl-C stops it. False where nothing is left to do with it."""
    while True:
        try:
            state.watch(job, folder, own)
        except CancelledError:
            raise
        except WizardError as error:
            state.asker.say(error.render())
            if not _failed(state, folder, error):
                return True
            start(job, state.options())
            continue
        options = [("Begin another switch", "another"), ("Leave", "leave")]
        if state.asker.choose("The switch is built. What now?", options, "leave") == "leave":
            sys.exit(0)
        return False


def _failed(state: State, folder: Path, error: WizardError) -> bool:
    """What to do with a build that failed. True to continue with it, False to change the choices."""
    from wizard.doctor.build_diagnosis import diagnose_build
    from wizard.faces.text.diagnosis import build_text

    while True:
        options = [
            ("Why did it fail, and what to do?", "why"),
            ("Continue where it stopped", "resume"),
            ("Change the choices", "change"),
            ("Leave", "leave"),
        ]
        match state.asker.choose("The build failed. What now?", options):
            case "why":
                state.asker.say(build_text(diagnose_build(folder, None)))
            case "resume":
                return True
            case "change":
                return False
            case _:
                sys.exit(error.exit_code)
