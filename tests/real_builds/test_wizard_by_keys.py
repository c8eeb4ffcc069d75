"""The wizard as a user meets it: a terminal of 80 by 24, keys only, from welcome to a program that ran."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.real_builds.command import BUILD_SECONDS, Wizard
from tests.support.terminal import Terminal
from wizard.binaries.elf import read_elf
from wizard.machine.survey import LOCK_FILE

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]


def test_from_welcome_to_result_by_keys_with_a_terminal_lost_on_the_way(wizard: Wizard, tmp_path: Path) -> None:
    prefix = tmp_path / "switch"
    with Terminal(wizard.argv(), wizard.environment()) as terminal:
        terminal.wait_for("A short tour: 1 of 5")
        terminal.press("enter", "enter", "enter", "enter")
        terminal.wait_for("A short tour: 5 of 5", "Begin")
        terminal.press("enter")
        terminal.wait_without("A short tour")
        terminal.press("n")
        terminal.wait_for("Step 1 of 6", "Where will the compiler run?")
        terminal.press("enter")
        terminal.wait_for("Step 2 of 6", "(•) Linux on 64-bit ARM (aarch64)")
        terminal.press("enter")
        terminal.wait_for("Step 3 of 6", "musl")
        terminal.press("enter")
        terminal.wait_for("Step 4 of 6", "OCaml 5.3.0")
        terminal.press("escape")
        terminal.wait_for("Step 3 of 6")
        terminal.press("enter")
        terminal.wait_for("Step 4 of 6", "(•) OCaml 5.3.0")
        terminal.press("enter")
        terminal.wait_for("Step 5 of 6", "aarch64-linux-musl", "Can be built")
        terminal.press("p")
        terminal.wait_for("Prefix")
        terminal.press("ctrl+u", str(prefix))
        terminal.wait_for(str(prefix)[-20:])
        terminal.press("enter")
        terminal.wait_for("Can be built", "p Prefix", seconds=30)
        terminal.press("b")
        terminal.wait_for("Step 6 of 6", "so far", "running", seconds=60)
        terminal.hang_up()
    with Terminal(wizard.argv(), wizard.environment()) as terminal:
        terminal.wait_for("Watch: OCaml 5.3.0 for aarch64-linux-musl", seconds=30)
        terminal.press("home", "enter")
        terminal.wait_for("The cross switch works", seconds=BUILD_SECONDS)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert (prefix / LOCK_FILE).is_file()
    (tmp_path / "hello.ml").write_text('let () = print_string "hello"\n')
    ended = wizard.run("verify", prefix)
    assert ended.returncode == 0, ended.stdout
    if shutil.which("qemu-aarch64"):
        assert "ran under qemu-aarch64" in ended.stdout
    assert read_elf(prefix / "target/bin/ocamlrun").machine == "EM_AARCH64"
