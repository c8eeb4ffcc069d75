"""A switch's layout: the same whenever the command that makes it was stopped, and however often it runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.trees import names
from wizard.builder.execute import write_file
from wizard.plan.layout import layout
from wizard.steps.actions import Run, WriteFile

PROGRAMS = ("ocamlopt.opt", "ocamlc.opt", "ocamlmklib", "ocamlrun", "ocaml")
TOOLS = ("mkdir", "mv", "rm", "ln", "readlink")


def installed(staging: Path, suffix: str) -> Path:
    """What `make install` leaves."""
    (staging / "bin").mkdir(parents=True)
    (staging / "lib" / "ocaml").mkdir(parents=True)
    for program in PROGRAMS:
        (staging / "bin" / f"{program}{suffix}").write_text(program)
    for name in ("ocamlopt", "ocamlc"):
        (staging / "bin" / f"{name}{suffix}").symlink_to(f"{name}.opt{suffix}")
    (staging / "lib" / "ocaml" / f"expunge{suffix}").write_text("")
    return staging


def lay_out(staging: Path, suffix: str, path: str = os.environ["PATH"]) -> int:
    script, run = layout(str(staging), str(staging.parent), suffix)
    assert isinstance(script, WriteFile)
    assert isinstance(run, Run)
    write_file(script)
    sh = shutil.which("sh") or "/bin/sh"
    return subprocess.run([sh, *run.argv[1:]], cwd=run.cwd, env={"PATH": path}, check=False).returncode


def dying_tools(folder: Path, calls: int) -> str:
    """A PATH of tools of which only the first `calls` calls do anything; the next one kills its shell."""
    folder.mkdir()
    for tool in TOOLS:
        script = folder / tool
        script.write_text(
            f'#!/bin/sh\nn=$(/bin/cat "{folder}/count" 2>/dev/null || echo 0)\n'
            f'[ "$n" -lt {calls} ] || {{ kill -9 $PPID; exit 1; }}\n'
            f'echo $((n + 1)) > "{folder}/count"\nexec {shutil.which(tool)} "$@"\n'
        )
        script.chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("suffix", ["", ".exe"])
def test_what_was_killed_before_any_of_its_commands_ends_the_same(suffix: str, tmp_path: Path) -> None:
    whole = installed(tmp_path / "whole", suffix)
    assert lay_out(whole, suffix) == 0
    expected = names(whole)
    assert "libexec/ocamlopt" in expected
    killed = 0
    for calls in range(40):
        staging = installed(tmp_path / f"killed-{calls}", suffix)
        died = lay_out(staging, suffix, dying_tools(tmp_path / f"tools-{calls}", calls)) != 0
        killed += died
        assert lay_out(staging, suffix) == 0, f"killed at command {calls}"
        assert names(staging) == expected, f"killed at command {calls}"
        assert (staging / "libexec" / "ocamlopt").read_text() == "ocamlopt.opt"
        if not died:
            break
    assert killed >= 4


def test_a_switch_with_its_launchers_is_not_laid_out_again(tmp_path: Path) -> None:
    staging = installed(tmp_path / "staging", "")
    assert lay_out(staging, "") == 0
    (staging / "bin").mkdir()
    (staging / "bin" / "ocamlopt").write_text("a launcher")
    before = names(staging)
    assert lay_out(staging, "") == 0
    assert names(staging) == before


def test_an_installation_without_an_interpreter_is_an_error(tmp_path: Path) -> None:
    staging = installed(tmp_path / "staging", "")
    (staging / "bin" / "ocamlrun").unlink()
    assert lay_out(staging, "") != 0
