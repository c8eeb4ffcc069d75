"""How quick the live log is: a million lines read, marked, searched and shown, and the memory that takes.

    python -m tests.benchmarks.log

Prints lines a second and seconds, and the resident memory of the app that shows them. What is in
brackets is by the time of the processor alone, for machines that do other things meanwhile.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

LINES = 1_000_000
MEGABYTE = 1 << 20


def write_log(path: Path, lines: int = LINES) -> None:
    """A log as a long build of OCaml prints it: a warning in a hundred lines, an error in a thousand."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            if number % 1000 == 999:
                file.write(f"unix.c:{number}: error: this is one of the errors\n")
            elif number % 100 == 50:
                file.write(f"runtime/memory.c:{number}:5: warning: unused variable 'x' [-Wunused-variable]\n")
            elif number % 4 == 1:
                file.write(f"aarch64-linux-musl-gcc -c -O2 -fno-strict-aliasing -I runtime -o part{number}.o\n")
            else:
                file.write(f"  OCAMLOPT typing/part{number}.cmx\n")
        file.write("the last line\n")


class Watch:
    """Seconds since it was made: by the clock, and of the processor."""

    def __init__(self) -> None:
        self._begin, self._used = time.perf_counter(), time.process_time()

    def tell_rate(self, what: str, lines: int) -> None:
        """Print how many lines a second that was."""
        clock, used = self._read()
        print(f"{what:36} {lines / clock:12,.0f} lines/s  ({lines / used:,.0f})")

    def tell(self, what: str, factor: float = 1.0, unit: str = "s") -> None:
        """Print how long that took."""
        clock, used = (one * factor for one in self._read())
        print(f"{what:36} {clock:12.2f} {unit}  ({used:.2f})")

    def _read(self) -> tuple[float, float]:
        return time.perf_counter() - self._begin, time.process_time() - self._used


def all_of(step: Callable[[], bool]) -> None:
    """Step until there is nothing left to do."""
    while step():
        pass


def engine(path: Path) -> None:
    """Index, marks and search, without a screen."""
    from wizard.logs.index import LogIndex
    from wizard.logs.marks import LogMarks
    from wizard.logs.search import LogSearch

    index, watch = LogIndex(path), Watch()
    all_of(index.grow)
    watch.tell_rate("lines indexed", index.count)
    marks, watch = LogMarks(index), Watch()
    all_of(marks.step)
    watch.tell_rate("errors and warnings found", index.count)
    for what, text in (("one line", "the last line"), ("every fourth line", "strict"), ("nothing", "zzz")):
        search, watch = LogSearch(index, text), Watch()
        all_of(search.step)
        watch.tell(f"searched: {what}")
    watch = Watch()
    for line in range(0, index.count, index.count // 1000):
        index.read(range(line, line + 50), 40_000)
    watch.tell("a page of 50 lines, anywhere", 1.0, "ms")  # a thousand pages


async def app(path: Path) -> None:
    """The log on a screen: until it is whole, then jumps and the memory of the process."""
    from tests.faces.tui.test_log_view import Alone
    from wizard.faces.tui.widgets.log_lines import LogLines
    from wizard.faces.tui.widgets.log_view import LogView

    watch = Watch()
    one = Alone(path)
    async with one.run_test(size=(200, 50)) as pilot:
        view = one.query_one(LogView)
        while view.index.count < LINES:
            await pilot.pause(0.01)
        watch.tell_rate("on the screen, from start to end", LINES)
        while not view.marks.over:
            await pilot.pause(0.01)
        watch.tell_rate("with all errors and warnings", LINES)
        for keys in (("e",), ("G",), ("g",), ("exclamation_mark",), ("exclamation_mark",), ("z",), ("G",)):
            await pilot.press(*keys)
        watch = Watch()
        await pilot.press("slash", *"the last line", "enter")
        while one.query_one(LogLines).line != LINES:
            await pilot.pause(0.005)
        watch.tell("searched on the screen, to its line")
        memory = psutil.Process().memory_info().rss / MEGABYTE
        print(f"{'resident memory of the app':36} {memory:12.0f} MB")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "build.log"
        write_log(path)
        print(f"a log of {LINES:,} lines, {path.stat().st_size / MEGABYTE:.0f} MB")
        engine(path)
        asyncio.run(app(path))


if __name__ == "__main__":
    main()
