"""Compares two switches file by file: the same, different for a reason that has a name, or different."""

from __future__ import annotations

import fnmatch
import functools
import re
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal, assert_never

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError, ProofError
from wizard.binaries import ar, elf
from wizard.binaries.facts import DamageError
from wizard.machine.survey import LOCK_FILE
from wizard.prove.folder_differences import same_but_for_a_folder, same_but_for_folders
from wizard.prove.report import Report

Method = Literal["proof", "folders", "objects", "interpreter", "marshalled"]


_CONSTANTS = ".rodata"
_ALIGNMENT = 64
"""Bytes: constants of C are aligned to no more, a line of a processor's cache."""
_BYTECODE = b"Caml1999X"
"""The last 12 bytes of a bytecode program are this and three digits."""


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why files may differ, and how all else of them is compared. files: patterns of paths below the prefix."""

    title: str
    why: str
    files: tuple[str, ...]
    method: Method


class Difference(msgspec.Struct, frozen=True):
    """A path below both prefixes that is not the same. reason: its id, "" where there is none."""

    path: str
    what: str
    reason: str = ""


class SwitchComparison(msgspec.Struct, frozen=True):
    """Two switches side by side. same: how many files, folders and links are.

    built_for: the prefix that each was built for, "" where it does not say.
    """

    left: str
    right: str
    same: int
    differences: tuple[Difference, ...]
    built_for: tuple[str, str] = ("", "")

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """The differences that have no reason."""
        return tuple(difference for difference in self.differences if not difference.reason)


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: dict[str, Reason]


@functools.cache
def reasons() -> dict[str, Reason]:
    """The reasons by id, from differences.toml."""
    text = Path(__file__).with_name("differences.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Table, name="differences.toml", code="differences").reason


def compare_switches(left: Path, right: Path) -> SwitchComparison:
    """Compare the switches in two folders. Raises InputError where one is none."""
    for prefix in (left, right):
        if not (prefix / LOCK_FILE).is_file():
            raise InputError("not-a-switch", prefix=prefix, lock=LOCK_FILE)
    ours, theirs = _names(left), _names(right)
    found = [Difference(name, f"only in {left}") for name in sorted(ours - theirs)]
    found += [Difference(name, f"only in {right}") for name in sorted(theirs - ours)]
    for name in sorted(ours & theirs):
        found += _difference(name, left / name, right / name)
    both = len(ours & theirs)
    differ = sum(difference.path in ours & theirs for difference in found)
    built_for = (_built_for(left), _built_for(right))
    return SwitchComparison(str(left), str(right), both - differ, tuple(found), built_for)


def refuse_different(found: SwitchComparison) -> None:
    """Raise ProofError with the first difference that has no reason, where there is one."""
    if found.unexplained:
        first = found.unexplained[0]
        first_prefix, other = found.built_for
        raise ProofError(
            "switches-differ",
            "prefixes" if first_prefix and other and first_prefix != other else "",
            path=first.path,
            difference=first.what,
            count=len(found.unexplained),
            left=found.left,
            right=found.right,
            left_prefix=first_prefix,
            right_prefix=other,
        )


def _built_for(prefix: Path) -> str:
    """The prefix that a switch was built for, as OCaml's own Makefile.config has it; "" where it is not there."""
    try:
        config = (prefix / "lib" / "ocaml" / "Makefile.config").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    found = re.search(r"(?m)^prefix=(.*)$", config)
    return found[1].strip() if found else ""


def _names(prefix: Path) -> set[str]:
    return {str(path.relative_to(prefix)) for path in prefix.rglob("*")}


def _difference(name: str, left: Path, right: Path) -> Iterator[Difference]:
    """The difference of one path, nothing where it is the same."""
    modes = left.lstat().st_mode, right.lstat().st_mode
    if modes[0] != modes[1]:
        yield Difference(name, " and ".join(map(stat.filemode, modes)))
    elif left.is_symlink():
        if left.readlink() != right.readlink():
            yield Difference(name, f"links to {left.readlink()} and {right.readlink()}")
    elif left.is_file():
        ours, theirs = left.read_bytes(), right.read_bytes()
        if ours != theirs:
            reason = next((id_ for id_, known in reasons().items() if _explains(known, name, ours, theirs)), "")
            what = reasons()[reason].title if reason else f"{len(ours)} and {len(theirs)} bytes, different ones"
            yield Difference(name, what, reason)


