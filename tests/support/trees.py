"""Small work trees for tests, and a patch that fits them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BEFORE = b"one\ntwo\nthree\n"
AFTER = b"one\nTWO\nthree\n"
DIFF = "--- a/runtime/sys.c\n+++ b/runtime/sys.c\n@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n"


def tree(root: Path, files: dict[str, bytes] | None = None) -> Path:
    """A work tree with runtime/sys.c, and whatever else is given."""
    for name, data in {"runtime/sys.c": BEFORE, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def names(path: Path) -> list[str]:
    """Everything below a folder, by its path from there."""
    return sorted(str(inner.relative_to(path)) for inner in path.rglob("*"))


def closed(folder: Path) -> Path:
    """A folder that may not be written; skips the test where this user, as root, may write everywhere."""
    folder.mkdir(exist_ok=True)
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere, so no folder refuses it")
    return folder
