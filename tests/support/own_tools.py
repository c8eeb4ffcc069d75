"""The tools that the tests bring along: pyproject.toml names them, so they lie where this Python does."""

from __future__ import annotations

import sys
from pathlib import Path

_BIN = Path(sys.executable).parent


def own_tool(name: str) -> str:
    """The path of a tool of this environment; that it is missing is a failure, and no reason to skip."""
    path = _BIN / name
    assert path.is_file(), f"{name} is not in {_BIN}: pip install -e '.[test]' puts it there"
    return str(path)