def _explains(reason: Reason, name: str, ours: bytes, theirs: bytes) -> bool:
    """True where this is why two files of that name differ: all else of them is the same."""
    if not any(fnmatch.fnmatchcase(name, pattern) for pattern in reason.files):
        return False
    try:
        match reason.method:
            case "proof":
                return all(_proves(report) for report in (ours, theirs))
            case "folders":
                return _without_folders(ours) == _without_folders(theirs)
            case "objects":
                return list(_objects(ours)) == list(_objects(theirs))
            case "interpreter":
                return _same_bytecode(ours, theirs)
            case "marshalled":
                return same_but_for_folders(ours, theirs)
            case _:
                assert_never(reason.method)
    except DamageError:
        return False


def _proves(report: bytes) -> bool:
    try:
        return not msgspec.json.decode(report, type=Report).failed
    except msgspec.DecodeError:
        return False


def _without_folders(script: bytes) -> bytes:
    return re.sub(rb"(?m)^(zig|libc|cache)=.*$", rb"\1=", script)


Section = tuple[str, str, int, int, bytes]


def _objects(data: bytes) -> Iterator[tuple[str, bytes, object]]:
    """The objects in a file, each as (name, what stands before it, what of it counts). Raises DamageError."""
    if data.startswith(ar.MAGIC):
        for member in ar.members(data):
            yield from ((member.name, before, facts) for _name, before, facts in _objects(bytes(member.data)))
        return
    begin = data.find(elf.MAGIC)  # runtime-launch-info: two lines, then a program
    if begin < 0:
        raise DamageError("it is no ELF file")
    yield "", data[:begin], (elf.elf_facts(BytesIO(data[begin:])), tuple(_sections(data[begin:])))


def _sections(data: bytes) -> Iterator[Section]:
    """The sections of an ELF file but for debug information, and the identity that is computed over it."""
    from elftools.elf.elffile import ELFFile

    for section in ELFFile(BytesIO(data)).iter_sections():
        if not re.search(r"^(\.rela?)?\.debug_|^\.note\.gnu\.build-id$", section.name):
            header = section.header
            content = b"" if header["sh_type"] == "SHT_NOBITS" else section.data()
            yield (section.name, str(header["sh_type"]), header["sh_flags"], header["sh_addr"], content)


def _same_bytecode(left: bytes, right: bytes) -> bool:
    """Two interpreters with one bytecode behind them (OCaml's -custom), whose strings differ in folders only."""
    (ours, our_code), (theirs, their_code) = _split(left), _split(right)
    if our_code != their_code or not our_code.startswith(_BYTECODE, len(our_code) - len(_BYTECODE) - 3):
        return False
    our_sections, their_sections = list(_sections(ours)), list(_sections(theirs))
    our_texts, their_texts = _strings(our_sections), _strings(their_sections)
    ours_only, theirs_only = sorted(our_texts - their_texts), sorted(their_texts - our_texts)
    if len(ours_only) != len(theirs_only) or not all(map(same_but_for_a_folder, ours_only, theirs_only)):
        return False
    # A longer path makes the constants longer, by itself and what aligns the ones behind it; nothing else.
    longer = sum(
        abs(len(our_text) - len(their_text)) for our_text, their_text in zip(ours_only, theirs_only, strict=True)
    )
    tolerance = {_CONSTANTS: longer + _ALIGNMENT} if longer else {}
    return len(our_sections) == len(their_sections) and all(
        our_section[:3] == their_section[:3]
        and abs(len(our_section[4]) - len(their_section[4])) <= tolerance.get(our_section[0], 0)
        for our_section, their_section in zip(our_sections, their_sections, strict=True)
    )


def _split(data: bytes) -> tuple[bytes, bytes]:
    """An ELF program and what is appended to it."""
    from elftools.elf.elffile import ELFFile

    elf.elf_facts(BytesIO(data))
    file = ELFFile(BytesIO(data))
    end = file["e_shoff"] + file.num_sections() * file["e_shentsize"]
    return data[:end], data[end:]


def _strings(sections: list[Section]) -> set[bytes]:
    """The readable texts among a program's constants; tables of jumps lie among them, too."""
    data = (section[4] for section in sections if section[0] == _CONSTANTS)
    return {text for content in data for text in re.findall(rb"[\t\n -~]{6,}", content)}
