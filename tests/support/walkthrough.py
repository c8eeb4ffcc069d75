"""Documents that are followed: their blocks are written, applied and run, in a folder of the test.

A comment in the line before a block says what is done with it: `run: no, WHY`, `run: fast`, `run: build`,
`exits N`, `needs PROGRAM`, and `shows` for lines that the output of the block before has.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.support.pages import Block
from tests.support.paths import ROOT

SECONDS = 1800
_LEFT_OUT = shutil.ignore_patterns(
    ".venv", ".git", ".*_cache", "site", "__snapshots__", "screenshots", ".hypothesis"
)


def copy_of_the_tree(into: Path) -> Path:
    """The project without what only tools write; pictures and accepted screens are left out."""
    shutil.copytree(ROOT, into, ignore=_LEFT_OUT)
    return into


def section(text: str, heading: str) -> str:
    """What stands under a heading of a page, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def write(block: Block, tree: Path) -> None:
    """Make the file of a block with a path, append to it, or carry out its changes."""
    path = tree / block.title
    if block.language == "diff":
        text = path.read_text(encoding="utf-8")
        for change in block.text.split("@@\n"):
            text = changed(text, change, block.title)
        path.write_text(text, encoding="utf-8")
    elif path.exists():
        path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\n\n{block.text}", encoding="utf-8")
    else:
        path.write_text(block.text, encoding="utf-8")


def changed(text: str, change: str, name: str) -> str:
    """A text with one change: its lines that stay or go must be there together, and only once."""
    lines = change.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[:1] != "+")
    after = "".join(line[1:] for line in lines if line[:1] != "-")
    assert text.count(before) == 1, f"{name} has this {text.count(before)} times:\n{before}"
    return text.replace(before, after)


class Shell:
    """Runs blocks of shell one after the other, in one folder; PATH has the wizard of `tree` and this Python."""

    def __init__(self, folder: Path, tree: Path = ROOT, **environment: str) -> None:
        self.folder, self.output = folder, ""
        programs = folder / ".programs"
        programs.mkdir()
        for name, words in {
            "ocaml-cross-wizard": "-m wizard", "ocw": "-m wizard", "python": "", "nox": "-m nox",
        }.items():  # fmt: skip
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(tree),
            "HOME": str(folder),
            "OCW_HOME": str(folder / "ocw"),
            **environment,
        }

    def run(self, block: Block) -> None:
        """Run a block, as one script that stops at the first failure; then its exit status is looked at."""
        expected = int(found[1]) if (found := re.search(r"exits (\d+)", block.note)) else 0
        ended = subprocess.run(
            ["sh", "-e", "-c", block.text], cwd=self.folder, env=self._environment, check=False, timeout=SECONDS,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.output = ended.stdout
        assert ended.returncode == expected, (
            f"{block.text}\nended with {ended.returncode}:\n{ended.stdout[-4000:]}"
        )

    def shows(self, block: Block) -> None:
        """Each line of a block stands in what the block before printed."""
        for line in block.text.splitlines():
            assert line.strip() in self.output, f"{line!r} is not in:\n{self.output}"


def follow(blocks: Iterable[Block], shell: Shell, tree: Path, *, only: tuple[str, ...] = ("",)) -> int:
    """Follow blocks in their order, and give how many were run: of commands those whose note says one of `only`.

    "" stands for a block of commands without a note.
    """
    ran, last_ran = 0, False
    for block in blocks:
        kind = re.match(r"run: (\w+)", block.note)
        if block.note == "shows":
            if last_ran:
                shell.shows(block)
        elif block.title:
            write(block, tree)
        elif block.language == "sh":
            needed = re.search(r"needs (\S+)", block.note)
            absent = needed is not None and shutil.which(needed[1]) is None
            last_ran = (kind[1] if kind else "") in only and not absent
            if last_ran:
                shell.run(block)
                ran += 1
    return ran
