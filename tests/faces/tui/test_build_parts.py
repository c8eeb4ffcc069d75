"""The parts of the build screen that are plain functions: the line of time, sparklines, plain letters."""

from __future__ import annotations

import itertools
from pathlib import Path

from hypothesis import strategies as st

from tests.builds.test_progress import PLAN
from tests.support.properties import given
from wizard.builds import journal as j
from wizard.builds.progress import Progress
from wizard.faces.tui import app
from wizard.faces.tui.build_words import times, title_words
from wizard.faces.tui.filters import SIGNS
from wizard.faces.tui.filters import in_ascii as plain
from wizard.faces.tui.timeline import COMING, FULL, bars, longest
from wizard.faces.tui.widgets.machine_line import BLOCKS, sparks

IDS = [stage.id for stage in PLAN.stages]
BEGAN = 1000.0


def progress_of(*took: float, running: bool = True) -> Progress:
    """A build whose first stages took so long, one after the other; the next one runs."""
    progress = Progress(PLAN)
    progress.take(j.BuildStarted(at=BEGAN, build="b", digest="d", pid=1, stages=tuple(IDS)))
    now = BEGAN
    for id_, seconds in zip(IDS, took, strict=False):
        progress.take(j.StageStarted(at=now, stage=id_, log=""))
        progress.take(j.StageEnded(at=now + seconds, stage=id_, outcome="done", seconds=seconds, lines=1))
        now += seconds
    if running:
        progress.take(j.StageStarted(at=now, stage=IDS[len(took)], log=""))
    return progress


@given(st.lists(st.floats(0, 1e4), max_size=10), st.floats(0, 1e4), st.floats(0, 1e4), st.integers(1, 60))
def test_bars_stay_on_the_line_and_what_took_longer_is_not_shorter(
    took: list[float], ran: float, left: float, width: int
) -> None:
    progress = progress_of(*took)
    now = BEGAN + sum(took) + ran
    drawn = bars(progress, now, width, left)
    if not drawn:
        assert now - BEGAN + left == 0
        return
    for id_ in IDS:
        bar = drawn[id_]
        assert len(bar.before) + len(bar.done) + len(bar.coming) <= width
        assert bool(bar) == (progress.stages[id_].began > 0)
    pairs = sorted(zip(took, IDS, strict=False))
    for (_, short), (_, long) in itertools.pairwise(pairs):
        # A bar at the edge of the line is cut there.
        if len(drawn[long].before) + len(drawn[long].done) < width:
            assert len(drawn[short].done) <= len(drawn[long].done)


def test_a_running_stage_shows_what_is_expected_of_it() -> None:
    progress = progress_of(10.0)
    bar = bars(progress, BEGAN + 12, 40, 40.0)[IDS[1]]
    assert bar.done
    assert set(bar.coming) == {COMING}
    assert set(bars(progress, BEGAN + 12, 40, 40.0)[IDS[0]].done) & {FULL}


def test_before_a_build_begins_there_are_no_bars() -> None:
    assert bars(Progress(PLAN), BEGAN, 20, 10.0) == {}


def test_the_longest_stage_is_one_that_is_done() -> None:
    found = longest(progress_of(3.0, 9.0, 4.0))
    assert found is not None
    assert found.id == IDS[1]
    assert longest(progress_of()) is None


@given(st.lists(st.floats(-1, 2)))
def test_sparks_are_one_block_each_higher_for_more(parts: list[float]) -> None:
    drawn = sparks(parts)
    assert len(drawn) == len(parts)
    assert [BLOCKS.index(spark) for spark in sparks(sorted(parts))] == sorted(map(BLOCKS.index, drawn))


def test_the_ends_of_the_sparks() -> None:
    assert sparks((0.0, 0.5, 1.0)) == "▁▅█"


@given(st.text(alphabet=st.one_of(st.sampled_from(sorted(map(chr, SIGNS))), st.characters()), max_size=30))
def test_plain_letters_are_ascii_and_as_wide(text: str) -> None:
    from rich.cells import cell_len

    found = plain(text)
    assert found.isascii()
    assert cell_len(found) == cell_len(text) or not text.isprintable()


def test_every_sign_of_the_screens_has_a_plain_one() -> None:
    folder = Path(app.__file__).parent
    used = {letter for path in folder.rglob("*.py") for letter in path.read_text() if not letter.isascii()}
    assert {ord(character) for character in used} - SIGNS.keys() == set()


def test_words_of_time() -> None:
    progress = progress_of(10.0)
    assert times(progress, BEGAN + 12, 40.0, running=True, short=True) == "0:12 so far, about 0:40 left"
    assert title_words(PLAN, progress, 0.456, running=True).startswith("45 % OCaml")
    progress.take(j.BuildEnded(at=BEGAN + 70, outcome="failed", prefix="/p"))
    assert times(progress, BEGAN + 99, 0.0, running=False, short=False) == "took 1:10"
    assert title_words(PLAN, progress, 1.0, running=False).startswith("failed: OCaml")
