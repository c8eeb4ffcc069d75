"""A tour through every screen, for what has to hold on each of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

from rich.color import Color
from rich.segment import Segment
from textual.pilot import Pilot

from tests.faces.tui.drive import press, until
from wizard.faces.tui.appearance import Theme
from wizard.faces.tui.screens.doctor import DoctorScreen

DRAWN = re.compile(r"^[\s\u2500-\u259f]*$")
"""Lines, bars and blanks: nothing to read."""

LEAST: dict[Theme, float] = {"dark": 4.5, "light": 4.5, "high-contrast": 7.0}
"""The contrast that WCAG 2 asks for: AA, and AAA."""

TOUR: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("welcome", ()),
    ("welcome, leaving", ("n", "enter", "up", "q")),
    ("host", ("escape", "left")),
    ("host that cannot be", ("down",)),
    ("findings", ("f",)),
    ("target", ("escape", "up", "enter")),
    ("target that cannot be", ("end",)),
    ("explanation", ("e",)),
    ("C library", ("escape", "home", "enter")),
    ("C toolchain", ("tab",)),
    ("release", ("enter",)),
    ("host compiler", ("tab",)),
    ("patches", ("tab",)),
    ("path of a patch", ("a",)),
    ("review", ("escape", "r")),
    ("review, field", ("tab",)),
    ("review, offline", ("tab", "tab")),
    ("flags", ("2",)),
    ("environment", ("3",)),
    ("wrappers", ("4",)),
    ("wrapper's text", ("tab",)),
    ("patches of the plan", ("5",)),
    ("files", ("6",)),
    ("stages", ("7",)),
    ("findings of the plan", ("8",)),
    ("save as preset", ("s",)),
    ("help", ("escape", "question_mark")),
    ("jump keys", ("escape", "ctrl+o")),
    ("doctor", ("escape", "1", "escape", "escape", "escape", "escape", "escape", "d")),
    ("doctor, copied", ("enter",)),
    ("doctor, fine", ("end",)),
    ("codes", ("escape", "c")),
    ("codes, searched", ("slash", "w", "o", "r", "d")),
    ("codes, none", ("q", "q", "q")),
    ("explorer", ("escape", "escape", "x")),
    ("explorer, refused", ("end",)),
    ("cell", ("enter",)),
    ("explorer, host", ("escape", "tab")),
    ("explorer, hosts", ("enter",)),
    ("explorer, filter", ("escape", "slash", "a", "r", "m")),
)
"""Each place by its name, and the keys that lead there from the one before."""


SECTIONS: dict[str, tuple[str, ...]] = {
    "welcome": (),
    "C library": ("n", "enter", "enter"),
    "review": ("n", "r"),
    "stages": ("n", "r", "7"),
    "doctor": ("d",),
    "explorer": ("x",),
}
"""Parts of the tour that tests can share: the first place of each, and the keys that lead there from the start."""


def section(first: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The part of the tour that begins with the place `first` of SECTIONS and ends before the next one's."""
    starts = [index for index, (name, _) in enumerate(TOUR) if name in SECTIONS]
    begin = next(index for index in starts if TOUR[index][0] == first)
    end = min((index for index in starts if index > begin), default=len(TOUR))
    return ((first, SECTIONS[first]), *TOUR[begin + 1 : end])


async def tour(pilot: Pilot[int], places: tuple[tuple[str, tuple[str, ...]], ...] = TOUR) -> AsyncIterator[str]:
    """Go from place to place; the name of each, when one is there."""
    for name, keys in places:
        for key in keys:
            await press(pilot, key)
            await pilot.app.workers.wait_for_complete()
        screen = pilot.app.screen
        if isinstance(screen, DoctorScreen):
            await until(pilot, lambda: screen.looks > 0)  # noqa: B023 - awaited here
        await pilot.pause()
        yield name


def segments(pilot: Pilot[int]) -> list[Segment]:
    """All that the shown screen draws, the filters of the look applied; of a dialog not what lies behind it."""
    screen = pilot.app.screen
    strips = screen._compositor.render_strips()
    boxes = (
        [screen.region]
        if not screen.is_modal
        else [box.region for box in screen.query(".dialog, .jump, #--input")]
    )
    return [
        segment
        for box in boxes
        for strip in strips[max(0, box.y) : box.bottom]
        for segment in strip.crop(max(0, box.x), box.right)
    ]


def unreadable(pilot: Pilot[int], least: float) -> list[str]:
    """Every text that is shown with less than the least contrast to what is behind it."""
    found = []
    for text, style, _ in segments(pilot):
        if DRAWN.match(text) or style is None or style.color is None or style.bgcolor is None:
            continue
        ratio = contrast(style.color, style.bgcolor)
        if ratio < least:
            found.append(f"{text!r} in {style} has {ratio:.2f}")
    return found


def coloured_or_beyond_ascii(pilot: Pilot[int]) -> list[str]:
    """Every text that is shown in a colour of its own, or with other signs than ASCII's."""
    return [
        f"{text!r} in {style}"
        for text, style, _ in segments(pilot)
        if not text.isascii()
        or (style is not None and any(not color.is_default for color in (style.color, style.bgcolor) if color))
    ]


def contrast(color: Color, other: Color) -> float:
    """The ratio of WCAG 2."""
    first, second = sorted((_luminance(color), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(color: Color) -> float:
    parts = [value / 255 for value in color.get_truecolor()]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
