"""Reads what a Mach-O file is (Apple, mach-o/loader.h and mach-o/fat.h), each machine of a universal one."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

from wizard.binaries.facts import DamageError, ObjectFacts, ObjectKind
from wizard.binaries.platforms import platforms

MAGICS = (b"\xfe\xed\xfa\xce", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")
FAT_MAGICS = (b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")
MOST_MACHINES = 32
"""A Java class begins like a universal file, and what follows is its version: 45 or more."""

_KINDS: dict[int, ObjectKind] = {1: "object", 2: "executable", 4: "core file", 6: "shared library", 8: "module"}
_SYSTEMS = {1: "macos", 2: "ios"}  # LC_BUILD_VERSION, platform
_WORD_SIZE_64 = 0x0100_0000  # CPU_ARCH_ABI64


def mach_o_facts(data: bytes) -> tuple[ObjectFacts, ...]:
    """The facts of each machine a file is for. Raises DamageError where it is truncated or lies about itself."""
    from macholib.MachO import MachO

    class InMemory(MachO):  # type: ignore[misc]
        """macholib reads what a path names; this is a member of an archive or came through a pipe."""

        def __init__(self, data: bytes) -> None:
            self.filename = ""
            self.fat = None
            self.headers: list[Any] = []
            self.allow_unknown_load_commands = True
            self.load(BytesIO(data))

    try:
        _refuse_endless(data)
        return tuple(_facts(header) for header in InMemory(data).headers)
    except DamageError:
        raise
    except Exception as error:  # macholib does not say what a damaged file may raise
        raise DamageError(str(error) or type(error).__name__) from None


def is_universal(data: bytes) -> bool:
    """True for a file that holds one Mach-O file a machine."""
    return data[:4] in FAT_MAGICS and 0 < int.from_bytes(data[4:8], "big") <= MOST_MACHINES


def _refuse_endless(data: bytes) -> None:
    """Raise DamageError where the load commands do not fit into the file: macholib would read on and on."""
    if is_universal(data):
        return
    order = "<" if data[:1] in (b"\xce", b"\xcf") else ">"
    count, size = struct.unpack_from(f"{order}2I", data, 16)
    header = 28 if data[:4] in MAGICS[:2] else 32
    if header + size > len(data) or count * 8 > size:
        raise DamageError(f"it is truncated or damaged: {count} load commands of {size} bytes do not fit into it")


def _facts(header: Any) -> ObjectFacts:
    from macholib import mach_o

    needed: list[str] = []
    interpreter = system = ""
    loads = (mach_o.LC_LOAD_DYLIB, mach_o.LC_LOAD_WEAK_DYLIB, mach_o.LC_REEXPORT_DYLIB, mach_o.LC_LAZY_LOAD_DYLIB)
    for load, command, data in header.commands:
        match load.cmd:
            case mach_o.LC_LOAD_DYLINKER:
                interpreter = _text(data)
            case mach_o.LC_BUILD_VERSION:
                system = _SYSTEMS.get(int(command.platform), "")
            case mach_o.LC_VERSION_MIN_MACOSX:
                system = "macos"
            case mach_o.LC_VERSION_MIN_IPHONEOS:
                system = "ios"
            case mach_o.LC_SEGMENT | mach_o.LC_SEGMENT_64:
                if command.fileoff + command.filesize > header.size:
                    raise DamageError("it is truncated: a segment lies beyond its end")
            case _ if load.cmd in loads:
                needed.append(_text(data))
    number = int(header.header.cputype)
    machine, architecture = platforms().mach_o_cpu(number) or (f"cputype {number:#x}", "")
    return ObjectFacts(
        format="mach-o",
        machine=machine,
        architecture=architecture,
        bits=64 if number & _WORD_SIZE_64 else 32,
        byte_order="little" if header.endian == "<" else "big",
        kind=_KINDS.get(int(header.header.filetype), "other"),
        interpreter=interpreter,
        needed=tuple(needed),
        system=system,
    )


def _text(data: bytes) -> str:
    """A load command's string: padded with zeros."""
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")
