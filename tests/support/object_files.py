"""Objects, programs and archives of other formats made byte by byte, so that a test needs no compiler for any."""

from __future__ import annotations

import struct
from typing import Literal

from tests.support.elf_files import EM

AMD64, I386, ARM64 = 0x8664, 0x014C, 0xAA64
CPU_X86_64, CPU_ARM64 = 0x0100_0007, 0x0100_000C


def arm_object(arguments: int | None = None, floats: int = 3) -> bytes:
    """A 32-bit ARM object with build attributes: Tag_ABI_VFP_args and Tag_ABI_FP_number_model."""
    tags = bytes([23, floats]) + (b"" if arguments is None else bytes([28, arguments]))
    file_scope = bytes([1]) + struct.pack("<I", 5 + len(tags)) + tags
    section = b"A" + struct.pack("<I", 4 + 6 + len(file_scope)) + b"aeabi\0" + file_scope
    return elf_object(EM["EM_ARM"], 32, "little", 0x0500_0000, section, 0x7000_0003, b".ARM.attributes")


def elf_object(
    machine: int,
    bits: Literal[32, 64] = 64,
    byte_order: Literal["little", "big"] = "little",
    flags: int = 0,
    section: bytes = b"\x90" * 8,
    kind: int = 1,
    name: bytes = b".text",
) -> bytes:
    """An object file with one section and its name, the section headers last, as compilers write it."""
    order, word = "<" if byte_order == "little" else ">", "Q" if bits == 64 else "I"
    header = 64 if bits == 64 else 52
    names = b"\0" + name + b"\0.shstrtab\0"
    at = header + len(section) + len(names)
    table = b"".join(
        struct.pack(f"{order}2I4{word}2I2{word}", *values)
        for values in (
            (0,) * 10,
            (1, kind, 0, 0, header, len(section), 0, 0, 1, 0),
            (len(name) + 2, 3, 0, 0, header + len(section), len(names), 0, 0, 1, 0),
        )
    )
    ident = b"\x7fELF" + bytes([2 if bits == 64 else 1, 1 if byte_order == "little" else 2, 1]) + b"\0" * 9
    entry = 64 if bits == 64 else 40
    rest = struct.pack(f"{order}HHI3{word}I6H", 1, machine, 1, 0, 0, at, flags, header, 0, 0, entry, 3, 2)
    return ident + rest + section + names + table


def archive(*members: tuple[str, bytes], style: Literal["gnu", "bsd"] = "gnu") -> bytes:
    """An ar archive with an index in front, its long names as System V and GNU or as BSD write them."""
    names = b"".join(name.encode() + b"/\n" for name, _data in members if len(name) > 15)
    if style == "gnu":
        out = b"!<arch>\n" + _member("/", b"\0\0\0\0")
        out += _member("//", names) if names else b""
    else:
        out = b"!<arch>\n" + _member("#1/20", b"__.SYMDEF SORTED\0\0\0\0" + b"\0" * 8)
    place = 0
    for name, data in members:
        if style == "bsd":
            padded = name.encode() + b"\0" * (-len(name.encode()) % 4)
            out += _member(f"#1/{len(padded)}", padded + data)
        elif len(name) > 15:
            out += _member(f"/{place}", data)
            place += len(name.encode()) + 2
        else:
            out += _member(f"{name}/", data)
    return out


def _member(name: str, data: bytes) -> bytes:
    header = name.encode().ljust(16) + f"{0:<12}{0:<6}{0:<6}{100644:<8}{len(data):<10}`\n".encode()
    return header + data + b"\n" * (len(data) % 2)


def coff(machine: int = AMD64) -> bytes:
    """A COFF object with one section and no symbols."""
    code = b"\xc3" * 16
    header = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, 0, 0)
    section = struct.pack("<8s6I2HI", b".text", 0, 0, len(code), 60, 0, 0, 0, 0, 0x6000_0020)
    return header + section + code


def import_object(machine: int = AMD64) -> bytes:
    """What a .lib of Windows holds for one imported function."""
    names = b"puts\0msvcrt.dll\0"
    return struct.pack("<HHHHIIHH", 0, 0xFFFF, 0, machine, 0, len(names), 0, 4) + names


