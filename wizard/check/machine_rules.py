"""The rules of the build machine: what has to be there, and what a build does with what is."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.catalogue.selection import NATIVE
from wizard.check.findings import Fix
from wizard.check.resolved import Situation, path_problem
from wizard.check.rules import Breach, Changes, Rule, libraries

BUILD: Changes = {"host_compiler": "build"}


def host_runnable(place: Situation) -> Iterator[Breach]:
    """The build machine must be able to run the host's programs."""
    here = place.surroundings
    if not here.machine:
        yield Breach("build-machine", {"uname": here.uname})
    elif place.host is not None and not place.runs_here(place.host):
        yield Breach("host-runnable", {"host": place.host.id, "build": here.machine}, ({"host": NATIVE},))


def toolchain_present(place: Situation) -> Iterator[Breach]:
    """The C toolchain must be installed, and in the version that was tried."""
    wanted = place.toolchain
    if wanted.installed and place.triplet in wanted.targets and not place.compiler:
        packages = " ".join(wanted.packages.get(place.triplet or "", ()))
        install = Fix("install it", command=f"sudo apt-get install {packages}")
        name = f"{wanted.targets[place.triplet or '']}-gcc"
        yield Breach("compiler-missing", {"compiler": name, "packages": packages}, (), (install,))
    proved = {one.toolchain for one in place.catalogue.evidence}
    if place.triplet in wanted.targets and proved and wanted.id not in proved:
        yield Breach("toolchain-unproved", {"toolchain": wanted.title})
    if not place.needs_zig:
        return
    zig, found = place.catalogue.toolchains["zig"], place.surroundings.zig
    install = Fix("install it", command=f"python3 -m pip install {zig.package}=={zig.version}")
    if found is None:
        yield Breach("toolchain-missing", {"toolchain": zig.title, "package": zig.package}, (), (install,))
    elif found.version != zig.version:
        names = {"toolchain": zig.title, "found": found.version, "tested": zig.version}
        yield Breach("toolchain-version", {**names}, (), (install,))


def recipe(place: Situation) -> Iterator[Breach]:
    """A C toolchain may be known, with its sources, before there are stages that build with it."""
    missing = place.toolchain.unbuilt
    if missing is not None and place.triplet in place.toolchain.targets:
        names: dict[str, str | int] = {"target": place.target.title, "why": missing.why}
        yield Breach("recipe-missing", names, tuple({"target": id_} for id_ in missing.instead))


def host_compiler(place: Situation) -> Iterator[Breach]:
    """The OCaml on PATH serves where it is of the same release and makes code for the host."""
    if not place.uses_path_compiler or place.host is None:
        return
    found = place.surroundings.ocaml
    if found is None:
        yield Breach("host-compiler-missing", {}, (BUILD,))
    elif found.release != place.release.id:
        changes: tuple[Changes, ...] = (BUILD,)
        if found.release in place.catalogue.releases:
            changes = (BUILD, {"release": found.release})
        yield Breach("release-equal", {"found": found.release, "release": place.release.id}, changes)
    elif found.architecture != place.host.ocaml_arch:
        names: dict[str, str | int] = {"found": found.architecture, "wanted": place.host.ocaml_arch}
        yield Breach("host-compiler-foreign", names, (BUILD,))
    elif path_problem(found.bin + found.lib):
        yield Breach("host-compiler-unsafe", {"bin": found.bin}, (BUILD,))
    else:
        yield Breach("host-compiler-found", {"release": found.release, "bin": found.bin}, (BUILD,))


def host_built(place: Situation) -> Iterator[Breach]:
    """A host of another kind than the build machine gets a static compiler of its own."""
    if place.foreign_host and place.host is not None and place.runs_here(place.host):
        names = {"host": place.host.title, "build": place.surroundings.machine}
        yield Breach("host-static", {**names})


def build_tools(place: Situation) -> Iterator[Breach]:
    """make must be there; a C compiler for the build machine may be missing."""
    if "make" not in place.surroundings.tools:
        fix = Fix("install it", command="sudo apt-get install make    (Fedora: dnf, Alpine: apk add)")
        yield Breach("make-missing", {}, (), (fix,))
    if not place.build_compiler:
        yield Breach("cc-missing")


def emulator(place: Situation) -> Iterator[Breach]:
    """Programs for the target are run where that is possible: here, by an emulator, or by a tender."""
    here, target = place.surroundings, place.target
    if place.toolchain.unbuilt is not None:
        return
    if target.tender and not place.builds_tender:
        processors = here.uname != target.arch
        why = f"this machine is {here.uname}" if processors else "libseccomp's headers were not found"
        yield Breach("tender-missing", {"target": target.id, "why_not": why})
    if target.tender or target.closed is not None or place.runs_here(target) or target.id in here.emulators:
        return
    package = target.emulator_package
    fix = Fix("install it", command=f"sudo apt-get install {package}    (Fedora: {package}, Alpine: apk add)")
    yield Breach("emulator-missing", {"emulator": target.emulator, "target": target.id}, (), (fix,))


def portable(place: Situation) -> Iterator[Breach]:
    """How a program that starts on several systems is started, and what stands in its way here."""
    suffix = place.libc.portable
    if not suffix or place.triplet is None:
        return
    here = place.surroundings
    names: dict[str, str | int] = {"suffix": suffix, "triplet": place.triplet}
    if here.takes_mz:
        yield Breach("ape-binfmt", {**names, "entries": ", ".join(here.takes_mz)})
    yield Breach("ape-exec", names)
    if "zsh" in here.tools:
        yield Breach("ape-zsh", names)


def environment(place: Situation) -> Iterator[Breach]:
    """Variables of the user's that a build does not see."""
    if place.surroundings.scrubbed:
        yield Breach("environment-scrubbed", {"names": ", ".join(place.surroundings.scrubbed)})


PLACE_RULES: tuple[Rule, ...] = (
    host_runnable,
    toolchain_present,
    recipe,
    host_compiler,
    host_built,
    build_tools,
    emulator,
    portable,
    environment,
    libraries,
)
