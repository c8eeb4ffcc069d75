"""What a program is linked with: archives, objects, shared libraries and linker scripts, looked up by symbol.

Archives are read as a linker reads them: by their index, and of the members only those that are needed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.base.errors import InputError
from wizard.binaries import ar, elf
from wizard.binaries.facts import DamageError
from wizard.binaries.objects import other_kind
from wizard.binaries.reading import is_folder, printable, read
from wizard.link.functions import Function, ObjectCode
from wizard.link.linker_script import parse_linker_script
from wizard.link.stubs import Roles, Stub, stub_of
from wizard.link.symbols import ObjectSymbols, read_symbols


class Unit:
    """What a linker adds as a whole: an object, a shared library, or a `member` of an archive."""

    def __init__(self, name: str, data: memoryview, *, member: bool = False) -> None:
        self.name, self.member, self._data = name, member, data

    @functools.cached_property
    def symbols(self) -> ObjectSymbols:
        """Its symbol table. Raises InputError where it cannot be read."""
        try:
            return read_symbols(bytes(self._data))
        except DamageError as error:
            raise _unusable(self.name, bytes(self._data[:64]), error) from None

    def small_function(self, name: str) -> Function | None:
        """One of its functions, None where it is not there, large, or in a shared library. Raises InputError."""
        if self.symbols.shared:
            return None
        try:
            return self._code.small_function(name)
        except DamageError as error:
            raise _unusable(self.name, bytes(self._data[:64]), error) from None

    def uses(self, symbol: str) -> bool:
        """True where its code or data really name a symbol that its table does. Raises InputError."""
        try:
            return symbol in self._code.used
        except DamageError as error:
            raise _unusable(self.name, bytes(self._data[:64]), error) from None

    @functools.cached_property
    def _code(self) -> ObjectCode:
        return ObjectCode(bytes(self._data))

    @property
    def is_elf(self) -> bool:
        """True for an ELF file, which a member of an archive need not be."""
        return bytes(self._data[:4]) == elf.MAGIC


class Libraries:
    """Everything in the order in which it is linked. Raises InputError for what cannot be linked with."""

    def __init__(self, files: Iterable[Path]) -> None:
        self.files: list[str] = []
        self.objects: list[Unit] = []
        """Objects and shared libraries that are always taken."""
        self.scripted: set[str] = set()
        """Symbols that a linker script defines."""
        self._places: dict[str, tuple[dict[int, Unit], int]] = {}
        self._stubs: dict[str, Stub | None] = {}
        for file in files:
            self._add(file, 0)

    def find(self, symbol: str) -> Unit | None:
        """The first that defines a symbol, None where nobody does."""
        found = self._places.get(symbol)
        if found is None:
            return None
        units, offset = found
        unit = units.get(offset)
        if unit is None:
            raise InputError("library-index", symbol=symbol)
        return unit

    def defined(self) -> Iterator[tuple[str, Unit]]:
        """Every symbol with the unit that defines it, in the order in which they are found."""
        for symbol in self._places:
            unit = self.find(symbol)
            if unit is not None:
                yield symbol, unit

    def stub(self, symbol: str, roles: Roles) -> Stub | None:
        """What a function that does not work does instead, None where it works or is not there."""
        if symbol not in self._stubs:
            self._stubs[symbol] = None  # functions that call each other
            unit = self.find(symbol)
            function = unit.small_function(symbol) if unit is not None else None
            if function is not None:
                self._stubs[symbol] = stub_of(function, roles, lambda name: self.stub(name, roles))
        return self._stubs[symbol]

    def _add(self, file: Path, depth: int) -> None:
        name = str(file)
        if name in self.files:
            return
        data = read(file)
        short = printable(file.name)
        if data.startswith(ar.MAGIC):
            self.files.append(name)
            self._add_archive(short, name, data)
        elif data.startswith(elf.MAGIC):
            self.files.append(name)
            unit = Unit(short, memoryview(data))
            self.objects.append(unit)
            for symbol in unit.symbols.defined:
                self._places.setdefault(symbol, ({0: unit}, 0))
        elif depth < 4 and _is_text(data):
            script = parse_linker_script(data.decode("utf-8", "replace"))
            if not script.files and not script.symbols:
                raise _unusable(name, data[:64])
            self.files.append(name)
            self.scripted |= script.symbols
            for word in script.files:
                found = _named(word, file.parent)
                if found is not None:
                    self._add(found, depth + 1)
        else:
            raise _unusable(name, data[:64])

    def _add_archive(self, short: str, name: str, data: bytes) -> None:
        try:
            units = {
                at: Unit(f"{short}({_base(member.name)})", member.data, member=True)
                for at, member in ar.placed_members(data)
            }
            index = ar.symbol_index(data)
        except DamageError as error:
            raise _unusable(name, data[:64], error) from None
        if index is None:  # made without ranlib: what it would say
            index = {}
            for at, unit in units.items():
                if unit.is_elf:
                    index |= {symbol: at for symbol in unit.symbols.defined if symbol not in index}
        for symbol, at in index.items():
            self._places.setdefault(symbol, (units, at))


def units_of(file: Path, shown: str = "") -> list[Unit]:
    """All objects in an object file or an archive; `shown`: the name of an object in messages.

    Raises InputError where the file is neither.
    """
    name, data = str(file), read(file)
    if data.startswith(elf.MAGIC):
        return [Unit(shown or printable(file.name), memoryview(data))]
    if not data.startswith(ar.MAGIC):
        raise _unusable(name, data[:64])
    try:
        return [
            Unit(_base(member.name), member.data, member=True) for member in ar.members(data) if len(member.data)
        ]
    except DamageError as error:
        raise _unusable(name, data[:64], error) from None


def library_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that libraries are named by: of a folder its archives, and what is there as a shared library only.

    Raises InputError for a folder that has none.
    """
    for path in paths:
        if not is_folder(path):
            yield path
            continue
        found = sorted(path.glob("*.a"))
        static = {file.stem for file in found}
        found += [file for file in sorted(path.glob("*.so")) if file.stem not in static]
        if not found:
            raise InputError("coverage-empty", "library", folder=printable(str(path)))
        yield from found


def _named(word: str, folder: Path) -> Path | None:
    """The file that a linker script means, None where it is not there."""
    if word.startswith("-l"):
        candidates = [folder / f"lib{word[2:]}.so", folder / f"lib{word[2:]}.a"]
    else:
        candidates = [folder / word]  # an absolute path stays one
    return next((path for path in candidates if path.is_file()), None)


def _base(name: str) -> str:
    """A member's name without folders, which zig's archives have."""
    return printable(name.rpartition("/")[2])


def _is_text(data: bytes) -> bool:
    return bool(data) and b"\0" not in data[:4096]


def _unusable(name: str, begin: bytes, error: DamageError | None = None) -> InputError:
    what, fix = other_kind(begin)
    why = (
        printable(str(error)) if error else f"it is {what}" if what else "it is neither an ELF file nor an archive"
    )
    return InputError("coverage-unusable", "other" if fix else "", name=printable(name), reason=why, hint=fix)
