"""The quick way and the plain way agree: neither shared modules nor known answers change anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.real_builds.code import archive_code, bytecode
from tests.real_builds.command import BUILD_SECONDS, Wizard
from tests.support.paths import ROOT
from tests.support.trees import names

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]

TRIPLET = "aarch64-linux-musl"
NOT_KEPT = {"bin/ocaml", "lib/ocaml/expunge"}
"""Bytecode that would need the build's own interpreter."""


@pytest.fixture(scope="module")
def plain(aarch64: Path, wizard: Wizard, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same switch by the plain recipe, with the same host compiler and the same wrapper scripts.

    It is for the same prefix, which C code and the configuration name, and installed elsewhere.
    """
    work = tmp_path_factory.mktemp("plain")
    argv = ["sh", ROOT / "tests/benchmarks/plain_recipe.sh", "cross", wizard.source_of("5.3.0")]
    argv += [work / "tree", wizard.host_of("5.3.0")]
    argv += [TRIPLET, "", "", "", aarch64]
    place = {"WRAPPERS": str(aarch64 / "wrappers"), "DESTDIR": str(work / "installed")}
    env = {**os.environ, **place, "JOBS": str(os.cpu_count() or 1)}
    log = work / "log"
    with log.open("wb") as output:
        ended = subprocess.run(
            [str(word) for word in argv],
            env=env,
            stdout=output,
            stderr=output,
            timeout=BUILD_SECONDS,
            check=False,
            cwd=work,
        )
    assert ended.returncode == 0, log.read_text(errors="replace")[-4000:]
    return work / "installed" / aarch64.relative_to("/")


def test_both_have_the_same_files(plain: Path, aarch64: Path) -> None:
    expected = {name for name in names(plain) if name.startswith(("lib/", "man/"))} - NOT_KEPT
    assert {name for name in names(aarch64) if name.startswith(("lib/", "man/"))} == expected
    programs = {name.removeprefix("bin/") for name in names(plain) if name.startswith("bin/")}
    assert {name.removeprefix("libexec/") for name in names(aarch64) if name.startswith("libexec/")} == (
        programs - {"ocaml", "ocamlrun"}
    )


def test_every_native_library_holds_the_same_code(plain: Path, aarch64: Path) -> None:
    archives = sorted(path.relative_to(plain) for path in plain.rglob("*.a"))
    assert len(archives) > 15
    objects = 0
    for name in archives:
        ours, theirs = archive_code(aarch64 / name), archive_code(plain / name)
        assert ours.keys() == theirs.keys()
        different = {our for our in ours if ours[our] != theirs[our]}
        # The configuration names the assembler: the plain recipe takes all of clang for it.
        assert different <= ({"config.o"} if name.name == "ocamlcommon.a" else set()), name
        objects += len(ours)
    assert objects > 500


def test_every_bytecode_library_holds_the_same_bytecode(plain: Path, aarch64: Path, tmp_path: Path) -> None:
    standard = ("stdlib", "unix/unix", "str/str", "threads/threads", "runtime_events/runtime_events")
    for name in standard:
        library = Path("lib/ocaml") / f"{name}.cma"
        ours, theirs = (
            bytecode(aarch64 / "bin" / "ocamlc", prefix / library, tmp_path) for prefix in (aarch64, plain)
        )
        assert len(ours) > 1000
        assert ours == theirs, name


def test_interfaces_and_the_configuration_of_c_are_the_same(plain: Path, aarch64: Path) -> None:
    same = [path.relative_to(plain) for ending in ("*.cmi", "*.mli", "*.h") for path in plain.rglob(ending)]
    assert len(same) > 500
    assert [name for name in same if (plain / name).read_bytes() != (aarch64 / name).read_bytes()] == []
