"""Reads what an ELF file is: machine, class, byte order, ABI, and whether it needs anything at run time.

The facts are those of the System V ABI (gABI, chapters 4 and 5) and its processor supplements.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from wizard.base.errors import ProofError
from wizard.binaries.facts import DamageError

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

MAGIC = b"\x7fELF"

_PIE = 0x0800_0000  # DF_1_PIE of DT_FLAGS_1 (elf.h)
_MOST_ATTRIBUTES = 4096  # far more than any compiler writes; a damaged section may say there is no end


class ElfFacts(msgspec.Struct, frozen=True):
    """What an ELF file says of itself. kind is e_type (ET_REL, ET_EXEC, ET_DYN); bits 32 or 64.

    flags is e_flags, osabi EI_OSABI. position_independent: it says it is a program though its
    type is ET_DYN. arm_floats: the float ABI that an ARM file's build attributes name.
    """

    machine: str
    bits: int
    byte_order: str
    kind: str
    interpreter: str
    needed: tuple[str, ...]
    flags: int = 0
    osabi: str = "ELFOSABI_SYSV"
    position_independent: bool = False
    arm_floats: str = ""

    @property
    def static(self) -> bool:
        """True where neither an interpreter nor a shared library is asked for."""
        return not self.interpreter and not self.needed

    @property
    def abi(self) -> str:
        """The calling convention that e_flags or the build attributes name, "" where they name none."""
        match self.machine:
            case "EM_ARM":  # ELF for the Arm Architecture, 5.2 "ELF header"
                return {0x200: "soft-float", 0x400: "hard-float"}.get(self.flags & 0x600, self.arm_floats)
            case "EM_RISCV":  # RISC-V ELF psABI, "File Header"
                kinds = {0: "", 2: "f", 4: "d", 6: "q"}
                return ("lp64" if self.bits == 64 else "ilp32") + kinds[self.flags & 6]
            case "EM_PPC64":  # 64-bit ELF V2 ABI for Power, 3.1 "ELF Header"
                return {1: "ELFv1", 2: "ELFv2"}.get(self.flags & 3, "")
        return ""


def section_size(path: Path, name: str) -> int:
    """The bytes of one section of an ELF file, 0 where it has none. Raises ProofError where it is no ELF file."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            section = ELFFile(file).get_section_by_name(name)
            return int(section["sh_size"]) if section is not None else 0
    except (ELFError, OSError) as error:
        raise ProofError("not-elf", path=path, reason=error) from None


def read_elf(path: Path) -> ElfFacts:
    """The facts of the ELF file at `path`. Raises ProofError where it is none."""
    try:
        with path.open("rb") as file:
            return elf_facts(file)
    except (OSError, ValueError) as error:
        raise ProofError("not-elf", path=path, reason=error) from None


def elf_facts(file: BinaryIO) -> ElfFacts:
    """The facts of an open ELF file. Raises DamageError where it is none, is truncated, or lies about itself."""
    from elftools.common.exceptions import ELFError

    try:
        return _facts(file)
    except (
        ELFError, AssertionError, AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError,
        ValueError, struct.error,
    ) as error:  # fmt: skip
        # pyelftools asserts and indexes where a damaged file lies about itself
        raise DamageError(str(error) or type(error).__name__) from None


def _facts(file: BinaryIO) -> ElfFacts:
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile
    from elftools.elf.segments import InterpSegment

    elf = ELFFile(file)
    _refuse_cut_off(elf)
    interpreter, needed, flags_1 = "", [], 0
    for segment in elf.iter_segments():
        if isinstance(segment, InterpSegment):
            interpreter = segment.get_interp_name()
        if isinstance(segment, DynamicSegment):
            for tag in segment.iter_tags():
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(str(getattr(tag, "needed", "")))
                elif tag.entry.d_tag == "DT_FLAGS_1":
                    flags_1 = int(tag.entry.d_val)
    return ElfFacts(
        machine=str(elf["e_machine"]),
        bits=elf.elfclass,
        byte_order="little" if elf.little_endian else "big",
        kind=str(elf["e_type"]),
        interpreter=interpreter,
        needed=tuple(needed),
        flags=int(elf["e_flags"]),
        osabi=str(elf["e_ident"]["EI_OSABI"]),
        position_independent=bool(flags_1 & _PIE),
        arm_floats=_arm_floats(elf) if elf["e_machine"] == "EM_ARM" else "",
    )


def _refuse_cut_off(elf: ELFFile) -> None:
    """Raise DamageError where a header table, or without sections a loaded segment, lies beyond the file's end.

    Linkers and compilers write the section headers last, so that a file that was truncated
    anywhere has lost them. It also bounds how long reading a damaged file may take.
    """
    size = elf.stream_len
    word = 8 if elf.elfclass == 64 else 4
    tables = (
        ("e_phoff", "e_phentsize", elf.num_segments, 24 + 4 * word if word == 8 else 32),
        ("e_shoff", "e_shentsize", elf.num_sections, 16 + 6 * word),
    )
    for offset, entry, count, least in tables:
        if not elf[offset]:
            if count():
                raise DamageError(f"it is damaged: {count()} headers are nowhere")
            continue
        if elf[offset] + least > size:
            raise DamageError(f"it is truncated: its headers ({offset}) lie beyond its end")
        if count() and (elf[entry] < least or elf[offset] + count() * elf[entry] > size):
            raise DamageError(f"it is truncated or damaged: {count()} headers at {offset} do not fit into it")
    if not elf["e_shoff"]:
        for segment in elf.iter_segments("PT_LOAD"):
            if segment["p_offset"] + segment["p_filesz"] > size:
                raise DamageError("it is truncated: a segment that is loaded lies beyond its end")


def _arm_floats(elf: ELFFile) -> str:
    """hard-float or soft-float by the build attributes, "" where a file has no floats or fits both.

    Addenda to the ABI for the Arm Architecture, 3.3.6: Tag_ABI_VFP_args is 1 where floats go in
    VFP registers; Tag_ABI_FP_number_model is 0 where there are none.
    """
    from elftools.elf.sections import ARMAttributesSection

    values: dict[str, Any] = {}
    budget = iter(range(_MOST_ATTRIBUTES))  # of all loops together
    for section in elf.iter_sections("SHT_ARM_ATTRIBUTES"):
        if not isinstance(section, ARMAttributesSection):
            continue
        for part, _count in zip(section.iter_subsections(), budget, strict=False):
            for scope, _count in zip(part.iter_subsubsections(), budget, strict=False):
                if part["vendor_name"] != "aeabi" or scope.header.tag != "TAG_FILE":
                    continue
                for attribute, _count in zip(scope.iter_attributes(), budget, strict=False):
                    values.setdefault(str(attribute.tag), attribute.value)
    arguments = values.get("TAG_ABI_VFP_ARGS", 0)
    if arguments == 1:
        return "hard-float"
    return "soft-float" if arguments == 0 and values.get("TAG_ABI_FP_NUMBER_MODEL", 0) else ""
