"""The journal and the tails that read it: no event lost, none twice, whatever a killed writer left."""

from __future__ import annotations

import itertools
import resource
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.builds.journal import (
    JOURNAL,
    ActionStarted,
    AnyEvent,
    BuildEnded,
    BuildStarted,
    Journal,
    JournalTail,
    StageEnded,
    StageSkipped,
    StageStarted,
    Transfer,
    decode_line,
    read_events,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
some_words = st.lists(words, max_size=3).map(tuple)
outcomes = st.sampled_from(["done", "failed", "cancelled"])
times = st.floats(0, 4e9)
errors = st.none() | st.fixed_dictionaries(
    {"code": words, "exit_code": st.integers(0, 255), "what": words, "why": words, "fix": words}
)
numbers = st.integers(0, 2**53)
events: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(BuildStarted, at=times, build=words, digest=words, pid=numbers, stages=some_words),
    st.builds(StageSkipped, at=times, stage=words, seconds=times),
    st.builds(StageStarted, at=times, stage=words, log=words, resumed=st.booleans()),
    st.builds(ActionStarted, at=times, stage=words, text=words),
    st.builds(Transfer, at=times, stage=words, file=words, got=numbers, total=numbers, note=words),
    st.builds(StageEnded, at=times, stage=words, outcome=outcomes, seconds=times, lines=numbers),
    st.builds(BuildEnded, at=times, outcome=outcomes, prefix=words, error=errors, stage=words),
)  # fmt: skip

FEW: list[AnyEvent] = [
    BuildStarted(at=1.0, build="b", digest="d", pid=7, stages=("one", "two")),
    StageStarted(at=2.0, stage="one", log="/log"),
    StageEnded(at=3.0, stage="one", outcome="done", seconds=1.0, lines=3),
    BuildEnded(at=4.0, outcome="failed", prefix="/p", error={"code": "x\ny", "exit_code": 6, "what": "é\u2028"}),
]


def written(folder: Path, these: list[AnyEvent]) -> bytes:
    journal = Journal(folder)
    for event in these:
        journal.add(event)
    journal.close()
    return (folder / JOURNAL).read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "build").mkdir()
    return tmp_path / "build"


# ---------------------------------------------------------------- writing and reading


@given(these=st.lists(events, max_size=6))
def test_every_event_is_read_back_in_order(
    these: list[AnyEvent], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("build")
    assert written(folder, these).count(b"\n") == len(these), "one line an event"
    assert list(read_events(folder)) == these


def test_an_event_has_the_time_at_which_it_was_made() -> None:
    assert ActionStarted(stage="x", text="y").at > 1_600_000_000


def test_a_journal_that_is_not_there_has_no_events(folder: Path) -> None:
    assert list(read_events(folder)) == []
    assert JournalTail(folder).new() == []


def test_a_second_writer_goes_on_after_the_first(folder: Path) -> None:
    written(folder, FEW[:2])
    written(folder, FEW[2:])
    assert list(read_events(folder)) == FEW


@pytest.mark.parametrize("left", [b'{"event":"stage-st', b"{", b"\xff\xfe\x00", b'{"event":"build-ended"', b" "])
def test_half_a_line_of_a_killed_writer_hides_no_event(left: bytes, folder: Path) -> None:
    written(folder, FEW[:2])
    with (folder / JOURNAL).open("ab") as file:
        file.write(left)
    assert list(read_events(folder)) == FEW[:2]
    written(folder, FEW[2:])
    assert list(read_events(folder)) == FEW


def test_an_event_that_a_full_disk_cut_off_does_not_take_the_next_one_along(folder: Path) -> None:
    """The end of the build is written into room that was kept for it, after a write that was interrupted."""
    journal = Journal(folder)
    journal.add(FEW[0])
    size = (folder / JOURNAL).stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            journal.add(FEW[1])
        with pytest.raises(OSError, match="File too large"):
            journal.add(FEW[2])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    journal.add(FEW[3])
    assert list(read_events(folder)) == [FEW[0], FEW[3]]


def test_a_whole_event_whose_line_was_not_ended_is_kept(folder: Path) -> None:
    written(folder, FEW[:2])
    data = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(data.rstrip(b"\n"))
    written(folder, FEW[2:])
    assert list(read_events(folder)) == FEW


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"null", b"[]", b"{}", b'"x"', b"\0" * 40, b"\xff", b'{"event":"no-such"}',
     b'{"event":"transfer"}',
     b'{"event":"stage-ended","at":1,"stage":"x","outcome":"maybe","seconds":1,"lines":1}', b'{"event":1}',
     b'{"event":"action-started","at":"now","stage":"x","text":"y"}', b'{"event":"action-started","text":"\xff"}'],
)  # fmt: skip
def test_a_line_that_is_no_event_is_passed_over(line: bytes) -> None:
    assert decode_line(line) is None


@given(line=st.binary(max_size=60))
def test_no_rubbish_makes_reading_crash(line: bytes) -> None:
    decode_line(line)


@given(noise=st.binary(max_size=40))
def test_rubbish_between_events_costs_at_most_itself(
    noise: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("build")
    whole = written(folder, FEW).splitlines(keepends=True)
    (folder / JOURNAL).write_bytes(b"".join([*whole[:2], noise, b"\n", *whole[2:]]))
    assert [event for event in read_events(folder) if event in FEW] == FEW


# ---------------------------------------------------------------- reading while it grows


def cuts(data: bytes, offsets: list[int]) -> list[bytes]:
    edges = [0, *sorted(offset % (len(data) + 1) for offset in offsets), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(these=st.lists(events, max_size=5), offsets=st.lists(st.integers(0, 5000), max_size=8))
def test_a_tail_gives_every_event_once_however_the_writing_is_cut(
    these: list[AnyEvent], offsets: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = written(tmp_path_factory.mktemp("whole"), these)
    folder = tmp_path_factory.mktemp("growing")
    tail, seen = JournalTail(folder), []
    with (folder / JOURNAL).open("wb", buffering=0) as file:
        for part in cuts(whole, offsets):
            file.write(part)
            seen += tail.new()
    assert seen == these
    assert tail.new() == []


def test_a_tail_waits_for_the_end_of_a_line(folder: Path) -> None:
    line = written(folder, FEW[:1])
    tail = JournalTail(folder)
    (folder / JOURNAL).write_bytes(line[:-1])
    assert tail.new() == []
    (folder / JOURNAL).write_bytes(line)
    assert tail.new() == FEW[:1]
