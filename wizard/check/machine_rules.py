"""The rules of the build machine: what has to be there, and what a build does with what is."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.catalogue.selection import NATIVE
from wizard.check.findings import Fix, way
from wizard.check.resolved import ResolvedSelection, path_problem
from wizard.check.rules import Breach, Changes, Rule, libraries
from wizard.machine import packages

BUILD: Changes = {"host_compiler": "build"}


def host_runnable(resolved: ResolvedSelection) -> Iterator[Breach]:
    """The build machine must be able to run the host's programs."""
    here = resolved.build_machine
    if not here.machine:
        yield Breach("build-machine", {"uname": here.uname})
    elif resolved.host is not None and not resolved.runs_here(resolved.host):
        yield Breach("host-runnable", {"host": resolved.host.id, "build": here.machine}, ({"host": NATIVE},))


def toolchain_present(resolved: ResolvedSelection) -> Iterator[Breach]:
    """The C toolchain must be installed, and in the version that was tried."""
    wanted = resolved.toolchain
    if wanted.installed and resolved.triplet in wanted.targets and not resolved.compiler:
        names = " ".join(wanted.packages.get(resolved.triplet or "", ()))
        install = way("compiler-missing", "install", packages=names)
        compiler = f"{wanted.targets[resolved.triplet or '']}-gcc"
        yield Breach("compiler-missing", {"compiler": compiler, "packages": names}, (), (install,))
    proved = {evidence.toolchain for evidence in resolved.catalogue.evidence}
    if resolved.triplet in wanted.targets and proved and wanted.id not in proved:
        yield Breach("toolchain-unproved", {"toolchain": wanted.title})
    if not resolved.needs_zig:
        return
    zig, found = resolved.catalogue.embedded, resolved.build_machine.zig
    wheel = {"package": zig.package, "version": zig.version}
    if found is None:
        install = way("toolchain-missing", "install", **wheel)
        yield Breach("toolchain-missing", {"toolchain": zig.title, "package": zig.package}, (), (install,))
    elif found.version != zig.version:
        versions = {"toolchain": zig.title, "found": found.version, "tested": zig.version}
        yield Breach("toolchain-version", {**versions}, (), (way("toolchain-version", "install", **wheel),))


def recipe(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A C toolchain may be known, with its sources, before there are stages that build with it."""
    missing = resolved.toolchain.unbuilt
    if missing is not None and resolved.triplet in resolved.toolchain.targets:
        names: dict[str, str | int] = {"target": resolved.target.title, "why": missing.why}
        yield Breach("recipe-missing", names, tuple({"target": id_} for id_ in missing.instead))


def host_compiler(resolved: ResolvedSelection) -> Iterator[Breach]:
    """The OCaml on PATH serves where it is of the same release and makes code for the host."""
    if not resolved.uses_path_compiler or resolved.host is None:
        return
    found = resolved.build_machine.ocaml
    if found is None:
        yield Breach("host-compiler-missing", {}, (BUILD,))
    elif found.release != resolved.release.id:
        changes: tuple[Changes, ...] = (BUILD,)
        if found.release in resolved.catalogue.releases:
            changes = (BUILD, {"release": found.release})
        yield Breach("release-equal", {"found": found.release, "release": resolved.release.id}, changes)
    elif found.architecture != resolved.host.ocaml_arch:
        names: dict[str, str | int] = {"found": found.architecture, "wanted": resolved.host.ocaml_arch}
        yield Breach("host-compiler-foreign", names, (BUILD,))
    elif path_problem(found.bin + found.lib):
        yield Breach("host-compiler-unsafe", {"bin": found.bin}, (BUILD,))
    else:
        yield Breach("host-compiler-found", {"release": found.release, "bin": found.bin}, (BUILD,))


def host_built(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A host of another kind than the build machine gets a static compiler of its own."""
    if resolved.foreign_host and resolved.host is not None and resolved.runs_here(resolved.host):
        names = {"host": resolved.host.title, "build": resolved.build_machine.machine}
        yield Breach("host-static", {**names})


def build_tools(resolved: ResolvedSelection) -> Iterator[Breach]:
    """make must be there; a C compiler for the build machine may be missing."""
    if "make" not in resolved.build_machine.tools:
        yield Breach("make-missing", {}, (), (_install("make-missing", "make"),))
    if not resolved.build_compiler:
        yield Breach("cc-missing")


def emulator(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Programs for the target are run where that is possible: here, by an emulator, or by a tender."""
    here, target = resolved.build_machine, resolved.target
    if resolved.toolchain.unbuilt is not None:
        return
    if target.tender and not resolved.builds_tender:
        processors = here.uname != target.arch
        why = f"this machine is {here.uname}" if processors else "libseccomp's headers were not found"
        yield Breach("tender-missing", {"target": target.id, "why_not": why})
    if target.tender or target.closed is not None or resolved.runs_here(target) or target.id in here.emulators:
        return
    install = _install("emulator-missing", target.emulator_package)
    yield Breach("emulator-missing", {"emulator": target.emulator, "target": target.id}, (), (install,))


def _install(code: str, package: str) -> Fix:
    """The way `install` of a finding: Debian's command for what its `package` brings, and what others call it."""
    return way(code, "install", None, packages.elsewhere(package), command=packages.install_command(package))


def portable(resolved: ResolvedSelection) -> Iterator[Breach]:
    """How a program that starts on several systems is started, and what stands in its way here."""
    suffix = resolved.libc.portable
    if not suffix or resolved.triplet is None:
        return
    here = resolved.build_machine
    names: dict[str, str | int] = {"suffix": suffix, "triplet": resolved.triplet}
    if here.takes_mz:
        yield Breach("ape-binfmt", {**names, "entries": ", ".join(here.takes_mz)})
    yield Breach("ape-exec", names)
    if "zsh" in here.tools:
        yield Breach("ape-zsh", names)


def environment(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Variables of the user's that a build does not see."""
    if resolved.build_machine.scrubbed:
        yield Breach("environment-scrubbed", {"names": ", ".join(resolved.build_machine.scrubbed)})


MACHINE_RULES: tuple[Rule, ...] = (
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
