"""Reads what a unikernel says of itself to the tender that loads it: Solo5's notes in its ELF file.

The facts are those of Solo5's include/elf_abi.h (ABI1) and include/mft_abi.h (MFT1).
"""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec

from wizard.base.errors import ProofError

OWNER = b"Solo5\0"
ABI1 = 0x3149_4241
MFT1 = 0x3154_464D
BINDINGS = {1: "hvt", 2: "spt", 3: "virtio", 4: "muen", 5: "genode", 6: "xen"}
MANIFEST_VERSION = 1
MOST_DEVICES = 64

_PADDING = 4  # before the manifest, which is aligned to 8 bytes in its note
_HEADER = 8  # version, entries
_ENTRY = 104  # struct mft_entry, on every 64-bit processor


class Solo5Notes(msgspec.Struct, frozen=True):
    """What the notes say. bindings is "" where there is no such note (the stub of programs that only link).

    manifest: "version 1, N devices", or what is wrong with it.
    """

    bindings: str
    bindings_version: int
    manifest: str
    well_formed: bool


def read_notes(path: Path) -> Solo5Notes:
    """The notes of the ELF file at `path`. Raises ProofError where it is none."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            order = "<" if elf.little_endian else ">"
            parts = [segment.data() for segment in elf.iter_segments("PT_NOTE")]
    except (ELFError, OSError, ValueError, AssertionError, KeyError) as error:
        raise ProofError("not-elf", path=path, reason=error) from None
    notes = {kind: content for part in parts for kind, content in _notes(part, order)}
    bindings, version = _abi(notes.get(ABI1, b""), order)
    manifest, well_formed = _manifest(notes.get(MFT1), order)
    return Solo5Notes(bindings, version, manifest, well_formed)


def _notes(data: bytes, order: str) -> list[tuple[int, bytes]]:
    """(type, content) of each of Solo5's notes in a segment; a note that does not fit ends it."""
    found = []
    while len(data) >= 12:
        name_size, size, kind = struct.unpack_from(f"{order}III", data)
        begin = 12 + (name_size + 3 & ~3)
        if begin + size > len(data):
            break
        if data[12 : 12 + name_size] == OWNER:
            found.append((kind, data[begin : begin + size]))
        data = data[begin + (size + 3 & ~3) :]
    return found


def _abi(content: bytes, order: str) -> tuple[str, int]:
    if len(content) < 8:
        return "", 0
    number, version = struct.unpack_from(f"{order}II", content)
    return BINDINGS.get(number, f"number {number}"), version


def _manifest(content: bytes | None, order: str) -> tuple[str, bool]:
    """The manifest in words, and whether it is well formed."""
    if content is None:
        return "none", False
    if len(content) < _PADDING + _HEADER:
        return f"truncated ({len(content)} bytes)", False
    version, entries = struct.unpack_from(f"{order}II", content, _PADDING)
    if version != MANIFEST_VERSION:
        return f"version {version}", False
    # The first entry is Solo5's own.
    if not 1 <= entries <= MOST_DEVICES:
        return f"{entries} entries", False
    if len(content) < _PADDING + _HEADER + entries * _ENTRY:
        return f"truncated ({entries} entries in {len(content)} bytes)", False
    return f"version {version}, {entries - 1} devices", True
