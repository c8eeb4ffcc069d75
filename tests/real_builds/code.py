"""What of a compiled library counts: code and data, not where it was compiled, nor its debug information."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Section, SymbolTableSection

from wizard.binaries import ar

Code = dict[str, object]
"""The sections of an object that are loaded: name -> bytes, or "rel" and the name -> what is relocated."""


def archive_code(archive: Path) -> dict[str, Code]:
    """The code of each object in an archive (.a), by name."""
    return {member.name: object_code(bytes(member.data)) for member in ar.members(archive.read_bytes())}


def object_code(data: bytes) -> Code:
    """The code of one ELF object: symbols count by their names, not by their places in a table."""
    file = ELFFile(BytesIO(data))
    sections = list(file.iter_sections())
    symbols = file.get_section_by_name(".symtab")
    assert isinstance(symbols, SymbolTableSection)
    found: Code = {}
    for section in sections:
        if section["sh_flags"] & SH_FLAGS.SHF_ALLOC:
            assert section.name not in found
            found[section.name] = b"" if section["sh_type"] == "SHT_NOBITS" else section.data()
        elif isinstance(section, RelocationSection):
            of = sections[section["sh_info"]]
            if of["sh_flags"] & SH_FLAGS.SHF_ALLOC:
                found[f"rel{of.name}"] = _relocations(section, symbols, sections)
    return found


def _relocations(
    section: RelocationSection, symbols: SymbolTableSection, sections: list[Section]
) -> list[tuple[int, int, str, int, int]]:
    """Each as (offset, type, symbol or section, place in that section, addend)."""
    found = []
    for relocation in section.iter_relocations():
        symbol = symbols.get_symbol(relocation["r_info_sym"])
        addend = relocation["r_addend"] if relocation.is_RELA() else 0
        local = not symbol.name or symbol.name.startswith(".L") or symbol["st_info"]["type"] == "STT_SECTION"
        name = sections[symbol["st_shndx"]].name if local else symbol.name
        found.append(
            (relocation["r_offset"], relocation["r_info_type"], name, symbol["st_value"] if local else -1, addend),
        )
    return sorted(found)


def bytecode(ocamlc: Path, library: Path, folder: Path) -> bytes:
    """The bytecode of a library (.cma), all of it, as `ocamlc` links it without debug information."""
    out = folder / "linked.c"
    out.unlink(missing_ok=True)
    ocaml = library.parents[1] if library.parents[1].name == "ocaml" else library.parent
    # `-output-obj` to a .c file: nothing is compiled, and primitives may stay undefined.
    argv = [ocamlc, "-nostdlib", "-I", ocaml, "-I", ocaml / "unix", "-noautolink", "-linkall", "-output-obj"]
    needed = [] if library.name == "stdlib.cma" else [ocaml / "stdlib.cma"]
    if library.name == "threads.cma":
        needed.append(ocaml / "unix" / "unix.cma")
    words = [*argv, "-nopervasives", *needed, library, "-o", out]
    subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)
    return out.read_bytes()
