"""Stages side by side: what waits, what does not, and what becomes of the others when one fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from wizard.base.errors import BuildError, CancelledError
from wizard.builder.scheduler import Failure, HomeQueue, Scheduler, queues_of
from wizard.machine.processes import Stop
from wizard.steps.stage import Stage

SECONDS = 10.0


def stage(id_: str, home: str, *needs: str) -> Stage:
    return Stage(
        id=id_, title=id_, why="", home=home, actions=(), outputs=(), digest=id_, shared=False, seconds=1, lines=1,
        needs=needs,
    )  # fmt: skip


class Recorder:
    """Runs stages by writing down when they began and ended; a stage may wait for an event or raise."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.waits: dict[str, threading.Event] = {}
        self.opens: dict[str, threading.Event] = {}
        self.raises: dict[str, BaseException] = {}
        self._lock = threading.Lock()

    def __call__(self, _queue: HomeQueue, stage: Stage) -> None:
        with self._lock:
            self.events.append(f"begin {stage.id}")
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if stage.id in self.opens:
                self.opens[stage.id].set()
            if stage.id in self.waits:
                assert self.waits[stage.id].wait(SECONDS), f"{stage.id} waited in vain"
            if stage.id in self.raises:
                raise self.raises[stage.id]
        finally:
            with self._lock:
                self.events.append(f"end {stage.id}")
                self.at_once -= 1


def endless(run: Recorder, *ids: str) -> Callable[[HomeQueue, Stage], None]:
    """`run`, in which the stages `ids` last until they are stopped."""

    def until_stopped(queue: HomeQueue, stage: Stage) -> None:
        run(queue, stage)
        deadline = time.monotonic() + SECONDS
        while stage.id in ids and time.monotonic() < deadline:
            queue.stop.check()
            time.sleep(0.01)

    return until_stopped


def run_plans(
    run: Callable[[HomeQueue, Stage], None],
    *stages: Stage,
    limit: int = 2,
    stop: Stop | None = None,
    others: dict[str, list[Stage]] | None = None,
) -> dict[str, Failure]:
    """Run the stages of one plan, `plan`, and of `others` beside it."""
    queues = queues_of({"plan": stages, **(others or {})}, stop or Stop())
    return Scheduler(queues, run, limit=limit, hold=lambda _queue: nullcontext()).run()


def test_homes_keep_the_order_of_the_plan() -> None:
    stages = [stage("a", "x"), stage("b", "y"), stage("c", "x")]
    queues = queues_of({"plan": stages}, Stop())
    assert [queue.stages for queue in queues] == [(stages[0], stages[2]), (stages[1],)]


def test_a_home_that_plans_share_is_one_queue() -> None:
    host = stage("host", "h")
    queues = queues_of({"one": [host, stage("a", "x")], "two": [host, stage("b", "y")]}, Stop())
    assert [(queue.stages[0].id, sorted(queue.users)) for queue in queues] == [
        ("host", ["one", "two"]),
        ("a", ["one"]),
        ("b", ["two"]),
    ]


def test_two_homes_are_built_side_by_side() -> None:
    run = Recorder()
    run.opens["right"] = run.waits["left"] = threading.Event()
    run.waits["right"] = run.opens["left"] = threading.Event()
    assert run_plans(run, stage("left", "x"), stage("right", "y")) == {}
    assert run.most_at_once == 2


def test_a_stage_waits_for_those_it_needs() -> None:
    run = Recorder()
    run.opens["early"] = run.waits["host"] = threading.Event()
    stages = [stage("host", "h"), stage("early", "t"), stage("late", "t", "host"), stage("last", "t")]
    run_plans(run, *stages)
    assert run.events.index("begin early") < run.events.index("end host") < run.events.index("begin late")
    assert run.events[-1] == "end last"


def test_no_more_run_at_once_than_may() -> None:
    run = Recorder()
    run_plans(run, *(stage(f"s{number}", f"h{number % 7}") for number in range(40)), limit=3)
    assert len(run.events) == 80
    assert run.most_at_once <= 3


