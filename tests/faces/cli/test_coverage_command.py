"""The command `coverage`: its words, its JSON, its exit codes, and C files that it compiles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Ocw
from tests.support.linkable import compiled, indexed, wishing, zig
from tests.support.paths import ROOT
from wizard.base import codes
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.link.c_library import compiled_libc
from wizard.toolchains.zig import LIBC_FILES

CODES = {code for code in codes.findings() if code.startswith("coverage-")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a C library: puts works, getcwd aborts, open fails."""
    monkeypatch.chdir(tmp_path)
    text = (
        "int _nolibc_init, errno; int puts(char *s) { return s[0]; }"
        "__attribute__((noinline)) void abort(void) { for (;;); }"
        "int getcwd(void) { abort(); } int open(void) { errno = 38; return -1; } int write(int x) { return x; }"
    )
    (tmp_path / "libc.a").write_bytes(indexed({"all.o": compiled(text, "-fno-builtin", into=tmp_path)}, tmp_path))
    return tmp_path


def code(folder: Path, needs: str, name: str = "stub.o") -> str:
    (folder / name).write_bytes(wishing(["stub"], needs.split(), into=folder))
    return name


def test_code_that_links_leaves_with_0(ocw: Ocw, here: Path) -> None:
    ended = ocw("coverage", code(here, "puts"), "--library", "libc.a")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "1 object against nolibc (libc.a): 1 symbols from outside (1 defined)",
        "",
        "verdict: it links",
    ]


def test_code_that_does_not_leaves_with_4_and_says_what_and_where(ocw: Ocw, here: Path) -> None:
    ended = ocw("coverage", code(here, "puts socket bind"), code(here, "socket", "b.o"), "--library", "libc.a")
    assert ended.code == 4
    assert "socket  stub.o, b.o" in ended.out
    assert "  stub.o: bind, socket\n" in ended.out
    assert "error[coverage-missing]: none of the libraries has bind, socket" in ended.out
    assert "  fix: network (bind, socket): " in ended.out
    assert ended.out.splitlines()[-1].startswith("verdict: it does not link (2 symbols missing")


def test_musl_is_named_where_it_has_what_is_missing(ocw: Ocw, here: Path, known: Catalogue) -> None:
    folder = compiled_libc("x86_64-linux-musl", known.toolchains["zig"].version, Folders.default())
    folder.mkdir(parents=True)
    for name in LIBC_FILES:
        (folder / name).write_bytes((here / "libc.a").read_bytes())
    (folder / "libc.a").write_bytes(indexed({"s.o": wishing(["socket"], into=here)}, here))
    words = ("--library", "libc.a")
    ended = ocw("coverage", code(here, "socket frobnicate"), *words)
    assert "musl has 1 of these 2: ocaml-cross-wizard coverage FILE --target x86_64-linux --libc musl" in ended.out
    assert "musl has all of this: " in ocw("coverage", code(here, "socket"), *words).out
    assert "musl has" not in ocw("coverage", code(here, "frobnicate"), *words).out


def test_stubs_link_and_are_told(ocw: Ocw, here: Path) -> None:
    words = ("coverage", code(here, "getcwd open write"), "--library", "libc.a")
    ended = ocw(*words)
    assert ended.code == 0
    assert "getcwd  ends the program" in ended.out
    assert "open    sets errno and returns -1" in ended.out
    assert "warning[coverage-aborts]" in ended.out
    assert "warning[coverage-fails]" in ended.out
    assert "note[coverage-limited]: write works in part" in ended.out
    assert ended.out.splitlines()[-1] == "verdict: it links, and calls functions that are no more than a stub"
    assert ocw(*words, "--strict").code == 4
    assert ocw("coverage", code(here, "puts"), "--library", "libc.a", "--strict").code == 0


def test_json_is_by_symbol_and_by_object(ocw: Ocw, here: Path) -> None:
    ended = ocw("coverage", code(here, "getcwd socket"), "--library", "libc.a", "--json")
    assert ended.code == 4
    data = json.loads(ended.out)
    assert (data["links"], data["library"], data["machine"]) == (False, "nolibc", "EM_X86_64")
    assert data["objects"] == [{"name": "stub.o", "missing": ["socket"], "stubs": ["getcwd"]}]
    assert data["needs"] == [
        {
            "symbol": "getcwd",
            "status": "stub",
            "objects": ["stub.o"],
            "provider": "libc.a(all.o)",
            "stub": {"kind": "aborts"},
        },
        {"symbol": "socket", "status": "missing", "objects": ["stub.o"]},
    ]
    assert [one["code"] for one in data["findings"]] == ["coverage-missing", "coverage-aborts"]


def test_the_way_to_what_is_missing_further_on_is_shown(ocw: Ocw, here: Path) -> None:
    (here / "two.a").write_bytes(indexed({"p.o": wishing(["printf"], ["sendto"], into=here)}, here))
    ended = ocw("coverage", code(here, "printf"), "--library", "two.a", "--library", "libc.a")
    assert ended.code == 4
    assert "sendto  stub.o, printf → two.a(p.o)" in ended.out
    assert "error[coverage-missing-in-turn]" in ended.out


def test_symbols_defined_twice_leave_with_4(ocw: Ocw, here: Path) -> None:
    (here / "a.o").write_bytes(wishing(["puts", "other"], ["getcwd"], into=here))
    ended = ocw("coverage", "a.o", "--library", "libc.a")
    assert ended.code == 4
    assert "error[coverage-twice]: defined twice: puts" in ended.out


