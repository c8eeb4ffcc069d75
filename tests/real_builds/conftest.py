"""Real builds share one set of folders, so that the host compiler and zig's C libraries are made once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All folders of the wizard: those that last (OCW_TEST_HOME), or fresh ones."""
    lasting = os.environ.get("OCW_TEST_HOME")
    if not lasting:
        return tmp_path_factory.mktemp("home")
    # Host compilers, toolchains and caches last; builds do not, or nothing would be built here any more.
    shutil.rmtree(Path(lasting) / "state", ignore_errors=True)
    return Path(lasting)


@pytest.fixture(scope="session")
def wizard(home: Path) -> Wizard:
    """The command line of the wizard with those folders."""
    return Wizard(home)


@pytest.fixture(scope="session")
def switches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("switches")


@pytest.fixture(scope="session")
def aarch64(wizard: Wizard, switches: Path) -> Path:
    """A switch of OCaml 5.3.0 for aarch64-linux-musl, built by the preset that the README names."""
    prefix = switches / "aarch64"
    events = wizard.events("presets/aarch64-linux-musl.toml", "--prefix", prefix)
    assert events[-1]["event"] == "build-ended"
    return prefix
