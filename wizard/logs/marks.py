"""The errors and warnings of a growing log, found step by step behind the index of its lines."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import Literal

from wizard.logs.index import BLOCK, LogIndex
from wizard.logs.levels import grave_lines
from wizard.logs.suspicious import SEARCHED

Grave = Literal["warning", "error"]
_GRADES: dict[Grave, int] = {"warning": 1, "error": 2}


class LogMarks:
    """The lines that are errors and warnings, by number from 0, in order. Five bytes of memory each."""

    def __init__(self, index: LogIndex) -> None:
        self._index = index
        self._forget()

    def _forget(self) -> None:
        self.lines = array("I")
        self._grades = bytearray()
        self.errors = 0
        self._read = 0

    @property
    def warnings(self) -> int:
        """How many of them are warnings."""
        return len(self.lines) - self.errors

    @property
    def over(self) -> bool:
        """True where all whole lines that the index knows were read."""
        return self._read >= self._index.whole

    def step(self, most: int = BLOCK) -> bool:
        """Read whole lines of up to `most` bytes; False where all were read."""
        index = self._index
        if self._read > index.whole:  # the log was begun again
            self._forget()
        if self.over:
            return False
        first, begin = self._read, index.starts[self._read]
        last = max(first + 1, bisect_right(index.starts, begin + most, first) - 1)
        end = index.starts[last]
        # A longer line: only its beginning counts.
        data = index.read_bytes(begin, end if end - begin <= most else min(end, begin + SEARCHED))
        for number, level in grave_lines(data):
            self.add(first + number, level)
        self._read = last
        return True

    def add(self, line: int, level: Grave) -> None:
        """Note a line that comes after all others."""
        self._grades.append(_GRADES[level])  # first: whoever reads `lines` meanwhile finds its grade
        self.lines.append(line)
        self.errors += level == "error"

    def level(self, line: int) -> Grave | None:
        """The level of a line, None where it is neither."""
        number = bisect_left(self.lines, line)
        if number == len(self.lines) or self.lines[number] != line:
            return None
        return "error" if self._grades[number] == _GRADES["error"] else "warning"

    def after(self, line: int, level: Grave) -> int | None:
        """The first line of that level after `line`."""
        number = self._grades.find(_GRADES[level], bisect_right(self.lines, line), len(self.lines))
        return self.lines[number] if number >= 0 else None

    def before(self, line: int, level: Grave) -> int | None:
        """The last line of that level before `line`."""
        number = self._grades.rfind(_GRADES[level], 0, bisect_left(self.lines, line))
        return self.lines[number] if number >= 0 else None
