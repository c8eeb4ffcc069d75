"""The small parts below the screens: draft, text, bindings."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import strategies as st
from textual.content import Content

from tests.faces.tui.conftest import make_session, small_catalogue
from tests.support.properties import given
from wizard.base.lines import MAX_LINE, plain_line
from wizard.builds.listing import State
from wizard.catalogue.presets import Lock, Preset
from wizard.catalogue.selection import Selection
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.render import clock
from wizard.session.draft import Draft, first_draft, from_preset
from wizard.session.questions import BUILD_WORDS

KNOWN = small_catalogue()
LOCK = Lock("0", "t", "f", "s", "v", "build")


def test_a_lock_holds_only_while_the_selection_is_its_own() -> None:
    start = from_preset(Preset(Selection("aarch64-linux", "musl", toolchain="zig"), title="Mine", lock=LOCK))
    changed = start.choose(KNOWN, release="5.4.1")
    assert start.preset.lock == LOCK
    assert changed.preset.lock is None
    assert changed.preset.title == ""
    assert changed.choose(KNOWN, release="5.3.0").preset == start.preset


def test_the_first_draft_is_possible_and_for_another_machine() -> None:
    session = make_session()
    assert first_draft(session).selection.target == "aarch64-linux"


def test_draft_options_have_an_absolute_sources_folder() -> None:
    assert Draft(Selection(target="x"), sources="  ").options().sources == ""
    assert Draft(Selection(target="x"), sources="a").options().sources.startswith("/")


@given(st.text())
def test_plain_line_has_nothing_that_moves_the_cursor(line: str) -> None:
    plain = plain_line(line.replace("\n", " "))
    assert len(plain) <= MAX_LINE * 8
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2066\u2028" for c in plain)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("\x1b[1;31merror\x1b[0m: no", "error: no"),
        ("\x1b]8;;http://x\x07link\x1b]8;;\x07", "link"),
        ("a\tb", "a       b"),
        ("\x1b(Bx", "x"),
        ("half \x1b[", "half "),
    ],
)
def test_plain_line_takes_escapes_out(line: str, plain: str) -> None:
    assert plain_line(line) == plain


@given(st.text(alphabet="ab /", max_size=200), st.integers(20, 60), st.integers(0, 8))
def test_hanging_keeps_every_letter_and_fits(words: str, width: int, hang: int) -> None:
    made = hanging_text(Content(words), hang=hang).at(width)
    assert made.plain.replace(" ", "").replace("\n", "") == words.replace(" ", "")
    assert all(len(line.rstrip()) <= width for line in made.plain.split("\n"))


def test_hanging_indents_what_is_wrapped() -> None:
    made = hanging_text("  why: " + "word " * 10).at(24)
    first, *rest = made.plain.split("\n")
    assert first.startswith("  why: word")
    assert rest
    assert all(line.startswith("  word") for line in rest)


def test_clock() -> None:
    assert [clock(n) for n in (0, 59.6, 61, 3661)] == ["0:00", "1:00", "1:01", "1:01:01"]


def test_every_state_of_a_build_has_its_words() -> None:
    assert set(BUILD_WORDS) == set(get_args(State))
