"""Recognises binary files by their first bytes and reads them: objects, programs, archives."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.errors import ProofError
from wizard.binaries import ape, ar, elf, mach_o, pe
from wizard.binaries.facts import DamageError, ObjectFacts, ObjectKind
from wizard.binaries.platforms import platforms

_WASM = b"\0asm"

_ELF_KINDS: dict[str, ObjectKind] = {
    "ET_REL": "object", "ET_EXEC": "executable", "ET_DYN": "shared library", "ET_CORE": "core file",
}  # fmt: skip
_ELF_SYSTEMS = {
    "ELFOSABI_LINUX": "linux",
    "ELFOSABI_FREEBSD": "freebsd",
    "ELFOSABI_NETBSD": "netbsd",
    "ELFOSABI_OPENBSD": "openbsd",
    "ELFOSABI_SOLARIS": "solaris",
}

# What a file that is none of these may be: its first bytes, and what to inspect instead.
OTHERS: dict[bytes, tuple[str, str]] = {
    b"Caml1999": ("a file of the OCaml compiler", "inspect the .o, .a or program beside it"),
    b"#!": ("a script", "inspect what it starts"),
    b"/* GNU ld script": ("a script of the GNU linker", "inspect the libraries that it names"),
    b"BC\xc0\xde": ("LLVM bitcode", "compile without -flto"),
    ar.THIN: ("a thin archive: it names objects and holds none", "inspect the objects themselves"),
    b"\x1f\x8b": ("compressed by gzip", "unpack it first"),
    b"PK\x03\x04": ("a zip file", "unpack it first"),
    b"\xca\xfe\xba\xbe": ("a Java class", ""),
}

State = Literal["object", "empty", "foreign", "damaged"]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object: alone, in an archive, or for one of a universal file's machines.

    state says why there are no `facts`: it is empty, is no object, or is damaged (`problem` says how).
    """

    name: str
    state: State
    facts: ObjectFacts | None = None
    problem: str = ""


SEVERAL = ("universal", "portable")
"""The kinds of one file that is for several machines or systems."""


class Binary(msgspec.Struct, frozen=True):
    """A binary file and all the objects in it: one, an archive's, or those of one file for several machines."""

    kind: Literal["object", "archive", "universal", "portable"]
    parts: tuple[Part, ...]


def read_binary(name: str, data: bytes) -> Binary | None:
    """What `data` is, None where it is nothing of the kind. Raises DamageError where it begins like one only."""
    if data.startswith(ar.MAGIC):
        return Binary("archive", tuple(_part(member.name, member.data) for member in ar.members(data)))
    if ape.is_portable(data):
        return Binary("portable", tuple(_portable_parts(data)))
    found = read_object(data)
    if not found:
        return None
    if mach_o.is_universal(data):
        return Binary("universal", tuple(Part(facts.machine, "object", facts) for facts in found))
    return Binary("object", (Part(name, "object", found[0]),))


def read_object_file(path: Path) -> ObjectFacts:
    """The facts of the object or program at `path`. Raises ProofError where it is none, or many."""
    try:
        found = read_object(path.read_bytes())
    except (OSError, DamageError) as error:
        raise ProofError("not-object", path=path, reason=error) from None
    if len(found) != 1:
        raise ProofError("not-object", "several", path=path)
    return found[0]


def read_object(data: bytes) -> tuple[ObjectFacts, ...]:
    """The facts of an object file or program, one for each machine; () where it is none. Raises DamageError."""
    if data.startswith(elf.MAGIC):
        return (_of_elf(elf.elf_facts(BytesIO(data))),)
    if data[:4] in mach_o.MAGICS or mach_o.is_universal(data):
        return mach_o.mach_o_facts(data)
    if data.startswith(_WASM):
        return (_of_wasm(data),)
    if data.startswith(pe.MAGIC):
        return (pe.pe_facts(data),)
    coff = pe.coff_facts(data)
    return (coff,) if coff else ()


def other_kind(data: bytes) -> tuple[str, str]:
    """(what it is, what to do) for a file that is not inspected; empty where nobody can tell."""
    return next((words for magic, words in OTHERS.items() if data.startswith(magic)), ("", ""))


def _part(name: str, view: memoryview) -> Part:
    data = bytes(view)
    if not data:
        return Part(name, "empty")
    try:
        found = read_object(data)
    except DamageError as error:
        return Part(name, "damaged", problem=str(error))
    return Part(name, "object", found[0]) if found else Part(name, "foreign", problem=other_kind(data)[0])


def _portable_parts(data: bytes) -> Iterator[Part]:
    """The programs in a portable executable. Raises DamageError where it holds none."""
    programs = [_of_elf(elf.elf_facts(BytesIO(program))) for program in ape.elf_programs(data)]
    if not programs:
        raise DamageError("no printf of its script writes an ELF header")
    for facts in programs:
        # Its header says FreeBSD, whichever of its systems it runs on (Cosmopolitan ape/ape.S).
        facts = msgspec.structs.replace(facts, system="")
        yield Part(f"{facts.machine}, ELF", "object", facts)
    if data.startswith(pe.MAGIC) and any(facts.machine == ape.WINDOWS for facts in programs):
        facts = pe.pe_facts(data)
        yield Part(f"{facts.machine}, PE", "object", facts)


def _of_elf(facts: elf.ElfFacts) -> ObjectFacts:
    kind = _ELF_KINDS.get(facts.kind, "other")
    if kind == "shared library" and (facts.interpreter or facts.position_independent):
        kind = "executable"
    system = _ELF_SYSTEMS.get(facts.osabi, "")
    if posixpath.basename(facts.interpreter) in ("linker", "linker64"):  # Android's, in /system/bin
        system = "android"
    return ObjectFacts(
        format="elf",
        machine=facts.machine if facts.machine.startswith("EM_") else f"e_machine {facts.machine}",
        architecture=platforms().elf_architecture(facts.machine),
        bits=facts.bits,
        byte_order="little" if facts.byte_order == "little" else "big",
        kind=kind,
        interpreter=facts.interpreter,
        needed=facts.needed,
        abi=facts.abi,
        system=system,
    )


def _of_wasm(data: bytes) -> ObjectFacts:
    """A WebAssembly module, version 1 (WebAssembly Core Specification, 5.5.16): its pointers have 32 bits."""
    if data[4:8] != b"\1\0\0\0":
        raise DamageError("it is truncated, or no module of WebAssembly's version 1")
    return ObjectFacts("wasm", "WebAssembly", "", 32, "little", "module")
