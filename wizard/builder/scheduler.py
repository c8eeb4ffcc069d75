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
class HomeQueue:
    """The stages of one home, in the order in which they run.

    users: the plans, by id, that need this home. stop: ends this queue alone.
    """

    stages: tuple[Stage, ...]
    users: frozenset[str]
    stop: Stop


@dataclass(frozen=True)
class Failure:
    """What ended a plan: the stage, and the error that it raised."""

    stage: str
    error: BaseException


@dataclass
class _State:
    """What the queues know of each other; `changed` guards it and announces every change.

    done: stages that ended well. never: stages that will not run, with the error that prevents it.
    failures: by plan what ended it.
    """

    changed: threading.Condition = field(default_factory=threading.Condition)
    done: set[str] = field(default_factory=set)
    never: dict[str, BaseException] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)


def queues_of(users: Mapping[str, Iterable[Stage]], stop: Stop) -> tuple[HomeQueue, ...]:
    """The queues of several plans (id -> stages), in the plans' order. A home that plans share is one queue."""
    homes: dict[str, dict[str, Stage]] = {}
    plans: dict[str, set[str]] = {}
    for plan, stages in users.items():
        for stage in stages:
            homes.setdefault(stage.home, {}).setdefault(stage.id, stage)
            plans.setdefault(stage.home, set()).add(plan)
    return tuple(
        HomeQueue(tuple(stages.values()), frozenset(plans[home]), stop.child()) for home, stages in homes.items()
    )


class Scheduler:
    """Runs every queue to its end. Where a stage fails, the plans that use its queue fail, and no others.

    run_stage: runs one stage of a queue and raises what goes wrong. hold: what a queue holds from its
    first stage to its last. limit: how many stages may run at once.
    """

    def __init__(
        self,
        queues: tuple[HomeQueue, ...],
        run_stage: Callable[[HomeQueue, Stage], None],
        *,
        limit: int,
        hold: Callable[[HomeQueue], AbstractContextManager[None]],
    ) -> None:
        self._queues, self._run_stage, self._hold = queues, run_stage, hold
        self._slots = threading.BoundedSemaphore(max(1, limit))
        self._state = _State()

    def run(self) -> dict[str, Failure]:
        """Run all queues. Returns when no thread of theirs is left: by plan what it failed with, if it did."""
        threads = [threading.Thread(target=self._run_queue, args=(queue,)) for queue in self._queues]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # with a timeout, so that signals are handled meanwhile
                thread.join(WAIT_SECONDS)
        return self._state.failures

    def _run_queue(self, queue: HomeQueue) -> None:
        current = queue.stages[0].id
        try:
            with self._hold(queue):
                for stage in queue.stages:
                    current = stage.id
                    self._await_needs(queue, stage)
                    with self._slot(queue):
                        self._run_stage(queue, stage)
                    with self._state.changed:
                        self._state.done.add(stage.id)
                        self._state.changed.notify_all()
        except BaseException as error:  # reported as the failure of every plan that uses this queue
            self._fail(queue, Failure(current, error))

    def _fail(self, queue: HomeQueue, failure: Failure) -> None:
        """Note it for the plans that have not failed yet, and stop the queues that no other plan uses."""
        state = self._state
        with state.changed:
            state.never |= {stage.id: failure.error for stage in queue.stages if stage.id not in state.done}
            for plan in queue.users:
                state.failures.setdefault(plan, failure)
            for other in self._queues:
                if other.users <= state.failures.keys():
                    other.stop.request()
            state.changed.notify_all()

    def _await_needs(self, queue: HomeQueue, stage: Stage) -> None:
        """Wait until what the stage needs is done.

        Raises CancelledError where the queue is to stop, and the error of a queue that will never do it.
        """
        with self._state.changed:
            while not self._state.done.issuperset(stage.needs):
                queue.stop.check()
                for need in stage.needs:
                    if need in self._state.never:
                        raise self._state.never[need]
                self._state.changed.wait(WAIT_SECONDS)
        queue.stop.check()

    @contextmanager
    def _slot(self, queue: HomeQueue) -> Iterator[None]:
        """Hold one of the slots for stages that run at once."""
        while not self._slots.acquire(timeout=WAIT_SECONDS):
            queue.stop.check()
        try:
            yield
        finally:
            self._slots.release()
