"""The index of a log: whatever is in it and however it grows, lines are those that a plain split finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given, settings
from wizard.logs.index import BLOCK, LogIndex
from wizard.logs.levels import level_of
from wizard.logs.marks import LogMarks
from wizard.logs.search import LogSearch

ODD = [
    b"", b"x", b"\xff\xfe", "é€😀".encode(), b"a" * 70, b"x.c:1: error: no", b"x.c:2: warning: odd",
    b"make: *** [x] Error 1", b"make: [x] Error 1 (ignored)", b"\x1b[31mld: error: bad\x1b[0m", b"abc\r",
    b"\x00\x00", b"needle", b"Needle", b"checking ", b"  CC x.o",
]  # fmt: skip
PIECES = st.lists(st.sampled_from([b"\n", b"\n", *ODD]), max_size=60)


def grown(path: Path, most: int = BLOCK) -> LogIndex:
    index = LogIndex(path)
    while index.grow(most):
        pass
    return index


def marked(index: LogIndex, most: int = BLOCK) -> LogMarks:
    marks = LogMarks(index)
    while marks.step(most):
        pass
    return marks


def as_split(data: bytes) -> list[bytes]:
    """The lines of a text, the last one also without its end."""
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def searched(index: LogIndex, text: str, most: int = BLOCK) -> list[int]:
    search = LogSearch(index, text)
    while search.step(most):
        pass
    return list(search.lines)


@settings(max_examples=60, deadline=None)
@given(PIECES, st.integers(1, 40))
def test_lines_are_those_of_a_split_however_it_is_read(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], most: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    data = b"".join(pieces)
    path.write_bytes(data)
    index, lines = grown(path, most), as_split(data)
    assert index.count == len(lines)
    assert index.read(range(len(lines)), 1 << 20) == [line.removesuffix(b"\r") for line in lines]
    ended = data.split(b"\n")[:-1]
    levels = [level_of(line) for line in ended]
    marks = marked(index, most)
    assert [marks.level(n) or "" for n in range(len(ended))] == [
        level if level in ("error", "warning") else "" for level in levels
    ]
    assert marks.errors == levels.count("error")
    assert marks.warnings == levels.count("warning")


@settings(max_examples=60, deadline=None)
@given(PIECES, st.sampled_from(["needle", "Needle", "x", "é", "a" * 30, "error: no"]), st.integers(1, 40))
def test_a_search_finds_what_a_plain_one_finds(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes], text: str, most: int
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    data = b"".join(pieces)
    path.write_bytes(data)
    needle = text.encode()
    exact = text != text.lower()
    found = [n for n, line in enumerate(as_split(data)) if needle in (line if exact else line.lower())]
    assert searched(grown(path), text, most) == found


@given(st.lists(st.sampled_from(["warning", "error"]), max_size=12), st.integers(-1, 40))
def test_the_next_and_the_last_of_a_level(levels: list[str], line: int) -> None:
    marks = LogMarks(LogIndex(Path()))
    at = {n * 3: level for n, level in enumerate(levels)}
    for number, level in at.items():
        marks.add(number, level)  # type: ignore[arg-type]
    errors = [number for number, level in at.items() if level == "error"]
    assert marks.after(line, "error") == next((n for n in errors if n > line), None)
    assert marks.before(line, "error") == next((n for n in reversed(errors) if n < line), None)


def test_a_growing_log_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    index = LogIndex(path)
    assert not index.grow()
    path.write_bytes(b"one\ntw")
    index.grow()
    assert (index.count, index.whole, index.read([0, 1], 99)) == (2, 1, [b"one", b"tw"])
    with path.open("ab") as file:
        file.write(b"o\nx: error: no\n")
    index.grow()
    assert (index.count, index.whole, index.read([1, 2], 99)) == (3, 3, [b"two", b"x: error: no"])
    assert list(marked(index).lines) == [2]


def test_a_log_that_was_begun_again_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"first: error: run\n" * 100)
    index = grown(path)
    search, marks = LogSearch(index, "run"), marked(index)
    assert marks.errors == 100
    while search.step():
        pass
    path.write_bytes(b"second run\n")
    while index.grow():
        pass
    while marks.step():
        pass
    assert (index.count, marks.errors) == (1, 0)
    while search.step():
        pass
    assert list(search.lines) == [0]


def test_a_line_of_many_megabytes_costs_only_what_is_seen_of_it(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"short\n" + b"y" * 10_000_000 + b"needle\n" + b"x: error: after\n")
    index = grown(path)
    assert index.count == 3
    assert index.read([1], 100) == [b"y" * 100]
    assert index.read([2], 100) == [b"x: error: after"]
    assert list(marked(index).lines) == [2]
    assert searched(index, "needle") == [1]


def test_a_log_that_is_gone_is_empty_lines_and_no_error(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_bytes(b"one\ntwo\n")
    index = grown(path)
    path.unlink()
    assert index.read([0, 1], 99) == [b"", b""]
    assert not index.grow()


@pytest.mark.parametrize("character", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\r"])
def test_only_a_line_feed_ends_a_line(character: str, tmp_path: Path) -> None:
    """Line numbers in messages are those of grep, sed and every editor."""
    path = tmp_path / "x.log"
    path.write_bytes(f"one{character}still one\ntwo\n".encode())
    assert grown(path).count == 2


def test_where_a_text_stands_in_a_line_that_is_shown(tmp_path: Path) -> None:
    search = LogSearch(LogIndex(tmp_path), "ab")
    assert search.spans("abxAB") == [(0, 2), (3, 5)]
    assert LogSearch(LogIndex(tmp_path), "Ab").spans("abxAb") == [(3, 5)]
    assert search.spans("İab") == []  # a letter that becomes two
