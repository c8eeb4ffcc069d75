"""What can be chosen for each field of a selection, for every face: names, facts, words, why one cannot work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from wizard.base.errors import WizardError
from wizard.catalogue.model import Machine, Toolchain
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import NATIVE, Selection
from wizard.check.findings import Finding, errors
from wizard.plan.patches import read_patches
from wizard.session.questions import (
    HOST_COMPILERS,
    Explained,
    bindings_explained,
    found_ocaml,
    host_compiler_explained,
    host_explained,
    libc_explained,
    machine_facts,
    release_explained,
    release_facts,
    target_explained,
    toolchain_explained,
)
from wizard.session.session import Session


class Choice(msgspec.Struct, frozen=True):
    """One value of a field. facts: a short second line."""

    id: str
    title: str
    facts: str
    explained: Explained


def choices(field: str, selection: Selection, session: Session) -> tuple[Choice, ...]:
    """The values of a field of the catalogue, in the order in which they are shown."""
    return _CHOICES[field](selection, session)


def chosen(field: str, selection: Selection, session: Session) -> str:
    """The value that the selection has, as one of its choices."""
    value = str(getattr(selection, field))
    if field == "host" and value == session.build_machine.machine:
        return NATIVE
    if field == "bindings":
        return session.catalogue.libcs[selection.libc].bindings_of(selection.target, value)
    return value


def reasons(field: str, found: dict[str, tuple[Finding, ...]]) -> dict[str, str]:
    """Why a choice cannot work, "" where it can. found: by each choice the findings of the selection with it.

    An error that every choice shares says nothing about one of them: it is left to the
    findings, except where the finding itself is about this field.
    """
    if not found:
        return {}
    grave = {id_: errors(findings) for id_, findings in found.items()}
    shared = set.intersection(*({error.code for error in each} for each in grave.values()))
    return {
        id_: next((error.what for error in each if error.about == field or error.code not in shared), "")
        for id_, each in grave.items()
    }


def _hosts(_selection: Selection, session: Session) -> tuple[Choice, ...]:
    """This machine first, then those whose programs it runs, then the others of the catalogue."""
    here, machines = session.build_machine, session.catalogue.machines
    this = machines.get(here.machine)
    runnable = this.also_runs if this else ()

    def distance(machine: Machine) -> int:
        return 0 if machine.id == here.machine else 1 if machine.id in runnable else 2

    found = []
    for machine in sorted(machines.values(), key=distance):
        native = machine.id == here.machine
        title = f"This machine: {machine.title}" if native else machine.title
        id_ = NATIVE if native else machine.id
        found.append(Choice(id_, title, machine_facts(machine), host_explained(machine, here)))
    if not here.machine:
        found.insert(0, unknown_here(here.uname))
    return tuple(found)


def unknown_here(uname: str) -> Choice:
    """The choice of a build machine that the catalogue does not know."""
    about = "The catalogue does not know this machine yet, so nothing can be built on it."
    title = f"This machine ({uname})"
    return Choice(NATIVE, title, "unknown to the catalogue", Explained(title, about))


def _targets(selection: Selection, session: Session) -> tuple[Choice, ...]:
    known, here = session.catalogue, session.build_machine
    return tuple(
        Choice(
            machine.id,
            machine.title,
            machine_facts(machine),
            target_explained(machine, known.triplet(machine.id, selection.libc), here),
        )
        for machine in known.machines.values()
    )


def _libcs(selection: Selection, session: Session) -> tuple[Choice, ...]:
    known = session.catalogue
    return tuple(
        Choice(
            libc.id,
            libc.title,
            "static programs" if libc.static else "dynamically linked programs",
            libc_explained(libc, known.triplet(selection.target, libc.id)),
        )
        for libc in known.libcs.values()
    )


def _toolchains(_selection: Selection, session: Session) -> tuple[Choice, ...]:
    def facts(toolchain: Toolchain) -> str:
        return (
            "nothing can be built with it yet" if toolchain.unbuilt else f"tested with version {toolchain.version}"
        )

    return tuple(
        Choice(
            toolchain.id, toolchain.title, facts(toolchain), toolchain_explained(toolchain, session.build_machine)
        )
        for toolchain in session.catalogue.toolchains.values()
    )


def _bindings(selection: Selection, session: Session) -> tuple[Choice, ...]:
    """Empty where the programs are no unikernels."""
    known = session.catalogue
    able = known.libcs[selection.libc].bindings.get(selection.target, ())
    described = (known.bindings[id_] for id_ in able)
    return tuple(
        Choice(binding.id, binding.id, binding.about, bindings_explained(binding)) for binding in described
    )


def _releases(_selection: Selection, session: Session) -> tuple[Choice, ...]:
    return tuple(
        Choice(release.id, release.title, release_facts(release), release_explained(release))
        for release in session.catalogue.releases.values()
    )


def _host_compilers(_selection: Selection, session: Session) -> tuple[Choice, ...]:
    found = session.build_machine.ocaml
    return tuple(
        Choice(id_, title, found_ocaml(found) if id_ == "path" else about, host_compiler_explained(id_, found))
        for id_, (title, about, _when) in HOST_COMPILERS.items()
    )


_CHOICES: dict[str, Callable[[Selection, Session], tuple[Choice, ...]]] = {
    "host": _hosts,
    "target": _targets,
    "libc": _libcs,
    "toolchain": _toolchains,
    "bindings": _bindings,
    "release": _releases,
    "host_compiler": _host_compilers,
}


def absolute(path: str) -> str:
    """A typed path as an absolute one."""
    return str(Path(path.strip()).expanduser().absolute())


def patch_problem(typed: str, selection: Selection) -> str:
    """Why the file of that name is no patch to add to the selection; "" where it is one."""
    path = absolute(typed)
    if path in selection.patches:
        return "this patch is in the list already"
    try:
        (patch,) = read_patches(Preset(msgspec.structs.replace(selection, patches=(path,), without=())))
    except WizardError as error:
        return f"{error.what}: {error.why}" if error.why else error.what
    if not any(line.startswith("+++ ") for line in patch.text.splitlines()):
        return "this is not a unified diff: no line starts with +++"
    return ""


def switched(name: str, off: Iterable[str]) -> tuple[str, ...]:
    """The patches that are off, once `name` was switched off, or on again."""
    left = tuple(off)
    return tuple(patch for patch in left if patch != name) if name in left else (*left, name)
