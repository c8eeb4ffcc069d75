"""The other recipes: upstream's crossopt (5.4.1) and OCaml 4 (4.14.1), each proved by its own build."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]


def _reachable(client: str) -> None:
    if shutil.which(client) is None:
        pytest.skip(f"this release's source comes through {client} where the official address is out of reach")


@pytest.mark.parametrize(("release", "client"), [("5.4.1", "apt-get"), ("4.14.1", "npm")])
def test_the_release_builds_and_is_proved(wizard: Wizard, tmp_path: Path, release: str, client: str) -> None:
    _reachable(client)
    prefix = tmp_path / release
    wizard.events("--target", "aarch64-linux-musl", "--release", release, "--prefix", prefix)
    ended = wizard.run("verify", prefix, "--json")
    assert ended.returncode == 0, ended.stdout
    report = json.loads(ended.stdout)
    groups = {one["group"] for one in report["comparisons"]}
    assert groups == {"config", "constants", "libraries"} | ({"multicore"} if release.startswith("5") else set())
    if shutil.which("qemu-aarch64"):
        assert all(one["verdict"] == "pass" for one in report["comparisons"])
