"""The nearest right spelling: near words are found, far ones are not guessed."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base.spelling import did_you_mean, nearest

RELEASES = ["5.3.0", "5.4.1", "4.14.2"]


@pytest.mark.parametrize(
    ("word", "allowed", "near"),
    [
        ("aarhc64", ["x86_64", "aarch64"], "aarch64"),
        ("MUSL", ["musl", "cosmopolitan"], "musl"),
        ("musl", ["Musl"], "Musl"),
        ("5.3", RELEASES, "5.3.0"),
        ("5.4", RELEASES, "5.4.1"),
        ("wizard", ["musl", "zig"], None),
        ("", ["musl"], None),
        ("x", [], None),
    ],
)
def test_the_nearest_word(word: str, allowed: list[str], near: str | None) -> None:
    assert nearest(word, allowed) == near


def test_a_near_word_comes_first_and_all_words_follow() -> None:
    assert did_you_mean("mulse", ["musl", "zig"]) == "did you mean 'musl'? (allowed: musl, zig)"


def test_where_nothing_is_near_only_what_is_allowed_is_said() -> None:
    assert did_you_mean("qqqq", ["musl", "zig"]) == "allowed: musl, zig"


def test_a_generator_of_words_may_be_given() -> None:
    assert did_you_mean("mulse", (word for word in ("musl", "zig"))) == "did you mean 'musl'? (allowed: musl, zig)"


@given(word=st.text(max_size=10), allowed=st.lists(st.text(max_size=10), max_size=5))
def test_only_an_allowed_word_is_ever_proposed(word: str, allowed: list[str]) -> None:
    assert nearest(word, allowed) in [*allowed, None]


@given(allowed=st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=5, unique_by=str.casefold))
def test_an_allowed_word_is_nearest_to_itself(allowed: list[str]) -> None:
    for word in allowed:
        assert nearest(word, allowed) == word
