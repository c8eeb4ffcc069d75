"""Reads what an object or shared library defines and what it needs from others: its symbol table.

The rules are those of the System V ABI (gABI, chapter 4, "Symbol Table"): a global or weak symbol in a section is
a definition, in SHN_COMMON space for a variable, in SHN_UNDEF undefined; a weak undefined one need not be defined
by anybody. Of a COMDAT group the linker keeps one, wherever it is from. GNU's hidden versions (`.gnu.version`) are
not there for new links.
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from wizard.binaries.facts import DamageError

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

Binding = Literal["strong", "weak", "common"]

_HIDDEN_VERSION = 0x8000
_GRP_COMDAT = 1


class ObjectSymbols(msgspec.Struct, frozen=True):
    """The symbols of one object or shared library that concern others.

    machine is e_machine (EM_X86_64 …), bits 32 or 64. needed: those it needs, in the order of
    its table; optional: those that it does without where nobody has them (weak). A shared
    library needs nothing that a link here would look for.
    """

    machine: str
    bits: int
    shared: bool
    defined: dict[str, Binding]
    needed: tuple[str, ...]
    optional: tuple[str, ...]


def read_symbols(data: bytes) -> ObjectSymbols:
    """The symbols of an ELF object or shared library. Raises DamageError where it is none, or damaged."""
    try:
        return _symbols(open_elf(data))
    except DamageError:
        raise
    except Exception as error:  # pyelftools does not say what a damaged file may raise
        raise DamageError(str(error) or type(error).__name__) from None


def open_elf(data: bytes) -> ELFFile:
    """`data` as pyelftools reads it. Raises DamageError where it is no ELF file with its section headers."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(BytesIO(data))
        size = elf["e_shentsize"] * elf.num_sections()
    except (ELFError, AssertionError, KeyError, TypeError, ValueError, struct.error) as error:
        raise DamageError(str(error) or type(error).__name__) from None
    least = 64 if elf.elfclass == 64 else 40
    if not size or elf["e_shentsize"] < least or elf["e_shoff"] + size > len(data):
        raise DamageError("it is truncated or damaged: its section headers do not fit into it")
    return elf


def table_symbols(elf: ELFFile, kind: str = "SHT_SYMTAB") -> list[Any]:
    """The entries of a file's symbol table as pyelftools gives them, [] where it has none. Raises DamageError."""
    table: Any = next(elf.iter_sections(kind), None)
    if table is None:
        return []
    entry = 24 if elf.elfclass == 64 else 16
    if table["sh_entsize"] != entry or table["sh_offset"] + table["sh_size"] > elf.stream_len:
        raise DamageError("it is damaged: its symbol table does not fit into it")
    return list(table.iter_symbols())


def _symbols(elf: ELFFile) -> ObjectSymbols:
    shared = elf["e_type"] == "ET_DYN"
    if elf["e_type"] not in ("ET_REL", "ET_DYN"):
        raise DamageError("it is a program, and nothing to link with")
    found = table_symbols(elf, "SHT_DYNSYM" if shared else "SHT_SYMTAB")
    hidden = _hidden_versions(elf) if shared else frozenset()
    grouped = frozenset() if shared else _comdat_sections(elf)
    defined: dict[str, Binding] = {}
    needed: dict[str, None] = {}
    optional: dict[str, None] = {}
    for number, symbol in enumerate(found):
        bind, section = symbol["st_info"]["bind"], symbol["st_shndx"]
        if bind == "STB_LOCAL" or not symbol.name or number in hidden:
            continue
        weak = bind == "STB_WEAK"
        if section == "SHN_UNDEF":
            (optional if weak else needed)[symbol.name] = None
        elif section == "SHN_COMMON":
            defined.setdefault(symbol.name, "common")
        else:
            # STB_GNU_UNIQUE and what is in a COMDAT group may be there many times, as weak ones may
            once = bind == "STB_GLOBAL" and section not in grouped
            defined[symbol.name] = "strong" if once else "weak"
    if "__gnu_lto_slim" in defined:
        raise DamageError("it holds no code yet: it was compiled with -flto")
    return ObjectSymbols(
        machine=str(elf["e_machine"]),
        bits=elf.elfclass,
        shared=shared,
        defined=defined,
        needed=() if shared else tuple(needed),
        optional=() if shared else tuple(optional),
    )


def _hidden_versions(elf: ELFFile) -> frozenset[int]:
    """Numbers of the dynamic symbols that are there for old programs only."""
    table = next(elf.iter_sections("SHT_GNU_versym"), None)
    if table is None:
        return frozenset()
    order = "<" if elf.little_endian else ">"
    values = struct.iter_unpack(f"{order}H", table.data()[: table["sh_size"] // 2 * 2])
    return frozenset(number for number, (value,) in enumerate(values) if value & _HIDDEN_VERSION)


def _comdat_sections(elf: ELFFile) -> frozenset[int]:
    """The sections of which the linker keeps one among all objects."""
    found: set[int] = set()
    order = "<" if elf.little_endian else ">"
    for group in elf.iter_sections("SHT_GROUP"):
        words = [value for (value,) in struct.iter_unpack(f"{order}I", group.data()[: group["sh_size"] // 4 * 4])]
        if words and words[0] & _GRP_COMDAT:
            found.update(words[1:])
    return frozenset(found)
