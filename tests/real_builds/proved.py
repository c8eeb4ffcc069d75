"""Proves a switch by the command line and reads its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.real_builds.command import Wizard


def is_proved(wizard: Wizard, prefix: Path, groups: set[str], emulator: str) -> None:
    """Prove a switch again: everything that can be looked at here holds."""
    ended = wizard.run("verify", prefix, "--json")
    assert ended.returncode == 0, ended.stdout
    report = json.loads(ended.stdout)
    assert {one["group"] for one in report["comparisons"]} == groups
    if shutil.which(emulator):
        assert all(one["verdict"] == "pass" for one in report["comparisons"])
