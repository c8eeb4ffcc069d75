"""Reads portable executables (APE): one file that is a shell script, an ELF program and a Windows program at once.

The format's source is Cosmopolitan's ape/ape.S: the file begins with MZqFpD=' (or jartsr=' where it is
none for Windows); the script that follows writes, by printf, the header of the ELF program over the file's
beginning, one for each architecture.
"""

from __future__ import annotations

import re
import struct
from pathlib import Path

import msgspec

from wizard.base.errors import ProofError

MAGICS = (b"MZqFpD='", b"jartsr='")
_HEAD = 64 * 1024
_ELF_HEADER = 64
_PRINTED = re.compile(rb"printf '(\\177ELF(?:\\[0-7]{1,3}|[^'\\])*)'")
_ESCAPE = re.compile(rb"\\([0-7]{1,3})")


WINDOWS = "EM_X86_64"
"""The machine whose program is one for Windows too. A file with others alone begins with MZ all the same."""


class PortableFacts(msgspec.Struct, frozen=True):
    """What a portable executable holds: the e_machine of each ELF program in it; windows: a PE header too."""

    machines: tuple[str, ...]
    windows: bool


def read_portable(path: Path) -> PortableFacts:
    """What the file is. Raises ProofError where it is no portable executable, or holds no whole ELF header."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise ProofError("ape-unreadable", path=path, reason=error.strerror or "") from None
    if not is_portable(head):
        raise ProofError("ape-magic", path=path, begin=head[:8])
    headers = _elf_headers(head)
    if not headers:
        raise ProofError("ape-no-elf", path=path)
    machines = tuple(dict.fromkeys(map(_machine, headers)))
    return PortableFacts(machines, head.startswith(b"MZ") and WINDOWS in machines)


def is_portable(data: bytes) -> bool:
    """True where `data` begins as a portable executable does."""
    return data.startswith(MAGICS)


def elf_programs(data: bytes) -> list[bytes]:
    """The ELF programs of a portable executable: each as the file is once its header stands at the beginning."""
    return [header[:_ELF_HEADER] + data[_ELF_HEADER:] for header in _elf_headers(data[:_HEAD])]


def _elf_headers(head: bytes) -> list[bytes]:
    """The whole ELF headers that its script writes."""
    headers = [_unescaped(found) for found in _PRINTED.findall(head)]
    return [header for header in headers if len(header) >= _ELF_HEADER]


def _unescaped(text: bytes) -> bytes:
    """What printf writes of `text`, where that holds octal escapes only."""
    return _ESCAPE.sub(lambda found: bytes([int(found.group(1), 8) & 0xFF]), text)


def _machine(header: bytes) -> str:
    """The name of an ELF header's e_machine, as pyelftools prints it."""
    from elftools.elf.enums import ENUM_E_MACHINE

    (number,) = struct.unpack_from("<H", header, 18)
    return next((name for name, value in ENUM_E_MACHINE.items() if value == number), str(number))
