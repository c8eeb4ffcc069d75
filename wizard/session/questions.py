"""What both faces say: each question, and what the catalogue knows of each choice."""

from __future__ import annotations

import msgspec

from wizard.catalogue.model import Bindings, Libc, Machine, Patch, Release, Toolchain
from wizard.catalogue.selection import HostCompiler
from wizard.catalogue.store import catalogue
from wizard.machine.survey import BuildMachine, OcamlOnPath
from wizard.prove.runners.api import Absent, Programs
from wizard.prove.runners.registry import choose
from wizard.toolchains.registry import provider_of

RECIPES = {
    "make-variables": "The host's tools are put into make's variables: no release before 5.4 builds a "
    "cross-compiler by itself.",
    "crossopt": "Built by upstream's own cross-compilation rules (make crossopt).",
}


class Question(msgspec.Struct, frozen=True):
    """A field of the selection: its name in lists, in a line of changes, what is asked, and what it is about."""

    label: str
    short: str
    question: str
    intro: str


QUESTIONS: dict[str, Question] = {
    "host": Question(
        "Host machine",
        "host",
        "Where will the compiler run?",
        "The host machine is the one on which you type ocamlopt. It is nearly always this machine: "
        "the compiler runs here and makes programs for somewhere else.",
    ),
    "target": Question(
        "Target machine",
        "target",
        "Which machine are the programs for?",
        "The target machine is the one on which the programs you compile will run: "
        "a small board, a server, a container. It may be of another kind than the host.",
    ),
    "libc": Question(
        "C library",
        "C library",
        "Which C library should your programs use?",
        "OCaml's runtime is written in C, so every program is linked with a C library of the target. "
        "The C toolchain is the compiler, assembler and linker that does it.",
    ),
    "toolchain": Question(
        "C toolchain",
        "C toolchain",
        "Which C toolchain?",
        "The compiler, assembler and linker for the target.",
    ),
    "bindings": Question(
        "What unikernels are linked for",
        "linked for",
        "What are the unikernels linked for?",
        "Solo5's bindings: what a unikernel stands on.",
    ),
    "release": Question(
        "OCaml release",
        "release",
        "Which OCaml release?",
        "The cross-compiler, and the host compiler that compiles it, are of the same release.",
    ),
    "host_compiler": Question(
        "Host compiler",
        "host compiler",
        "Where does the host compiler come from?",
        "An ordinary OCaml of the same release that runs here: it compiles the cross-compiler.",
    ),
    "patches": Question(
        "Patches",
        "patches",
        "Which patches to OCaml's source?",
        "Files in the unified diff form that `diff -u` and `git diff` write. They are applied in this order, "
        "to the target's copy of the source only.",
    ),
    "without": Question(
        "Patches switched off",
        "patches switched off",
        "Which patches are left out?",
        "The wizard's own patches are applied by themselves where a selection needs them.",
    ),
    "sources": Question(
        "Own sources",
        "own sources",
        "Which sources are your own?",
        "Folders or archives in place of published ones, as NAME=PATH. No published digest vouches for them: "
        "the plan and the lock file call them unpinned.",
    ),
}
"""Every field of a selection, in the order in which they are asked for."""


class Setting(msgspec.Struct, frozen=True):
    """What a draft has beside its selection: its name, and in a few words what it says."""

    label: str
    about: str


SETTINGS: dict[str, Setting] = {
    "prefix": Setting("Prefix", "where the switch goes"),
    "sources": Setting("Sources folder", "archives that are looked at first"),
    "offline": Setting("Offline", "whether the network may be asked"),
}
"""By the field of a draft, in the order in which they are shown."""


BUILD_WORDS = {
    "running": ("▶ Watch", "is running now"),
    "failed": ("✗ Look at", "failed"),
    "cancelled": ("■ Continue with", "was stopped"),
    "stopped": ("■ Continue with", "was interrupted"),
    "done": ("✓ See", "is done"),
    "unreadable": ("? Cannot read", "was made by another version of the wizard, or is damaged"),
}
"""By the state of a build what one does with it, and what it is."""


class Explained(msgspec.Struct, frozen=True):
    """The side panel of one choice: its title, what it is, then headed paragraphs, and a link."""

    title: str
    about: str
    parts: tuple[tuple[str, str], ...] = ()
    link: str = ""


def _when(words: str) -> tuple[tuple[str, str], ...]:
    return (("When to choose it", words),) if words else ()


def machine_facts(machine: Machine) -> str:
    """The technical facts of a machine on one line."""
    return f"{machine.word_size}-bit words, {machine.byte_order} endian, {machine.object_format.upper()}"


def host_explained(machine: Machine, here: BuildMachine) -> Explained:
    """A machine as the host: where the cross-compiler itself runs."""
    native = machine.id == here.machine
    return Explained(
        machine.title,
        "This machine: the compiler is built here and used here." if native else machine.about,
        (
            *_when(_host_when(machine, here)),
            ("What this means", f"The cross-compiler is a program for {machine.arch} ({machine_facts(machine)})."),
            ("Found here", _found_here(here)),
        ),
        machine.link,
    )


