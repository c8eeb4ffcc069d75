"""Filters over all that is drawn: without colours, and in ASCII. What a screen draws need not know of either."""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

SIGNS = str.maketrans(
    {
        "✓": "+", "✗": "x", "✔": "+", "✘": "x", "·": ".", "•": "*", "▸": ">", "▶": ">", "▹": ">", "►": ">",
        "■": "#", "□": "-", "▪": "#", "●": "*", "○": "o", "◆": "*", "◇": "o", "…": ".", "—": "-", "\u2013": "-",
        "→": ">", "←": "<", "↑": "^", "↓": "v", "↵": "<", "⏎": "<", "\u00d7": "x", "≥": ">", "≤": "<", "≠": "!",
        "▼": "v", "▲": "^", "▾": "v", "▴": "^", "⟳": "@", "↻": "@", "\u2019": "'", "\u2018": "'",
        "“": '"', "”": '"',
        "🔎": "/ ", "⌃": "^", "⇥": ">", "⇧": "^", "␣": "_", "\u00a0": " ", "°": "o", "±": "~", "\u2212": "-",
        # bars and sparklines, from empty to full
        " ": " ", "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "#", "█": "#",
        "░": ".", "▒": ":", "▓": "#", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "|", "▊": "|", "▉": "#",
        "▐": "|", "▕": "|", "▔": "-", "▀": "=", "▖": ".", "▗": ".", "▘": "'", "▝": "'", "▙": "#", "▚": "#",
        "▛": "#", "▜": "#", "▞": "#", "▟": "#", "━": "=", "╸": "=", "╺": "=", "╾": "-", "╼": "=",
        # borders
        "─": "-", "│": "|", "┃": "|", "═": "=", "║": "|", "┄": "-", "┆": "|", "┈": "-", "┊": "|", "╌": "-",
        "╎": "|", "┅": "-", "┇": "|", "╍": "-", "╏": "|", "╴": "-", "╶": "-", "╷": "|", "╵": "|",
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬╒╓╕╖╘╙╛╜╞╟╡╢╤╥╧╨╪╫", "+"),
        # what turns while something is waited for
        **dict.fromkeys("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "*"),
    }
)  # fmt: skip
"""Each sign and what stands for it, of the same width. Everything else that is not ASCII becomes `?`."""

OWN_COLOURS = Style(color="default", bgcolor="default", dim=False)
GRABBED = "grab"
LIGHT = 0.6


@lru_cache(8192)
def in_ascii(text: str) -> str:
    """`text` in as many cells, without anything that is not ASCII."""
    if text.isascii():
        return text
    text = text.translate(SIGNS)
    if text.isascii():
        return text
    return "".join(character if character.isascii() else "?" * cell_len(character) for character in text)


@lru_cache(4096)
def without_colour(style: Style) -> Style:
    """What is left of a style: bold, underlined, what a click on it does; a light ground becomes reversed text."""
    ground = style.bgcolor
    light = ground is not None and not ground.is_default and Color.from_rich_color(ground).brightness > LIGHT
    bare = style + OWN_COLOURS
    return bare + Style(reverse=not style.reverse) if light else bare


class Ascii(LineFilter):
    """Draws with what every terminal has."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same line in ASCII."""
        return [segment if segment.text.isascii() else self._segment(segment) for segment in segments]

    @staticmethod
    def _segment(segment: Segment) -> Segment:
        text, style, control = segment
        if style is not None and "@mouse.down" in style.meta:
            # The ends of a scroll bar are parts of a cell: without them each cell is the bar or is not.
            grabbed = style.meta["@mouse.down"] == GRABBED
            return Segment(" " * cell_len(text), style + Style(reverse=grabbed), control)
        return Segment(in_ascii(text), style, control)


class NoColour(LineFilter):
    """Draws in the terminal's own two colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """The same line without colours."""
        return [
            Segment(text, None if style is None else without_colour(style), control)
            for text, style, control in segments
        ]
