"""Takes single functions out of an object: their code, and the symbols that the relocations in it name."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from wizard.binaries.facts import DamageError
from wizard.link.symbols import open_elf, table_symbols

LARGEST = 512
"""Bytes of code. No stub comes near it."""

_EXECUTABLE = 4  # SHF_EXECINSTR


class Function(msgspec.Struct, frozen=True):
    """A function's code. relocations: (offset in it, symbol); the symbol is "" for one in the same object."""

    machine: str
    code: bytes
    relocations: tuple[tuple[int, str], ...]

    def symbol_at(self, begin: int, size: int) -> str | None:
        """The symbol that the instruction at `begin` names, None where it has no relocation."""
        return next((name for offset, name in self.relocations if begin <= offset < begin + size), None)

    @property
    def names(self) -> frozenset[str]:
        """All symbols that it names."""
        return frozenset(name for _offset, name in self.relocations if name)


class ObjectCode:
    """The functions of an object, each read when it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Raises DamageError where `data` is no object."""
        self._elf = open_elf(data)
        try:
            self._symbols = table_symbols(self._elf)
            self._named = {
                symbol.name: symbol for symbol in self._symbols if symbol["st_info"]["bind"] != "STB_LOCAL"
            }
            self._tables: dict[int, list[Any]] = {}
            for kind in ("SHT_RELA", "SHT_REL"):
                for table in self._elf.iter_sections(kind):
                    self._tables.setdefault(int(table["sh_info"]), []).append(table)
        except DamageError:
            raise
        except Exception as error:  # pyelftools does not say what a damaged file may raise
            raise DamageError(str(error) or type(error).__name__) from None

    def small_function(self, name: str) -> Function | None:
        """A function that the object defines for others, None where it is none or large. Raises DamageError."""
        try:
            return self._function(self._named.get(name))
        except DamageError:
            raise
        except Exception as error:
            raise DamageError(str(error) or type(error).__name__) from None

    @functools.cached_property
    def used(self) -> frozenset[str]:
        """The symbols that its relocations name: nobody needs what is only in its table. Raises DamageError."""
        try:
            return frozenset(name for section in self._tables for _at, name in self._relocations(section))
        except DamageError:
            raise
        except Exception as error:
            raise DamageError(str(error) or type(error).__name__) from None

    def _function(self, symbol: Any) -> Function | None:
        if symbol is None or symbol["st_info"]["type"] not in ("STT_FUNC", "STT_NOTYPE"):
            return None
        number, begin, size = symbol["st_shndx"], symbol["st_value"], symbol["st_size"]
        if not isinstance(number, int) or not 0 < size <= LARGEST:
            return None
        section = self._elf.get_section(number)
        if not section["sh_flags"] & _EXECUTABLE:
            return None
        self._elf.stream.seek(section["sh_offset"] + begin)
        code = self._elf.stream.read(min(size, max(0, section["sh_size"] - begin)))
        inside = tuple((at - begin, name) for at, name in self._relocations(number) if begin <= at < begin + size)
        return Function(str(self._elf["e_machine"]), code, inside)

    @functools.cache  # noqa: B019 - an ObjectCode lives as long as what it has read
    def _relocations(self, section: int) -> list[tuple[int, str]]:
        """(offset in the section, symbol) of every relocation of a section."""
        found = []
        for table in self._tables.get(section, ()):
            if table["sh_offset"] + table["sh_size"] > self._elf.stream_len:
                raise DamageError("it is damaged: its relocations do not fit into it")
            for relocation in table.iter_relocations():
                symbol = self._symbols[relocation["r_info_sym"]]
                outside = symbol["st_info"]["bind"] != "STB_LOCAL"
                found.append((int(relocation["r_offset"]), symbol.name if outside else ""))
        return found
