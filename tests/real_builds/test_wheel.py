"""The wheel: everything that is data is in it, and it works outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.paths import ROOT

pytestmark = [pytest.mark.build, pytest.mark.timeout(600)]


def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    words = ["-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path), str(ROOT)]
    made = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    env = {**os.environ, "PYTHONPATH": str(site), "OCW_HOME": str(tmp_path / "home"), "PYTHONSAFEPATH": "1"}
    for words in (
        ["presets"],
        ["show", "aarch64-linux-musl"],
        ["show", "--target", "x86_64-linux", "--release", "4.14.1"],
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "wizard", *words],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert "aarch64-linux-musl" in ran.stdout or "x86_64-linux-musl" in ran.stdout
    shipped = {str(path.relative_to(ROOT / "wizard")) for path in (ROOT / "wizard").rglob("*") if _data(path)}
    packed = {str(path.relative_to(site / "wizard")) for path in (site / "wizard").rglob("*") if path.is_file()}
    assert shipped <= packed
    pages = {path.name for path in site.glob("*.data/data/share/man/man1/*")}
    assert pages == {path.name for path in (ROOT / "man").iterdir()}


def _data(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
