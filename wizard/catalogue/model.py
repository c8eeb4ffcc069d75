"""The catalogue's typed values: machines, C libraries, OCaml releases, C toolchains."""

from __future__ import annotations

from typing import Literal

import msgspec


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why no switch for a machine can be made here. `instead`: machines that may serve the same need."""

    why: str
    source: str
    instead: tuple[str, ...] = ()


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that a compiler runs on or produces code for. word_size is in bits.

    ocaml_arch is "" where no release of OCaml has a native back end for it. also_runs:
    machines whose static programs its kernel runs too. emulator: the program that runs its
    programs elsewhere, from the Debian package `emulator_package`; "" where there is none.
    emulator_options: what makes it that very machine.
    jump_size: bytes of every jump in the tables its back end writes; 0 where any size will do.
    """

    title: str
    about: str
    arch: str
    ocaml_arch: str
    word_size: Literal[32, 64]
    byte_order: Literal["little", "big"]
    object_format: Literal["elf", "pe", "mach-o", "wasm"]
    os: str
    ostype: Literal["Unix", "Win32", "Cygwin"]
    spellings: tuple[str, ...]
    elf_machine: str = ""
    build_triplet: str = ""
    emulator: str = ""
    emulator_package: str = ""
    emulator_options: tuple[str, ...] = ()
    uname: tuple[str, ...] = ()
    also_runs: tuple[str, ...] = ()
    jump_size: int = 0
    closed: Closed | None = None
    id: str = ""

    @property
    def program_suffix(self) -> str:
        """What the names of its programs end in."""
        return ".exe" if self.object_format == "pe" else ""


class Libc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A C library. `triplets`: machine id -> triplet. `lacks`: library of OCaml it cannot carry -> reason.

    system_libraries: patterns of the shared libraries that every target machine has; a program may
    need no others. Empty where programs are static, or need what their distribution installs.
    """

    title: str
    about: str
    follows: str
    static: bool
    os: tuple[str, ...]
    link: str
    triplets: dict[str, str]
    lacks: dict[str, str] = {}
    system_libraries: tuple[str, ...] = ()
    id: str = ""


class Toolchain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider of C toolchains. `targets` maps a triplet to the provider's own name for it.

    provider "zig" is the wheel `package`; "gcc" is what the system has installed, and `packages`
    names the Debian packages of each triplet. assembler: triplet -> options for assembling;
    cpu: triplet -> options with which zig compiles the C library; tools: triplet -> tools beside
    the usual. clang: triplet -> the options by which zig's own clang, called without zig's driver,
    makes the same code; headers: triplet -> the C library's folders of headers inside zig.
    """

    title: str
    about: str
    provider: Literal["zig", "gcc"]
    version: str
    link: str
    libcs: tuple[str, ...]
    targets: dict[str, str]
    package: str = ""
    packages: dict[str, tuple[str, ...]] = {}
    assembler: dict[str, tuple[str, ...]] = {}
    cpu: dict[str, tuple[str, ...]] = {}
    clang: dict[str, tuple[str, ...]] = {}
    headers: dict[str, tuple[str, ...]] = {}
    tools: dict[str, tuple[str, ...]] = {}
    id: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place a release's source comes from. `file` is the archive's name, `sha256` its digest in hex.

    "pinned" is what a lock file asks for and the catalogue has no place for (any more).
    """

    kind: Literal["official", "npm", "debian", "pinned"]
    file: str
    sha256: str
    address: str = ""
    package: str = ""
    suite: str = ""


class Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further source that a switch for some targets is built with. os: the targets' operating systems.

    Its folder is the word of its id in recipes.toml: {flexdll}.
    """

    title: str
    about: str
    version: str
    os: tuple[str, ...]
    link: str
    sources: tuple[Source, ...]
    id: str = ""


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OCaml release and what it can do.

    native: architectures with a native back end. multicore: domains and effects.
    naked_pointers_checker: `--enable-naked-pointers-checker` exists. windows: a Unix host can
    make a compiler for Windows. freestanding: published ports without an operating system.
    """

    title: str
    about: str
    recipe: Literal["make-variables", "make-variables-4", "crossopt"]
    native: tuple[str, ...]
    multicore: bool
    naked_pointers_checker: bool
    sources: tuple[Source, ...]
    windows: bool = False
    systhreads: bool = True
    freestanding: tuple[str, ...] = ()
    id: str = ""

    @property
    def crossopt(self) -> bool:
        """True where the release can build a cross-compiler by itself."""
        return self.recipe == "crossopt"

    @property
    def version(self) -> tuple[int, ...]:
        """The release as numbers, for comparing: 5.3.0 is (5, 3, 0)."""
        return tuple(int(part) for part in self.id.split("."))


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A patch to OCaml's source that comes with the wizard, as `patches/<id>.patch`.

    releases: those it is for. It is applied by itself where one of `targets` is built by one of
    `toolchains` with one of these releases.
    """

    title: str
    reason: str
    source: str
    releases: tuple[str, ...]
    targets: tuple[str, ...]
    toolchains: tuple[str, ...]
    id: str = ""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One real build that was proved: what was built, with which inputs, what ran the programs, when.

    ran: "on this machine", "under qemu-…", or "" where the programs were audited and not run.
    passed: how many comparisons of the proof held. date: of the proof, as ISO 8601 (UTC).
    """

    target: str
    libc: str
    release: str
    host: str
    toolchain: str
    toolchain_version: str
    source_file: str
    source_sha256: str
    wizard: str
    ran: str
    passed: int
    date: str
    command: str


class Catalogue(msgspec.Struct, frozen=True):
    """All that the wizard knows, by id, in the order in which it is shown."""

    machines: dict[str, Machine]
    libcs: dict[str, Libc]
    toolchains: dict[str, Toolchain]
    releases: dict[str, Release]
    patches: dict[str, Patch] = {}
    evidence: tuple[Evidence, ...] = ()
    components: dict[str, Component] = {}

    def proven(self, target: str, libc: str) -> frozenset[str]:
        """The releases with which this target and C library were built and run."""
        return frozenset(e.release for e in self.evidence if (e.target, e.libc) == (target, libc) and e.ran)

    def triplet(self, target: str, libc: str) -> str | None:
        """The triplet of a target machine with a C library, None where the pair does not exist."""
        return self.libcs[libc].triplets.get(target)

    def machine_spelled(self, word: str) -> str | None:
        """The id of the machine a user means by `word`: an id or one of its usual spellings."""
        folded = word.casefold()
        for id_, machine in self.machines.items():
            if folded == id_ or folded in machine.spellings:
                return id_
        return None

    def pair_spelled(self, word: str) -> tuple[str, str] | None:
        """(machine id, C library id) where `word` is a triplet such as aarch64-unknown-linux-musl."""
        parts = word.casefold().split("-")
        plain = "-".join([parts[0], *parts[2:]]) if len(parts) == 4 else "-".join(parts)
        for libc_id, libc in self.libcs.items():
            for machine_id, triplet in libc.triplets.items():
                if plain == triplet:
                    return machine_id, libc_id
        return None
