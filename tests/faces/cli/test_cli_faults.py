"""What `build` says when something is wrong: one clear message, the documented exit code, no remains."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.paths import ROOT

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def build(tmp_path: Path) -> Run:
    """Runs `build` with all folders below the test's own and without a network."""

    def run(*words: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "OCW_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT), **extra}
        env.pop("OCW_SOURCES", None)
        return subprocess.run(
            [sys.executable, "-m", "wizard", "build", *map(str, words)], env=env, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=60, check=False,
        )  # fmt: skip

    return run


def _is_clear(ended: subprocess.CompletedProcess[str], exit_code: int, code: str) -> None:
    assert ended.returncode == exit_code, ended.stdout + ended.stderr
    assert f"error[{code}]: " in ended.stderr
    assert "fix: " in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_broken_preset(build: Run, tmp_path: Path) -> None:
    preset = tmp_path / "mine.toml"
    preset.write_text('[selection]\ntarget = "aarch64-linux"\nlibk = "musl"\n')
    ended = build(preset)
    _is_clear(ended, 3, "preset-unknown-key")
    assert f"{preset}:3" in ended.stderr
    assert "'libc'" in ended.stderr


def test_a_wrong_digest_in_the_local_folder(build: Run, tmp_path: Path) -> None:
    sources = tmp_path / "archives"
    sources.mkdir()
    (sources / "ocaml-5.3.0.tar.gz").write_bytes(b"something else")
    prefix = tmp_path / "prefix"
    ended = build("aarch64-linux-musl", "--prefix", prefix, "--sources", sources)
    _is_clear(ended, 5, "digest-wrong")
    assert "22c1dd9de21bf43b62d1909041fb5fad648905227bf69550a6a6bef31e654f38" in ended.stderr
    assert not prefix.exists()
    assert (sources / "ocaml-5.3.0.tar.gz").read_bytes() == b"something else"


def test_a_truncated_archive(build: Run, tmp_path: Path) -> None:
    sources = tmp_path / "archives"
    sources.mkdir()
    with (sources / "ocaml-5.3.0.tgz").open("wb") as file:
        file.write(b"\x1f\x8b\x08" + bytes(1000))
    ended = build("aarch64-linux-musl", "--prefix", tmp_path / "prefix", "--sources", sources)
    _is_clear(ended, 5, "digest-wrong")
    assert "truncated" in ended.stderr
    assert not (tmp_path / "prefix").exists()


def test_no_network_and_no_local_folder(build: Run, tmp_path: Path) -> None:
    ended = build("aarch64-linux-musl", "--prefix", tmp_path / "prefix", "--offline")
    _is_clear(ended, 5, "source-not-found")
    assert "--sources DIR" in ended.stderr
    assert "ocaml-5.3.0.tar.gz (sha256 22c1dd9d" in ended.stderr
    assert not (tmp_path / "prefix").exists()


def test_no_network_and_an_empty_local_folder(build: Run, tmp_path: Path) -> None:
    (tmp_path / "archives").mkdir()
    ended = build("aarch64-linux-musl", "--offline", "--sources", tmp_path / "archives")
    _is_clear(ended, 5, "source-not-found")
    assert str(tmp_path / "archives") in ended.stderr


def test_no_make(build: Run, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to(shutil.which("sh") or "/bin/sh")
    ended = build("aarch64-linux-musl", "--prefix", tmp_path / "prefix", PATH=str(tools))
    _is_clear(ended, 5, "make-missing")
    assert not (tmp_path / "prefix").exists()


@pytest.mark.parametrize("place", ["/proc/switch", "/dev/null/switch"])
def test_a_prefix_that_cannot_be_written(build: Run, place: str) -> None:
    _is_clear(build("aarch64-linux-musl", "--prefix", place, "--offline"), 8, "prefix-not-writable")


def test_a_prefix_that_holds_something_else(build: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    _is_clear(build("aarch64-linux-musl", "--prefix", tmp_path / "mine", "--offline"), 8, "prefix-taken")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_an_unknown_target_is_told_the_nearest_one(build: Run) -> None:
    ended = build("--target", "arch64")
    _is_clear(ended, 3, "value-unknown")
    assert "did you mean 'aarch64'" in ended.stderr


def test_a_patch_that_is_not_there(build: Run, tmp_path: Path) -> None:
    _is_clear(build("aarch64-linux-musl", "--patch", tmp_path / "no.patch"), 3, "patch-unreadable")


def test_a_prefix_with_a_space_and_a_quote(build: Run, tmp_path: Path) -> None:
    prefix = tmp_path / "it's a switch"
    ended = build("aarch64-linux-musl", "--prefix", prefix, "--offline")
    _is_clear(ended, 8, "prefix-unsafe")
    assert str(prefix) in ended.stderr
    assert not prefix.exists()


def test_folders_of_the_wizard_with_a_space(build: Run, tmp_path: Path) -> None:
    ended = build("aarch64-linux-musl", "--offline", OCW_HOME=str(tmp_path / "my home"))
    _is_clear(ended, 8, "folder-unsafe")
    assert "OCW_HOME=" in ended.stderr
