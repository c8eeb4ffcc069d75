"""ELF files made byte by byte, so that a test needs no compiler for any machine."""

from __future__ import annotations

import struct
from typing import Literal

EM = {
    "EM_386": 3,
    "EM_ARM": 40,
    "EM_X86_64": 62,
    "EM_AARCH64": 183,
    "EM_RISCV": 243,
    "EM_S390": 22,
    "EM_PPC64": 21,
}
ET = {"ET_REL": 1, "ET_EXEC": 2, "ET_DYN": 3}
BASE = 0x400000


def elf(
    machine: int = EM["EM_AARCH64"],
    bits: Literal[32, 64] = 64,
    byte_order: Literal["little", "big"] = "little",
    kind: str = "ET_EXEC",
    interpreter: str = "",
    needed: tuple[str, ...] = (),
    flags: int = 0,
    osabi: int = 0,
    notes: tuple[bytes, ...] = (),
) -> bytes:
    """An ELF file: PT_LOAD over the whole; PT_INTERP, PT_DYNAMIC and a PT_NOTE for each of `notes` as wanted."""
    order, word = "<" if byte_order == "little" else ">", "Q" if bits == 64 else "I"
    header_size, program_size = (64, 56) if bits == 64 else (52, 32)
    dynamic_size = struct.calcsize(f"{order}2{word}")
    segments = 1 + bool(interpreter) + bool(needed) + len(notes)
    at = header_size + segments * program_size
    path = interpreter.encode() + b"\0" if interpreter else b""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in needed)
    tags = []
    place = 1
    for name in needed:
        tags.append((1, place))  # DT_NEEDED
        place += len(name.encode()) + 1
    string_at = at + len(path)
    tags += [(5, BASE + string_at), (10, len(strings)), (0, 0)]  # DT_STRTAB, DT_STRSZ, DT_NULL
    dynamic = b"".join(struct.pack(f"{order}2{word}", *tag) for tag in tags)
    dynamic_at = string_at + len(strings)
    notes_at = dynamic_at + len(dynamic)
    body = path + strings + dynamic + b"".join(notes)
    whole = at + len(body)
    table = _segment(order, bits, 1, 0, whole)
    if interpreter:
        table += _segment(order, bits, 3, at, len(path))
    if needed:
        table += _segment(order, bits, 2, dynamic_at, len(dynamic))
    for note in notes:
        table += _segment(order, bits, 4, notes_at, len(note))
        notes_at += len(note)
    assert len(dynamic) % dynamic_size == 0
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1 if byte_order == "little" else 2, 1, osabi]) + b"\0" * 8
    header = struct.pack(
        f"{order}HHI3{word}I6H",
        ET[kind], machine, 1, BASE, header_size, 0, flags,
        header_size, program_size, segments, 64 if bits == 64 else 40, 0, 0,
    )  # fmt: skip
    return ident + header + table + body


def _segment(order: str, bits: int, kind: int, offset: int, size: int) -> bytes:
    if bits == 64:
        return struct.pack(f"{order}2I6Q", kind, 5, offset, BASE + offset, BASE + offset, size, size, 8)
    return struct.pack(f"{order}8I", kind, offset, BASE + offset, BASE + offset, size, size, 5, 4)