def big_object(machine: int = AMD64) -> bytes:
    """A COFF object with very many sections (/bigobj): its header only."""
    class_id = bytes.fromhex("c7a1bad1eebaa94baf20faf66aa4dcb8")
    return struct.pack("<HHHHI16s", 0, 0xFFFF, 2, machine, 0, class_id) + b"\0" * 28


def pe(
    machine: int = AMD64, bits: Literal[32, 64] = 64, dll: bool = False, imports: tuple[str, ...] = ()
) -> bytes:
    """A Windows program or DLL with one section, which holds its import directory."""
    base, at, raw = 0x40_0000, 0x1000, 0x200
    table, names = b"", b""
    names_at = at + 20 * (len(imports) + 1)
    thunks = names_at + sum(len(name) + 1 for name in imports)
    for name in imports:
        table += struct.pack("<5I", thunks, 0, 0, names_at + len(names), thunks)
        names += name.encode() + b"\0"
    body = table + b"\0" * 20 + names + struct.pack("<2Q", (1 << 63) + 1 if bits == 64 else 0x8000_0001, 0)
    body += b"\0" * (raw - len(body) % raw)
    directories = (
        struct.pack("<2I", 0, 0) + struct.pack("<2I", at, len(table) + 20 if imports else 0) + b"\0" * 112
    )
    if bits == 64:
        optional = struct.pack("<H2B5IQ2I", 0x20B, 1, 0, len(body), 0, 0, at, at, base, 0x1000, raw)
        tail = struct.pack("<6H4I2H4Q2I", 6, 0, 0, 0, 6, 0, 0, 0x3000, raw, 0, 3, 0, 1, 1, 1, 1, 0, 16)
    else:
        optional = struct.pack("<H2B9I", 0x10B, 1, 0, len(body), 0, 0, at, at, at, base, 0x1000, raw)
        tail = struct.pack("<6H4I2H4I2I", 6, 0, 0, 0, 6, 0, 0, 0x3000, raw, 0, 3, 0, 1, 1, 1, 1, 0, 16)
    optional += tail + directories
    dos = b"MZ" + b"\0" * 58 + struct.pack("<I", 64)
    header = b"PE\0\0" + struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, len(optional), 0x2022 if dll else 0x22)
    section = struct.pack("<8s6I2HI", b".idata", len(body), at, len(body), raw, 0, 0, 0, 0, 0xC000_0040)
    return (dos + header + optional + section).ljust(raw, b"\0") + body


def mach_o(
    cpu: int = CPU_ARM64, kind: int = 2, needed: tuple[str, ...] = (), interpreter: str = "", platform: int = 0
) -> bytes:
    """A 64-bit Mach-O file with one segment over the whole and the load commands that are wanted."""
    commands = []
    if platform:
        commands.append(struct.pack("<6I", 0x32, 24, platform, 0xB0000, 0, 0))
    if interpreter:
        commands.append(_with_name(0xE, struct.pack("<I", 12), interpreter))
    commands += [_with_name(0xC, struct.pack("<4I", 24, 0, 0, 0), name) for name in needed]
    size = sum(map(len, commands)) + 72
    segment = struct.pack("<2I16s4Q4I", 0x19, 72, b"__TEXT", 0, 0x1000, 0, 32 + size + 16, 7, 5, 0, 0)
    header = struct.pack("<8I", 0xFEEDFACF, cpu, 0, kind, len(commands) + 1, size, 0, 0)
    return header + segment + b"".join(commands) + b"\xc3" * 16


def _with_name(command: int, fields: bytes, name: str) -> bytes:
    data = fields + name.encode() + b"\0"
    data += b"\0" * (-len(data) % 8)
    return struct.pack("<2I", command, len(data) + 8) + data


def universal(*files: tuple[int, bytes]) -> bytes:
    """A Mach-O file for several machines."""
    out, table, place = struct.pack(">2I", 0xCAFEBABE, len(files)), b"", 4096
    for cpu, data in files:
        table += struct.pack(">5I", cpu, 0, place, len(data), 12)
        place += (len(data) + 4095) // 4096 * 4096
    out = (out + table).ljust(4096, b"\0")
    for _cpu, data in files:
        out += data + b"\0" * (-len(data) % 4096)
    return out
