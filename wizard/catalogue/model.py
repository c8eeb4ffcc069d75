"""The catalogue's typed values: machines, C libraries, OCaml releases, C toolchains."""

from __future__ import annotations

from typing import Literal

import msgspec


class Closed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why no switch can be made, for a machine or yet. `instead`: machines that may serve the same need."""

    why: str
    source: str
    instead: tuple[str, ...] = ()


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that a compiler runs on or produces code for. word_size is in bits.

    when: in which case one takes it as the target; link: where its conventions are written down.
    ocaml_arch is "" where no release of OCaml has a native back end for it. also_runs:
    machines whose static programs its kernel runs too. emulator: the program that runs its
    programs elsewhere, from the Debian package `emulator_package`; "" where there is none.
    emulator_options: what makes it that very machine. tender: the program of the switch itself
    that runs its programs, on a machine of the same architecture.
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
    when: str = ""
    link: str = ""
    elf_machine: str = ""
    build_triplet: str = ""
    emulator: str = ""
    emulator_package: str = ""
    emulator_options: tuple[str, ...] = ()
    uname: tuple[str, ...] = ()
    also_runs: tuple[str, ...] = ()
    jump_size: int = 0
    tender: str = ""
    closed: Closed | None = None
    id: str = ""

    @property
    def program_suffix(self) -> str:
        """What the names of its programs end in."""
        return ".exe" if self.object_format == "pe" else ""

    @property
    def unikernel(self) -> bool:
        """True where its programs are unikernels of Solo5, which no system starts."""
        return bool(self.tender)


class Bindings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What unikernels are linked for: in short, when to take it, and where to read on."""

    about: str
    when: str
    link: str
    id: str = ""


class Libc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A C library. `triplets`: machine id -> triplet. `lacks`: library of OCaml it cannot carry -> reason.

    when: in which case one takes it; follows: what it means for the programs. lacks_for_five: as
    `lacks`, of OCaml 5 only.

    system_libraries: patterns of the shared libraries that every target machine has; a program may
    need no others. Empty where programs are static, or need what their distribution installs.
    bindings: machine id -> what a program can be linked for, the first being the usual one; empty
    where there is nothing to choose. interpreter: what a static program names as its interpreter
    all the same, so that no kernel starts it by mistake. findlib: by which names findlib and dune
    know a switch, beside its triplet. releases: those it was made to work with, empty for all;
    `other_releases` says why no others. portable: what the name of a program ends in that starts on
    several systems, "" where programs are for one.
    """

    title: str
    about: str
    follows: str
    static: bool
    os: tuple[str, ...]
    link: str
    triplets: dict[str, str]
    when: str = ""
    lacks: dict[str, str] = {}
    lacks_for_five: dict[str, str] = {}
    system_libraries: tuple[str, ...] = ()
    bindings: dict[str, tuple[str, ...]] = {}
    interpreter: str = ""
    findlib: str = ""
    releases: tuple[str, ...] = ()
    other_releases: str = ""
    portable: str = ""
    id: str = ""

    def bindings_of(self, machine: str, chosen: str = "") -> str:
        """What programs for `machine` are linked for: what was chosen, or the usual; "" where there is nothing."""
        able = self.bindings.get(machine, ())
        return chosen or (able[0] if able else "")


class Toolchain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A C toolchain. `targets` maps a triplet to the name by which its compiler knows it.

    provider: who makes it (wizard/toolchains/registry.py). package: the wheel that it comes in, with the
    wizard itself. installed: its compiler is a gcc that the system has, and `packages` names the Debian
    packages of each triplet. With `unbuilt` nothing can be built by it yet: it says what is missing, and
    which machines may serve instead. assembler: triplet -> options for assembling; cpu: triplet ->
    options with which zig compiles the C library; tools: triplet -> tools beside the usual. clang:
    triplet -> the options by which zig's own clang, called without zig's driver, makes the same code;
    headers: triplet -> the C library's folders of headers inside zig.
    """

    title: str
    about: str
    provider: str
    version: str
    link: str
    libcs: tuple[str, ...]
    targets: dict[str, str]
    when: str = ""
    follows: str = ""
    package: str = ""
    packages: dict[str, tuple[str, ...]] = {}
    assembler: dict[str, tuple[str, ...]] = {}
    cpu: dict[str, tuple[str, ...]] = {}
    clang: dict[str, tuple[str, ...]] = {}
    headers: dict[str, tuple[str, ...]] = {}
    tools: dict[str, tuple[str, ...]] = {}
    unbuilt: Closed | None = None
    installed: bool = False
    id: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place a release's source comes from. `file` is the archive's name, `sha256` its digest in hex.

    sha512: instead of it, where that is what was published. "pinned" is what a lock file asks for
    and the catalogue has no place for (any more). "local" is a folder or an archive of the user's:
    `address` is its path, and its digest says what lay there when the plan was made. vouched: that is
    what was published, because it is the archive itself or because each of its files is compared.
    """

    kind: Literal["official", "npm", "debian", "pinned", "local"]
    file: str
    sha256: str = ""
    sha512: str = ""
    address: str = ""
    package: str = ""
    suite: str = ""
    vouched: bool = False

    @property
    def digest(self) -> str:
        """The digest that is known, in hex; its length says which."""
        return self.sha256 or self.sha512

    @property
    def digest_name(self) -> str:
        """sha256 or sha512."""
        return "sha256" if self.sha256 else "sha512"

    @property
    def own(self) -> bool:
        """True for a folder or an archive of the user's."""
        return self.kind == "local"

    @property
    def unpinned(self) -> bool:
        """True for what no published digest vouches for."""
        return self.own and not self.vouched


class Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A further source that a switch for some targets is built with. os: the targets' operating systems.

    releases: those of OCaml it is for; empty for all. name: by which `--source`, the lock file and
    recipes.toml ({flexdll}: its folder) know it; its id where it has none of its own. toolchains: the
    C toolchains that are made of it, and unpack it themselves. files: every file of it that is used ->
    its sha256 in hex; where it names some, there may be no others.
    """

    title: str
    about: str
    version: str
    os: tuple[str, ...]
    link: str
    sources: tuple[Source, ...]
    releases: tuple[str, ...] = ()
    name: str = ""
    toolchains: tuple[str, ...] = ()
    files: dict[str, str] = {}
    id: str = ""


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OCaml release and what it can do.

    native: architectures with a native back end. multicore: domains and effects.
    naked_pointers_checker: `--enable-naked-pointers-checker` exists. windows: a Unix host can
    make a compiler for Windows. freestanding: published ports without an operating system.
    """

    title: str
    about: str
    recipe: Literal[
        "crossopt", "make-variables", "make-variables-5.2", "make-variables-5.1", "make-variables-5.0",
        "make-variables-4",
    ]  # fmt: skip
    native: tuple[str, ...]
    multicore: bool
    naked_pointers_checker: bool
    sources: tuple[Source, ...]
    when: str = ""
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
    """A patch to OCaml's source that comes with the wizard.

    Its diff is `patches/<release>/<id>.patch`, or `patches/<id>.patch` where one text fits all of
    `releases`. It is applied by itself where one of `targets` is built by one of `toolchains` with
    one of these releases. wanted_by: who needs what it does. required: without it the build fails,
    or what comes of it is not right; what happens then is in `without`.
    """

    title: str
    reason: str
    source: str
    releases: tuple[str, ...]
    targets: tuple[str, ...]
    toolchains: tuple[str, ...]
    wanted_by: str
    required: bool
    without: str
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
    bindings: dict[str, Bindings] = {}

    def proven(self, target: str, libc: str) -> frozenset[str]:
        """The releases with which this target and C library were built and run."""
        return frozenset(e.release for e in self.evidence if (e.target, e.libc) == (target, libc) and e.ran)

    def ports(self, os: str) -> dict[str, tuple[str, ...]]:
        """What is published for some releases only and every program for that system needs: name -> releases."""
        found: dict[str, tuple[str, ...]] = {}
        for component in self.components.values():
            if os in component.os and component.releases:
                found[component.name] = found.get(component.name, ()) + component.releases
        return found

    def has_ports(self, os: str, release: str) -> bool:
        """True where all of `ports` are published for the release."""
        return all(release in releases for releases in self.ports(os).values())

    def buildable(self, target: str) -> bool:
        """True where some C toolchain builds for this target with one of its C libraries."""
        triplets = {libc.triplets.get(target) for libc in self.libcs.values()}
        served = (
            triplet
            for toolchain in self.toolchains.values()
            if toolchain.unbuilt is None
            for triplet in toolchain.targets
        )
        return self.machines[target].closed is None and not triplets.isdisjoint(served)

    @property
    def embedded(self) -> Toolchain:
        """The C toolchain that comes with the wizard."""
        return next(toolchain for toolchain in self.toolchains.values() if toolchain.package)

    def runs(self, machine: str, target: str) -> bool:
        """True where the kernel of a machine ("" for an unknown one) runs static programs of `target`."""
        own = self.machines.get(machine)
        return own is not None and (target == machine or target in own.also_runs)

    def systems_running(self, target: str) -> tuple[str, ...]:
        """What `uname -s` and `uname -m` say, with a hyphen, where the kernel runs static programs of `target`."""
        return tuple(
            f"Linux-{uname}"
            for id_, machine in self.machines.items()
            if machine.os == "linux" and self.runs(id_, target)
            for uname in machine.uname
        )

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
        plain = "-".join([parts[0], *parts[2:]]) if len(parts) == 4 else ""
        for libc_id, libc in self.libcs.items():
            for machine_id, triplet in libc.triplets.items():
                if triplet in (word.casefold(), plain):
                    return machine_id, libc_id
        return None
