"""Proves a switch by the command line and reads its report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.real_builds.command import Wizard
from wizard.prove.report import REPORT_FILE


def is_proved(wizard: Wizard, prefix: Path, groups: set[str], emulator: str) -> None:
    """Prove a switch again: everything that can be looked at here holds."""
    ended = wizard.run("verify", prefix, "--json")
    assert ended.returncode == 0, ended.stdout
    holds(json.loads(ended.stdout), groups, emulator)


def was_proved(prefix: Path, groups: set[str], emulator: str) -> None:
    """The same of the proof that the build itself has made: nothing is run again."""
    holds(json.loads((prefix / REPORT_FILE).read_bytes()), groups, emulator)


def holds(report: dict[str, Any], groups: set[str], emulator: str) -> None:
    """A report has these groups, and where something here runs the programs, all of it held."""
    assert {one["group"] for one in report["comparisons"]} == groups
    if shutil.which(emulator):
        assert all(one["verdict"] == "pass" for one in report["comparisons"])
