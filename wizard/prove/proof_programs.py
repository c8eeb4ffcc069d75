"""The programs of the proof: their sources, the libraries they use, and what they must print on a target."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.catalogue.model import Machine, Release
from wizard.check.constants import predicted, shown


class Program(msgspec.Struct, frozen=True):
    """A program of the proof: its source's name, and the options of the libraries it uses."""

    name: str
    options: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The text of its OCaml source."""
        return _text(f"{self.name}.ml")


def programs(release: Release, *, unikernels: bool = False, portable: bool = False) -> list[Program]:
    """The programs that a compiler of this release must be able to make.

    unikernels: those that need no operating system. portable: they start on several systems, and so
    one asks for what each system numbers in its own way.
    """
    five = release.version >= (5,)
    if unikernels:
        string = ("-I", "+str", "str.cmxa") if five else ("str.cmxa",)
        alone = [Program("constants"), Program("jumps"), Program("unikernel", string)]
        return [*alone, Program("single_core")] if release.multicore else alone
    libraries = (
        ("-I", "+unix", "-I", "+str", "-I", "+threads", "unix.cmxa", "str.cmxa", "threads.cmxa")
        if five
        else ("-I", "+threads", "unix.cmxa", "str.cmxa", "threads.cmxa")
    )
    found = [Program("constants"), Program("jumps"), Program("libraries", libraries)]
    if portable:
        found.append(Program("portable", libraries))
    return [*found, Program("multicore")] if release.multicore else found


def expected_output(program: str, target: Machine, release: Release) -> dict[str, str]:
    """What the program of that name must print on `target`, by the names of its lines."""
    if program != "constants":
        return dict(line.split("=", 1) for line in _text(f"{program}.expected").splitlines())
    constants = msgspec.to_builtins(predicted(target))
    del constants["naked_pointers_checked"]
    return {
        "version": release.id,
        "ostype": target.ostype,
        "big_endian": shown(target.byte_order == "big"),
        "max_int": str(2 ** (target.word_size - 2) - 1),
        "literal": "123456789abcdef",
        **{key: shown(value) for key, value in constants.items()},
    }


def _text(name: str) -> str:
    return (Path(__file__).parent / "programs" / name).read_text(encoding="utf-8")
