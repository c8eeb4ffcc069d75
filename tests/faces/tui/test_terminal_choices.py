"""The choice screens in a real terminal: back and forth, resizing, pasting, into the background and back."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.terminal import Terminal

SECONDS = 60.0
"""How long a screen may take to come on a machine that is busy with something else."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The wizard's folders below a temporary one, the package from this checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = {"HOME": str(tmp_path), "OCW_HOME": str(tmp_path / "ocw"), "PYTHONPATH": str(ROOT)}
    return {"LANG": "C.UTF-8", **kept, **home, "PS1": "shell> "}


@pytest.fixture
def wizard(env: dict[str, str]) -> Iterator[Terminal]:
    """The wizard in a terminal of 80 by 24, past its tour."""
    with Terminal([sys.executable, "-m", "wizard"], env) as terminal:
        terminal.wait_for("A short tour: 1 of 5", seconds=SECONDS)
        terminal.press("s")
        terminal.wait_without("A short tour", seconds=SECONDS)
        yield terminal


def test_back_and_forth_then_the_terminal_is_lost_and_the_choices_are_offered(
    wizard: Terminal, env: dict[str, str]
) -> None:
    wizard.press("n")
    wizard.wait_for("Step 1 of 6", seconds=SECONDS)
    wizard.press("enter")
    wizard.wait_for("Step 2 of 6", "(•) Linux on 64-bit ARM", seconds=SECONDS)
    wizard.press("k")
    wizard.wait_for("(•) Linux on 64-bit Intel/AMD", seconds=SECONDS)
    wizard.press("left")
    wizard.wait_for("Step 1 of 6", seconds=SECONDS)
    wizard.press("enter")
    wizard.wait_for("Step 2 of 6", "(•) Linux on 64-bit Intel/AMD", "When to choose it", seconds=SECONDS)
    wizard.resize(50, 12)
    wizard.wait_for("This terminal is 50 by 12", seconds=SECONDS)
    wizard.resize(120, 40)
    wizard.wait_for("(•) Linux on 64-bit Intel/AMD", "What this means", "To run them", "Triplet", seconds=SECONDS)
    wizard.press("u")
    wizard.wait_for("Undone", "(•) Linux on 64-bit ARM", seconds=SECONDS)
    wizard.press("\x12")
    wizard.wait_for("Again", "(•) Linux on 64-bit Intel/AMD", seconds=SECONDS)
    wizard.hang_up()
    with Terminal([sys.executable, "-m", "wizard"], env) as again:
        again.wait_for("Continue with OCaml 5.3.0, x86_64-linux, musl", seconds=SECONDS)
        again.press("q")
        assert again.wait_for_end(SECONDS) == 0


def test_a_pasted_prefix_is_one_change_and_copying_tells_the_terminal(wizard: Terminal) -> None:
    wizard.press("n")
    wizard.wait_for("Step 1 of 6", seconds=SECONDS)
    wizard.press("r")
    wizard.wait_for("Step 5 of 6", "Prefix", seconds=SECONDS)
    wizard.press("p")
    wizard.paste("/tmp/pasted/quit-uwyn")
    wizard.wait_for("/tmp/pasted/quit-uwyn", seconds=SECONDS)
    wizard.press("enter", "y")
    wizard.wait_for("Copied", "--prefix", seconds=SECONDS)
    assert "--prefix /tmp/pasted/quit-uwyn" in wizard.copied[-1]
    wizard.press("u")
    wizard.wait_for("Undone", seconds=SECONDS)
    wizard.press("4")
    wizard.wait_for("-musl-gcc", "#!/bin/sh", seconds=SECONDS)
    wizard.press("/", "nostdinc", "enter")
    wizard.wait_for("none of the build machine's", seconds=SECONDS)
    wizard.press("q")
    wizard.wait_for_end(SECONDS)


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_into_the_background_and_back(env: dict[str, str]) -> None:
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env) as terminal:
        terminal.wait_for("shell>", seconds=SECONDS)
        terminal.press(f"{shlex.quote(sys.executable)} -m wizard", "enter")
        terminal.wait_for("A short tour: 1 of 5", seconds=SECONDS)
        terminal.press("s")
        terminal.wait_without("A short tour", seconds=SECONDS)
        terminal.press("n")
        terminal.wait_for("Step 1 of 6", seconds=SECONDS)
        terminal.press("enter")
        terminal.wait_for("Step 2 of 6", seconds=SECONDS)
        terminal.press("k")
        terminal.wait_for("(•) Linux on 64-bit Intel/AMD", seconds=SECONDS)
        terminal.press("ctrl+z")
        terminal.wait_for("Stopped", "shell>", seconds=SECONDS)
        terminal.press("fg", "enter")
        terminal.wait_for("Step 2 of 6", "(•) Linux on 64-bit Intel/AMD", seconds=SECONDS)
        terminal.press("j")
        terminal.wait_for("(•) Linux on 64-bit ARM", seconds=SECONDS)
        terminal.press("q")
        terminal.wait_for("Your choices are kept", "shell>", seconds=SECONDS)
