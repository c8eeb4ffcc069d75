"""What `coverage` says of a real switch, of nolibc's own source, and of what the linker then makes of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.real_builds.command import Wizard
from tests.support.linkable import indexed, zig
from wizard.link.closure import list_libraries
from wizard.link.known import known
from wizard.link.libraries import Libraries

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]

STUBS = """
#include <time.h>
#include <sys/socket.h>
#include <caml/mlvalues.h>
#include <caml/alloc.h>
value stub_hour(value t) { time_t at = Long_val(t); return Val_int(localtime(&at)->tm_hour); }
value stub_socket(value u) { return Val_int(socket(AF_INET, SOCK_STREAM, 0)); }
"""
BAD = "#include <caml/mlvalues.h>\nvalue stub_bad(value u) { return Val_int(frobnicate(1)); }\n"


def test_ocamls_own_c_code_links_with_the_switchs_c_library(wizard: Wizard, aarch64: Path) -> None:
    """The runtime, Unix, Str and threads: as they do, or nothing else in these tests would have linked."""
    for name in ("libasmrun.a", "libunixnat.a", "libcamlstrnat.a", "libthreadsnat.a"):
        ended = wizard.run("coverage", aarch64 / "lib/ocaml" / name, "--switch", aarch64, "--json")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        data = json.loads(ended.stdout)
        assert (data["links"], data["library"], data["machine"]) == (True, "musl", "EM_AARCH64")
        assert len(data["needs"]) > 20


def test_c_stubs_are_compiled_and_the_linker_says_the_same(wizard: Wizard, aarch64: Path, tmp_path: Path) -> None:
    (tmp_path / "good.c").write_text(STUBS, encoding="utf-8")
    (tmp_path / "main.ml").write_text('external hour : int -> int = "stub_hour"\nlet () = print_int (hour 0)\n')
    assert wizard.run("coverage", tmp_path, "--switch", aarch64).returncode == 0
    link: list[str | Path] = [aarch64 / "bin/ocamlopt", "good.c", "main.ml", "-o", "main"]
    subprocess.run(link, cwd=tmp_path, check=True)
    (tmp_path / "bad.c").write_text(BAD, encoding="utf-8")
    (tmp_path / "main.ml").write_text('external bad : int -> int = "stub_bad"\nlet () = print_int (bad 0)\n')
    ended = wizard.run("coverage", tmp_path, "--switch", aarch64)
    assert ended.returncode == 4
    assert "none of the libraries has frobnicate" in ended.stdout
    link = [
        aarch64 / "bin/ocamlopt",
        "-ccopt",
        "-Wno-implicit-function-declaration",
        "bad.c",
        "main.ml",
        "-o",
        "main",
    ]
    refused = subprocess.run(link, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert refused.returncode != 0
    assert "frobnicate" in refused.stderr


def nolibc(tmp_path: Path) -> Path:
    """The source of nolibc, from a folder or an archive in OCW_SOURCES; skips where there is none."""
    sources = Path(os.environ.get("OCW_SOURCES") or "/nowhere")
    found = sorted(sources.glob("*/nolibc/stubs.c")) + sorted(sources.glob("nolibc/stubs.c"))
    for archive in sorted(sources.glob("*ocaml-solo5*.tar.*")) if not found else ():
        with tarfile.open(archive) as file:
            file.extractall(tmp_path / "source", filter="data")
        found = sorted((tmp_path / "source").glob("*/nolibc/stubs.c"))
    if not found:
        pytest.skip("ocaml-solo5 is not among the sources: a folder or archive of it in OCW_SOURCES")
    return found[-1].parent


@pytest.mark.parametrize("architecture", ["x86_64", "aarch64"])
def test_every_stub_of_nolibc_is_found(architecture: str, tmp_path: Path) -> None:
    """Its source says of each what it does, in the macro by which it is written."""
    source = nolibc(tmp_path)
    words = [
        zig(), "clang", f"--target={architecture}-linux-musl", "--no-default-config", "-nostdinc", "-w", "-O2",
        "-isystem", str(Path(zig()).parent / "lib/include"), f"-I{source}/include",
        f"-I{source.parent}/openlibm/include", f"-I{source.parent}/openlibm/src",
        "-c", str(source / "stubs.c"), "-o", str(tmp_path / "stubs.o"),
    ]  # fmt: skip
    subprocess.run(words, check=True)
    (tmp_path / "libnolibc.a").write_bytes(indexed({"stubs.o": (tmp_path / "stubs.o").read_bytes()}, tmp_path))
    listing = list_libraries(Libraries([tmp_path / "libnolibc.a"]), known())
    written = re.findall(
        r"^STUB_(ABORT|WARN_ONCE|IGNORE)\((?:[^,()]+, )?(\w+)", (source / "stubs.c").read_text(), re.M
    )
    expected = {name: "aborts" if macro == "ABORT" else "fails" for macro, name in written}
    assert {stub.symbol: stub.stub.kind for stub in listing.stubs} == expected
    assert len(expected) > 30
