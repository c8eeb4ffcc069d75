"""A switch for Windows, its programs run under wine. No package client has flexdll: its archive must be there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard
from tests.real_builds.given_sources import folder_with
from tests.real_builds.proved import is_proved
from wizard.binaries.objects import read_object_file
from wizard.catalogue.store import catalogue

pytestmark = [pytest.mark.build, pytest.mark.timeout(3600)]

COMPILER = "x86_64-w64-mingw32-gcc-posix"


@pytest.fixture
def sources() -> Path:
    """The folder that OCW_TEST_SOURCES names, with flexdll's archive in it."""
    folder = folder_with(catalogue().components["flexdll"].sources[0].file)
    for program in (COMPILER, "wine"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    return folder


def test_crossopt_builds_for_windows_and_is_proved_under_wine(
    wizard: Wizard, tmp_path: Path, sources: Path
) -> None:
    prefix = tmp_path / "switch"
    target = ("--target", "x86_64-windows", "--release", "5.4.1")
    wizard.events(*target, "--prefix", prefix, "--sources", sources)
    is_proved(wizard, prefix, {"config", "constants", "jumps", "libraries", "multicore"}, "wine")
    (tmp_path / "hello.ml").write_text('let () = print_endline "hello, Windows"\n', encoding="utf-8")
    using = f'. "{prefix}/env.sh" && ocamlopt hello.ml -o hello.exe'
    subprocess.run(["sh", "-c", using], cwd=tmp_path, check=True)
    facts = read_object_file(tmp_path / "hello.exe")
    assert facts.fits(catalogue().machines["x86_64-windows"])
    here = catalogue().machines["x86_64-linux"]
    assert read_object_file(prefix / "libexec" / "ocamlopt.opt").fits(here), "the compiler runs on this machine"
