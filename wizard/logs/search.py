"""Finds a text in a growing log, step by step, so that what is shown meanwhile never waits for it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from wizard.logs.index import BLOCK, LogIndex


class LogSearch:
    """The lines that hold `text`. Small letters find capital ones too; a text with a capital is meant so."""

    def __init__(self, index: LogIndex, text: str) -> None:
        self._index = index
        self.text = text
        self.any_case = text == text.lower()
        self._needle = text.encode()
        self._place = 0
        self.lines = array("I")

    def step(self, most: int = BLOCK) -> bool:
        """Look through up to `most` further bytes; False where all that the index knows was looked through."""
        if self._place > self._index.size:  # the log was begun again
            self._place, self.lines = 0, array("I")
        size = self._index.size
        if not self._needle or self._place >= size:
            return False
        # What lies across the end of a step is found by the next one, which begins a little before it.
        overlap = len(self._needle) - 1
        begin = max(0, self._place - overlap)
        data = self._index.read_bytes(begin, min(size, self._place + most))
        self._find(data, begin)
        self._place = min(size, self._place + most)
        return True

    def _find(self, data: bytes, begin: int) -> None:
        if self.any_case:
            data = data.lower()
        place = data.find(self._needle)
        while place >= 0:
            line = self._index.line_at(begin + place)
            if not self.lines or line > self.lines[-1]:
                self.lines.append(line)
            place = data.find(self._needle, max(place + 1, self._index.end(line) - begin))

    @property
    def over(self) -> bool:
        """True where all that the index knows was looked through."""
        return self._place >= self._index.size

    def after(self, line: int) -> int | None:
        """The first line with the text after `line`."""
        place = bisect_right(self.lines, line)
        return self.lines[place] if place < len(self.lines) else None

    def before(self, line: int) -> int | None:
        """The last line with the text before `line`."""
        place = bisect_left(self.lines, line)
        return self.lines[place - 1] if place else None

    def places(self, line: str) -> list[tuple[int, int]]:
        """Where the text stands in a line that is shown: begin and end of each."""
        shown, text = (line.lower(), self.text.lower()) if self.any_case else (line, self.text)
        if len(shown) != len(line):  # a few letters become two when they are made small
            return []
        found, place = [], shown.find(text)
        while place >= 0 and text:
            found.append((place, place + len(text)))
            place = shown.find(text, place + len(text))
        return found