def _host_when(machine: Machine, here: BuildMachine) -> str:
    """When a machine is the right host."""
    if machine.id == here.machine:
        return "Nearly always: you compile on the machine you work on."
    if machine.word_size == 32:
        return "Where the target has 32-bit words too: a compiler gets its word size from its host."
    return "Where the compiler is to be used on such a machine. This one must be able to run it while it builds."


def _found_here(here: BuildMachine) -> str:
    tools = [f"{name}: {path}" for name, path in here.tools.items() if name in ("make", "cc")]
    return "\n".join([f"{here.uname}, {here.cores} cores", *tools])


def target_explained(machine: Machine, triplet: str | None, here: BuildMachine) -> Explained:
    """A machine as the target: where the programs run."""
    if machine.closed is not None:
        running = machine.closed.why
    else:
        choice = choose(Programs(machine, catalogue()), here)
        running = choice.explained if isinstance(choice, Absent) else choice.ready.explained
    follows = f"Programs are {machine.object_format.upper()} files for {machine.arch}: {machine_facts(machine)}."
    return Explained(
        machine.title,
        machine.about,
        (
            *_when(machine.when),
            ("What this means", follows),
            ("To run them", running),
            ("Triplet", triplet or "none with this C library"),
        ),
        machine.link,
    )


def libc_explained(libc: Libc, triplet: str | None) -> Explained:
    """A C library and what it means for programs."""
    lacks = tuple((f"Lacks {name}", reason) for name, reason in (libc.lacks | libc.lacks_for_five).items())
    parts = (
        *_when(libc.when),
        ("What this means", libc.follows),
        *lacks,
        ("Triplet", triplet or "none for this target"),
    )
    return Explained(libc.title, libc.about, parts, libc.link)


def toolchain_explained(toolchain: Toolchain, here: BuildMachine) -> Explained:
    """A provider of C toolchains."""
    found = provider_of(toolchain).found(toolchain, here)
    package = f" (package {toolchain.package})" if toolchain.package else ""
    missing = (("Not built yet", toolchain.unbuilt.why),) if toolchain.unbuilt else ()
    return Explained(
        toolchain.title,
        toolchain.about,
        (
            *_when(toolchain.when),
            *((("What this means", toolchain.follows),) if toolchain.follows else ()),
            *(missing or (("Tested with", f"version {toolchain.version}{package}"),)),
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
            *_when(release.when),
            ("What this means", RECIPES["crossopt" if release.crossopt else "make-variables"]),
            ("Has", release_has(release)),
            ("Native code for", ", ".join(release.native)),
            ("Source", ", ".join(f"{source.file} ({source.kind})" for source in release.sources)),
        ),
        f"https://ocaml.org/releases/{release.id}",
    )


def patch_explained(patch: Patch) -> Explained:
    """One of the wizard's own patches."""
    return Explained(
        patch.title,
        patch.reason,
        (
            ("When to choose it", "always: it is required." if patch.required else f"for {patch.wanted_by}."),
            *((("Who needs it", patch.wanted_by),) if patch.required else ()),
            ("Without it", patch.without),
            ("Source", patch.source),
        ),
    )


def bindings_explained(bindings: Bindings) -> Explained:
    """What a unikernel stands on."""
    return Explained(
        f"Solo5 bindings: {bindings.id}",
        f"{bindings.about[:1].upper()}{bindings.about[1:]}.",
        (
            *_when(bindings.when),
            (
                "What this means",
                "The switch has all bindings of its processor; `new-unikernel` takes these, and "
                f'-cclib "-z solo5-abi={bindings.id}" links them. The proof links all, and runs what it can.',
            ),
        ),
        bindings.link,
    )


HOST_COMPILERS: dict[HostCompiler, tuple[str, str, str]] = {
    "auto": (
        "Automatic",
        "The one on PATH where it is of the same release, else one is built and kept.",
        "Nearly always: it saves the time where that is safe.",
    ),
    "build": (
        "Build one",
        "Built once from the same source and kept: every later target uses it again.",
        "Where the switch must not depend on an OCaml that your system may replace.",
    ),
    "path": (
        "The one on PATH",
        "Saves the time to build one. It must be of exactly the release chosen above.",
        "Where you keep that OCaml, and want a build to stop rather than to make another.",
    ),
}
"""Title, what it is, when to take it."""


def found_ocaml(found: OcamlOnPath | None) -> str:
    """What OCaml was found on PATH."""
    if found is None:
        return "no OCaml on PATH"
    return f"OCaml {found.release} for {found.architecture} in {found.bin}"


def host_compiler_explained(choice: HostCompiler, found: OcamlOnPath | None) -> Explained:
    """Where the host compiler comes from."""
    title, about, when = HOST_COMPILERS[choice]
    why = (
        "The cross-compiler is an OCaml program itself: the host compiler, an ordinary OCaml for this machine, "
        "compiles it. Both have to be of the same release."
    )
    parts = (*_when(when), ("Why one is needed", why), ("Found", found_ocaml(found)))
    return Explained(title, about, parts, "https://ocaml.org/install")
