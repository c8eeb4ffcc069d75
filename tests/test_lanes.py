"""Stages side by side: what waits, what does not, and what becomes of the others when one fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from wizard.build.lanes import LaneError, Lanes, lanes_of
from wizard.build.processes import Stop
from wizard.errors import BuildError, CancelledError
from wizard.plan.model import Stage

SECONDS = 10.0


def stage(id_: str, home: str, *needs: str) -> Stage:
    return Stage(
        id=id_, title=id_, why="", home=home, actions=(), outputs=(), digest=id_, shared=False, seconds=1, lines=1,
        needs=needs,
    )  # fmt: skip


class Recorder:
    """Runs stages by writing down when they began and ended; a stage may wait for an event or raise."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.waits: dict[str, threading.Event] = {}
        self.opens: dict[str, threading.Event] = {}
        self.raises: dict[str, BaseException] = {}
        self._lock = threading.Lock()

    def __call__(self, one: Stage) -> None:
        with self._lock:
            self.said.append(f"begin {one.id}")
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if one.id in self.opens:
                self.opens[one.id].set()
            if one.id in self.waits:
                assert self.waits[one.id].wait(SECONDS), f"{one.id} waited in vain"
            if one.id in self.raises:
                raise self.raises[one.id]
        finally:
            with self._lock:
                self.said.append(f"end {one.id}")
                self.at_once -= 1


def endless(run: Recorder, stop: Stop, *ids: str) -> Callable[[Stage], None]:
    """`run`, in which the stages `ids` last until they are stopped."""

    def until_stopped(one: Stage) -> None:
        run(one)
        deadline = time.monotonic() + SECONDS
        while one.id in ids and time.monotonic() < deadline:
            stop.check()
            time.sleep(0.01)

    return until_stopped


def test_homes_keep_the_order_of_the_plan() -> None:
    stages = [stage("a", "x"), stage("b", "y"), stage("c", "x")]
    assert lanes_of(stages) == ((stages[0], stages[2]), (stages[1],))


def test_two_homes_are_built_side_by_side() -> None:
    run = Recorder()
    met = run.opens["right"] = run.waits["left"] = threading.Event()
    run.waits["right"] = run.opens["left"] = threading.Event()
    Lanes([stage("left", "x"), stage("right", "y")], run, Stop(), most=2).run()
    assert met.is_set()
    assert run.most_at_once == 2


def test_a_stage_waits_for_those_it_needs() -> None:
    run = Recorder()
    run.opens["early"] = run.waits["host"] = threading.Event()
    stages = [stage("host", "h"), stage("early", "t"), stage("late", "t", "host"), stage("last", "t")]
    Lanes(stages, run, Stop(), most=2).run()
    assert run.said.index("begin early") < run.said.index("end host") < run.said.index("begin late")
    assert run.said[-1] == "end last"


def test_no_more_run_at_once_than_may() -> None:
    run = Recorder()
    Lanes([stage(f"s{number}", f"h{number % 7}") for number in range(40)], run, Stop(), most=3).run()
    assert len(run.said) == 80
    assert run.most_at_once <= 3


def test_the_first_failure_stops_the_others_and_is_the_one_that_is_told() -> None:
    run, stop = Recorder(), Stop()
    run.raises["bad"] = BuildError("stage-failed", "it failed")
    run.opens["other"] = run.waits["bad"] = threading.Event()
    stages = [stage("bad", "x"), stage("after", "x"), stage("other", "y"), stage("waits", "z", "after")]
    with pytest.raises(LaneError) as caught:
        Lanes(stages, endless(run, stop, "other"), stop, most=2).run()
    assert caught.value.stage == "bad"
    assert caught.value.__cause__ is run.raises["bad"]
    assert "begin after" not in run.said
    assert "begin waits" not in run.said


def test_a_stop_ends_what_waits_for_a_place_or_for_a_stage() -> None:
    run, stop = Recorder(), Stop()
    stages = [stage("slow", "x"), stage("next", "x"), stage("needs", "y", "next"), stage("place", "z")]
    threading.Timer(0.1, stop.ask).start()
    with pytest.raises(LaneError) as caught:
        Lanes(stages, endless(run, stop, "slow", "place"), stop, most=1).run()
    assert isinstance(caught.value.__cause__, CancelledError)
    assert "begin needs" not in run.said


def test_what_is_no_error_of_the_wizard_is_told_as_well() -> None:
    run = Recorder()
    run.raises["odd"] = ZeroDivisionError("odd")
    with pytest.raises(LaneError) as caught:
        Lanes([stage("odd", "x")], run, Stop(), most=1).run()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
