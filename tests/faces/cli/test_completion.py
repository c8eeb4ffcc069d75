"""Completion by the shells themselves: what bash, zsh and fish offer for a word that is being typed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Ocw
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from wizard.base.folders import Folders
from wizard.builds.folder import PLAN
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.plan.batch import to_json
from wizard.session.session import Session

NAME = "ocaml-cross-wizard"
PROGRAM = """#!{python}
import sys
from wizard.faces.cli import main
main()
"""


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """An environment with the program on PATH under both names, and one build that was begun."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in (NAME, "ocw"):
        (programs / name).write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
        (programs / name).chmod(0o755)
    home = tmp_path / "home"
    folders = Folders(home / "cache", home / "data", home / "state")
    session = Session(folders)
    plan = session.plan(session.check(Preset(Selection(target="aarch64-linux")), tmp_path / "switch"))
    build = folders.builds / plan.id
    build.mkdir(parents=True)
    (build / PLAN).write_bytes(to_json(plan))
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "OCW_HOME": str(home),
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }


def offered(place: dict[str, str], *words: str, program: str = NAME) -> list[str]:
    """What bash's completion function puts into COMPREPLY; the last of `words` is being typed."""
    line = " ".join(shlex.quote(word) for word in (program, *words))
    function = f"_{program.replace('-', '_')}_completion"
    script = (
        f'eval "$({NAME} completion bash)"\n'
        f"COMP_WORDS=({line})\nCOMP_CWORD={len(words)}\n"
        'compopt() { printf \'compopt %s %s\\n\' "$1" "$2"; }\n'  # outside of a real completion bash has none
        f"{function} {program}\n[ ${{#COMPREPLY[@]}} = 0 ] || printf '%s\\n' \"${{COMPREPLY[@]}}\"\n"
    )
    ended = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, env=place, cwd=ROOT)
    assert ended.stderr == ""
    return ended.stdout.split("\n")[:-1] if ended.stdout.strip() else []


BASH = pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")


@BASH
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["exp"], ["explain", "export"]),
        (["build", "--host-c"], ["--host-compiler"]),
        (["build", "--host-compiler", ""], ["auto", "path", "build"]),
        (["build", "x86_64-s"], ["compopt -o default", "x86_64-solo5"]),
        (["check", "--target", "riscv64"], ["riscv64-linux", "riscv64-linux-musl", "riscv64-linux-gnu"]),
        (["check", "--target", "aarch64-mac"], []),
        (["check", "--release", "5.4"], ["5.4.1", "5.4.0"]),
        (["check", "--libc", "m"], ["musl", "mingw-w64"]),
        (["check", "--host", "i6"], ["i686-linux", "i686-windows"]),
        (["check", "--bindings", ""], ["spt", "hvt", "virtio", "muen", "xen"]),
        (["check", "--without", "nolibc-no-d"], ["compopt -o default", "nolibc-no-debugger"]),
        (["check", "--source", "so"], ["solo5="]),
        (["explain", "word-"], ["word-size"]),
        (["cache", "cl"], ["clean"]),
        (["cache", "clean", "zig"], ["zig-cache"]),
        (["logs", "--stage", "native-r"], ["native-runtime"]),
        (["verify", ""], ["compopt -o dirnames"]),
        (["completion", "f"], ["fish"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_bash_offers(words: list[str], expected: list[str], place: dict[str, str]) -> None:
    assert offered(place, *words) == expected


@BASH
def test_bash_offers_the_builds_that_suit_a_command(place: dict[str, str]) -> None:
    (build,) = (path.name for path in (Path(place["OCW_HOME"]) / "state" / "builds").iterdir())
    assert offered(place, "resume", "") == [build]
    assert offered(place, "attach", build[:8], program="ocw") == [build]
    assert offered(place, "cancel", "") == [], "it does not run"
    assert offered(place, "diagnose", build[:8]) == ["compopt -o default", build]


@BASH
def test_a_broken_home_is_no_failure_of_a_completion(place: dict[str, str]) -> None:
    build = next((Path(place["OCW_HOME"]) / "state" / "builds").iterdir())
    (build / PLAN).write_bytes(b"{")
    assert offered(place, "logs", "--stage", "") == []
    assert offered(place, "attach", "") == [build.name]


@BASH
def test_a_key_in_a_real_bash_completes(place: dict[str, str], tmp_path: Path) -> None:
    start = tmp_path / "start"
    start.write_text(f'PS1="READY "\neval "$({NAME} completion bash)"\n', encoding="utf-8")
    with Terminal(["bash", "--noprofile", "--rcfile", str(start), "-i"], place, columns=120) as terminal:
        terminal.wait_for("READY")
        terminal.press(f"{NAME} sh", "tab")
        terminal.wait_for("READY ocaml-cross-wizard sh")
        terminal.press("o", "tab", "aarch64-l", "tab")
        terminal.wait_for("READY ocaml-cross-wizard show aarch64-linux-musl")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_script_of_another_shell_is_one_that_it_reads(shell: str, place: dict[str, str], ocw: Ocw) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = ocw("completion", shell).out
    ended = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False, env=place)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_offers_words_with_what_they_are(place: dict[str, str]) -> None:
    script = f'{NAME} completion fish | source\ncomplete -C "{NAME} check --release 5.4"'
    ended = subprocess.run(["fish", "-c", script], capture_output=True, text=True, check=True, env=place, cwd=ROOT)
    assert "5.4.1\tEffects; domains" in ended.stdout


def test_every_shell_has_a_script_for_both_names(ocw: Ocw) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = ocw("completion", shell).out
        assert f"_OCAML_CROSS_WIZARD_COMPLETE={shell}_complete" in script
        assert f"_OCW_COMPLETE={shell}_complete" in script
    assert ocw("completion", "tcsh").code == 2
