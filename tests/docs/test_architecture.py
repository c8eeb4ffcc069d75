"""ARCHITECTURE: its rooms and floors are those that the tests hold; its table says where each thing is added."""

from __future__ import annotations

import re

import pytest

from tests.support.house import FLOORS, HALL, arrows, between_rooms
from tests.support.pages import WRITTEN
from tests.support.paths import ROOT

TEXT = WRITTEN["ARCHITECTURE.md"]


def test_it_draws_every_room_once() -> None:
    drawn = re.findall(r"^  (\w+)/  ", TEXT, re.MULTILINE)
    assert sorted(drawn) == sorted(room for room in between_rooms(arrows(ROOT)) if room != HALL)


def test_it_names_the_floors_from_the_top() -> None:
    sentence = re.search(r"The floors, from the top: (.*?)\. ", TEXT.replace("\n", " "))
    assert sentence
    floors = [tuple(floor.split(" | ")) for floor in re.findall(r"`([^`]+)`", sentence[1])]
    assert floors == list(FLOORS)


@pytest.mark.parametrize(
    "thing",
    [
        "a target", "a release", "a C toolchain", "a line of a wrapper script", "a runner", "a rule", "a cause",
        "a patch", "an export", "a command", "a screen", "a check of the doctor", "a code of an error",
    ],
)  # fmt: skip
def test_it_says_where_a_thing_is_added(thing: str) -> None:
    (row,) = [line for line in TEXT.splitlines() if line.startswith(f"| {thing}")]
    assert len(row.split("|")) == 6
    assert "`" in row


def test_what_has_a_star_has_a_worked_example() -> None:
    starred = re.findall(r"^\| (an? [\w ]+?)(?: \(provider\))? \* \|", TEXT, re.MULTILINE)
    assert len(starred) >= 5
    for thing in starred:
        assert f"### Add {thing}" in WRITTEN["CONTRIBUTING.md"]
