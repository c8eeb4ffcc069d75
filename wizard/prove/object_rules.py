"""Where objects, programs and archives contradict themselves, or what is expected of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.binaries.facts import ObjectFacts, machine_words
from wizard.binaries.objects import SEVERAL, Binary, Part
from wizard.binaries.platforms import platforms
from wizard.check.findings import Finding, finding
from wizard.prove.expectation import Expectation

# Libraries of C toolchains for Windows, which Windows itself does not have (mingw-w64, Cygwin, MSYS2).
_TOOLCHAIN_DLLS = ("libgcc_s", "libstdc++", "libwinpthread", "libatomic", "cygwin1", "msys-2.0")

_MOST_NAMES = 3

Objects = list[tuple[str, ObjectFacts]]


def binary_findings(
    name: str, binary: Binary, expected: Expectation | None = None, *, static: bool = False
) -> tuple[Finding, ...]:
    """Everything that speaks against a binary file. `static`: its programs must need nothing at run time."""
    found = [(part.name, part.facts) for part in binary.parts if part.facts is not None]
    findings: list[Finding] = []
    if binary.kind == "archive":
        findings += [*_members(name, binary.parts), *_mixed(name, found)]
    if expected is not None:
        if binary.kind in SEVERAL:
            found = [object_ for object_ in found if object_[1].fits(expected.machine)] or found
        findings += _unexpected(name, binary, found, expected)
    if static:
        findings += [problem for part, facts in found for problem in _dynamic(part, facts)]
    return tuple(findings)


def listed(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _members(name: str, parts: tuple[Part, ...]) -> Iterator[Finding]:
    """Members that no linker can use."""
    if not parts:
        yield finding("archive-empty", name=name)
    empty = [part.name for part in parts if part.state == "empty"]
    if empty:
        yield finding(
            "archive-member-empty",
            (),
            ("again",),
            name=name,
            members=listed(empty),
        )
    foreign = [f"{part.name} ({part.problem})" if part.problem else part.name for part in parts
               if part.state == "foreign"]  # fmt: skip
    if foreign:
        yield finding(
            "archive-member-foreign",
            (),
            ("again",),
            name=name,
            members=listed(foreign),
        )
    damaged = [f"{part.name} ({part.problem})" for part in parts if part.state == "damaged"]
    if damaged:
        yield finding(
            "archive-member-damaged",
            (),
            ("again",),
            name=name,
            members=listed(damaged),
        )


def _by(found: Objects, words: Sequence[str]) -> str:
    """Which members are which: `2 of A (a.o, b.o); 1 of B (c.o)`."""
    names: dict[str, list[str]] = {}
    for (name, _facts), word in zip(found, words, strict=True):
        names.setdefault(word, []).append(name)
    return "; ".join(f"{len(members)} of {word}: {listed(members)}" for word, members in names.items())


def _mixed(name: str, found: Objects) -> Iterator[Finding]:
    """An archive's members are for one machine, and on it follow one calling convention."""
    machines = [facts.words for _name, facts in found]
    if len(set(machines)) > 1:
        yield finding("archive-mixed", name=name, count=len(set(machines)), members=_by(found, machines))
        return
    with_abi = [(part, facts) for part, facts in found if facts.abi]
    abis = [facts.abi for _name, facts in with_abi]
    if len(set(abis)) > 1:
        yield finding("archive-mixed-abi", name=name, members=_by(with_abi, abis))


def _unexpected(name: str, binary: Binary, found: Objects, expected: Expectation) -> Iterator[Finding]:
    """What is for another machine than the expected one, or follows another calling convention."""
    wrong = [(part, facts) for part, facts in found if not facts.fits(expected.machine)]
    here = expected.here if expected.here and expected.here.id != expected.machine.id else None
    for native in (True, False):
        some = [(part, facts) for part, facts in wrong if bool(here and facts.fits(here)) is native]
        if not some:
            continue
        which = f"{name}: {listed([part for part, _facts in some])}" if binary.kind == "archive" else name
        words = {
            "what": which,
            "found": _and(some),
            "target": expected.name,
            "machine": machine_words(expected.machine),
        }
        if native and here:
            yield finding(
                "object-build-machine",
                (),
                ("make",),
                **words,
                here=here.id,
            )
        else:
            yield finding("object-other-machine", (), ("make",), **words)
    wanted = _abi(expected)
    other = [(part, facts) for part, facts in found if wanted and facts.abi not in ("", wanted)]
    other = [(part, facts) for part, facts in other if facts.fits(expected.machine)]
    if other:
        members = (
            _by(other, [facts.abi for _name, facts in other]) if binary.kind == "archive" else other[0][1].abi
        )
        yield finding("object-abi", (), ("make",), name=name, members=members, target=expected.name, wanted=wanted)


def _and(found: Objects) -> str:
    return ", ".join(dict.fromkeys(facts.words for _name, facts in found))


def _abi(expected: Expectation) -> str:
    """The calling convention of the expected target's files, "" where there is but one or none is known."""
    if expected.machine.ocaml_arch == "arm":
        return expected.arm_floats
    architecture = platforms().architecture.get(expected.machine.ocaml_arch)
    return architecture.abi if architecture else ""


def _dynamic(name: str, facts: ObjectFacts) -> Iterator[Finding]:
    """A program that needs something at run time. Windows' own libraries, and macOS's, are always there."""
    needed = facts.needed
    if facts.format == "pe":
        needed = tuple(library for library in needed if library.casefold().startswith(_TOOLCHAIN_DLLS))
    elif facts.format != "elf":
        return
    if facts.linked == "dynamic" and (needed or facts.interpreter):
        yield finding(
            "program-dynamic",
            (),
            ("static",),
            name=name,
            needs=", ".join(filter(None, (facts.interpreter, *needed))),
        )
