"""The tutorial: what needs no build is run here as it stands, the rest in tests/real_builds/test_tutorial.py."""

from __future__ import annotations

from pathlib import Path

from tests.support.pages import WRITTEN, blocks
from tests.support.walkthrough import Shell, follow

LESSON = blocks(WRITTEN["docs/tutorial/first-switch.md"])


def test_what_needs_no_build_can_be_followed(tmp_path: Path) -> None:
    assert follow(LESSON, Shell(tmp_path), tmp_path, only=("fast",)) == 5


def test_every_block_of_commands_says_whether_it_is_run() -> None:
    for block in LESSON:
        if block.language == "sh":
            assert block.note.startswith("run: "), block.text
        else:
            assert block.note == "shows", block.text
    left_out = [block for block in LESSON if block.note.startswith("run: no")]
    assert len(left_out) <= 3
    assert all(", " in block.note for block in left_out), "say why it is not run"
