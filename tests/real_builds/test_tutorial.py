"""The tutorial, with its build: all its commands in their order, in a home of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import WRITTEN, blocks
from tests.support.walkthrough import Shell, follow

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]


def test_the_whole_lesson_can_be_followed(home: Path, tmp_path: Path) -> None:
    shell = Shell(tmp_path, OCW_HOME=str(home))
    lesson = blocks(WRITTEN["docs/tutorial/first-switch.md"])
    assert follow(lesson, shell, tmp_path, only=("fast", "build")) >= 8
    assert (tmp_path / "aarch64" / "ocaml-cross.lock.toml").is_file()