@pytest.mark.usefixtures("here")
def test_a_library_alone_is_listed(ocw: Ocw) -> None:
    ended = ocw("coverage", "--library", "libc.a")
    assert ended.code == 0
    assert ended.out.startswith("libc.a: 7 symbols defined, of which 3 are no more than a stub\n")
    assert "open    sets errno and returns -1" in ended.out
    data = json.loads(ocw("coverage", "--library", "libc.a", "--json").out)
    assert [one["symbol"] for one in data["listing"]["stubs"]] == ["getcwd", "open", "write"]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["stub.o"],
        ["stub.o", "--switch", "x", "--cc", "gcc"],
        ["stub.o", "--libc", "musl"],
        ["stub.o", "--cc", "gcc", "--target", "arm64"],
    ],
)
@pytest.mark.usefixtures("here")
def test_which_library_has_to_be_said(words: list[str], ocw: Ocw) -> None:
    ended = ocw("coverage", *words)
    assert ended.code == 2
    assert "name " in ended.err


@pytest.mark.parametrize(
    ("words", "error", "exit_code"),
    [
        (["absent.o", "--library", "libc.a"], "file-unreadable", 3),
        (["empty", "--library", "libc.a"], "coverage-empty", 3),
        (["text.o", "--library", "libc.a"], "coverage-unusable", 3),
        (["file.c", "--library", "libc.a"], "coverage-no-compiler", 3),
        (["file.c", "--switch", "empty"], "not-a-switch", 3),
        (["file.c", "--cc", "no-such-compiler"], "compiler-silent", 5),
        (["file.c", "--target", "sparc"], "value-unknown", 3),
        (["file.c", "--library", "libc.a", "--cflags", '"'], "value-unknown", 3),
    ],
)
def test_what_is_wrong_is_one_error(words: list[str], error: str, exit_code: int, ocw: Ocw, here: Path) -> None:
    (here / "empty").mkdir()
    (here / "text.o").write_text("hello\n", encoding="utf-8")
    (here / "file.c").write_text("int x;\n", encoding="utf-8")
    ended = ocw("coverage", *words)
    assert (ended.code, ended.out) == (exit_code, "")
    assert ended.err.startswith(f"error[{error}]: ")
    assert ended.err.count("error[") == 1


# ---------------------------------------------------------------- C files


@pytest.fixture
def compiler(here: Path) -> Path:
    """A C compiler for a small C library of its own, which says how it links."""
    path = here / "my tools" / "small-gcc"
    path.parent.mkdir()
    path.write_text(
        '#!/bin/sh\nfor word do [ "$word" != "-###" ] || { echo \' ld -static -o x ocw-probe.o'
        f' "-L{here}" -lc\' >&2; exit 0; }}; done\n'
        f'exec "{zig()}" clang --target=x86_64-linux-musl --no-default-config -nostdinc "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return path


def test_a_folder_of_c_stubs_is_compiled_first(ocw: Ocw, here: Path, compiler: Path) -> None:
    folder = here / "it's C"
    (folder / "headers").mkdir(parents=True)
    (folder / "mine.h").write_text("int puts(const char *);\n", encoding="utf-8")
    (folder / "headers" / "far.h").write_text("#define NAME socket\n", encoding="utf-8")
    (folder / "a.c").write_text('#include "mine.h"\nint a(void) { return puts("a"); }\n', encoding="utf-8")
    (folder / "b.c").write_text("#include <far.h>\nint b(void) { return NAME(1) + ONE; }\n", encoding="utf-8")
    (folder / "old.o").write_text("an object of another day\n", encoding="utf-8")
    words = ("coverage", folder, "--cc", compiler, "-I", folder / "headers", "--cflags", "-DONE=1")
    ended = ocw(*words, "--json")
    assert ended.code == 4, ended.err
    data = json.loads(ended.out)
    assert [one["name"] for one in data["objects"]] == ["a.c", "b.c"]
    assert {one["symbol"]: one["status"] for one in data["needs"]} == {"puts": "defined", "socket": "missing"}


def test_what_does_not_compile_is_told_and_the_rest_is_looked_at(ocw: Ocw, here: Path, compiler: Path) -> None:
    (here / "good.c").write_text("int puts(); int f(void) { return puts(0); }\n", encoding="utf-8")
    (here / "bad.c").write_text("#include <sys/socket.h>\n", encoding="utf-8")
    ended = ocw("coverage", "good.c", "bad.c", "--cc", compiler)
    assert ended.code == 4
    assert "error[coverage-not-compiled]: bad.c does not compile: 1:10: fatal error: 'sys/socket.h'" in ended.out
    assert ended.out.splitlines()[-1] == "verdict: it does not link (1 file not compiled)"
    assert ended.out.startswith("1 object against ")


def test_every_finding_of_this_command_is_met_in_these_tests() -> None:
    told = {
        word
        for path in Path(__file__).parent.glob("test_coverage*.py")
        for word in CODES
        if word in path.read_text(encoding="utf-8")
    }
    assert told == CODES


def test_as_a_program_it_reads_instructions_only_where_they_matter(here: Path) -> None:
    probe = """
import sys
from wizard.faces import cli
try:
    cli.main()
finally:
    print([name for name in ("elftools", "capstone") if name in sys.modules], file=sys.stderr)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(here / "home")}
    for words, loaded in (
        (["coverage", "--help"], "[]"),
        (["coverage", code(here, "absent", "absent.o"), "--library", "libc.a"], "['elftools']"),
        (["coverage", code(here, "open"), "--library", "libc.a"], "['elftools', 'capstone']"),
    ):
        ended = subprocess.run(
            [sys.executable, "-c", probe, *words], capture_output=True, text=True, env=env, check=False
        )
        assert ended.stderr.splitlines()[-1] == loaded, ended.stderr
