"""Switches for unikernels, built and run: with the real Solo5 where it is at hand, and with a stand-in of musl.

The real sources are looked for in OCW_TEST_SOLO5 (support/solo5_sources.py). The stand-in takes the same stages.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard, stages
from tests.support.solo5_sources import given, real, stand_in
from wizard.binaries.elf import read_elf
from wizard.binaries.solo5_notes import read_notes
from wizard.catalogue.presets import load_preset
from wizard.catalogue.store import catalogue
from wizard.machine.survey import LOCK_FILE, find_zig
from wizard.toolchains.zig import LIBC_SCRIPT, libc_options

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]

MUSL = "x86_64-linux-musl"
STAGES = ["solo5-source", "solo5", "openlibm", "nolibc", "sysroot", "toolchain"]


@pytest.fixture(scope="session")
def musl(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(musl as zig has compiled it, zig): the wizard's own, or made now."""
    zig = find_zig()
    assert zig is not None
    kept = home / "data" / "toolchains" / f"zig-{zig.version}-{MUSL}"
    if not (kept / "libc.a").is_file():
        kept = tmp_path_factory.mktemp("musl") / MUSL
        options = libc_options(catalogue().toolchains["zig"], MUSL)
        cache = str(tmp_path_factory.mktemp("zig-cache"))
        subprocess.run(["sh", "-c", LIBC_SCRIPT, "sh", zig.folder, str(kept), cache, *options], check=True)
    return kept, Path(zig.folder)


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def built(wizard: Wizard, prefix: Path, target: str, release: str, *sources: str) -> Path:
    """Build a switch; its own stages come before OCaml's."""
    words: list[str | Path] = ["--target", target, "--libc", "nolibc", "--release", release, *sources]
    words += ["--prefix", prefix]
    events = wizard.events(*words)
    assert events[-1]["event"] == "build-ended"
    assert [stage for stage in stages(events, "stage-ended") if stage in STAGES] == STAGES
    return prefix


def proved(wizard: Wizard, prefix: Path, *, runs: bool, bindings: tuple[str, ...]) -> None:
    """Everything that can be looked at holds: constants, notes for all bindings, what the programs print."""
    ended = wizard.run("verify", prefix, "--json")
    assert ended.returncode == 0, ended.stdout
    report = json.loads(ended.stdout)
    groups = {one["group"] for one in report["comparisons"]}
    assert {"config", "parts", "constants", "jumps", "unikernel"} <= groups
    linked = {one["found"] for one in report["comparisons"] if one["name"] == "bindings"}
    assert linked == set(bindings)
    if runs:
        assert report["runner"] == "under solo5-spt", report["not_run"]
        assert all(one["verdict"] == "pass" for one in report["comparisons"])


def project(wizard: Wizard, prefix: Path, folder: Path) -> dict[str, str]:
    """What new-unikernel makes with the switch alone: the build's folders are gone."""
    assert wizard.run("clean", "--done").returncode == 0
    ended = wizard.run("new-unikernel", folder, "--switch", prefix, "--json")
    assert ended.returncode == 0, ended.stderr
    data: dict[str, str] = json.loads(ended.stdout)
    return data


def keeps_what_it_was_made_from(prefix: Path) -> None:
    """The lock file pins both sources by a digest, and says that nothing else vouches for them."""
    lock = load_preset(prefix / LOCK_FILE, catalogue()).lock
    assert lock is not None
    assert {name: pin.unpinned for name, pin in lock.components.items()} == {"solo5": True, "ocaml-solo5": True}
    assert set(lock.patches) >= {"nolibc-one-domain.patch"}


LONG = pytest.mark.skipif("OCW_TEST_LONG" not in os.environ, reason="OCW_TEST_LONG is not set: a second release")


@pytest.mark.parametrize("release", ["5.3.0", pytest.param("5.4.1", marks=LONG)])
def test_the_stand_in_takes_every_stage(
    wizard: Wizard, switches: Path, tmp_path: Path, musl: tuple[Path, Path], release: str
) -> None:
    needs("x86_64-linux-gnu-gcc")
    sources = given(*stand_in(tmp_path, *musl))
    prefix = built(wizard, switches / f"stand-in-{release}", "x86_64-solo5", release, *sources)
    keeps_what_it_was_made_from(prefix)
    has_tender = (prefix / "solo5/bin/solo5-spt").exists()
    proved(wizard, prefix, runs=has_tender, bindings=("spt", "hvt", "virtio", "muen", "xen"))
    done = project(wizard, prefix, tmp_path / "hello")
    assert done["output"].startswith(f"hello from OCaml {release}") or not has_tender


@pytest.mark.parametrize(("release", "version"), [("5.3.0", "1.1.0"), ("5.4.1", "1.3.2"), ("4.14.1", "0.8.5")])
def test_a_unikernel_runs_under_its_tender(
    wizard: Wizard, switches: Path, tmp_path: Path, release: str, version: str
) -> None:
    needs("x86_64-linux-gnu-gcc")
    sources = given(real("solo5", "v0.12.1"), real("ocaml-solo5", version))
    prefix = built(wizard, switches / f"solo5-{release}", "x86_64-solo5", release, *sources)
    has_tender = (prefix / "solo5/bin/solo5-spt").exists()  # where libseccomp's headers are installed
    proved(wizard, prefix, runs=has_tender, bindings=("spt", "hvt", "virtio", "muen", "xen"))
    done = project(wizard, prefix, tmp_path / "hello")
    notes = read_notes(Path(done["program"]))
    assert (notes.bindings, notes.well_formed) == ("spt", True)
    assert done["output"].startswith(f"hello from OCaml {release}") or done["not_run"]
    if shutil.which("dune") and shutil.which("ocamlopt"):
        words = ["dune", "build", "./hello.exe", "--workspace", "dune-workspace", "--root", "."]
        subprocess.run(words, cwd=tmp_path / "hello", check=True)
        by_dune = read_notes(tmp_path / "hello" / "_build" / "solo5" / "hello.exe")
        assert by_dune == notes


def test_a_unikernel_for_arm_is_built_and_audited(wizard: Wizard, switches: Path, tmp_path: Path) -> None:
    needs("aarch64-linux-gnu-gcc")
    sources = given(real("solo5", "v0.12.1"), real("ocaml-solo5", "1.1.0"))
    prefix = built(wizard, switches / "solo5-aarch64", "aarch64-solo5", "5.3.0", *sources)
    proved(wizard, prefix, runs=False, bindings=("spt", "hvt"))
    done = project(wizard, prefix, tmp_path / "hello")
    assert read_elf(Path(done["program"])).machine == "EM_AARCH64"
    assert "aarch64" in done["not_run"]
