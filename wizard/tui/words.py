"""What the catalogue says of a choice, in the sentences and short facts that the screens show."""

from __future__ import annotations

import msgspec

from wizard.catalogue.model import Libc, Machine, Release, Toolchain
from wizard.selection import HostCompiler
from wizard.surroundings import OcamlOnPath, Surroundings

RECIPES = {
    "make-variables": "The host's tools are put into make's variables: no release before 5.4 builds a "
    "cross-compiler by itself.",
    "crossopt": "Built by upstream's own cross-compilation rules (make crossopt).",
}


class Explained(msgspec.Struct, frozen=True):
    """The side panel of one choice: its title, what it is, then headed paragraphs, and a link."""

    title: str
    about: str
    parts: tuple[tuple[str, str], ...] = ()
    link: str = ""


def machine_facts(machine: Machine) -> str:
    """The technical facts of a machine on one line."""
    return f"{machine.word_size}-bit words, {machine.byte_order} endian, {machine.object_format.upper()}"


def host_explained(machine: Machine, here: Surroundings) -> Explained:
    """A machine as the host: where the cross-compiler itself runs."""
    native = machine.id == here.machine
    return Explained(
        machine.title,
        "This machine: the compiler is built here and used here." if native else machine.about,
        (
            ("What follows", f"The cross-compiler is a program for {machine.arch} ({machine_facts(machine)})."),
            ("Found here", _found_here(here)),
        ),
    )


def _found_here(here: Surroundings) -> str:
    tools = [f"{name}: {path}" for name, path in here.tools.items() if name in ("make", "cc")]
    return "\n".join([f"{here.uname}, {here.cores} cores", *tools])


def target_explained(machine: Machine, triplet: str | None, here: Surroundings) -> Explained:
    """A machine as the target: where the programs run."""
    if machine.closed is not None:
        running = machine.closed.why
    elif machine.id == here.machine:
        running = "The programs run on this very machine."
    elif machine.id in here.emulators:
        running = f"Here they run under {here.emulators[machine.id]}; the proof uses it."
    else:
        running = f"{machine.emulator} was not found here: the programs are built and audited, not run."
    follows = f"Programs are {machine.object_format.upper()} files for {machine.arch}: {machine_facts(machine)}."
    return Explained(
        machine.title,
        machine.about,
        (("What follows", follows), ("Triplet", triplet or "none with this C library"), ("To run them", running)),
    )


def libc_explained(libc: Libc, triplet: str | None) -> Explained:
    """A C library and what it means for programs."""
    lacks = tuple((f"Lacks {name}", reason) for name, reason in libc.lacks.items())
    parts = (("What follows", libc.follows), *lacks, ("Triplet", triplet or "none for this target"))
    return Explained(libc.title, libc.about, parts, libc.link)


def toolchain_explained(toolchain: Toolchain, here: Surroundings) -> Explained:
    """A provider of C toolchains."""
    if toolchain.provider == "zig":
        found = f"version {here.zig.version} in {here.zig.folder}" if here.zig else "not installed"
    else:
        found = "\n".join(f"{name}: {path}" for name, path in here.compilers.items()) or "none installed"
    package = f" (package {toolchain.package})" if toolchain.package else ""
    return Explained(
        toolchain.title,
        toolchain.about,
        (
            ("Tested with", f"version {toolchain.version}{package}"),
            ("Found here", found),
        ),
        toolchain.link,
    )


def release_facts(release: Release) -> str:
    """The short facts of a release."""
    domains = "domains and effects" if release.multicore else "no domains, no effects"
    return f"{domains}; source: {', '.join(source.kind for source in release.sources)}"


def release_has(release: Release) -> str:
    """What a release can do that others cannot, on one line."""
    has = ["effects and domains"] if release.multicore else []
    has += ["systhreads"] if release.systhreads else []
    has += ["Windows from Linux"] if release.windows else []
    has += ["the naked-pointer checker"] if release.naked_pointers_checker else []
    has += [f"a port without an operating system ({name})" for name in release.freestanding]
    return ", ".join(has)


def release_explained(release: Release) -> Explained:
    """A release and what it can do."""
    return Explained(
        release.title,
        release.about,
        (
            ("What follows", RECIPES["crossopt" if release.crossopt else "make-variables"]),
            ("Has", release_has(release)),
            ("Native code for", ", ".join(release.native)),
            ("Source", ", ".join(f"{source.file} ({source.kind})" for source in release.sources)),
        ),
        f"https://ocaml.org/releases/{release.id}",
    )


HOST_COMPILERS: dict[HostCompiler, tuple[str, str]] = {
    "auto": ("Automatic", "The one on PATH where it is of the same release, else one is built and kept."),
    "build": ("Build one", "Built once from the same source and kept: every later target uses it again."),
    "path": ("The one on PATH", "Saves the time to build one. It must be of exactly the release chosen above."),
}


def found_ocaml(found: OcamlOnPath | None) -> str:
    """What OCaml was found on PATH."""
    if found is None:
        return "no OCaml on PATH"
    return f"OCaml {found.release} for {found.architecture} in {found.bin}"


def host_compiler_explained(choice: HostCompiler, found: OcamlOnPath | None) -> Explained:
    """Where the host compiler comes from."""
    title, about = HOST_COMPILERS[choice]
    why = (
        "The cross-compiler is an OCaml program itself: the host compiler, an ordinary OCaml for this machine, "
        "compiles it. Both have to be of the same release."
    )
    return Explained(title, about, (("Why one is needed", why), ("Found", found_ocaml(found))))
