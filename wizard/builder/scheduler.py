"""Runs stages side by side: those of one home one after the other, each home in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from wizard.machine.processes import Stop
from wizard.steps.stage import Stage

WAIT_SECONDS = 0.5


@dataclass(frozen=True)
class Lane:
    """The stages of one home, in order. users: the plans, by id, that cannot do without it."""

    stages: tuple[Stage, ...]
    users: frozenset[str]
    stop: Stop


@dataclass(frozen=True)
class Failure:
    """What a plan ended with: the stage, and the error that came in it."""

    stage: str
    error: BaseException


@dataclass
class _State:
    """What the lanes know of each other, under `news`."""

    news: threading.Condition = field(default_factory=threading.Condition)
    done: set[str] = field(default_factory=set)
    lost: dict[str, BaseException] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)


def lanes_of(users: Mapping[str, Iterable[Stage]], stop: Stop) -> tuple[Lane, ...]:
    """The lanes of several plans (id -> stages), in the plans' order. A home that plans share is one lane."""
    homes: dict[str, dict[str, Stage]] = {}
    plans: dict[str, set[str]] = {}
    for plan, stages in users.items():
        for stage in stages:
            homes.setdefault(stage.home, {}).setdefault(stage.id, stage)
            plans.setdefault(stage.home, set()).add(plan)
    return tuple(
        Lane(tuple(stages.values()), frozenset(plans[home]), stop.child()) for home, stages in homes.items()
    )


class Lanes:
    """Runs every lane to its end. Where a stage fails, the plans that use its lane fail, and no others.

    run: runs one stage of a lane and raises what goes wrong. hold: what a lane holds from its
    first stage to its last. most: how many stages may run at once.
    """

    def __init__(
        self,
        lanes: tuple[Lane, ...],
        run: Callable[[Lane, Stage], None],
        *,
        most: int,
        hold: Callable[[Lane], AbstractContextManager[None]],
    ) -> None:
        self._lanes, self._run, self._hold = lanes, run, hold
        self._free = threading.BoundedSemaphore(max(1, most))
        self._state = _State()

    def run(self) -> dict[str, Failure]:
        """Run all lanes; returns when no thread of them is left: by plan what it failed with, if it did."""
        threads = [threading.Thread(target=self._run_lane, args=(lane,)) for lane in self._lanes]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # with a timeout, so that signals are heard meanwhile
                thread.join(WAIT_SECONDS)
        return self._state.failures

    def _run_lane(self, lane: Lane) -> None:
        current = lane.stages[0].id
        try:
            with self._hold(lane):
                for stage in lane.stages:
                    current = stage.id
                    self._await(lane, stage)
                    with self._place(lane):
                        self._run(lane, stage)
                    with self._state.news:
                        self._state.done.add(stage.id)
                        self._state.news.notify_all()
        except BaseException as error:  # it is told as the failure of every plan that uses this lane
            self._fail(lane, Failure(current, error))

    def _fail(self, lane: Lane, failure: Failure) -> None:
        """Note it for the plans that have not failed yet, and stop the lanes that no other plan uses."""
        state = self._state
        with state.news:
            state.lost |= {stage.id: failure.error for stage in lane.stages if stage.id not in state.done}
            for plan in lane.users:
                state.failures.setdefault(plan, failure)
            for other in self._lanes:
                if other.users <= state.failures.keys():
                    other.stop.ask()
            state.news.notify_all()

    def _await(self, lane: Lane, stage: Stage) -> None:
        """Wait until what the stage needs is done.

        Raises CancelledError where the lane is to stop, and the error of a lane that will never do it.
        """
        with self._state.news:
            while not self._state.done.issuperset(stage.needs):
                lane.stop.check()
                for need in stage.needs:
                    if need in self._state.lost:
                        raise self._state.lost[need]
                self._state.news.wait(WAIT_SECONDS)
        lane.stop.check()

    @contextmanager
    def _place(self, lane: Lane) -> Iterator[None]:
        """Hold one of the places for stages that run at once."""
        while not self._free.acquire(timeout=WAIT_SECONDS):
            lane.stop.check()
        try:
            yield
        finally:
            self._free.release()
