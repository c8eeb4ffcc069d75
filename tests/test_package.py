"""The package as it is installed: typed, as its classifier says, and with every file that the code reads."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

DECLARED: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WHEEL: dict[str, Any] = DECLARED["tool"]["hatch"]["build"]["targets"]["wheel"]
IGNORED = [line for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines() if line[:1] not in "#"]


def packed(path: Path) -> bool:
    """True for a file of the package that the build takes: hatch leaves out only what git ignores."""
    inside = path.relative_to(ROOT)
    ignored = any(fnmatch.fnmatch(part, pattern.strip("/")) for part in inside.parts for pattern in IGNORED)
    return inside.parts[0] in WHEEL["packages"] and not ignored


def test_the_wheel_says_that_the_package_is_typed() -> None:
    """PEP 561: a type checker reads the types of an installed package only where py.typed is in it."""
    assert "Typing :: Typed" in DECLARED["project"]["classifiers"]
    assert (ROOT / "wizard" / "py.typed").is_file()
    assert packed(ROOT / "wizard" / "py.typed")


@pytest.mark.parametrize("ending", ["*.toml", "*.py", "*.sh"])
def test_the_data_of_the_package_are_in_the_wheel(ending: str) -> None:
    found = list((ROOT / "wizard").rglob(ending))
    assert found
    assert all(packed(path) for path in found)
    assert not {"exclude", "only-include"} & WHEEL.keys()
