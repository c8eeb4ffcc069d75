"""The dune and findlib configuration of a switch, tried with the real dune and the real ocamlfind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from wizard.binaries.elf import read_elf

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]


def test_dune_builds_for_host_and_target(aarch64: Path, tmp_path: Path) -> None:
    if shutil.which("dune") is None or shutil.which("ocamlopt") is None:
        pytest.skip("dune and an OCaml for this machine are not installed")
    (tmp_path / "dune-project").write_text("(lang dune 2.0)\n")
    version = subprocess.run(["dune", "--version"], capture_output=True, text=True, check=True).stdout
    # dune 2 looks for the libraries of OCaml 5 where OCaml 4 had them.
    libraries = "(libraries unix)" if int(version.split(".")[0]) >= 3 else ""
    (tmp_path / "dune").write_text(f"(executable (name main) {libraries})\n")
    (tmp_path / "main.ml").write_text("let () = print_string Sys.ocaml_version\n")
    shutil.copy(aarch64 / "etc/dune-workspace", tmp_path / "dune-workspace")
    ended = subprocess.run(
        ["dune", "build", "./main.exe", "--root", "."], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert read_elf(tmp_path / "_build/aarch64_linux_musl/main.exe").machine == "EM_AARCH64"


def test_dune_knows_the_toolchain_by_findlibs_configuration(aarch64: Path, tmp_path: Path) -> None:
    if shutil.which("dune") is None or shutil.which("ocamlfind") is None:
        pytest.skip("dune and ocamlfind are not installed")
    (tmp_path / "dune-project").write_text("(lang dune 2.0)\n")
    (tmp_path / "dune").write_text("(executable (name main))\n")
    (tmp_path / "main.ml").write_text("let () = print_string Sys.ocaml_version\n")
    env = {**os.environ, "OCAMLFIND_CONF": str(aarch64 / "etc/findlib.conf")}
    words = ["build", "-x", "aarch64_linux_musl", "./main.exe", "--root", "."]
    ended = subprocess.run(["dune", *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert read_elf(tmp_path / "_build/default.aarch64_linux_musl/main.exe").machine == "EM_AARCH64"


def test_ocamlfind_knows_the_toolchain(aarch64: Path, tmp_path: Path) -> None:
    if shutil.which("ocamlfind") is None:
        pytest.skip("ocamlfind is not installed")
    (tmp_path / "main.ml").write_text("let () = print_int (Unix.getpid ())\n")
    words = [
        "-toolchain",
        "aarch64_linux_musl",
        "ocamlopt",
        "-package",
        "unix",
        "-linkpkg",
        "main.ml",
        "-o",
        "main",
    ]
    env = {**os.environ, "OCAMLFIND_CONF": str(aarch64 / "etc/findlib.conf")}
    ended = subprocess.run(
        ["ocamlfind", *words], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert read_elf(tmp_path / "main").machine == "EM_AARCH64"
