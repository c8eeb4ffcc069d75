"""Reads what a Windows program, library or object file is (Microsoft, PE Format)."""

from __future__ import annotations

import struct
from typing import Any

from wizard.binaries.facts import DamageError, ObjectFacts, ObjectKind
from wizard.binaries.platforms import platforms

MAGIC = b"MZ"

_COFF_HEADER = struct.Struct("<HHIIIHH")  # PE Format, "COFF File Header"
_SECTION = 40  # bytes of a section header
_IMPORT_HEADER = struct.Struct("<HHHHIIHH")  # PE Format, "Import Header"
_BIG_HEADER = struct.Struct("<HHHHI16s")  # winnt.h, ANON_OBJECT_HEADER_BIGOBJ
_BIG_OBJECT = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")  # its class id


def pe_facts(data: bytes) -> ObjectFacts:
    """The facts of a program or DLL. Raises DamageError where it is none, is truncated, or lies about itself."""
    import pefile

    try:
        pe = pefile.PE(data=data, fast_load=True)
        pe.parse_data_directories(
            [
                pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_IMPORT"],
                pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_DELAY_IMPORT"],
            ]
        )
        return _facts(pe, len(data))
    except DamageError:
        raise
    except Exception as error:  # pefile does not say what a damaged file may raise
        raise DamageError(str(error) or type(error).__name__) from None


def _facts(pe: Any, size: int) -> ObjectFacts:
    if len(pe.sections) != pe.FILE_HEADER.NumberOfSections:
        raise DamageError("it is truncated: it lacks sections that its header counts")
    if any(section.PointerToRawData + section.SizeOfRawData > size for section in pe.sections):
        raise DamageError("it is truncated: a section lies beyond its end")
    imports = [*getattr(pe, "DIRECTORY_ENTRY_IMPORT", ()), *getattr(pe, "DIRECTORY_ENTRY_DELAY_IMPORT", ())]
    needed = tuple(
        dict.fromkeys(bytes(imported.dll).decode("utf-8", "replace") for imported in imports if imported.dll)
    )
    kind: ObjectKind = "shared library" if pe.is_dll() else "executable"
    cygwin = any(name.casefold() == "cygwin1.dll" for name in needed)
    machine, architecture = _machine(pe.FILE_HEADER.Machine)
    return ObjectFacts(
        format="pe",
        machine=machine,
        architecture=architecture,
        bits=64 if pe.OPTIONAL_HEADER.Magic == 0x20B else 32,  # PE32+
        byte_order="little",
        kind=kind,
        needed=needed,
        system="cygwin" if cygwin else "",
    )


def coff_facts(data: bytes) -> ObjectFacts | None:
    """The facts of an object file, or of an import object as .lib archives hold them; None where it is neither.

    A COFF object has no magic: it counts as one where its machine is known, there is no
    optional header, and its sections and symbols lie within it.
    """
    if len(data) < _COFF_HEADER.size:
        return None
    first, second = struct.unpack_from("<HH", data)
    if first == 0 and second == 0xFFFF:
        return _anonymous(data)
    machine, sections, _time, symbols_at, symbols, optional, _flags = _COFF_HEADER.unpack_from(data)
    known = platforms().coff_machine(machine)
    whole = _COFF_HEADER.size + sections * _SECTION <= len(data) and symbols_at + symbols * 18 <= len(data)
    if known is None or optional or not whole:
        return None
    return _object(machine, "object")


def _anonymous(data: bytes) -> ObjectFacts | None:
    """What begins with 0 and 0xFFFF: an import object (version 0) or one with very many sections."""
    _sig1, _sig2, version, machine, *_rest = _IMPORT_HEADER.unpack_from(data)
    if platforms().coff_machine(machine) is None:
        return None
    if version == 0:
        return _object(machine, "import object")
    if len(data) >= _BIG_HEADER.size and _BIG_HEADER.unpack_from(data)[5] == _BIG_OBJECT:
        return _object(machine, "object")
    return None


def _object(number: int, kind: ObjectKind) -> ObjectFacts:
    machine, architecture = _machine(number)
    bits = platforms().architecture[architecture].word_sizes[0]
    return ObjectFacts("pe", machine, architecture, bits, "little", kind)


def _machine(number: int) -> tuple[str, str]:
    return platforms().coff_machine(number) or (f"machine type {number:#06x}", "")
