"""Compares OCaml's files, and texts, but for the names of folders: a compiler knows where it was built."""

from __future__ import annotations

import re

from wizard.binaries.marshalled import Part, Value, parts

_CONTENTS = (b"Caml1999O", b"Caml1999A")
"""Bytecode (.cmo, .cma): its last value is a table of contents, with positions in the file."""


def same_but_for_folders(left: bytes, right: bytes) -> bool:
    """True where two files hold the same values, but for names of folders in their strings.

    Where a string is longer, so are the lengths that are written with it; in the table of contents of
    bytecode the positions in the file, too. Raises DamageError.
    """
    ours, theirs = list(parts(left)), list(parts(right))
    if len(ours) != len(theirs) or left[:9] != right[:9]:
        return False
    contents = left.startswith(_CONTENTS)
    for number, (our_part, their_part) in enumerate(zip(ours, theirs, strict=True)):
        last = contents and number == len(ours) - 1
        if isinstance(our_part, bytes) or isinstance(their_part, bytes):
            if our_part != their_part and not (contents and number == 0 and _same_code(our_part, their_part)):
                return False
        elif not _same_values(our_part, their_part, with_codes=not last):
            return False
    return True


def _same_code(part: Part, other: Part) -> bool:
    """Two beginnings of bytecode, but for the position of the table of contents (after the 12 bytes of magic)."""
    return isinstance(part, bytes) and isinstance(other, bytes) and part[16:] == other[16:]


def _same_values(value: Value, other: Value, *, with_codes: bool) -> bool:
    if (with_codes and value.codes != other.codes) or len(value.strings) != len(other.strings):
        return False
    return all(map(same_but_for_a_folder, value.strings, other.strings))


def same_but_for_a_folder(left: bytes, right: bytes) -> bool:
    """True where two texts are equal, or differ only in the folders of one absolute path, not in its last name."""
    if left == right:
        return True
    differ = next(
        (n for n, (x, y) in enumerate(zip(left, right, strict=False)) if x != y), min(len(left), len(right))
    )
    begin = next((path.start() for path in _PATH.finditer(left) if path.start() < differ <= path.end()), None)
    if begin is None:
        return False
    ours, theirs = _PATH.match(left, begin), _PATH.match(right, begin)
    return (
        ours is not None
        and theirs is not None
        and ours["name"] == theirs["name"]
        and left[ours.end() :] == right[theirs.end() :]
    )


_PATH = re.compile(rb"/(?:[^\s:;'\"\0/]*/)*(?P<name>[^\s:;'\"\0/]*)")
