"""How long a check of one selection takes, and the whole matrix of hosts, targets, C libraries and releases.

    python -m tests.benchmarks.matrix

Prints the median of several runs each, in milliseconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from wizard.catalogue.store import catalogue
from wizard.check.check import check, grades
from wizard.check.matrix import Cell, matrix, resolved_of
from wizard.machine.survey import ordinary_linux

RUNS = 7


def median_ms(work: Callable[[], object]) -> float:
    """Median wall-clock milliseconds of `work`, after one run that reads the files."""
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times[1:])


def main() -> None:
    """Measure and print."""
    known, here = catalogue(), ordinary_linux()

    def whole_matrix() -> list[Cell]:
        return [cell for release in known.releases for cell in matrix(known, here, release)]

    cells = whole_matrix()
    places = [resolved_of(cell, known, here) for cell in cells]
    whole = median_ms(whole_matrix)
    codes = median_ms(lambda: [grades(place) for place in places])
    words = [(median_ms(partial(check, place)), place) for place in places[:: len(places) // 50]]
    slowest, place = max(words, key=lambda pair: pair[0])
    print(f"{'the whole matrix':44} {whole:8.1f} ms   {len(cells)} cells, {whole / len(cells):.3f} ms each")
    print(f"{'one selection, codes':44} {codes / len(places):8.3f} ms")
    print(f"{'one selection, with words and fixes, median':44} {statistics.median(ms for ms, _ in words):8.3f} ms")
    print(f"{'the slowest of them':44} {slowest:8.3f} ms   {place.selection.host} {place.target.id}")


if __name__ == "__main__":
    main()