def test_the_first_failure_stops_the_others_of_its_plan_and_is_the_one_that_is_reported() -> None:
    run = Recorder()
    run.raises["bad"] = BuildError.from_texts("stage-failed", "it failed")
    run.opens["other"] = run.waits["bad"] = threading.Event()
    stages = [stage("bad", "x"), stage("after", "x"), stage("other", "y"), stage("waits", "z", "after")]
    failures = run_plans(endless(run, "other"), *stages)
    assert failures == {"plan": Failure("bad", run.raises["bad"])}
    assert "begin after" not in run.events
    assert "begin waits" not in run.events


def test_a_plan_that_fails_leaves_the_others_alone() -> None:
    run = Recorder()
    run.raises["bad"] = BuildError.from_texts("stage-failed", "it failed")
    host = stage("host", "h")
    run.opens["bad"] = run.waits["host"] = threading.Event()
    good = [host, stage("good", "y", "host")]
    failures = run_plans(run, host, stage("bad", "x"), stage("after", "x", "host"), others={"good": good})
    assert set(failures) == {"plan"}
    assert run.events[-1] == "end good"
    assert "begin after" not in run.events


def test_a_shared_home_that_fails_fails_every_plan_that_uses_it_and_no_other() -> None:
    run = Recorder()
    run.raises["host"] = BuildError.from_texts("stage-failed", "it failed")
    host = stage("host", "h")
    others = {"two": [host, stage("b", "y", "host")], "free": [stage("c", "z")]}
    failures = run_plans(run, host, stage("a", "x", "host"), others=others)
    assert set(failures) == {"plan", "two"}
    assert "end c" in run.events
    assert not {"begin a", "begin b"} & set(run.events)


def test_what_waits_for_a_stage_that_never_comes_fails_with_its_error() -> None:
    run = Recorder()
    run.raises["fetch"] = BuildError.from_texts("source-not-found", "no source")
    host = stage("host", "h", "fetch")
    others = {"two": [host, stage("b", "y", "host")]}
    failures = run_plans(run, stage("fetch", "x"), host, others=others)
    assert {plan: failure.error for plan, failure in failures.items()} == {
        "plan": run.raises["fetch"],
        "two": run.raises["fetch"],
    }


def test_a_home_is_held_from_its_first_stage_to_its_last() -> None:
    run = Recorder()

    @contextmanager
    def hold(queue: HomeQueue) -> Iterator[None]:
        run.events.append(f"hold {queue.stages[0].home}")
        yield
        run.events.append(f"free {queue.stages[0].home}")

    stages = [stage("a", "x"), stage("b", "x")]
    Scheduler(queues_of({"plan": stages}, Stop()), run, limit=1, hold=hold).run()
    assert run.events == ["hold x", "begin a", "end a", "begin b", "end b", "free x"]


def test_a_stop_ends_what_waits_for_a_slot_or_for_a_stage() -> None:
    run, stop = Recorder(), Stop()
    stages = [stage("slow", "x"), stage("next", "x"), stage("needs", "y", "next"), stage("slot", "z")]
    threading.Timer(0.1, stop.request).start()
    failures = run_plans(endless(run, "slow", "slot"), *stages, limit=1, stop=stop)
    assert isinstance(failures["plan"].error, CancelledError)
    assert "begin needs" not in run.events


def test_what_is_no_error_of_the_wizard_is_reported_as_well() -> None:
    run = Recorder()
    run.raises["odd"] = ZeroDivisionError("odd")
    assert run_plans(run, stage("odd", "x"))["plan"].error is run.raises["odd"]


def test_a_child_is_stopped_with_its_parent_and_not_the_other_way() -> None:
    stop = Stop()
    first, second = stop.child(), stop.child()
    first.request()
    assert (stop.requested, first.requested, second.requested) == (False, True, False)
    stop.request()
    assert second.requested
    assert stop.child().requested
