"""Folder names that a careless script would trip over, and a way to write a script."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from wizard.builder.execute import write_file
from wizard.steps import actions as a

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


def write(path: Path, text: str) -> None:
    """Write an executable file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def act(actions: Iterable[a.AnyAction], env: Mapping[str, str] | None = None) -> None:
    """Do what actions of a plan say: files are written, commands run and must succeed."""
    for action in actions:
        if isinstance(action, a.WriteFile):
            write_file(action)
        else:
            assert isinstance(action, a.Run), action
            subprocess.run(action.argv, cwd=action.cwd, check=True, env=env)


FAKE_COMPILER = """\
#!/bin/sh
here=${0%/*}
[ "$1" = -dumpmachine ] && exec cat "$here/triplet"
data=program
while [ $# -gt 1 ]; do
  [ "$1" = -c ] && data=object
  [ "$1" = -o ] && out=$2
  shift
done
cp "$here/$data" "$out"
"""
"""A C compiler that answers with the files beside it: `triplet`, `object` and `program`."""
