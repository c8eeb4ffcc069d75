"""The plain questions, answered in a real terminal by keys."""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.terminal import Terminal


def _ask(tmp_path: Path, *words: str, lines: int = 50) -> Terminal:
    env = {**os.environ, "OCW_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
    return Terminal([sys.executable, "-m", "wizard", "ask", *words], env, columns=120, lines=lines)


def test_a_preset_can_be_looked_at_saved_and_left(tmp_path: Path) -> None:
    with _ask(tmp_path, "aarch64-linux-musl") as terminal:
        terminal.wait_for("Where should the switch be installed?")
        terminal.press("enter")
        terminal.wait_for("What now?", "Save the selection as a preset")
        terminal.press("down", "down", "down", "down", "down", "enter")
        terminal.wait_for("File to write:")
        terminal.press("ctrl+u", str(tmp_path / "mine.toml"), "enter")
        terminal.wait_for("saved as", "What now?")
        terminal.press("up", "enter")
        assert terminal.wait_for_end() == 130
    saved = tomllib.loads((tmp_path / "mine.toml").read_text())
    assert saved["selection"]["target"] == "aarch64-linux"
    assert saved["selection"]["release"] == "5.3.0"


BEGIN = "What would you like to do?"


def _start_new(terminal: Terminal) -> None:
    terminal.wait_for(BEGIN, "Start new", "Leave")
    terminal.press("up", "up", "enter")


def test_everything_can_be_chosen_step_by_step(tmp_path: Path) -> None:
    with _ask(tmp_path) as terminal:
        _start_new(terminal)
        terminal.wait_for("Where will the compiler run?")
        terminal.press("enter")
        terminal.wait_for("Which machine are the programs for?")
        terminal.press("down", "enter")
        terminal.wait_for("Which C library should your programs use?")
        terminal.press("enter")
        terminal.wait_for("Which C toolchain?")
        terminal.press("enter")
        terminal.wait_for("Which OCaml release?")
        terminal.press("down", "enter")
        terminal.wait_for("Where does the host compiler come from?")
        terminal.press("enter")
        terminal.wait_for("Which patches to OCaml's source?", "None: continue", "Add a patch file")
        terminal.press("down", "enter")
        terminal.wait_for("The path of a patch file")
        terminal.press(str(tmp_path / "no.patch"), "enter")
        terminal.wait_for("cannot be read")
        terminal.press("ctrl+u", "enter")
        terminal.wait_for("None: continue")
        terminal.press("enter")
        terminal.wait_for("Where should the switch be installed?")
        terminal.press("ctrl+u", "/proc/nowhere/it's", "enter")
        terminal.wait_for("has a quote in it")
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 130


def test_this_machine_can_be_looked_at_first(tmp_path: Path) -> None:
    with _ask(tmp_path, "--offline", lines=100) as terminal:
        terminal.wait_for(BEGIN, "Check this machine", "Leave")
        terminal.press("up", "up", "up", "up", "enter")
        terminal.wait_for("What the wizard has made", "verdict: ", seconds=40)
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 130


def test_a_choice_that_cannot_work_is_offered_with_its_reason(tmp_path: Path) -> None:
    with _ask(tmp_path, lines=80) as terminal:
        _start_new(terminal)
        terminal.wait_for("Where will the compiler run?", "cannot work: the host")
        terminal.press("down", "enter")
        for question in ("Which machine", "Which C library", "Which C toolchain", "Which OCaml release"):
            terminal.wait_for(question)
            terminal.press("enter")
        terminal.wait_for("Where does the host compiler come from?")
        terminal.press("enter")
        terminal.wait_for("Which patches to OCaml's source?")
        terminal.press("enter")
        terminal.wait_for("Where should the switch be installed?")
        terminal.press("enter")
        terminal.wait_for("This cannot be built. What instead?", "take this machine as the host")
        terminal.press("enter")
        terminal.wait_for("verdict: it can be built", "What now?")
        terminal.press("ctrl+c")
        assert terminal.wait_for_end() == 130


def test_without_a_terminal_it_says_what_to_use(tmp_path: Path) -> None:
    import subprocess

    env = {**os.environ, "OCW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", "ask"], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 3
    assert "error[no-terminal]" in ended.stderr
