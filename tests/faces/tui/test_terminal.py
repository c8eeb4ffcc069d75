"""The wizard in a real terminal: what keys, signals, sizes, pasted text and a lost connection do to it."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from wizard.session.saved_drafts import SavedDrafts

BEGUN = "What would you like to do?"
COLOURS = {str(code).encode() for first in (30, 40, 90, 100) for code in range(first, first + 8)} | {b"38", b"48"}
"""What sets a colour in a control sequence that styles; 39 and 49, the terminal's own, do not."""

OF_THE_TESTS = ("NO_COLOR", "LC_ALL", "LC_CTYPE", "OCW_ASCII", "COLUMNS", "LINES")

DEAF = """
import signal
from textual.app import App, ComposeResult
from textual.events import Resize
from textual.widgets import Static
from wizard.faces.tui.driver import SteadyDriver

class Wide(App[None]):
    def compose(self) -> ComposeResult:
        yield Static()

    def on_resize(self, event: Resize) -> None:
        self.query_one(Static).update(f"{event.size.width} columns")

    def key_n(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
        self.query_one(Static).update("deaf")

Wide(driver_class=SteadyDriver).run()
"""
"""From a key on, the thread that draws hears of no new size: another one does, while that is asleep."""

Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the wizard, or another program, in a terminal that is closed in the end. The tour was seen."""
    SavedDrafts(tmp_path / "home" / "state" / "wizard").note_tour()
    opened: list[Terminal] = []

    def begin(*words: str, argv: tuple[str, ...] = (), term: str = "xterm-256color", **environ: str) -> Terminal:
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        env = {**kept, "LANG": "C.UTF-8", "OCW_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), **environ}
        opened.append(Terminal([*(argv or (sys.executable, "-m", "wizard")), *words], env, term=term))
        return opened[-1]

    yield begin
    for terminal in opened:
        terminal.hang_up()


def coloured(written: bytes) -> bool:
    """Whether any control sequence in it sets a colour."""
    return any(COLOURS & set(codes.split(b";")) for codes in re.findall(rb"\x1b\[([0-9;]*)m", written))


def test_ctrl_c_does_not_quit_but_says_how(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN)
    terminal.press("ctrl+c")
    terminal.wait_for("to quit")
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_ctrl_z_gives_the_shell_back_and_fg_the_wizard(start: Start) -> None:
    terminal = start(argv=("/bin/sh", "-i"), PS1="shell> ", ENV="/dev/null")
    terminal.wait_for("shell>")
    terminal.press(f"{sys.executable} -m wizard\r")
    terminal.wait_for(BEGUN, "Start new")
    terminal.press("n")
    terminal.wait_for("Step 1 of 6")
    terminal.press("ctrl+z")
    terminal.wait_for("shell>")
    terminal.press("echo in the $((40 + 2))nd shell\r")
    terminal.wait_for("in the 42nd shell")
    terminal.press("fg; echo left with $?\r")
    terminal.wait_for("Step 1 of 6", "Where will the compiler run?")
    terminal.press("enter")
    terminal.wait_for("Step 2 of 6")
    terminal.press("ctrl+q")
    terminal.wait_for("left with 0")


def test_somebody_stops_the_wizard_and_lets_it_go_on(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN, "Start new")
    for _ in range(3):
        taken = terminal.written.count(b"\x1b[?1049h")
        terminal.stop_and_go_on()
        terminal.wait_to_write(b"\x1b[?1049h", taken + 1)
    terminal.press("n")
    terminal.wait_for("Step 1 of 6", "Where will the compiler run?")
    terminal.press("ctrl+q")
    assert terminal.wait_for_end() == 0


@pytest.mark.parametrize("inherited", [{}, {"COLUMNS": "80", "LINES": "24"}], ids=["bare", "exported"])
def test_a_resize_in_the_middle_keeps_place_and_choice(inherited: dict[str, str], start: Start) -> None:
    terminal = start(**inherited)
    terminal.wait_for(BEGUN, "Start new")
    terminal.press("n")
    terminal.wait_for("Step 1 of 6")
    terminal.press("enter")
    terminal.wait_for("Step 2 of 6", "(•) Linux on 64-bit ARM (aarch64)")
    terminal.resize(200, 50)
    wide = terminal.wait_for("What this means", "Commands")
    beside = next(line for line in wide.splitlines() if "What this means" in line)
    assert beside.index("What this means") > 80
    terminal.resize(50, 12)
    terminal.wait_for("This terminal is 50 by 12.", "please make it larger")
    terminal.resize(80, 24)
    terminal.wait_for("Step 2 of 6", "(•) Linux on 64-bit ARM (aarch64)")


def test_a_resize_is_seen_whichever_thread_hears_of_it(start: Start) -> None:
    terminal = start(argv=(sys.executable, "-c", DEAF))
    terminal.wait_for("80 columns")
    terminal.press("n")
    terminal.wait_for("deaf")
    time.sleep(0.5)  # until nothing is left to draw
    terminal.resize(60, 24)
    terminal.wait_for("60 columns")


def test_pasted_text_goes_into_a_field_and_presses_no_keys(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN, "Start new")
    terminal.paste("nq")
    terminal.press("n")
    terminal.wait_for("Step 1 of 6")
    terminal.press("r")
    terminal.wait_for("Step 5 of 6")
    terminal.press("p")
    terminal.wait_for("^b Build")  # the field has the keys now
    terminal.paste("/tmp/a b/switch")
    terminal.wait_for("/tmp/a b/switch", "a space")


def test_keys_that_are_typed_ahead_mean_what_they_mean_one_by_one(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN)
    terminal.press_at_once("n", "enter", "enter", "enter", "enter", "p", "ctrl+u", "/tmp/jk-qwb", "enter", "y")
    terminal.wait_for("Step 5 of 6", "Can be built", "Copied", seconds=60)
    assert [words.split()[-2:] for words in terminal.copied] == [["--prefix", "/tmp/jk-qwb"]]
    terminal.press("q")
    assert terminal.wait_for_end() == 0


def test_a_click_is_heard(start: Start) -> None:
    terminal = start()
    shown = terminal.wait_for(BEGUN, "d Doctor")
    lines = shown.splitlines()
    row = next(number for number, line in enumerate(lines) if "Doctor" in line and "Explore" in line)
    terminal.click(lines[row].index("Help") + 1, row)
    terminal.wait_for("─ Help ─", "To move")


def test_a_lost_terminal_ends_the_wizard(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN)
    terminal.lose()


def test_without_colours_and_in_ascii_nothing_else_reaches_the_terminal(start: Start) -> None:
    terminal = start("--theme", "no-colour", "--ascii")
    terminal.wait_for(BEGUN, "Start new")
    terminal.press("n")
    terminal.wait_for("Step 1 of 6", "(*) This machine")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.written.isascii()
    assert not coloured(terminal.written)


@pytest.mark.parametrize(
    ("term", "environ"), [("dumb", {}), ("vt100", {}), ("xterm", {"NO_COLOR": "1", "LC_ALL": "C"})], ids=str
)
def test_a_poor_terminal_gets_what_it_can_draw(start: Start, term: str, environ: dict[str, str]) -> None:
    terminal = start(term=term, **environ)
    terminal.wait_for(BEGUN, "Start new")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert terminal.written.isascii()
    assert not coloured(terminal.written)


def test_colours_and_signs_are_there_otherwise(start: Start) -> None:
    terminal = start()
    terminal.wait_for(BEGUN, "Start new")
    terminal.press("q")
    assert terminal.wait_for_end() == 0
    assert coloured(terminal.written)
    assert not terminal.written.isascii()


def test_a_theme_that_there_is_not_is_a_message(start: Start) -> None:
    terminal = start("--theme", "pink")
    assert terminal.wait_for_end() == 3
    assert "error[theme-unknown]" in terminal.text
    terminal = start(OCW_THEME="pink")
    assert terminal.wait_for_end() == 3
    assert "error[theme-unknown]" in terminal.text
