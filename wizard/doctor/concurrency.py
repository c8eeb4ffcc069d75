"""Tasks at many things at the same time, and waits for none of them longer than it may take."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from wizard.base.lines import plain_line

Tasks = Mapping[str, tuple[Callable[[], object], float]]
"""By name a function, and how many seconds it may take."""

ANSWER_SECONDS = 5.0
"""How long a program of this machine may take for an answer; on an idle one it takes milliseconds."""


class Results(NamedTuple):
    """What the tasks returned by name, and why the others returned nothing."""

    values: dict[str, object]
    unseen: dict[str, str]


def run_tasks(tasks: Tasks) -> Results:
    """Run every task in a thread of its own. Nothing waits for a task that fails or takes too long."""
    done: queue.SimpleQueue[tuple[str, object, str]] = queue.SimpleQueue()

    def run(name: str, task: Callable[[], object]) -> None:
        try:
            done.put((name, task(), ""))
        except TimedOutError as error:
            done.put((name, None, str(error)))
        except Exception as error:  # whatever a strange machine does, the other checks continue
            done.put((name, None, f"it could not be looked at: {type(error).__name__}: {error}"))

    begin = time.monotonic()
    for name, (task, _seconds) in tasks.items():
        threading.Thread(target=run, args=(name, task), daemon=True).start()
    values: dict[str, object] = {}
    unseen: dict[str, str] = {}
    waiting = {name: begin + seconds for name, (_task, seconds) in tasks.items()}
    while waiting:
        try:
            name, value, why = done.get(timeout=max(0.0, max(waiting.values()) - time.monotonic()))
        except queue.Empty:
            break
        if waiting.pop(name, None) is None:
            continue
        if why:
            unseen[name] = why
        else:
            values[name] = value
    unseen |= {name: f"it did not answer in {tasks[name][1]:.0f} s" for name in waiting}
    return Results(values, unseen)


class TimedOutError(Exception):
    """A program did not answer in time: it hangs, or this machine has too much to do to tell."""


class Answer(NamedTuple):
    """What a program printed, and what is wrong with it ("" where it ended well)."""

    text: str
    problem: str = ""

    @property
    def first(self) -> str:
        """Its first line, as it may be shown."""
        return next((plain_line(line).strip() for line in self.text.splitlines() if line.strip()), "")


def ask(*argv: str | Path, seconds: float | None = None) -> Answer:
    """Run a program with nothing to read, and take what it prints on either output. Raises TimedOutError."""
    seconds = seconds or ANSWER_SECONDS
    try:
        ended = subprocess.run(
            [str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise TimedOutError(f"{argv[0]} did not answer in {seconds:.0f} s") from None
    except (OSError, ValueError) as error:
        return Answer("", getattr(error, "strerror", None) or str(error))
    answer = Answer(ended.stdout)
    if ended.returncode == 0:
        return answer
    how = f"signal {-ended.returncode}" if ended.returncode < 0 else f"exit status {ended.returncode}"
    return Answer(ended.stdout, f"{answer.first} ({how})" if answer.first else how)
