"""Archives that no package client has, in a folder of the one who runs the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def folder_with(archive: str) -> Path:
    """The folder that OCW_TEST_SOURCES names, which holds `archive`; else the test is skipped."""
    folder = Path(os.environ.get("OCW_TEST_SOURCES", ""))
    if not os.environ.get("OCW_TEST_SOURCES") or not (folder / archive).is_file():
        pytest.skip(f"OCW_TEST_SOURCES names no folder that holds {archive}")
    return folder
