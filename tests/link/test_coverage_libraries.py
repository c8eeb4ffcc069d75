"""Where a C library is found: a linker's call as compilers show it, switches, compilers, the catalogue."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.properties import example, given
from wizard.base.errors import InputError, MissingError, WizardError
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Lock, Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.link import c_library
from wizard.link.link_line import PROBE, LinkLine, found_files, linked_files, parse_link_line
from wizard.machine.survey import LOCK_FILE, BuildMachine, Zig

# As gcc 12 for aarch64, clang 22 and the wrapper of a unikernel's toolchain show it, shortened.
GCC = (
    ' /usr/lib/gcc/collect2 -plugin /usr/lib/lto.so "-plugin-opt=-pass-through=-lgcc" "--sysroot=/" --as-needed'
    " -dynamic-linker /lib/ld-linux-aarch64.so.1 -X -EL -maarch64linux -pie -o program /lib/Scrt1.o -L/usr/lib/gcc"
    f" -L/lib {PROBE} -lgcc --push-state --as-needed -lgcc_s --pop-state -lc /lib/crtn.o"
)
CLANG = (
    ' "/a switch/wrappers/x-ld" "--hash-style=gnu" "-m" "elf_x86_64" "-static" "-o" "program" "-L/libc folder"'
    f' "-z" "stack-size=16777216" "--gc-sections" "/libc folder/crt1.o" "{PROBE}" "-lc" "-lzigc"'
)
SOLO5 = (
    ' /usr/lib/collect2 -static -z "max-page-size=0x1000" -L /s5/lib -T stub.lds "-l:stub.o"'
    f" {PROBE} --start-group -lnolibc --end-group"
)


def test_what_gcc_shows() -> None:
    assert parse_link_line(shlex.split(GCC)) == LinkLine(
        (
            ("file", "/lib/Scrt1.o"), ("file", PROBE), ("library", "gcc"), ("library", "gcc_s"), ("library", "c"),
            ("file", "/lib/crtn.o"),
        ),
        ("/usr/lib/gcc", "/lib"),
        static=False,
    )  # fmt: skip


def test_what_clang_shows() -> None:
    assert parse_link_line(shlex.split(CLANG)) == LinkLine(
        (("file", "/libc folder/crt1.o"), ("file", PROBE), ("library", "c"), ("library", "zigc")),
        ("/libc folder",),
        static=True,
    )


def test_what_a_unikernels_toolchain_shows() -> None:
    assert parse_link_line(shlex.split(SOLO5)) == LinkLine(
        (("script", "stub.lds"), ("library", ":stub.o"), ("file", PROBE), ("library", "nolibc")),
        ("/s5/lib",),
        static=True,
    )


WORD = st.text(max_size=12) | st.sampled_from(
    ["-o", "-l", "-L", "-T", "-z", "-static", "-lc", "-L/x", "--library=m"]
)


@given(st.lists(WORD, max_size=12))
@example(["ld", "-l"])
@example(["ld", "-o"])
def test_any_call_is_read(words: list[str]) -> None:
    line = parse_link_line(words)
    assert all(name for _kind, name in line.items)
    assert all(line.folders)


def test_libraries_are_looked_for_as_the_linker_does(tmp_path: Path) -> None:
    for name in ("one/libm.a", "two/libm.a", "two/libm.so", "two/libonly.a", "two/exact.o", "two/s.lds", "crt1.o"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    items = (
        ("file", "crt1.o"), ("library", "m"), ("library", "only"), ("library", ":exact.o"), ("library", "absent"),
        ("script", "s.lds"), ("file", PROBE), ("library", "m"),
    )  # fmt: skip
    for static, expected in (
        (True, ["crt1.o", "one/libm.a", "two/libonly.a", "two/exact.o", "two/s.lds"]),
        (False, ["crt1.o", "one/libm.a", "two/libonly.a", "two/exact.o", "two/s.lds"]),
    ):
        line = LinkLine(items, ("one", "two/../two"), static)
        assert [str(path.relative_to(tmp_path)) for path in found_files(line, tmp_path)] == expected
    line = LinkLine((("library", "m"),), ("two",), static=False)
    assert [path.name for path in found_files(line, tmp_path)] == ["libm.so"]


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)
    return path


def shows(folder: Path) -> str:
    """A compiler that links with the libc.a of a folder, and libm.a where that is asked for."""
    return (
        "m=; for word do case $word in -lm) m=-lm;; esac; done\n"
        f"echo 'clang version 22' >&2\necho \" ld -static '-L{folder}' {PROBE} -lc $m -o x\" >&2\n"
        "echo 'COLLECT_GCC_OPTIONS=...' >&2\n"
    )


@pytest.fixture
def libc(tmp_path: Path) -> Path:
    folder = tmp_path / "the libc"
    folder.mkdir()
    for name in ("libc.a", "libm.a"):
        (folder / name).write_bytes(b"!<arch>\n")
    return folder


def test_a_compiler_says_what_it_links_with(tmp_path: Path, libc: Path) -> None:
    compiler = script(tmp_path / "my tools" / "x-gcc", shows(libc))
    assert linked_files((str(compiler),), {}) == (libc / "libc.a",)
    found = c_library.of_compiler(str(compiler))
    assert found.files == (libc / "libc.a", libc / "libm.a")
    assert found.compiler == (str(compiler),)


@pytest.mark.parametrize("text", ["exit 1\n", "echo ' ld unfinished \" quote' >&2\n", "echo ld >&2\n"])
def test_a_compiler_that_does_not_say_it_is_missing(text: str, tmp_path: Path) -> None:
    with pytest.raises(MissingError) as raised:
        c_library.of_compiler(str(script(tmp_path / "gcc", text)))
    assert raised.value.code == "compiler-silent"


def test_a_compiler_that_is_not_there_is_missing(tmp_path: Path) -> None:
    for call in (
        lambda: c_library.of_compiler("no-such-gcc"),
        lambda: linked_files((str(tmp_path / "none"),), {}),
    ):
        with pytest.raises(MissingError):
            call()


def test_a_switch_has_a_runtime_and_a_c_library(tmp_path: Path, libc: Path, known: Catalogue) -> None:
    prefix = tmp_path / "my switch"
    script(prefix / "wrappers/aarch64-linux-musl-gcc", shows(libc))
    script(prefix / "bin/ocamlopt", "echo 'native_c_libraries: -lm'\n")
    with pytest.raises(InputError, match="no cross switch"):
        c_library.of_switch(prefix, known)
    lock = Lock("0.1.0", "aarch64-linux-musl", "ocaml.tgz", "0" * 64, "0.17.0", "build")
    save_preset(Preset(Selection(target="aarch64-linux"), lock=lock), prefix / LOCK_FILE)
    assert c_library.of_switch(prefix, known).files == (libc / "libc.a", libc / "libm.a")
    runtime = prefix / "lib/ocaml/libasmrun.a"
    runtime.parent.mkdir(parents=True)
    runtime.write_bytes(b"!<arch>\n")
    found = c_library.of_switch(prefix, known)
    assert found.files == (runtime, libc / "libc.a", libc / "libm.a")
    assert found.headers == str(prefix / "lib/ocaml")
    assert "musl for aarch64-linux-musl" in found.title


def test_the_environment_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIBRARY_PATH", "/elsewhere")
    monkeypatch.setenv("ZIG_LIB_DIR", "/elsewhere")
    environment = c_library.clean_environment()
    assert "LIBRARY_PATH" not in environment
    assert "ZIG_LIB_DIR" not in environment
    assert environment["LC_ALL"] == "C"


def test_musl_is_the_one_that_zig_has_compiled(
    known: Catalogue, build_machine: BuildMachine, folders: Folders
) -> None:
    folder = c_library.compiled_libc("riscv64-linux-musl", known.toolchains["zig"].version, folders)
    folder.mkdir(parents=True)
    (folder / "libc.a").write_bytes(b"!<arch>\n")
    found = c_library.of_catalogue("riscv64-linux", "musl", known, build_machine, folders)
    assert [path.name for path in found.files] == ["crt1.o", "libc.a", "libzigc.a", "libcompiler_rt.a"]
    assert {path.parent for path in found.files} == {folder}
    assert "cc" in found.compiler


def test_a_zig_that_cannot_compile_it_is_told(
    known: Catalogue, build_machine: BuildMachine, folders: Folders, tmp_path: Path
) -> None:
    script(tmp_path / "zig", "echo 'out of space' >&2; exit 1\n")
    messages: list[str] = []
    here = msgspec.structs.replace(build_machine, zig=Zig(str(tmp_path), "0.17.0"))
    with pytest.raises(MissingError, match="zig cannot compile musl") as raised:
        c_library.of_catalogue("aarch64-linux", "musl", known, here, folders, messages.append)
    assert raised.value.why == "out of space"
    assert messages == ["zig compiles musl for aarch64-linux-musl, once for all switches: a minute"]


def test_glibc_is_that_of_the_installed_gcc(
    known: Catalogue, build_machine: BuildMachine, folders: Folders, tmp_path: Path, libc: Path
) -> None:
    compiler = script(tmp_path / "aarch64-linux-gnu-gcc", shows(libc))
    here = msgspec.structs.replace(build_machine, compilers={"aarch64-linux-gnu": str(compiler)})
    found = c_library.of_catalogue("aarch64-linux", "glibc", known, here, folders)
    assert found.files == (libc / "libc.a", libc / "libm.a")
    assert found.title.startswith("glibc for aarch64-linux-gnu")


@pytest.mark.parametrize(
    ("target", "libc_id", "code"),
    [
        ("aarch64-linux", "glibc", "coverage-libc"),
        ("x86_64-windows", "musl", "libc-machine"),
        ("x86_64-windows", "mingw-w64", "coverage-format"),
    ],
)
def test_what_nothing_here_has_is_told(
    target: str, libc_id: str, code: str, known: Catalogue, build_machine: BuildMachine, folders: Folders
) -> None:
    with pytest.raises(WizardError) as raised:
        c_library.of_catalogue(target, libc_id, known, build_machine, folders)
    assert raised.value.code == code
    assert raised.value.fix


@pytest.mark.parametrize(
    ("word", "libc_id", "pair"),
    [
        ("arm64", None, ("aarch64-linux", "musl")),
        ("arm64", "glibc", ("aarch64-linux", "glibc")),
        ("aarch64-linux-gnu", None, ("aarch64-linux", "glibc")),
        ("x86_64-windows", None, ("x86_64-windows", "mingw-w64")),
    ],
)
def test_a_target_is_understood_in_any_spelling(
    word: str, libc_id: str | None, pair: tuple[str, str], known: Catalogue
) -> None:
    assert c_library.understood(word, libc_id, known) == pair


def test_an_unknown_target_or_library_is_named_with_the_nearest(known: Catalogue) -> None:
    with pytest.raises(InputError, match="--target is 'aarhc64'") as raised:
        c_library.understood("aarhc64", None, known)
    assert "aarch64" in raised.value.fix
    with pytest.raises(InputError, match="--libc is 'mussl'") as raised:
        c_library.understood("aarch64", "mussl", known)
    assert "did you mean 'musl'?" in raised.value.fix
