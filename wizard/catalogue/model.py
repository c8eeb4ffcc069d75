"""The catalogue's typed values: machines, C libraries, OCaml releases, C toolchains."""

from __future__ import annotations

from typing import Literal

import msgspec


class Machine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A machine that a compiler runs on or produces code for. word_size is in bits."""

    title: str
    about: str
    arch: str
    ocaml_arch: str
    word_size: Literal[32, 64]
    byte_order: Literal["little", "big"]
    object_format: Literal["elf", "pe", "mach-o", "wasm"]
    elf_machine: str
    os: str
    ostype: Literal["Unix", "Win32", "Cygwin"]
    build_triplet: str
    emulator: str
    uname: tuple[str, ...]
    spellings: tuple[str, ...]
    id: str = ""


class Libc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A C library. `triplets`: machine id -> triplet. `lacks`: library of OCaml it cannot carry -> reason."""

    title: str
    about: str
    follows: str
    static: bool
    os: tuple[str, ...]
    link: str
    lacks: dict[str, str]
    triplets: dict[str, str]
    id: str = ""


class Toolchain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider of C toolchains. `targets` maps a triplet to the provider's own name for it."""

    title: str
    about: str
    provider: Literal["zig"]
    version: str
    package: str
    link: str
    libcs: tuple[str, ...]
    targets: dict[str, str]
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


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An OCaml release and what it can do."""

    title: str
    about: str
    recipe: Literal["make-variables", "make-variables-4", "crossopt"]
    native: tuple[str, ...]
    multicore: bool
    naked_pointers_checker: bool
    sources: tuple[Source, ...]
    id: str = ""

    @property
    def version(self) -> tuple[int, ...]:
        """The release as numbers, for comparing: 5.3.0 is (5, 3, 0)."""
        return tuple(int(part) for part in self.id.split("."))


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A patch to OCaml's source. `file` is its path, from the catalogue or from the user."""

    title: str
    reason: str
    file: str
    id: str = ""


class Catalogue(msgspec.Struct, frozen=True):
    """All that the wizard knows, by id, in the order in which it is shown."""

    machines: dict[str, Machine]
    libcs: dict[str, Libc]
    toolchains: dict[str, Toolchain]
    releases: dict[str, Release]

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
