"""How far a build is: never backwards, never more than whole, and words a person would use."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.fakes import HERE
from tests.support.properties import given
from wizard.base.errors import BuildError
from wizard.base.folders import Folders
from wizard.builds import journal as j
from wizard.builds.progress import NEARLY, SIDE_BY_SIDE, Progress, duration, transfer_words
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.plan.model import Plan
from wizard.session.session import Session

START = 1_700_000_000.0


def make_plan() -> Plan:
    session = Session(Folders(Path("/c"), Path("/d"), Path("/s")), HERE)
    return session.plan(session.check(Preset(Selection(target="aarch64-linux")), Path("/p")))


PLAN = make_plan()
IDS = [stage.id for stage in PLAN.stages]


def started() -> Progress:
    progress = Progress(PLAN)
    progress.take(j.BuildStarted(at=START, build=PLAN.id, digest=PLAN.digest, pid=1, stages=tuple(IDS)))
    return progress


def begin(progress: Progress, stage: str, at: float) -> None:
    progress.take(j.StageStarted(at=at, stage=stage, log=f"/{stage}.log"))


def end(progress: Progress, stage: str, at: float, seconds: float, outcome: j.Outcome = "done") -> None:
    progress.take(j.StageEnded(at=at, stage=stage, outcome=outcome, seconds=seconds, lines=1))


def test_at_first_every_stage_waits_and_nothing_is_done() -> None:
    progress = Progress(PLAN)
    assert {state.state for state in progress.stages.values()} == {"waiting"}
    assert progress.part(now=START) == 0.0
    assert progress.elapsed(START) == 0.0
    whole = sum(stage.seconds for stage in PLAN.stages)
    assert progress.remaining(now=START) == pytest.approx(SIDE_BY_SIDE * whole)
    host = sum(stage.seconds for stage in PLAN.stages if stage.shared)
    assert host < progress.remaining(now=START) < whole


def test_a_stage_is_shown_as_the_events_say() -> None:
    progress = started()
    begin(progress, "fetch", START + 1)
    progress.take(j.ActionStarted(at=START + 1, stage="fetch", text="fetch it"))
    state = progress.stages["fetch"]
    assert (state.state, state.action, state.log, progress.current) == (
        "running",
        "fetch it",
        "/fetch.log",
        "fetch",
    )
    end(progress, "fetch", START + 3, 2.0)
    assert (progress.stages["fetch"].state, progress.stages["fetch"].seconds) == ("done", 2.0)


def test_of_stages_side_by_side_the_one_that_runs_is_looked_at() -> None:
    progress = started()
    begin(progress, "configure", START + 1)
    begin(progress, "host-build", START + 2)
    assert progress.running == ("configure", "host-build")
    assert progress.current == "host-build"
    end(progress, "host-build", START + 3, 1.0)
    assert progress.current == "configure"


def test_the_stage_that_failed_is_looked_at_and_not_the_one_that_was_stopped_for_it() -> None:
    progress = started()
    begin(progress, "host-build", START + 1)
    begin(progress, "configure", START + 2)
    end(progress, "host-build", START + 3, 2.0, "failed")
    end(progress, "configure", START + 4, 2.0, "cancelled")
    assert progress.current == "host-build"


def test_a_transfer_belongs_to_its_stage() -> None:
    progress = started()
    begin(progress, "fetch", START)
    progress.take(j.Transfer(at=START, stage="fetch", file="x", got=1, total=2))
    assert progress.transfer is not None
    end(progress, "fetch", START, 1.0)
    begin(progress, "toolchain", START + 1)
    assert progress.transfer is None


@pytest.mark.parametrize(
    ("transfer", "words"),
    [
        ((3_149_000, 6_248_678, ""), "o.tgz: 3.1 of 6.2 MB"),
        ((3_149_000, 6_248_678, "resumed"), "o.tgz: 3.1 of 6.2 MB, resumed"),
        ((3_149_000, 0, ""), "o.tgz: 3.1 MB"),
        ((0, 0, "asking npm"), "o.tgz, asking npm"),
        ((0, 0, ""), "o.tgz"),
    ],
)
def test_a_transfer_in_words(transfer: tuple[int, int, str], words: str) -> None:
    assert transfer_words("o.tgz", *transfer) == words


def test_a_running_stage_never_counts_as_whole() -> None:
    progress = started()
    begin(progress, "fetch", START)
    assert progress.stage_part("fetch", lines=10**9, now=START + 10**6) == NEARLY


def test_a_build_that_is_done_is_whole() -> None:
    progress = started()
    progress.take(j.BuildEnded(at=START + 100, outcome="done", prefix="/p"))
    assert progress.part() == 1.0
    assert progress.remaining() == 0.0
    assert progress.elapsed(START + 10**6) == 100.0


def test_skipped_stages_weigh_nothing() -> None:
    progress = started()
    for id_ in IDS[:-1]:
        progress.take(j.StageSkipped(at=START, stage=id_, seconds=9.0))
    assert progress.part(now=START) == 0.0
    assert progress.remaining(now=START) == pytest.approx(PLAN.stages[-1].seconds)
    end(progress, IDS[-1], START + 1, 1.0)
    assert progress.part(now=START + 1) == 1.0


def test_a_failure_is_kept_with_its_error_and_nothing_remains() -> None:
    progress = started()
    begin(progress, "fetch", START)
    end(progress, "fetch", START + 1, 1.0, "failed")
    error = BuildError.from_texts("stage-failed", "what", "why", "fix")
    progress.take(j.BuildEnded(at=START + 2, outcome="failed", prefix="/p", error=error.as_dict(), stage="fetch"))
    assert progress.outcome == "failed"
    assert isinstance(progress.error, BuildError)
    assert progress.error.render() == error.render()
    assert progress.stages["fetch"].state == "failed"
    assert progress.part(now=START + 3) < 1.0
    assert progress.remaining(now=START + 3) == 0.0


def test_a_second_run_begins_anew() -> None:
    progress = started()
    begin(progress, "fetch", START)
    end(progress, "fetch", START + 1, 1.0, "failed")
    progress.take(j.BuildEnded(at=START + 2, outcome="failed", prefix="/p", error=None))
    progress.take(j.BuildStarted(at=START + 50, build=PLAN.id, digest=PLAN.digest, pid=2, stages=tuple(IDS)))
    assert progress.outcome is None
    assert progress.error is None
    assert {state.state for state in progress.stages.values()} == {"waiting"}
    assert progress.elapsed(START + 60) == 10.0


def test_an_event_of_a_stage_that_the_plan_does_not_have_is_passed_over() -> None:
    progress = started()
    end(progress, "no-such-stage", START, 1.0)
    assert set(progress.stages) == set(IDS)


def test_a_machine_that_is_half_as_fast_is_expected_to_stay_so() -> None:
    progress = started()
    measured = {stage.id: stage.seconds for stage in PLAN.stages}
    done = [stage.id for stage in PLAN.stages if stage.shared or stage.id in ("fetch", "toolchain")]
    for id_ in done:
        end(progress, id_, START, measured[id_] * 2)
    assert progress.pace() == pytest.approx(2.0)
    left = sum(measured[id_] for id_ in IDS if id_ not in done)
    assert progress.remaining(now=START) == pytest.approx(2 * left)


@given(seconds=st.floats(0, 1e7))
def test_the_pace_stays_within_reason(seconds: float) -> None:
    progress = started()
    for id_ in IDS[:6]:
        end(progress, id_, START, seconds)
    assert 0.1 <= progress.pace() <= 10.0


@given(
    times=st.lists(st.floats(0.0, 500.0), min_size=len(IDS), max_size=len(IDS)),
    looks=st.lists(st.floats(0.0, 1.0), max_size=4).map(sorted),
    skipped=st.sets(st.sampled_from(IDS), max_size=len(IDS) - 1),
    lines=st.lists(st.integers(0, 3000), max_size=4).map(sorted),
)
def test_a_build_that_succeeds_never_goes_back(
    times: list[float], looks: list[float], skipped: set[str], lines: list[int]
) -> None:
    progress, now = started(), START
    parts = [progress.part(now=now)]
    for id_, seconds in zip(IDS, times, strict=True):
        if id_ in skipped:
            progress.take(j.StageSkipped(at=now, stage=id_, seconds=1.0))
        else:
            begin(progress, id_, now)
            for look, count in zip(looks, lines, strict=False):
                parts.append(progress.part(count, now + seconds * look))
                assert progress.remaining(count, now + seconds * look) >= 0.0
            now += seconds
            end(progress, id_, now, seconds)
        parts.append(progress.part(now=now))
    progress.take(j.BuildEnded(at=now, outcome="done", prefix="/p"))
    parts.append(progress.part(now=now))
    assert all(0.0 <= part <= 1.0 + 1e-9 for part in parts)
    assert all(earlier <= later + 1e-9 for earlier, later in itertools.pairwise(parts))
    assert parts[-1] == 1.0


@given(back=st.floats(0, 1e6))
def test_a_clock_that_is_put_back_makes_nothing_negative(back: float) -> None:
    progress = started()
    for id_ in IDS:
        begin(progress, id_, START)
        assert 0.0 <= progress.stage_part(id_, now=START - back) <= 1.0
        assert 0.0 <= progress.part(now=START - back) <= 1.0
        assert progress.remaining(now=START - back) >= 0.0
        assert progress.elapsed(START - back) >= 0.0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (7, "7 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (65, "1 min 05 s"),
        (3599, "59 min 59 s"),
        (3599.7, "1 h 00 min"),
        (7380, "2 h 03 min"),
        (100_000, "27 h 46 min"),
    ],
)
def test_a_duration_is_said_as_a_person_would(seconds: float, text: str) -> None:
    assert duration(seconds) == text
