"""Runs stages side by side: those of one home one after the other, each home in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from wizard.build.processes import Stop
from wizard.plan.model import Stage

WAIT_SECONDS = 0.5


def lanes_of(stages: Iterable[Stage]) -> tuple[tuple[Stage, ...], ...]:
    """The stages by home, both in the plan's order."""
    homes: dict[str, list[Stage]] = {}
    for stage in stages:
        homes.setdefault(stage.home, []).append(stage)
    return tuple(tuple(lane) for lane in homes.values())


class LaneError(Exception):
    """The first error of any lane, with the stage in which it came; the error is its `__cause__`."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


class Lanes:
    """Runs every lane to its end, or all of them to a stop once one of them has failed.

    run: runs one stage and raises what goes wrong. most: how many stages may run at once.
    """

    def __init__(self, stages: Iterable[Stage], run: Callable[[Stage], None], stop: Stop, most: int) -> None:
        self._lanes = lanes_of(stages)
        self._run = run
        self._stop = stop
        self._free = threading.BoundedSemaphore(max(1, most))
        self._news = threading.Condition()
        self._done: set[str] = set()
        self._errors: list[tuple[str, BaseException]] = []

    def run(self) -> None:
        """Run all lanes; returns when no thread of them is left. Raises LaneError for the first error."""
        threads = [
            threading.Thread(target=self._run_lane, args=(lane,), name=lane[0].home) for lane in self._lanes
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # with a timeout, so that signals are heard meanwhile
                thread.join(WAIT_SECONDS)
        if self._errors:
            stage, error = self._errors[0]
            raise LaneError(stage) from error

    def _run_lane(self, lane: tuple[Stage, ...]) -> None:
        current = ""
        try:
            for stage in lane:
                current = stage.id
                self._await(stage.needs)
                with self._slot():
                    self._run(stage)
                with self._news:
                    self._done.add(stage.id)
                    self._news.notify_all()
        except BaseException as error:
            with self._news:
                self._errors.append((current, error))
            self._stop.ask()

    def _await(self, needs: tuple[str, ...]) -> None:
        with self._news:
            while not self._done.issuperset(needs):
                self._stop.check()
                self._news.wait(WAIT_SECONDS)
        self._stop.check()

    def _slot(self) -> ExitStack:
        """Hold one of the places for stages that run at once."""
        while not self._free.acquire(timeout=WAIT_SECONDS):
            self._stop.check()
        stack = ExitStack()
        stack.callback(self._free.release)
        return stack
