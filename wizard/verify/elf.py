"""Reads what an ELF file is: machine, class, byte order, and whether it needs anything at run time."""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec

from wizard.errors import ProofError


class ElfFacts(msgspec.Struct, frozen=True):
    """What an ELF file says of itself. kind is e_type (ET_REL, ET_EXEC, ET_DYN); bits 32 or 64."""

    machine: str
    bits: int
    byte_order: str
    kind: str
    interpreter: str
    needed: tuple[str, ...]

    @property
    def static(self) -> bool:
        """True where neither an interpreter nor a shared library is asked for."""
        return not self.interpreter and not self.needed


def section_size(path: Path, name: str) -> int:
    """The bytes of one section of an ELF file, 0 where it has none. Raises ProofError where it is no ELF file."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            section = ELFFile(file).get_section_by_name(name)
            return int(section["sh_size"]) if section is not None else 0
    except (ELFError, OSError) as error:
        raise ProofError("not-elf", f"{path} is no ELF file", str(error)) from None


def read_elf(path: Path) -> ElfFacts:
    """The facts of the ELF file at `path`. Raises ProofError where it is none."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.segments import InterpSegment

    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            interpreter, needed = "", []
            for segment in elf.iter_segments():
                if isinstance(segment, InterpSegment):
                    interpreter = segment.get_interp_name()
                if isinstance(segment, DynamicSegment):
                    needed += [str(getattr(tag, "needed", "")) for tag in segment.iter_tags("DT_NEEDED")]
            return ElfFacts(
                machine=str(elf["e_machine"]),
                bits=elf.elfclass,
                byte_order="little" if elf.little_endian else "big",
                kind=str(elf["e_type"]),
                interpreter=interpreter,
                needed=tuple(needed),
            )
    except (ELFError, OSError, ValueError, AssertionError, TypeError, KeyError, struct.error) as error:
        # pyelftools asserts and indexes where a damaged file lies about itself
        raise ProofError("not-elf", f"{path} is no ELF file", str(error)) from None
