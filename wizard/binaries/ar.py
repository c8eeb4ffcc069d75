"""Reads ar archives (.a): System V and GNU, BSD and Darwin, and Microsoft's .lib.

The format is that of ar(5): eight bytes of magic, then for each member a header of 60 bytes
and its data, padded to an even offset. Long names are in a member named `//` (System V) or in
front of the data (BSD, `#1/LENGTH`); Microsoft's PE Format, "Archive (Library) File Format",
is the first kind with two indexes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from wizard.binaries.facts import DamageError

MAGIC = b"!<arch>\n"
THIN = b"!<thin>\n"

_HEADER = 60
_INDEXES = ("/", "/SYM64/", "__.SYMDEF", "__.SYMDEF SORTED", "__.SYMDEF_64", "__.SYMDEF_64 SORTED")


class Member(msgspec.Struct, frozen=True):
    """One file in an archive. `data` is a view of the archive's bytes."""

    name: str
    data: memoryview


def members(archive: bytes) -> Iterator[Member]:
    """The members of an archive in their order, its indexes and its table of names left out.

    Raises DamageError where the archive is truncated or a header is none.
    """
    return (member for _place, member in placed_members(archive) if not _is_index(member.name))


def placed_members(archive: bytes) -> Iterator[tuple[int, Member]]:
    """Every member but the table of names, with the byte at which its header begins. Raises DamageError."""
    whole = memoryview(archive)
    names = b""
    position = len(MAGIC)
    while position < len(whole):
        header = bytes(whole[position : position + _HEADER])
        if len(header) < _HEADER:
            raise DamageError(f"it is truncated in the header of a member, at byte {position}")
        if header[58:] != b"`\n" or not header[48:58].strip().isdigit():
            raise DamageError(f"there is no member header at byte {position}")
        at, begin, size = position, position + _HEADER, int(header[48:58])
        if begin + size > len(whole):
            raise DamageError(f"it is truncated: the member at byte {position} has {size} bytes")
        data = whole[begin : begin + size]
        name = header[:16].partition(b"\0")[0].rstrip()  # Cosmopolitan's archiver ends them with a zero
        position = begin + size + size % 2
        if name == b"//":
            names = bytes(data)
            continue
        if name.startswith(b"#1/") and name[3:].isdigit():
            length = int(name[3:])
            name, data = bytes(data[:length]).rstrip(b"\0"), data[length:]
        elif name.startswith(b"/") and name[1:].isdigit():
            name = _long_name(names, int(name[1:]))
        text = name.decode("utf-8", "replace")
        yield at, Member(text if _is_index(text) else text.removesuffix("/"), data)


def symbol_index(archive: bytes) -> dict[str, int] | None:
    """The index of System V and GNU: symbol -> the byte at which the header of the first member with it begins.

    None where there is none in front, or it is another's. Raises DamageError where it is truncated.
    """
    first = next(placed_members(archive), None)
    word = {"/": 4, "/SYM64/": 8}.get(first[1].name) if first else None
    if first is None or word is None:
        return None
    data = bytes(first[1].data)
    count = int.from_bytes(data[:word], "big")
    begin = word * (count + 1)
    if begin > len(data):
        raise DamageError(f"its index is truncated: {count} symbols do not fit into {len(data)} bytes")
    names = data[begin:].split(b"\0", count)[:count]
    if len(names) < count:
        raise DamageError(f"its index is truncated: it has {len(names)} names of {count}")
    index: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        position = int.from_bytes(data[word * number : word * (number + 1)], "big")
        index.setdefault(name.decode("utf-8", "replace"), position)
    return index


def _is_index(name: str) -> bool:
    """True for what no tool that lists members shows: indexes, and Microsoft's `/<XFGHASHMAP>/` and the like."""
    return name in _INDEXES or (name.startswith("/<") and name.endswith(">/"))


def _long_name(names: bytes, offset: int) -> bytes:
    """A name in the `//` member: GNU ends it with a slash and a line break, Microsoft with a zero."""
    if offset >= len(names):
        raise DamageError(f"a member's name is at byte {offset} of a table of {len(names)} bytes")
    return names[offset:].split(b"\n", 1)[0].split(b"\0", 1)[0]
