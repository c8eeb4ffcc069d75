"""A growing log, read by line numbers: only the offsets of its lines are in memory, nothing of its text."""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate, count
from operator import add
from pathlib import Path
from typing import BinaryIO

BLOCK = 1 << 18
"""Bytes read in one step: a fraction of a millisecond's work for each of its parts."""


class LogIndex:
    """The lines of a file that grows. One thread calls `grow`; others may read meanwhile.

    Eight bytes of memory a line. Lines count from 0; the last one counts also while its end is not written yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def _forget(self) -> None:
        self.starts = array("Q", [0])
        self.size = 0

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.starts) - (self.size <= self.starts[-1])

    @property
    def whole(self) -> int:
        """How many lines have their end."""
        return len(self.starts) - 1

    def grow(self, most: int = BLOCK) -> bool:
        """Read up to `most` new bytes; False where there was nothing new.

        A file that became shorter was begun again: its index is, too.
        """
        try:
            with self.path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.size:
                    self._forget()
                file.seek(self.size)
                data = file.read(most)
        except OSError:
            return False
        if data:
            self._add(data)
        return bool(data)

    def _add(self, data: bytes) -> None:
        *lines, _ = data.split(b"\n")
        # A line begins after all lines before it and their line ends.
        self.starts.extend(map(add, accumulate(map(len, lines)), count(self.size + 1)))
        self.size += len(data)

    def line_at(self, offset: int) -> int:
        """The number of the line in which a byte is."""
        return bisect_right(self.starts, offset) - 1

    def end(self, line: int) -> int:
        """Where a line ends, its line end not counted, as far as it is written."""
        return self.starts[line + 1] - 1 if line + 1 < len(self.starts) else self.size

    def read_bytes(self, begin: int, end: int) -> bytes:
        """Some bytes of the file; fewer where there are no more, none where it cannot be read."""
        try:
            with self.path.open("rb", buffering=0) as file:
                return os.pread(file.fileno(), end - begin, begin)
        except OSError:
            return b""

    def read(self, lines: Iterable[int], most: int) -> list[bytes]:
        """The bytes of some lines without their ends, of each at most `most`; empty where nothing can be read."""
        numbers = list(lines)
        try:
            with self.path.open("rb", buffering=0) as file:
                return [self._bytes(file, line, most) for line in numbers]
        except OSError:
            return [b""] * len(numbers)

    def _bytes(self, file: BinaryIO, line: int, most: int) -> bytes:
        if not 0 <= line < self.count:
            return b""
        start = self.starts[line]
        return os.pread(file.fileno(), min(most, self.end(line) - start), start).removesuffix(b"\r")
