"""What an object file, program or library says of itself, in the same words for every format."""

from __future__ import annotations

from typing import Literal

import msgspec

from wizard.catalogue.model import Machine

Format = Literal["elf", "pe", "mach-o", "wasm"]
ObjectKind = Literal["object", "import object", "executable", "shared library", "module", "core file", "other"]

FORMATS: dict[Format, str] = {"elf": "ELF", "pe": "PE/COFF", "mach-o": "Mach-O", "wasm": "WebAssembly"}


NOWHERE = "/nonexistent/"
"""Where the interpreters are that a static program names only so that no kernel starts it (Solo5 elf_abi.h)."""


class DamageError(ValueError):
    """A file that begins like others of its kind and ends too early, or lies about itself."""


class ObjectFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object file, program or library.

    format, bits, byte_order and kind are for every format the same words. machine is the
    name in the format's own specification, architecture OCaml's word for it ("" where it has
    none). system is "" where the file does not say it, as most do not. abi is the calling
    convention where the file says it: hard-float, lp64d, ELFv2 and the like.
    """

    format: Format
    machine: str
    architecture: str
    bits: int
    byte_order: Literal["little", "big"]
    kind: ObjectKind
    interpreter: str = ""
    needed: tuple[str, ...] = ()
    abi: str = ""
    system: str = ""

    @property
    def linked(self) -> str:
        """static or dynamic for what runs, "" for what is still to be linked."""
        if self.kind not in ("executable", "shared library"):
            return ""
        loaded = self.interpreter and not self.for_a_tender
        return "dynamic" if loaded or self.needed else "static"

    @property
    def for_a_tender(self) -> bool:
        """True for a unikernel, which no kernel starts."""
        return self.interpreter.startswith(NOWHERE)

    @property
    def words(self) -> str:
        """The machine in words, as messages name it."""
        return f"{self.machine} ({FORMATS[self.format]}, {self.bits} bits, {self.byte_order} endian)"

    def fits(self, machine: Machine) -> bool:
        """True where this is code for `machine`, as far as the file says."""
        if self.format == "elf":
            same = self.machine == machine.elf_machine
        else:
            same = self.architecture == machine.ocaml_arch
        return (
            same
            and self.format == machine.object_format
            and self.bits == machine.word_size
            and self.byte_order == machine.byte_order
            and self.system in ("", machine.os)
        )

    def meant_for(self, machine: Machine) -> bool:
        """True where it fits, and is no program for a tender on a system, nor one for a system under a tender."""
        return self.fits(machine) and (self.kind != "executable" or self.for_a_tender == machine.unikernel)


def machine_words(machine: Machine) -> str:
    """A machine of the catalogue as `ObjectFacts.words` names it."""
    name = machine.elf_machine or machine.ocaml_arch or machine.arch
    return f"{name} ({FORMATS[machine.object_format]}, {machine.word_size} bits, {machine.byte_order} endian)"
