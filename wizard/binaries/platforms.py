"""How files and configurations name machines and systems, read off platforms.toml."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile


class Architecture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A processor family as OCaml's configure tells them apart. word_sizes are in bits."""

    word_sizes: tuple[int, ...]
    cpu: str
    elf: tuple[str, ...]
    coff: dict[str, int] = {}
    mach_o: dict[str, int] = {}
    abi: str = ""


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An operating system, and the words for it."""

    words: tuple[str, ...]
    triplet: str
    ostype: Literal["Unix", "Win32", "Cygwin"]


class Platforms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in platforms.toml, by OCaml's word for an architecture and the catalogue's for a system."""

    architecture: dict[str, Architecture]
    system: dict[str, System]

    def architecture_of(self, triplet: str) -> str:
        """OCaml's word for the architecture that a triplet, or its first word, names; "" where it has none."""
        cpu = triplet.partition("-")[0].casefold()
        return next(
            (id_ for id_, architecture in self.architecture.items() if re.fullmatch(architecture.cpu, cpu)), ""
        )

    def system_of(self, triplet: str) -> str:
        """The system that a triplet names, "" where it names none that is known."""
        rest = triplet.partition("-")[2].casefold()
        return next((id_ for id_, system in self.system.items() if re.search(system.triplet, rest)), "")

    def systems_called(self, word: str) -> tuple[str, ...]:
        """The systems that `system: WORD` may mean."""
        return tuple(id_ for id_, system in self.system.items() if word in system.words)

    def elf_architecture(self, machine: str) -> str:
        """OCaml's word for an e_machine."""
        return next((id_ for id_, architecture in self.architecture.items() if machine in architecture.elf), "")

    def coff_machine(self, number: int) -> tuple[str, str] | None:
        """(name in the specification, OCaml's word) of a COFF machine type, None where OCaml has none."""
        return next(
            (
                (name, id_)
                for id_, architecture in self.architecture.items()
                for name, value in architecture.coff.items()
                if value == number
            ),
            None,
        )

    def mach_o_cpu(self, number: int) -> tuple[str, str] | None:
        """(name in the specification, OCaml's word) of a Mach-O cputype, None where OCaml has none."""
        return next(
            (
                (name, id_)
                for id_, architecture in self.architecture.items()
                for name, value in architecture.mach_o.items()
                if value == number
            ),
            None,
        )


@functools.cache
def platforms() -> Platforms:
    """platforms.toml, read once in a process."""
    text = Path(__file__).with_name("platforms.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, Platforms, name="platforms.toml", code="platforms")
