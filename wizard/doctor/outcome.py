"""What a check comes to: a word of its texts, and the names that these fill in."""

from __future__ import annotations

import msgspec

Names = dict[str, str | int]


class Outcome(msgspec.Struct, frozen=True):
    """`word` is one of the check's outcomes in checks.toml."""

    word: str
    names: Names = {}


def outcome(word: str, **names: str | int) -> Outcome:
    """The outcome `word` with its names."""
    return Outcome(word, names)


def counted(number: int, noun: str) -> str:
    """`1 core`, `2 cores`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def size_words(megabytes: int) -> str:
    """Megabytes as a person says them: 940 MB, 24 GB."""
    return f"{megabytes} MB" if megabytes < 10_000 else f"{megabytes // 1000} GB"


def duration(seconds: float) -> str:
    """A time as a person says it: 40 s, 12 min, 3 h, 2 days."""
    seconds = abs(seconds)
    for size, unit in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
