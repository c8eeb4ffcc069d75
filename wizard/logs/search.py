"""Finds a text in a growing log, step by step, so that the screen never waits for it."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right

from wizard.logs.index import BLOCK, LogIndex


class LogSearch:
    """The lines that hold `text`. A text in small letters is found in any case, a text with a capital as it is."""

    def __init__(self, index: LogIndex, text: str) -> None:
        self._index = index
        self.text = text
        self.any_case = text == text.lower()
        self._needle = text.encode()
        self._searched = 0
        self.lines = array("I")

    def step(self, most: int = BLOCK) -> bool:
        """Search up to `most` further bytes; False where all that the index knows was searched."""
        if self._searched > self._index.size:  # the log was begun again
            self._searched, self.lines = 0, array("I")
        size = self._index.size
        if not self._needle or self._searched >= size:
            return False
        # A match across the end of a step is found by the next step, which begins a little before it.
        overlap = len(self._needle) - 1
        begin = max(0, self._searched - overlap)
        data = self._index.read_bytes(begin, min(size, self._searched + most))
        self._find(data, begin)
        self._searched = min(size, self._searched + most)
        return True

    def _find(self, data: bytes, begin: int) -> None:
        if self.any_case:
            data = data.lower()
        offset = data.find(self._needle)
        while offset >= 0:
            line = self._index.line_at(begin + offset)
            if not self.lines or line > self.lines[-1]:
                self.lines.append(line)
            offset = data.find(self._needle, max(offset + 1, self._index.end(line) - begin))

    @property
    def over(self) -> bool:
        """True where all that the index knows was searched."""
        return self._searched >= self._index.size

    def after(self, line: int) -> int | None:
        """The first line with the text after `line`."""
        following = bisect_right(self.lines, line)
        return self.lines[following] if following < len(self.lines) else None

    def before(self, line: int) -> int | None:
        """The last line with the text before `line`."""
        number = bisect_left(self.lines, line)
        return self.lines[number - 1] if number else None

    def spans(self, line: str) -> list[tuple[int, int]]:
        """Where the text is in a line that is shown: begin and end of each match."""
        shown, text = (line.lower(), self.text.lower()) if self.any_case else (line, self.text)
        if len(shown) != len(line):  # a few letters become two when they are made small
            return []
        spans, start = [], shown.find(text)
        while start >= 0 and text:
            spans.append((start, start + len(text)))
            start = shown.find(text, start + len(text))
        return spans
