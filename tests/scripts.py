"""Folder names that a careless script would trip over, and a way to write a script."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

TRIPLET = "aarch64-linux-musl"
NASTY = {
    "plain": "plain",
    "space": "two words",
    "quotes": 'it\'s "quoted"',
    "dollar": "$HOME `id` $(id)",
    "other letters": "éλ🐫",
    "glob": "*?[a-z]",
    "backslash": "back\\slash\\n",
    "dashes": "-n --help",
    "comment": "# ; & | < >",
    "percent": "%s %{read}",
}
nasty = pytest.mark.parametrize("folder", NASTY.values(), ids=NASTY.keys())
SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]


def write(path: Path, text: str) -> None:
    """Write an executable file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
