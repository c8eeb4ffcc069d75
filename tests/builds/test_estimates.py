"""What stages will take: the nearest earlier builds count, and without any the plan's own numbers."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.builds.test_progress import PLAN
from tests.faces.tui.story import Story
from tests.support.properties import given
from wizard.builds import journal as j
from wizard.builds.estimates import PACE_LIMITS, Estimate, PastStage, estimates_for, past_stages, stages_run
from wizard.builds.folder import PLAN as PLAN_FILE
from wizard.builds.progress import Progress
from wizard.plan.batch import batch_of, to_json
from wizard.plan.model import Plan

HERE = (PLAN.release, PLAN.triplet)


def past(
    stage: str, seconds: float, at: float = 0.0, release: str = "", target: str = "", planned: float = 0.0
) -> PastStage:
    expected_then = planned or PLAN.stage(stage).seconds
    return PastStage(stage, release or HERE[0], target or HERE[1], at, seconds, 7, expected_then)


def test_without_earlier_builds_the_plans_own_numbers_count() -> None:
    assert estimates_for(PLAN, ()) == {stage.id: Estimate(stage.seconds, stage.lines) for stage in PLAN.stages}


def test_the_latest_times_of_the_same_release_and_target_count() -> None:
    known = [past("configure", seconds, at) for at, seconds in enumerate((99.0, 4.0, 6.0, 5.0))]
    known += [
        past("configure", 50.0, at=9, target="riscv64-linux-musl"),
        past("configure", 70.0, at=9, release="4.14.1"),
    ]
    assert estimates_for(PLAN, known)["configure"] == Estimate(5.0, 7, from_history=True)


def test_another_target_counts_by_what_its_plan_expected() -> None:
    usual = PLAN.stage("configure").seconds
    known = [past("configure", 30.0, target="riscv64-linux-musl", planned=usual * 2)]
    assert estimates_for(PLAN, known)["configure"].seconds == pytest.approx(15.0)


def test_a_stage_that_was_never_run_is_expected_at_the_pace_of_the_others() -> None:
    known = [past("configure", PLAN.stage("configure").seconds * 3)]
    found = estimates_for(PLAN, known)["native-compiler"]
    assert found == Estimate(PLAN.stage("native-compiler").seconds * 3, PLAN.stage("native-compiler").lines)


@given(
    st.lists(
        st.builds(past, st.sampled_from([stage.id for stage in PLAN.stages]), st.floats(0, 1e5), st.floats(0, 9)),
        max_size=8,
    )
)
def test_every_stage_has_a_number_and_none_is_absurd(known: list[PastStage]) -> None:
    found = estimates_for(PLAN, known)
    assert set(found) == {stage.id for stage in PLAN.stages}
    longest = max([run.seconds for run in known], default=0.0)
    for stage in PLAN.stages:
        assert 0 <= found[stage.id].seconds <= max(longest, stage.seconds * PACE_LIMITS[1])


def test_stages_of_a_batch_are_known_by_their_own_names() -> None:
    other = msgspec.structs.replace(PLAN, id="other", prefix="/q", triplet="riscv64-linux-musl")
    batch = batch_of((PLAN, other), Path("/builds"))
    known = [past("configure", 3.0), past("configure", 9.0, target="riscv64-linux-musl")]
    found = estimates_for(batch, known)
    assert found[f"{PLAN.triplet}/configure"].seconds == 3.0
    assert found["riscv64-linux-musl/configure"].seconds == 9.0


def test_only_stages_that_were_run_whole_count() -> None:
    events = (
        j.StageStarted(stage="fetch", log=""),
        j.StageEnded(stage="fetch", outcome="done", seconds=2.0, lines=1, at=5),
        j.StageSkipped(stage="toolchain", seconds=9.0),
        j.StageStarted(stage="source", log="", resumed=True),
        j.StageEnded(stage="source", outcome="done", seconds=0.1, lines=1),
        j.StageStarted(stage="configure", log=""),
        j.StageEnded(stage="configure", outcome="failed", seconds=0.2, lines=1),
        j.StageEnded(stage="unheard-of", outcome="done", seconds=1.0, lines=1),
    )
    assert [(run.stage, run.seconds, run.at) for run in stages_run(PLAN, events)] == [("fetch", 2.0, 5)]


def written(folder: Path, plan: Plan) -> Story:
    folder.mkdir(parents=True)
    here = msgspec.structs.replace(plan, build_folder=str(folder))
    (folder / PLAN_FILE).write_bytes(to_json(here))
    return Story(here)


def test_earlier_builds_are_read_and_the_one_that_runs_is_none_of_them(tmp_path: Path) -> None:
    written(tmp_path / "one", PLAN).done_until("configure")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / j.JOURNAL).write_text("{}\n")
    now = tmp_path / "now"
    written(now, PLAN).done_until("source")
    before = [stage.id for stage in PLAN.stages]
    assert [stage.stage for stage in past_stages(tmp_path, now)] == before[: before.index("configure")]
    assert past_stages(tmp_path / "nowhere") == []


def test_progress_uses_the_estimates() -> None:
    progress = Progress(PLAN, {stage.id: Estimate(1.0, 1, from_history=True) for stage in PLAN.stages})
    assert progress.from_history
    assert progress.remaining(now=0.0) <= len(PLAN.stages)
    assert not Progress(PLAN).from_history
