"""A script that the wizard writes: its lines, each with the reason why it is there."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Option(msgspec.Struct, frozen=True):
    """An option of a command in a line, and what it does there."""

    text: str
    why: str


class Line(msgspec.Struct, frozen=True):
    """One line of a script, why it is there, and what the options in it do."""

    text: str
    why: str
    options: tuple[Option, ...] = ()


Lines = tuple[Line, ...]


def filled(lines: Lines, **words: str) -> Lines:
    """The lines with each {word} in them replaced, as by str.format: {{ and }} are braces."""
    return tuple(msgspec.structs.replace(line, text=line.text.format(**words)) for line in lines)


def script_text(lines: Iterable[Line]) -> str:
    """The script: every line with its line break."""
    return "".join(f"{line.text}\n" for line in lines)
