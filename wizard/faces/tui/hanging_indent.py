"""Text whose wrapped lines stay below their first word instead of starting at the edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.visual import Visual

if TYPE_CHECKING:
    from textual.css.styles import RulesMap
    from textual.strip import Strip
    from textual.style import Style
    from textual.visual import RenderOptions

LEAST_WIDTH = 12


class HangingText(Visual):
    """Lines, each with the number of cells by which its continuation is indented."""

    def __init__(self, lines: list[tuple[Content, int]]) -> None:
        self._lines = lines
        self._made: tuple[int, Content] = (-1, Content(""))

    @property
    def plain(self) -> str:
        """The text without styles, unwrapped."""
        return "\n".join(line.plain for line, _ in self._lines)

    def at(self, width: int) -> Content:
        """The text, wrapped for `width` cells."""
        if self._made[0] != width:
            rows: list[Content] = []
            for line, hang in self._lines:
                rows += _wrapped(line, hang, width)
            self._made = (width, Content("\n").join(rows))
        return self._made[1]

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Draw it."""
        return self.at(width).render_strips(width, height, style, options)

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """The longest line."""
        return max((line.get_optimal_width(rules, container_width) for line, _ in self._lines), default=0)

    def get_height(self, rules: RulesMap, width: int) -> int:
        """The number of lines at `width`."""
        return self.at(width).get_height(rules, width)


def _wrapped(line: Content, hang: int, width: int) -> list[Content]:
    if line.cell_length <= width or width - hang < LEAST_WIDTH:
        return [line]
    first, *_ = line.wrap(width)
    if first.cell_length <= hang:
        # Nothing but the heading fits before a long word, such as a path: the word is cut.
        first = line[:width]
    rest = line[len(first) :]
    while rest.plain.startswith(" "):
        rest = rest[1:]
    return [first, *(part.pad_left(hang) for part in rest.wrap(width - hang))]


def hanging_text(*lines: Content | str, hang: int | None = None) -> HangingText:
    """Lines below each other; a line's continuation is indented like the line itself, or by `hang` cells."""
    made: list[tuple[Content, int]] = []
    for line_ in lines:
        content = line_ if isinstance(line_, Content) else Content(line_)
        for line in content.split("\n", allow_blank=True):
            plain = line.plain
            made.append((line, hang if hang is not None else len(plain) - len(plain.lstrip(" "))))
    return HangingText(made)
