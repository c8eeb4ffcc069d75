"""The man page: whole, up to date, and without a fault that man or mandoc would name."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.support.commands import Ocw
from tests.support.paths import ROOT
from wizard.base.errors import exit_code_table
from wizard.faces.cli import root
from wizard.faces.cli.commands.manual import _code, _words, man_page
from wizard.faces.cli.sections import subcommands

PAGE = ROOT / "man" / "ocaml-cross-wizard.1"


def test_the_page_that_a_wheel_installs_is_up_to_date() -> None:
    made = man_page(root)
    assert PAGE.read_text(encoding="utf-8") == made, "run: python -m wizard manual >man/ocaml-cross-wizard.1"
    assert (PAGE.parent / "ocw.1").read_text(encoding="utf-8") == f".so man1/{PAGE.name}\n"


def test_the_command_prints_it(ocw: Ocw) -> None:
    assert ocw("manual").out == man_page(root)


def test_it_has_every_command_every_option_and_every_exit_code() -> None:
    text = man_page(root).replace(r"\-", "-")
    for name, command in subcommands(root).items():
        assert f'.SS "{name}"' in text
        for option in (opt for param in command.params for opt in param.opts if opt.startswith("-")):
            assert option in text
    for code, meaning in exit_code_table():
        assert f".TP\n\\fB{code}\\fR\n{meaning}" in text


def test_no_line_is_a_request_by_mistake() -> None:
    requests = {line.split()[0] for line in man_page(root).splitlines() if line[:1] in (".", "'")}
    assert requests <= {".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".BR", ".br", ".RS", ".RE", ".EX", ".EE"}
    assert _code(".a-b") == r"\&.a\-b"
    assert _code(r"'it\s") == r"\&'it\es"
    assert _words("say `--help` or --no-run, not re-run") == (
        r"say \fB\-\-help\fR or \fB\-\-no\-run\fR, not re-run"
    )


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="man is not installed")
def test_man_shows_it_without_a_warning() -> None:
    ended = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", str(PAGE)], capture_output=True, text=True, check=True,
        env={"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "MAN_KEEP_FORMATTING": ""},
    )  # fmt: skip
    assert ended.stderr == ""
    assert "  ocaml-cross-wizard check --target armv7 --fix --save armv7.toml\n" in ended.stdout
    assert max(map(len, ended.stdout.splitlines())) <= 120
    assert re.search(r"^EXIT STATUS$", ended.stdout, re.MULTILINE)


@pytest.mark.skipif(shutil.which("mandoc") is None, reason="mandoc is not installed")
def test_mandoc_finds_no_fault() -> None:
    ended = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", str(PAGE)], capture_output=True, text=True, check=False
    )
    # It has no date: the same commands give the same page.
    faults = [line for line in (ended.stdout + ended.stderr).splitlines() if "missing date" not in line]
    assert faults == []
