"""Tells a stub from a function that works, by following every way through its few instructions.

A stub only ends the program, or only says that it failed, whatever it is asked; or it does nothing at all.
Where that cannot be seen clearly the function counts as working: what is called a stub is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from wizard.link.functions import Function
from wizard.link.instructions import MACHINES, Instruction, instructions

StubKind = Literal["aborts", "fails", "nothing", "limited"]

ENOSYS = 38
"""Linux, include/uapi/asm-generic/errno.h: what a function returns that names its errors itself."""

_MOST_STEPS = 400


class Stub(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a function that does not work does instead.

    aborts: it ends the program. fails: it sets errno (`errno`) or returns -1 or ENOSYS. nothing: it
    returns 0. limited: it works in part, as `reason` says, which code does not show.
    value: what it returns, None where that is not to be seen.
    """

    kind: StubKind
    value: int | None = None
    errno: bool = False
    reason: str = ""

    @property
    def words(self) -> str:
        """What it does, for a table."""
        if self.reason:
            return self.reason
        if self.kind == "aborts":
            return "ends the program"
        returns = "" if self.value is None else f"returns {self.value}"
        if self.value == ENOSYS and not self.errno:
            returns = f"returns {ENOSYS} (ENOSYS)"
        if self.errno:
            return f"sets errno and {returns}" if returns else "sets errno"
        return f"does nothing and {returns}"


class Roles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Functions that stubs are made of, by what they are for (see known.toml).

    aborting: never return. printing: write a message. errno: the variable, errno_location: functions
    that say where it is. failing: set errno and return -1.
    """

    aborting: frozenset[str]
    printing: frozenset[str]
    errno: frozenset[str]
    errno_location: frozenset[str]
    failing: frozenset[str]


_ABORTS = Stub("aborts")
_FAILS = Stub("fails", -1, errno=True)


class _NotAStubError(Exception):
    """The function works, or nobody can tell."""


def stub_of(function: Function, roles: Roles, other: Callable[[str], Stub | None]) -> Stub | None:
    """What a function does that does not work, None where it works. other: the same for a function it calls."""
    if function.machine not in MACHINES:
        return None
    try:
        ends = _Walk(function, roles, other).ends()
    except _NotAStubError:
        return None
    if ends == {_ABORTS}:
        return _ABORTS
    returning = ends - {_ABORTS}
    return returning.pop() if len(returning) == 1 and len(ends) == 1 else None


class _Walk:
    """All ways through a function."""

    def __init__(self, function: Function, roles: Roles, other: Callable[[str], Stub | None]) -> None:
        self._function, self._roles, self._other = function, roles, other
        self._code = instructions(function.machine, function.code)
        # Where a function never names errno, storing by an address in a register is real work.
        self._errno = bool(function.names & (roles.errno | roles.errno_location | roles.failing))

    def ends(self) -> set[Stub]:
        """What each way through it comes to. Raises _NotAStubError."""
        found: set[Stub] = set()
        # (address, what the register for results holds: a number, None for unknown, "" for untouched)
        open_: list[tuple[int, int | str | None]] = [(0, "")]
        seen: set[tuple[int, int | str | None]] = set()
        while open_:
            state = open_.pop()
            if state in seen:
                continue
            seen.add(state)
            if len(seen) > _MOST_STEPS:
                raise _NotAStubError
            address, value = state
            instruction = self._code.get(address)
            if instruction is None or instruction.kind == "other":
                raise _NotAStubError
            following = instruction.address + instruction.size
            match instruction.kind:
                case "trap":
                    found.add(_ABORTS)
                case "return":
                    found.add(self._returned(value))
                case "call" | "jump" if (name := self._function.symbol_at(address, instruction.size)) is not None:
                    end = self._called(name)
                    if end is _ABORTS or instruction.kind == "jump":
                        found.add(self._jumped(end, value))
                    else:
                        open_.append((following, end.value if end else None))
                case "call":
                    raise _NotAStubError
                case "jump":
                    open_.append((self._inside(instruction), value))
                case "branch":
                    open_ += [(self._inside(instruction), value), (following, value)]
                case "stores":
                    self._refuse_work(instruction)
                    open_.append((following, value))
                case "sets":
                    symbol = self._function.symbol_at(
                        address, instruction.size
                    )  # an address, which the linker writes
                    open_.append((following, instruction.value if symbol is None else None))
                case _:
                    open_.append((following, value))
        return found

    def _called(self, name: str) -> Stub | None:
        """What calling a function comes to; None where it does no work of its own and returns."""
        if not name:
            raise _NotAStubError
        if name in self._roles.aborting:
            return _ABORTS
        if name in self._roles.failing:
            return _FAILS
        if name in self._roles.printing or name in self._roles.errno_location:
            return None
        stub = self._other(name)
        if stub is None or stub.kind == "limited":
            raise _NotAStubError
        return _ABORTS if stub.kind == "aborts" else stub

    def _jumped(self, end: Stub | None, value: int | str | None) -> Stub:
        """What a function comes to that ends by calling another."""
        if end is None:
            return self._returned(None if value == "" else value)
        return end

    def _returned(self, value: int | str | None) -> Stub:
        if value is None:
            raise _NotAStubError
        number = value if isinstance(value, int) else None
        if self._errno or number in (-1, ENOSYS):
            return Stub("fails", number, errno=self._errno)
        if number == 0:
            return Stub("nothing", number)
        raise _NotAStubError  # another number is an answer, and an argument that is left where it is may be one

    def _inside(self, instruction: Instruction) -> int:
        """Where a jump leads to, which has to be in the function itself."""
        if instruction.target is None or instruction.target not in self._code:
            raise _NotAStubError
        if self._function.symbol_at(instruction.address, instruction.size) is not None:
            raise _NotAStubError
        return instruction.target

    def _refuse_work(self, instruction: Instruction) -> None:
        """A stub writes to errno, and to variables of its own."""
        name = self._function.symbol_at(instruction.address, instruction.size)
        if name is None and not self._errno:
            raise _NotAStubError
        if name and name not in self._roles.errno:
            raise _NotAStubError
