"""One question, or a short talk, for each thing that can be set."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

from wizard.catalogue.selection import whole_sources
from wizard.check.findings import errors
from wizard.faces.ask.state import State
from wizard.session.choices import absolute, choices, chosen, patch_problem, reasons, switched
from wizard.session.patching import Listed, listed
from wizard.session.questions import QUESTIONS, Explained, patch_explained

ON, OFF = "on", "off"


def ask_field(field: str, state: State) -> None:
    """Ask for one field of the selection, or for the prefix, the sources folder, the network."""
    (FIELDS | BESIDE)[field](state)


def _from_catalogue(field: str) -> Callable[[State], None]:
    """The question for a field whose values the catalogue has. What cannot work is offered all the same."""

    def ask(state: State) -> None:
        offered = choices(field, state.selection, state.session)
        if not offered:
            return
        why = reasons(field, {choice.id: state.with_choice(**{field: choice.id}).findings for choice in offered})
        question = QUESTIONS[field]
        state.asker.say(f"\n{wrapped(question.intro)}")
        options = [
            (
                f"{choice.title}: {choice.facts}"
                if not why[choice.id]
                else f"{choice.title}  (cannot work: {why[choice.id]})",
                choice.id,
            )
            for choice in offered
        ]
        picked = state.asker.choose(question.question, options, chosen(field, state.selection, state.session))
        state.choose(**{field: picked})
        state.asker.say(explained_text(next(choice.explained for choice in offered if choice.id == picked)))

    return ask


def explained_text(what: Explained) -> str:
    """What the side panel of a screen says, as lines."""
    lines = [wrapped(f"{what.title}: {what.about}")]
    lines += [wrapped(f"{heading}: {words}", "  ") for heading, words in what.parts]
    return "\n".join([*lines, f"  {what.link}"] if what.link else lines)


def wrapped(text: str, indent: str = "") -> str:
    """Text in lines that fit the terminal, those after the first indented further."""
    width = max(40, min(100, shutil.get_terminal_size().columns - 1))
    rest = f"{indent}  " if indent else ""
    lines = [
        textwrap.fill(
            line, width, initial_indent=rest if number else indent, subsequent_indent=rest, break_on_hyphens=False
        )
        for number, line in enumerate(text.splitlines())
    ]
    return "\n".join(lines)


def ask_patches(state: State) -> None:
    """The patches: each can be looked at, switched off and on, moved or removed, and others added."""
    question = QUESTIONS["patches"]
    state.asker.say(f"\n{wrapped(question.intro)}")
    while True:
        found = listed(state.preset, state.checked().resolved)
        options: list[tuple[str, int | str]] = [("Continue with these" if found else "None: continue", "done")]
        options += [(_patch_line(patch), number) for number, patch in enumerate(found)]
        options.append(("Add a patch file", "add"))
        picked = state.asker.choose(question.question, options, "done")
        if picked == "done":
            return
        if isinstance(picked, int):
            _one_patch(state, found, picked)
            continue
        typed = state.asker.type(
            "The path of a patch file (unified diff; empty: none):",
            problem=lambda path: patch_problem(path, state.selection) if path.strip() else "",
        )
        if typed:
            state.choose(patches=(*state.selection.patches, absolute(typed)))


def _patch_line(patch: Listed) -> str:
    need = f"the wizard's own, {'required' if patch.required else 'optional'}" if patch.own else "your own"
    return f"{patch.title} ({need}): {ON if patch.applied else OFF}"


def _one_patch(state: State, found: tuple[Listed, ...], number: int) -> None:
    """What can be done with one patch."""
    patch, mine = found[number], state.selection.patches
    position = number - (len(found) - len(mine))  # the user's come after the wizard's own
    name = patch.name.removesuffix(".patch") if patch.own else mine[position]
    if patch.own:
        state.asker.say(explained_text(patch_explained(state.session.catalogue.patches[name])))
    options = [
        ("Back", "back"),
        ("Switch it off" if patch.applied else "Switch it on", "switch"),
        ("Show it", "show"),
    ]
    if not patch.own:
        options += [("Move it up", "up")] if position else []
        options += [("Move it down", "down")] if position + 1 < len(mine) else []
        options.append(("Remove it", "remove"))
    what = state.asker.choose(f"{patch.title}:", options, "back")
    if what == "switch":
        state.choose(without=switched(name, state.selection.without))
    elif what == "show":
        state.asker.say(patch.diff)
    elif what == "remove":
        left = tuple(path for path in mine if path != name)
        state.choose(patches=left, without=tuple(path for path in state.selection.without if path != name))
    elif what in ("up", "down"):
        moved = list(mine)
        other = position + (1 if what == "down" else -1)
        moved[position], moved[other] = moved[other], moved[position]
        state.choose(patches=tuple(moved))


def ask_sources(state: State) -> None:
    """The user's own folders or archives in place of what is published."""
    known = state.session.catalogue
    names = list(dict.fromkeys(component.name for component in state.checked().resolved.components))
    if not names:
        return
    question = QUESTIONS["sources"]
    state.asker.say("\n" + wrapped(f"{question.intro} This selection takes {' and '.join(names)}."))

    def problem(typed: str) -> str:
        wrong = [word for word in typed.split() if not whole_sources(word, known)]
        return f"{wrong[0]} is no NAME=PATH with one of the names {', '.join(names)}" if wrong else ""

    typed = state.asker.type(
        f"{question.question} (none: as published)", " ".join(state.selection.sources), problem
    )
    state.choose(sources=whole_sources(typed, known))


def ask_prefix(state: State) -> None:
    """Where the switch goes, asked until the folder can be used."""

    def problem(typed: str) -> str:
        found = state.session.check(state.preset, Path(typed)).findings
        return next((error.what for error in errors(found) if error.about == "prefix"), "")

    checked = state.checked()
    typed = state.asker.type("Where should the switch be installed?", str(checked.prefix), problem)
    if typed != str(checked.prefix) or state.draft.prefix:
        state.set(prefix=typed)


def ask_sources_folder(state: State) -> None:
    """A folder with archives that is looked at first."""

    def problem(typed: str) -> str:
        there = not typed.strip() or Path(typed.strip()).expanduser().is_dir()
        return "" if there else "there is no such folder"

    typed = state.asker.type(
        "A folder with source archives, looked at first (none: empty):", state.draft.sources, problem
    )
    state.set(sources=absolute(typed) if typed else "")


def ask_offline(state: State) -> None:
    """Whether the network may be asked."""
    options = [("What is missing is downloaded", False), ("Nothing is downloaded", True)]
    state.set(offline=state.asker.choose("May the network be asked for sources?", options, state.draft.offline))


FIELDS: dict[str, Callable[[State], None]] = {
    **{
        field: _from_catalogue(field)
        for field in ("host", "target", "libc", "toolchain", "bindings", "release", "host_compiler")
    },
    "patches": ask_patches,
    "without": ask_patches,
    "sources": ask_sources,
}
"""By each field of a selection what asks for it."""

BESIDE: dict[str, Callable[[State], None]] = {
    "prefix": ask_prefix,
    "sources_folder": ask_sources_folder,
    "offline": ask_offline,
}
"""By each thing beside the selection what asks for it."""

STEPS = ("host", "target", "libc", "toolchain", "bindings", "release", "host_compiler", "patches", "sources")
"""The fields in the order in which one who starts new is asked for them."""

SETTING_OF = {"prefix": "prefix", "sources_folder": "sources", "offline": "offline"}
"""By each thing beside the selection the field of a draft: a selection has `sources` of its own."""
