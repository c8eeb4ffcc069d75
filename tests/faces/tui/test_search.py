"""Where `/`, n and N go."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.support.properties import given
from wizard.faces.tui.search import following, holds

PLACES = st.lists(st.integers(0, 50), unique=True, min_size=1).map(sorted)


@given(PLACES, st.integers(0, 50))
def test_every_place_is_reached_once_in_each_direction(places: list[int], at: int) -> None:
    for by in (1, -1):
        seen = []
        here = at
        for _ in places:
            found = following(places, here, by)
            assert found is not None
            seen.append(found)
            here = found
        assert sorted(seen) == places


@given(PLACES, st.integers(0, 50))
def test_back_is_the_way_one_came(places: list[int], at: int) -> None:
    found = following(places, at, 1, here=True)
    assert found in places
    assert found == at or at not in places
    assert following(places, following(places, places[0], 1) or 0, -1) == places[0]


def test_no_place_no_move() -> None:
    assert following([], 3, 1) is None
    assert following([], 3, -1, here=True) is None


def test_capitals_count_only_where_they_are_typed() -> None:
    assert holds("Static ELF", "elf")
    assert holds("Static ELF", "ELF")
    assert not holds("Static elf", "ELF")
