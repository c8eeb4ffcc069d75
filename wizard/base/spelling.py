"""The nearest right spelling of a word a user typed."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """The allowed word most like `word`, or None where none is near enough to be meant."""
    import difflib

    folded = {candidate.casefold(): candidate for candidate in allowed}
    hits = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[hits[0]] if hits else None


def did_you_mean(word: str, allowed: Iterable[str], also: Iterable[str] = ()) -> str:
    """`did you mean …?` and the whole list of what is allowed, for an error's last line.

    `also` are further spellings that are understood, but not listed.
    """
    words = list(allowed)
    near = nearest(word, [*words, *also])
    listing = "allowed: " + ", ".join(words)
    return f"did you mean {near!r}? ({listing})" if near else listing
