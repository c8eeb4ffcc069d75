"""Where a build continues: the work tree is trusted only where nothing else can have changed it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from wizard.builder.resume import first_to_run
from wizard.builds.records import Record, record_path, started_path
from wizard.steps.actions import Run, UnpackSource
from wizard.steps.stage import Stage


@pytest.fixture
def stages(tmp_path: Path) -> list[Stage]:
    """fetch, source (unpacks), configure, compile, publish."""
    return [
        Stage(
            id=id_,
            title=id_,
            why="",
            home=str(tmp_path),
            actions=(UnpackSource("record", "tree") if id_ == "source" else Run(("true",), "/"),),
            outputs=(),
            digest=f"digest of {id_}",
            shared=False,
            seconds=1,
            lines=1,
        )
        for id_ in ("fetch", "source", "configure", "compile", "publish")
    ]


def _done(stage: Stage, digest: str | None = None) -> None:
    record_path(stage).parent.mkdir(exist_ok=True)
    record_path(stage).write_bytes(msgspec.json.encode(Record(digest or stage.digest, 1.0, 1)))


def _begun(stage: Stage, digest: str | None = None) -> None:
    started_path(stage).parent.mkdir(exist_ok=True)
    started_path(stage).write_text(digest or stage.digest)


def _first(stages: list[Stage]) -> str | None:
    first = first_to_run(stages)
    return first.id if first else None


def test_a_new_build_begins_at_the_beginning(stages: list[Stage]) -> None:
    assert _first(stages) == "fetch"


def test_a_finished_build_runs_nothing_whatever_became_of_its_tree(stages: list[Stage]) -> None:
    _done(stages[-1])
    assert _first(stages) is None


def test_an_interrupted_stage_is_gone_on_with(stages: list[Stage]) -> None:
    for stage in stages[:3]:
        _done(stage)
    _begun(stages[3])
    assert _first(stages) == "compile"
    assert started_path(stages[3]).exists()


def test_a_stage_begun_by_another_plan_starts_from_fresh_source(stages: list[Stage]) -> None:
    for stage in stages[:3]:
        _done(stage)
    _begun(stages[3], "another plan's")
    assert _first(stages) == "source"
    assert not started_path(stages[3]).exists()


def test_a_tree_in_which_later_stages_ran_is_not_built_in_again(stages: list[Stage]) -> None:
    _done(stages[0])
    _done(stages[1])
    _done(stages[2], "another plan's")
    _done(stages[3])
    assert _first(stages) == "source"
    assert not record_path(stages[3]).exists()


def test_what_was_unpacked_for_earlier_stages_is_left_alone(stages: list[Stage]) -> None:
    below = msgspec.structs.replace(stages[1], id="solo5-source", digest="digest of solo5-source")
    stages.insert(1, below)
    for stage in stages[:4]:
        _done(stage)
    _begun(stages[4], "another plan's")
    assert _first(stages) == "source"
    assert record_path(below).exists()


def test_a_broken_record_counts_as_none(stages: list[Stage]) -> None:
    _done(stages[0])
    record_path(stages[1]).write_text("{half a rec")
    assert _first(stages) == "source"
