"""What `/` looks for, and where it goes: no widget, so that it can be tried alone."""

from __future__ import annotations

from collections.abc import Sequence


def holds(text: str, query: str) -> bool:
    """True where `query` is in `text`; capitals count only where the query has some."""
    return query in text if query != query.lower() else query in text.lower()


def following(places: Sequence[int], at: int, by: int, *, here: bool = False) -> int | None:
    """The next of `places` (in order) from `at` on, forwards (by > 0) or backwards; round the end. None for none.

    here: `at` itself will do.
    """
    if not places:
        return None
    if here and at in places:
        return at
    if by > 0:
        return next((place for place in places if place > at), places[0])
    return next((place for place in reversed(places) if place < at), places[-1])
