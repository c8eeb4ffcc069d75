"""The wizard as plain questions: each with an explanation, a default and a check. Serves screen readers too."""

from __future__ import annotations

import sys
from pathlib import Path

from wizard.base.errors import CancelledError, InputError, WizardError
from wizard.builds.folder import load_job, load_options
from wizard.builds.listing import BuildInfo, list_builds
from wizard.catalogue.presets import Preset, find_preset, shipped_presets
from wizard.catalogue.selection import Selection, normalise
from wizard.check.matrix import matrix, selection_of
from wizard.faces.ask.asker import Asker, Terminal
from wizard.faces.ask.fields import STEPS, ask_field
from wizard.faces.ask.review import doctor, explain, review, see
from wizard.faces.ask.state import State, Watch
from wizard.faces.text.matrix import matrix_text, words
from wizard.session.draft import Draft
from wizard.session.drafting import Drafting
from wizard.session.questions import BUILD_WORDS
from wizard.session.saved_drafts import SavedDraft, SavedDrafts
from wizard.session.session import Session


def ask(
    preset: Preset | None,
    session: Session,
    watch: Watch,
    asker: Asker | None = None,
    *,
    prefix: Path | None = None,
    sources: str = "",
    offline: bool = False,
) -> None:
    """Ask for everything a build needs, build it, and show its end. preset: what one begins with.

    Raises InputError without a terminal, CancelledError where the user leaves without building.
    """
    if asker is None and not sys.stdin.isatty():
        raise InputError("no-terminal")
    first = Selection(target=next(iter(session.catalogue.machines)))
    drafting = Drafting(SavedDrafts(session.folders.drafts))
    drafting.take(Draft(first, str(prefix) if prefix else "", sources, offline))
    state = State(session, asker or Terminal(), watch, drafting)
    try:
        if preset is None:
            _begin(state)
        else:
            state.begin(preset)
            ask_field("prefix", state)
        while review(state):
            _begin(state)
    except CancelledError:
        if state.drafting.begun:
            state.asker.say("Your choices are kept: `ocaml-cross-wizard ask`, like the wizard, offers them again.")
        raise


def _begin(state: State) -> None:
    """What one can begin with, as on the wizard's first screen, until there is a selection to review."""
    while True:
        presets = {
            name: find_preset(str(path), state.session.catalogue) for name, path in shipped_presets().items()
        }
        builds = {build.id: build for build in list_builds(state.session.folders)}
        running = [build for build in builds.values() if build.state == "running"]
        drafts = {draft.id: draft for draft in state.drafting.others()}
        options = [_build_line(build) for build in running]
        options += [_draft_line(draft) for draft in drafts.values()]
        options += [
            (f"Preset: {preset.title or name}. {preset.about}", f"preset:{name}")
            for name, preset in presets.items()
        ]
        options += [
            ("A preset or lock file of your own", "file"),
            ("Explore what works: every target, C library and release", "explore"),
            ("Check this machine for problems", "doctor"),
            ("Explain a code", "explain"),
        ]
        options += [_build_line(build) for build in builds.values() if build not in running]
        options += [("Start new: choose everything step by step", "new"), ("Leave", "leave")]
        kind, _, name = state.asker.choose("What would you like to do?", options).partition(":")
        match kind:
            case "preset":
                state.begin(presets[name])
            case "draft":
                if not _continued(state, drafts[name]):
                    continue
            case "file":
                state.begin(_own_preset(state))
            case "explore":
                if not _explored(state):
                    continue
            case "new":
                for field in STEPS:
                    ask_field(field, state)
            case "doctor":
                doctor(state, of_selection=False)
                continue
            case "explain":
                explain(state)
                continue
            case "build":
                _open(state, builds[name])
                continue
            case _:
                raise CancelledError("ask-cancelled")
        ask_field("prefix", state)
        return


def _draft_line(saved: SavedDraft) -> tuple[str, str]:
    selection = saved.draft.selection
    words = f"OCaml {selection.release}, {selection.target}, {selection.libc}"
    return f"Continue with choices that were not built yet: {words}", f"draft:{saved.id}"


def _continued(state: State, saved: SavedDraft) -> bool:
    """Begin with choices of an earlier run; False where the catalogue has lost what they name."""
    try:
        normalise(saved.draft.selection, state.session.catalogue)
    except WizardError as error:
        state.asker.say(error.render())
        return False
    state.drafting.take(saved.draft, saved.id)
    state.shown = None
    return True


def _build_line(build: BuildInfo) -> tuple[str, str]:
    verb, what = BUILD_WORDS[build.state]
    title = f"OCaml {build.release} for {build.triplet}" if build.triplet else build.id
    return f"{verb.partition(' ')[2]}: {title}. This build {what}. {build.prefix}", f"build:{build.id}"


def _open(state: State, build: BuildInfo) -> None:
    """A build again: watched where it runs, shown where it is done, diagnosed and continued where it is not."""
    folder = state.session.folders.builds / build.id
    try:
        job = load_job(folder)
        if build.state in ("running", "done"):
            see(state, job, folder, own=False)
            return
        options = load_options(folder)
    except WizardError as error:
        state.asker.say(error.render())
        return
    state.set(sources=options.sources, offline=options.offline)
    from wizard.builder.launch import start
    from wizard.doctor.build_diagnosis import diagnose_build
    from wizard.faces.text.diagnosis import build_text

    state.asker.say(build_text(diagnose_build(folder, None)))
    if state.asker.choose("Continue with it?", [("Continue where it stopped", True), ("Leave it", False)]):
        start(job, options)
        see(state, job, folder)


def _own_preset(state: State) -> Preset:
    def problem(typed: str) -> str:
        try:
            find_preset(str(Path(typed.strip()).expanduser()), state.session.catalogue)
        except WizardError as error:
            return f"{error.what}: {error.why}" if error.why else error.what
        return ""

    typed = state.asker.type("The file of the preset, or the lock file of a switch:", problem=problem)
    return find_preset(str(Path(typed).expanduser()), state.session.catalogue)


def _explored(state: State) -> bool:
    """The matrix of a release; True where the user begins with one of its cells."""
    known, here = state.session.catalogue, state.session.build_machine
    ask_field("release", state)
    hosts = (here.machine,) if here.machine else ()
    cells = matrix(known, here, state.selection.release, hosts)
    state.asker.say(matrix_text(cells))
    options = [
        (f"{known.machines[cell.target].title}, {known.libcs[cell.libc].title}: {words(cell)}", number)
        for number, cell in enumerate(cells)
        if cell.verdict != "refused"
    ]
    picked = state.asker.choose("Begin with one of them?", [*options, ("No, go back", -1)], -1)
    if picked < 0:
        return False
    state.take(selection_of(cells[picked], here))
    return True
