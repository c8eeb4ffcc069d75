"""Reads of a linker script what matters to a list of symbols: the libraries it names, the symbols it defines.

The language is that of GNU ld's manual, "Linker Scripts": INPUT and GROUP name files, `symbol = …` and
PROVIDE(symbol = …) define symbols. Debian's libc.so is such a script, and so is Cosmopolitan's ape.lds.
"""

from __future__ import annotations

import re

import msgspec

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r'"[^"\n]*"')
_FILES = re.compile(r"\b(?:INPUT|GROUP)\s*\(")
_ASSIGNED = re.compile(r"(?<![\w.$])([A-Za-z_$][\w.$]*)\s*[-+*/&|]?=(?!=)")


class LinkerScript(msgspec.Struct, frozen=True):
    """files: as they are written, -lNAME among them. symbols: those that it defines."""

    files: tuple[str, ...]
    symbols: frozenset[str]


def parse_linker_script(text: str) -> LinkerScript:
    """What a linker script names. A text that is none names nothing."""
    text = _COMMENT.sub(" ", text)
    files: list[str] = []
    for found in _FILES.finditer(text):
        files += _words(text[found.end() :])
    symbols = frozenset(_ASSIGNED.findall(_TEXT.sub('""', text)))
    return LinkerScript(tuple(dict.fromkeys(files)), symbols)


def _words(rest: str) -> list[str]:
    """The files up to the bracket that closes the list; those that are only taken as needed among them."""
    words: list[str] = []
    depth = 1
    for word in re.findall(r'[()]|"[^"\n]*"|[^\s(),"]+', rest):
        depth += (word == "(") - (word == ")")
        if depth == 0:
            break
        if word not in ("(", ")", "AS_NEEDED"):
            words.append(word.strip('"'))
    return words
