"""The other recipes: upstream's crossopt (5.4.1), OCaml 4 (4.14.1) for a 32-bit machine, and older releases."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard, stages
from tests.real_builds.given_sources import folder_with
from tests.real_builds.proved import is_proved
from wizard.binaries.elf import read_elf
from wizard.catalogue.store import catalogue

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]


def _reachable(client: str) -> None:
    if shutil.which(client) is None:
        pytest.skip(f"this release's source comes through {client} where the official address is out of reach")


def test_crossopt_builds_5_4_andis_proved(wizard: Wizard, tmp_path: Path) -> None:
    _reachable("apt-get")
    prefix = tmp_path / "switch"
    wizard.events("--target", "aarch64-linux-musl", "--release", "5.4.1", "--prefix", prefix)
    is_proved(wizard, prefix, {"config", "constants", "jumps", "libraries", "multicore"}, "qemu-aarch64")


def test_a_32_bit_target_gets_a_32_bit_host_as_the_check_proposes(wizard: Wizard, tmp_path: Path) -> None:
    _reachable("npm")
    target = ("--target", "armv7", "--release", "4.14.1")
    refused = wizard.run("build", *target, "--prefix", tmp_path / "refused")
    assert refused.returncode == 4
    assert "word-size" in refused.stderr
    assert not (tmp_path / "refused").exists()

    preset, prefix = tmp_path / "armv7.toml", tmp_path / "switch"
    fixed = wizard.run("check", *target, "--fix", "--save", preset)
    assert fixed.returncode == 0, fixed.stdout
    assert "32-bit host" in fixed.stderr
    wizard.events(preset, "--prefix", prefix)
    compiler = read_elf(prefix / "libexec" / "ocamlopt.opt")
    assert (compiler.machine, compiler.bits) == ("EM_386", 32)
    assert compiler.static, "it needs no 32-bit libraries of this machine"
    asked: list[str | Path] = [prefix / "bin" / "ocamlopt", "-config-var", "word_size"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip() == "32"
    is_proved(wizard, prefix, {"config", "constants", "jumps", "libraries"}, "qemu-arm")
    # What bytecode programs begin with is this switch's, not the host compiler's.
    assert (prefix / "lib" / "ocaml" / "camlheader").read_text() == f"#!{prefix}/bin/ocamlrun\n"


def test_the_ocaml_on_path_as_the_host_compiler(wizard: Wizard, tmp_path: Path) -> None:
    """No modules are shared with it: all are compiled for this target, in the order that make finds by itself."""
    _reachable("npm")
    target = ("--target", "aarch64-linux-musl", "--release", "4.14.1")
    made = wizard.events(*target, "--host-only", "--host-compiler", "build")
    path = f"{made[-1]['prefix']}/bin:{os.environ['PATH']}"
    prefix = tmp_path / "switch"
    events = wizard.events(*target, "--host-compiler", "path", "--prefix", prefix, PATH=path)
    assert not {"host-build", "seed"} & set(stages(events, "stage-started"))
    is_proved(wizard, prefix, {"config", "constants", "jumps", "libraries"}, "qemu-aarch64")


@pytest.mark.parametrize("release", ["5.1.1", "5.0.0", "4.14.2", "4.13.1"])
def test_a_release_that_no_package_client_has_is_built_and_proved(
    wizard: Wizard, tmp_path: Path, release: str
) -> None:
    known = catalogue().releases[release]
    sources = folder_with(known.sources[0].file)
    prefix = tmp_path / "switch"
    wizard.events("--target", "aarch64-linux-musl", "--release", release, "--prefix", prefix, "--sources", sources)
    five = {"multicore"} if known.multicore else set()
    is_proved(wizard, prefix, {"config", "constants", "jumps", "libraries"} | five, "qemu-aarch64")
