"""The wizard as plain questions: each with an explanation, a default and a check. Serves screen readers too."""

from __future__ import annotations

import sys
from pathlib import Path

from wizard.base.errors import CancelledError, InputError, WizardError
from wizard.builds.folder import load_job, load_options
from wizard.builds.listing import BuildInfo, list_builds
from wizard.catalogue.selection import Preset, Selection, find_preset, save_preset, shipped_presets
from wizard.check.matrix import matrix, selection_of
from wizard.faces.ask.asker import Asker, Terminal
from wizard.faces.ask.fields import STEPS, ask_field
from wizard.faces.ask.review import doctor, explain, review, see
from wizard.faces.ask.state import State, Watch
from wizard.faces.text.matrix import matrix_text, words
from wizard.session.questions import BUILD_WORDS
from wizard.session.session import Session

KEPT = "choices.toml"
"""Where choices are kept, below the folder of what the wizard does, that were left and are in no other file."""


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
        raise InputError(
            "no-terminal", "`ask` needs a terminal to ask in", "", "use `build PRESET` or `build --target …`"
        )
    first = Preset(Selection(target=next(iter(session.catalogue.machines))))
    state = State(session, asker or Terminal(), watch, first, prefix, sources, offline, saved=first.selection)
    try:
        if preset is None:
            _begin(state)
        else:
            state.begin(preset)
            ask_field("prefix", state)
        while review(state):
            _begin(state)
    except CancelledError:
        _keep(state)
        raise


def _keep(state: State) -> None:
    """Put choices that are in no file into one, and say how to go on with them."""
    if state.selection == state.saved:
        return
    path = state.session.folders.state / KEPT
    save_preset(state.preset, path)
    state.asker.say(f"Your choices are kept: `ocaml-cross-wizard ask {path}` goes on with them.")


def _begin(state: State) -> None:
    """What one can begin with, as on the wizard's first screen, until there is a selection to review."""
    while True:
        presets = {
            name: find_preset(str(path), state.session.catalogue) for name, path in shipped_presets().items()
        }
        builds = {build.id: build for build in list_builds(state.session.folders)}
        running = [build for build in builds.values() if build.state == "running"]
        options = [_build_line(one) for one in running]
        options += [
            (f"Preset: {preset.title or name}. {preset.about}", f"preset:{name}")
            for name, preset in presets.items()
        ]
        options += [
            ("A preset or lock file of your own", "file"),
            ("Explore what works: every target, C library and release", "explore"),
            ("Look at this machine: what stands in the way of a build here?", "doctor"),
            ("Explain a code", "explain"),
        ]
        options += [_build_line(build) for build in builds.values() if build not in running]
        options += [("Start new: choose everything step by step", "new"), ("Leave", "leave")]
        kind, _, name = state.asker.choose("What would you like to do?", options).partition(":")
        match kind:
            case "preset":
                state.begin(presets[name])
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
                raise CancelledError("ask-cancelled", "left without building")
        ask_field("prefix", state)
        return


def _build_line(build: BuildInfo) -> tuple[str, str]:
    verb, what = BUILD_WORDS[build.state]
    title = f"OCaml {build.release} for {build.triplet}" if build.triplet else build.id
    return f"{verb.partition(' ')[2]}: {title}. This build {what}. {build.prefix}", f"build:{build.id}"


def _open(state: State, build: BuildInfo) -> None:
    """A build again: watched where it runs, shown where it is done, diagnosed and gone on with where it is not."""
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
    state.sources, state.offline = options.sources, options.offline
    from wizard.builder.launch import start
    from wizard.doctor.of_build import diagnose_build
    from wizard.faces.text.diagnosis import build_text

    state.asker.say(build_text(diagnose_build(folder, None)))
    if state.asker.choose("Go on with it?", [("Go on where it stopped", True), ("Leave it", False)]):
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
