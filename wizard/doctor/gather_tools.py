"""Tasks at programs: starts each once, to hear what it is. A first object is compiled in a temporary folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from wizard.base.errors import WizardError
from wizard.binaries.facts import machine_words
from wizard.binaries.objects import read_object_file
from wizard.catalogue.model import Catalogue, Machine
from wizard.doctor.checks_tools import UNIX_TOOLS
from wizard.doctor.concurrency import ask
from wizard.doctor.facts import Compiler, Emulator, Ocaml, Tool
from wizard.machine.survey import LOCK_FILE, BuildMachine, config_output, parse_config
from wizard.prove.runners.api import Programs, Ready, RunnerTool
from wizard.prove.runners.registry import serving
from wizard.toolchains.registry import provider_of

T = TypeVar("T")
R = TypeVar("R")

_PROGRAM = "int main(void) { return 0; }\n"
MOST_AT_ONCE = 8


def each(function: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """`function` of every thing, several at a time, in their order."""
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        return list(pool.map(function, things))


def tools(here: BuildMachine) -> dict[str, Tool]:
    """make, the C compiler and zig, those that are there."""

    def look(name: str) -> Tool:
        if name == "make":
            answer = ask(here.tools["make"], "--version")
            return Tool(here.tools["make"], answer.first, answer.problem)
        if name == "cc":
            return _c_compiler(here.tools["cc"])
        assert here.zig is not None
        path = f"{here.zig.folder}/zig"
        answer = ask(path, "version")
        return Tool(path, answer.first, answer.problem)

    names = [name for name in ("make", "cc") if name in here.tools] + (["zig"] if here.zig else [])
    return dict(zip(names, each(look, names), strict=True))


def _c_compiler(path: str) -> Tool:
    """The build machine's C compiler: what it compiles for, and whether it does."""
    answer = ask(path, "-dumpmachine")
    if answer.problem:
        return Tool(path, answer.first, answer.problem)
    with tempfile.TemporaryDirectory(prefix="ocw-doctor-", ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "first.c"
        source.write_text(f"#include <stdio.h>\n{_PROGRAM}", encoding="ascii")
        made = ask(path, "-c", source, "-o", Path(folder) / "first.o")
    return Tool(path, answer.first, made.problem)


def absent(here: BuildMachine) -> tuple[str, ...]:
    """The Unix tools that are not on PATH."""
    return tuple(name for name in UNIX_TOOLS if shutil.which(name, path=here.path) is None)


def compilers(here: BuildMachine, catalogue: Catalogue) -> tuple[Compiler, ...]:
    """Every cross-compiler that is installed: asked what it compiles for, and its first object read."""
    machines = _machines_of(catalogue)

    def look(name: str) -> Compiler:
        return _cross_compiler(name, here.compilers[name], machines[name])

    return tuple(each(look, sorted(here.compilers)))


def _machines_of(catalogue: Catalogue) -> dict[str, Machine]:
    """By the name in front of a gcc's the machine that it makes code for."""
    triplets = {
        triplet: catalogue.machines[id_]
        for libc in catalogue.libcs.values()
        for id_, triplet in libc.triplets.items()
    }
    return {
        name: triplets[triplet]
        for toolchain in catalogue.toolchains.values()
        for name, triplet in provider_of(toolchain).probed(toolchain).items()
        if triplet in triplets
    }


def _cross_compiler(name: str, path: str, machine: Machine) -> Compiler:
    answer = ask(path, "-dumpmachine")
    found = Compiler(name, path, machine.id, answer.first, problem=answer.problem)
    if answer.problem:
        return found
    with tempfile.TemporaryDirectory(prefix="ocw-doctor-", ignore_cleanup_errors=True) as folder:
        source, object_ = Path(folder) / "first.c", Path(folder) / "first.o"
        source.write_text(f"#include <stdio.h>\n{_PROGRAM}", encoding="ascii")
        made = ask(path, "-c", source, "-o", object_)
        if made.problem:
            return Compiler(name, path, machine.id, answer.first, problem=made.problem)
        try:
            facts = read_object_file(object_)
        except WizardError as error:
            return Compiler(name, path, machine.id, answer.first, problem=error.why or error.what)
    words = machine_words(machine) if facts.fits(machine) else facts.words
    return Compiler(name, path, machine.id, answer.first, words, facts.fits(machine))


def ocamls(here: BuildMachine) -> tuple[Ocaml, ...]:
    """The OCaml compilers of every folder of PATH that has one, in its order."""
    folders = dict.fromkeys(os.path.realpath(part) for part in here.path.split(os.pathsep) if part)
    having = [
        Path(folder)
        for folder in folders
        if any(os.access(Path(folder) / n, os.X_OK) for n in ("ocamlopt", "ocamlc"))
    ]
    return tuple(each(_ocaml, having))


def _ocaml(folder: Path) -> Ocaml:
    if (folder.parent / LOCK_FILE).is_file():
        return Ocaml(str(folder), switch=True)
    config = parse_config(config_output(folder / "ocamlopt"))
    bytecode = ask(folder / "ocamlc", "-version")
    return Ocaml(
        folder=str(folder),
        ocamlc="" if bytecode.problem else bytecode.first,
        ocamlopt=config.get("version", ""),
        target=config.get("target", ""),
        native=config.get("host", "") == config.get("target", ""),
    )


def emulators(here: BuildMachine, catalogue: Catalogue) -> tuple[Emulator, ...]:
    """Every emulator that some open target of the catalogue needs here."""
    needed: dict[str, list[str]] = {}
    paths: dict[str, str] = {}
    tools: dict[str, RunnerTool] = {}
    for id_, machine in catalogue.machines.items():
        if catalogue.runs(here.machine, id_) or not catalogue.buildable(id_):
            continue
        for runner in serving(machine):
            offer = runner.offer(Programs(machine, catalogue), here)
            for tool in runner.tools(machine):
                tools[tool.name] = tool
                needed.setdefault(tool.name, []).append(id_)
                if isinstance(offer, Ready):
                    paths.setdefault(tool.name, offer.program)

    def asked(tool: RunnerTool) -> Emulator:
        ids = tuple(needed[tool.name])
        path = paths.get(tool.name, "")
        if not path:
            return Emulator(tool.name, ids, package=tool.package)
        answer = ask(path, *tool.version)
        return Emulator(tool.name, ids, path, answer.first, answer.problem, tool.package)

    return tuple(each(asked, tools.values()))
