"""What the shell functions of a script say of an object or a program for a machine."""

from __future__ import annotations

from wizard.binaries.platforms import platforms
from wizard.catalogue.model import Libc, Machine


def facts(machine: Machine) -> str:
    """What the shell function `facts` says of an object for `machine`."""
    # Lazy: exports for CI systems need no ELF numbers.
    from elftools.elf.enums import ENUM_E_MACHINE

    if machine.object_format == "elf":
        number = ENUM_E_MACHINE[machine.elf_machine]
        return f"ELF machine {number}, {machine.word_size} bits, {machine.byte_order} endian"
    (number,) = platforms().architecture[machine.ocaml_arch].coff.values()
    return f"PE/COFF machine {number}"


def interpreter(machine: Machine, libc: Libc) -> str:
    """What the shell function `interpreter` says of a program; "any" where that does not matter."""
    static = libc.static and machine.object_format == "elf"
    return (libc.interpreter or "none") if static else "any"
