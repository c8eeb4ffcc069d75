"""Sources for unikernels: the real ones where OCW_TEST_SOLO5 names them, and the stand-in made from musl."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

STAND_IN = Path(__file__).parent / "stand_in"
VARIABLE = "OCW_TEST_SOLO5"
"""A folder with solo5-* and ocaml-solo5-*, folders or archives, as they were published."""


def real(name: str, version: str) -> Path:
    """A published source, `name`-`version`. Skips the test where it is not there, and says what is missing."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: it names a folder with Solo5's and ocaml-solo5's sources")
    found = [path for path in Path(folder).iterdir() if path.name.removesuffix(".tar.gz") == f"{name}-{version}"]
    if not found:
        pytest.skip(f"{folder} ({VARIABLE}) has no {name}-{version}")
    return found[0].absolute()


def given(solo5: Path, libc: Path) -> list[str]:
    """The options that take these."""
    return ["--source", f"solo5={solo5}", "--source", f"ocaml-solo5={libc}"]


def stand_in(folder: Path, musl: Path, zig: Path) -> tuple[Path, Path]:
    """(Solo5, ocaml-solo5) as stand-ins, written into `folder`: musl is the C library as zig has compiled it."""
    solo5, libc = folder / "solo5", folder / "ocaml-solo5"
    for into in (solo5, libc):
        shutil.copytree(STAND_IN / into.name, into)
        (into / "Musl").write_text(f"MUSL := {musl}\n", encoding="utf-8")
    headers = zig / "lib" / "libc" / "include"
    for name in ("any-linux-any", "x86-linux-any", "generic-musl", "x86_64-linux-musl"):
        shutil.copytree(headers / name, libc / "nolibc" / "include", dirs_exist_ok=True)
    return solo5, libc
