"""Whether C code will link with a C library, before any link: what is defined, what is a stub, what is missing.

Each object's undefined symbols are looked up in the libraries; what an archive's member needs in turn counts as
well, with the way that leads to it. Order and groups of libraries are left to the linker: each
library is searched for each symbol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Literal

import msgspec

from wizard.base.errors import InputError
from wizard.binaries.reading import printable
from wizard.link.known import Known
from wizard.link.libraries import Libraries, Unit
from wizard.link.stubs import Stub

Status = Literal["defined", "stub", "missing", "elsewhere"]


class Need(msgspec.Struct, frozen=True, omit_defaults=True):
    """A symbol that the objects need from outside, or that a library needs in turn.

    objects: those that need it. via: where none of them does, the path to it: an object, then each
    symbol with the library's member that defines it. provider: who defines it, "" where nobody does.
    """

    symbol: str
    status: Status
    objects: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    provider: str = ""
    stub: Stub | None = None


class Clash(msgspec.Struct, frozen=True):
    """A symbol that is defined twice. first, second: by whom."""

    symbol: str
    first: str
    second: str


class Coverage(msgspec.Struct, frozen=True):
    """What the objects need and what the libraries have.

    library: the C library as known.toml calls it, "" where it is none of those. needs: of the objects
    themselves first, in the order of the alphabet, then those in turn. optional: symbols that they do without.
    """

    objects: tuple[str, ...]
    libraries: tuple[str, ...]
    library: str
    machine: str
    needs: tuple[Need, ...]
    optional: tuple[str, ...]
    clashes: tuple[Clash, ...]

    @property
    def direct(self) -> tuple[Need, ...]:
        """What the objects themselves need from outside."""
        return tuple(need for need in self.needs if need.objects)

    @property
    def missing(self) -> tuple[Need, ...]:
        """What nobody defines."""
        return tuple(need for need in self.needs if need.status == "missing")

    def stubs(self, *kinds: str) -> tuple[Need, ...]:
        """The stubs of these kinds that the objects themselves need."""
        return tuple(need for need in self.direct if need.stub is not None and need.stub.kind in kinds)


class StubListed(msgspec.Struct, frozen=True):
    """A function of a library that is a stub."""

    symbol: str
    provider: str
    stub: Stub


class Listing(msgspec.Struct, frozen=True):
    """What libraries define, by themselves. defined: how many symbols."""

    libraries: tuple[str, ...]
    library: str
    machine: str
    defined: int
    stubs: tuple[StubListed, ...]


def coverage(objects: Sequence[Unit], libraries: Libraries, known: Known) -> Coverage:
    """What `objects`, all of them, need, and what the libraries have.

    Raises InputError where an object is for another machine than another, or cannot be read.
    """
    machine = _common_machine([*objects, *libraries.objects])
    closure = _Closure(objects, libraries)
    closure.follow(machine)
    library = known.library_with(closure.defines)
    needs = [closure.need(symbol, library, known) for symbol in closure.needed]
    return Coverage(
        objects=tuple(dict.fromkeys(unit.name for unit in objects)),
        libraries=tuple(map(printable, libraries.files)),
        library=library,
        machine=machine,
        needs=tuple(sorted(needs, key=lambda need: (not need.objects, need.symbol))),
        optional=closure.optional(),
        clashes=tuple(sorted(closure.clashes, key=lambda clash: clash.symbol)),
    )


def list_libraries(libraries: Libraries, known: Known) -> Listing:
    """What the libraries define, and which of it are stubs. Reads all of them. Raises InputError."""
    found: list[StubListed] = []
    units: dict[Unit, None] = dict.fromkeys(libraries.objects)
    library = known.library_with(lambda symbol: libraries.find(symbol) is not None)
    count = 0
    for symbol, unit in libraries.defined():
        count += 1
        units[unit] = None
        stub = known.described(library, symbol) or libraries.stub(symbol, known.roles)
        if stub is not None and symbol not in known.roles.aborting:
            found.append(StubListed(printable(symbol), unit.name, stub))
    return Listing(
        libraries=tuple(map(printable, libraries.files)),
        library=library,
        machine=_common_machine(list(units)),
        defined=count,
        stubs=tuple(sorted(found, key=lambda listed: listed.symbol)),
    )


def _common_machine(units: Sequence[Unit]) -> str:
    """The machine that all are for. Raises InputError where they are for several."""
    first: Unit | None = None
    for unit in units:
        first = first or unit
        _refuse_other_machine(first, unit)
    return first.symbols.machine if first else ""


def _refuse_other_machine(first: Unit, second: Unit) -> None:
    ours, theirs = first.symbols, second.symbols
    if (ours.machine, ours.bits) != (theirs.machine, theirs.bits):
        raise InputError(
            "coverage-machines",
            first=first.name,
            second=second.name,
            machine=ours.machine,
            bits=ours.bits,
            other_machine=theirs.machine,
            other_bits=theirs.bits,
        )


class _Closure:
    """All that is linked in the end: the objects, what libraries define of their needs, and what that needs."""

    def __init__(self, objects: Sequence[Unit], libraries: Libraries) -> None:
        self._objects, self._libraries = dict.fromkeys(objects), libraries
        self._own = {symbol: unit for unit in reversed(objects) for symbol in unit.symbols.defined}
        # symbol -> its wisher and the symbol for which that one was taken; the first way found is a shortest one
        self.needed: dict[str, tuple[Unit, str | None]] = {}
        self._wishers: dict[str, list[Unit]] = {}
        self._definers: dict[str, Unit] = {}
        self._strong: dict[str, Unit] = {}
        self.clashes: list[Clash] = []

    def defines(self, symbol: str) -> bool:
        """True where somebody defines it."""
        return symbol in self._own or self._libraries.find(symbol) is not None

    def follow(self, machine: str) -> None:
        """Add everything that is needed, and what that needs."""
        taken: set[Unit] = set()
        waiting: deque[tuple[Unit, str | None]] = deque((unit, None) for unit in self._objects)
        waiting += [(unit, None) for unit in self._libraries.objects]
        while waiting:
            unit, for_symbol = waiting.popleft()
            if unit in taken or for_symbol in self._definers:
                continue
            taken.add(unit)
            if unit.symbols.machine != machine:
                _refuse_other_machine((*self._objects, *self._libraries.objects)[0], unit)
            self._define(unit)
            for symbol in unit.symbols.needed:
                if symbol in self._own:
                    continue
                self._wishers.setdefault(symbol, []).append(unit)
                if symbol in self.needed:
                    continue
                self.needed[symbol] = unit, for_symbol
                provider = self._libraries.find(symbol)
                if provider is not None:
                    waiting.append((provider, symbol))

    def need(self, symbol: str, library: str, known: Known) -> Need:
        """Who defines a symbol that is needed, if anybody does."""
        provider = self._definers.get(symbol)
        users = tuple(dict.fromkeys(unit.name for unit in self._wishers[symbol] if unit in self._objects))
        via = () if users else self._way(symbol)
        if provider is not None:
            stub = None
            # How well a library serves itself is its own affair, and to abort is what abort is for.
            if users and symbol not in known.roles.aborting:
                stub = known.described(library, symbol) or self._libraries.stub(symbol, known.roles)
            status: Status = "stub" if stub is not None else "defined"
            return Need(printable(symbol), status, users, via, provider.name, stub)
        by = "a linker script" if symbol in self._libraries.scripted else known.elsewhere_of(symbol, self.defines)
        if not by and not any(unit.uses(symbol) for unit in self._wishers[symbol]):
            by = "nobody, and nothing uses it"
        return Need(printable(symbol), "elsewhere" if by else "missing", users, via, by)

    def optional(self) -> tuple[str, ...]:
        """The undefined weak symbols of the objects that nobody defines."""
        names = {symbol for unit in self._objects for symbol in unit.symbols.optional if not self.defines(symbol)}
        return tuple(map(printable, sorted(names)))

    def _way(self, symbol: str) -> tuple[str, ...]:
        """From one of the objects to a symbol: "object", "symbol → member" …"""
        steps: list[str] = []
        unit, for_symbol = self.needed[symbol]
        while for_symbol is not None:
            steps.append(f"{printable(for_symbol)} → {unit.name}")
            unit, for_symbol = self.needed[for_symbol]
        return (unit.name, *reversed(steps))

    def _define(self, unit: Unit) -> None:
        """Note what a unit defines, and what another that is linked defines too."""
        for symbol, binding in unit.symbols.defined.items():
            self._definers.setdefault(symbol, unit)
            if binding != "strong" or unit.symbols.shared:
                continue
            first = self._strong.setdefault(symbol, unit)
            if first is unit:
                continue
            own = first in self._objects and unit in self._objects
            if not (own and (first.member or unit.member)):  # members of one's own may be alternatives
                self.clashes.append(Clash(printable(symbol), first.name, unit.name))
