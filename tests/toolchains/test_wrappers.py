"""The scripts a switch holds: right in any folder, right for shellcheck, and their arguments untouched."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.own_tools import own_tool
from tests.support.properties import given, settings
from tests.support.scripts import NASTY, TRIPLET, nasty, write
from tests.support.shells import SHELLS
from tests.support.trees import closed
from tests.support.wrapper_texts import texts_of
from wizard.catalogue.store import catalogue
from wizard.plan.switch_files import switch_files
from wizard.toolchains import gcc
from wizard.toolchains import zig as zig_provider

ZIG, GCC = REAL.toolchains["zig"], REAL.toolchains["gcc"]
TOOLS = [
    name.removeprefix(f"{TRIPLET}-")
    for name in texts_of(zig_provider.wrapper_scripts(ZIG, TRIPLET, "/zig", "/libc"))
]

FAKE_ZIG = """\
#!/bin/sh
[ $# = 0 ] || printf '%s\\0' "$@"
printf '%s,%s\\0' "${ZIG_GLOBAL_CACHE_DIR-unset}" "${ZIG_LOCAL_CACHE_DIR-unset}"
printf '%s\\0' "${C_INCLUDE_PATH-unset}"
exit "${FAKE_STATUS:-0}"
"""


class Called(NamedTuple):
    """What the fake zig saw, and the exit status."""

    argv: list[str]
    cache: str
    include: str
    status: int


class Place(NamedTuple):
    """Wrapper scripts in a folder, with a fake zig behind them."""

    bin: Path
    cache: Path
    zig: Path
    libc: Path

    def call(self, tool: str, *arguments: str, **env: str) -> Called:
        ended = subprocess.run(
            [self.bin / tool, *arguments],
            capture_output=True,
            check=False,
            env={"PATH": os.environ["PATH"], **env},
        )
        assert ended.stderr == b"", ended.stderr
        *argv, cache, include, _ = ended.stdout.decode().split("\0")
        return Called(argv, cache, include, ended.returncode)


def place(root: Path, *, cache: bool = True) -> Place:
    """The wrapper scripts of the target and of the build machine below `root`."""
    zig, kept, libc = root / "zig folder's", root / "cache of $zig", root / "libc of $zig"
    write(zig / "zig", FAKE_ZIG)
    if cache:
        kept.mkdir(exist_ok=True)
    texts = texts_of(zig_provider.wrapper_scripts(ZIG, TRIPLET, str(zig), str(libc))) | texts_of(
        zig_provider.build_tool_scripts(ZIG, "x86_64", str(zig), str(kept))
    )
    for name, (text, _) in texts.items():
        write(root / "wrappers" / name, text)
    return Place(root / "wrappers", kept, zig, libc)


def compiles(where: Place) -> list[str]:
    """What stands before the caller's words where C is compiled for TRIPLET."""
    headers = [f"libc/include/{name}" for name in ZIG.headers[TRIPLET]]
    folders = [f"{where.bin}/../sysroot/include", *(f"{where.zig}/lib/{name}" for name in ("include", *headers))]
    return [
        *("clang", *ZIG.clang[TRIPLET], "--no-default-config", f"--ld-path={where.bin}/{TRIPLET}-ld", "-nostdinc"),
        *(word for folder in folders for word in ("-isystem", folder)),
        *("-O2", "-fno-pic", "-fno-pie", "-Wno-unused-command-line-argument"),
    ]


LINKS = ["-nostdlib", "-static", "-Wl,-z,stack-size=16777216", "-Wl,--gc-sections"]
LIBRARIES = ["-lc", "-lzigc", "-lcompiler_rt"]


# ---------------------------------------------------------------- shellcheck


def every_script(folder: str) -> dict[str, str]:
    """Every script the wizard writes, for a switch in `folder` with zig and its cache there too."""
    scripts = {
        name: text
        for texts in (
            texts_of(zig_provider.wrapper_scripts(ZIG, TRIPLET, f"{folder}/zig", f"{folder}/libc")),
            texts_of(zig_provider.wrapper_scripts(ZIG, "riscv64-linux-musl", f"{folder}/zig", f"{folder}/libc")),
            texts_of(zig_provider.build_tool_scripts(ZIG, "x86_64", f"{folder}/zig", f"{folder}/cache")),
            texts_of(gcc.wrapper_scripts(GCC, "riscv64-linux-gnu", f"{folder}/riscv64-linux-gnu-gcc")),
            texts_of(gcc.wrapper_scripts(GCC, "x86_64-w64-mingw32", f"{folder}/x86_64-w64-mingw32-gcc-posix")),
        )
        for name, (text, _) in texts.items()
    }
    release = catalogue().releases["5.3.0"]
    for file in switch_files("/staging", f"{folder}/prefix", TRIPLET, release, flexlink=True):
        if file.mode == 0o755 or file.path.endswith(".sh"):
            scripts[f"switch-{file.path.rsplit('/', 1)[-1]}"] = file.text
    return scripts


@pytest.mark.parametrize("folder", [NASTY[name] for name in ("plain", "quotes", "dollar", "other letters")])
def test_shellcheck_has_nothing_to_say_of_any_script(folder: str, tmp_path: Path) -> None:
    """But for the three that take a quote or a dollar in the name of a folder for a mistake."""
    scripts = every_script(f"/opt/{folder}")
    for name, text in scripts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [own_tool("shellcheck"), "-s", "sh", "-e", "SC2016,SC2089,SC2090", *sorted(scripts)],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_parses_in_every_shell(shell: str, tmp_path: Path) -> None:
    for name, text in every_script('/opt/it\'s $x "y"').items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        ended = subprocess.run([shell, "-n", tmp_path / name], capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, ""), name


def test_every_script_says_first_what_it_is_for() -> None:
    for name, text in every_script("/opt").items():
        lines = text.splitlines()
        if name != "switch-env.sh":
            assert lines[0] == "#!/bin/sh"
        assert lines[1].startswith("# ")


def test_the_wrappers_are_those_that_ocamls_configure_looks_for() -> None:
    assert {"gcc", "ar", "ranlib", "strip", "ld", "as"} <= set(TOOLS)
    assert all(
        name.startswith(f"{TRIPLET}-")
        for name in texts_of(zig_provider.wrapper_scripts(ZIG, TRIPLET, "/zig", "/cache"))
    )


def test_every_wrapper_has_a_purpose() -> None:
    for texts in (
        texts_of(zig_provider.wrapper_scripts(ZIG, TRIPLET, "/z", "/c")),
        texts_of(zig_provider.build_tool_scripts(ZIG, "x86_64", "/z", "/c")),
    ):
        assert all(purpose for _, purpose in texts.values())


# ---------------------------------------------------------------- arguments

ODD = ['-DX="a b"', "it's.c", "$HOME", "*", "", "-Wl,-z,stack-size=1", "a\nb", "\\n", "%s", "é", "-x", "--"]


@nasty
def test_the_compiler_passes_every_argument_on_in_order(folder: str, tmp_path: Path) -> None:
    where = place(tmp_path / folder)
    called = where.call(f"{TRIPLET}-gcc", "-c", *ODD)
    assert called.argv == [*compiles(where), "-c", *ODD]


@pytest.mark.parametrize(
    "arguments",
    [["-c", "a.c"], ["-S", "a.c"], ["-E", "-"], ["-M", "a.c"], ["-MM", "a.c"], ["-fsyntax-only", "a.c"],
     ["-dumpmachine"], ["--version"], ["-v"], [], ["-o", "a.o", "a.c", "-c"], ["-O3", "-MMD", "-c", "a.c"]],
    ids=" ".join,
)  # fmt: skip
def test_the_sysroots_libraries_are_not_named_where_nothing_is_linked(
    arguments: list[str], tmp_path: Path
) -> None:
    where = place(tmp_path)
    called = where.call(f"{TRIPLET}-gcc", *arguments)
    assert called.argv == [*compiles(where), *arguments]


@pytest.mark.parametrize(
    "arguments",
    [["a.c"], ["-o", "prog", "a.o", "-lm"], ["-MMD", "a.c"], ["-O2", "-static", "a.o"], ["-Wl,-E", "a.o"], ["-"]],
    ids=" ".join,
)
def test_the_sysroots_libraries_come_last_where_something_is_linked(arguments: list[str], tmp_path: Path) -> None:
    where = place(tmp_path)
    called = where.call(f"{TRIPLET}-gcc", *arguments)
    own = [f"-L{where.bin}/../sysroot/lib", f"-L{where.libc}"]
    before = [*compiles(where), *LINKS, f"{where.libc}/crt1.o"]
    assert called.argv == [*before, *arguments, *own, *LIBRARIES]


@pytest.mark.parametrize("arguments", [["-r", "a.o", "-o", "b.o"], ["a.o", "-r", "-o", "b.o"]], ids=" ".join)
def test_a_partial_link_takes_no_library(arguments: list[str], tmp_path: Path) -> None:
    where = place(tmp_path)
    assert where.call(f"{TRIPLET}-gcc", *arguments).argv == [*compiles(where), "-nostdlib", *arguments]


@nasty
def test_the_callers_folders_of_headers_come_before_all_others(folder: str, tmp_path: Path) -> None:
    """Clang looks into -I before any -isystem, and into the caller's -isystem in the order of the words."""
    where = place(tmp_path / folder)
    called = where.call(f"{TRIPLET}-gcc", "-I", "mine", "-c", "a.c", C_INCLUDE_PATH="/kept")
    assert called.argv == [*compiles(where), "-I", "mine", "-c", "a.c"]
    assert called.argv.index(f"{where.bin}/../sysroot/include") < called.argv.index(f"{where.zig}/lib/include")


def test_the_users_optimisation_comes_after_the_wrappers_and_so_wins(tmp_path: Path) -> None:
    argv = place(tmp_path).call(f"{TRIPLET}-gcc", "-O0", "-c", "a.c").argv
    assert argv.index("-O2") < argv.index("-O0")


@pytest.mark.parametrize("compiler", [f"{TRIPLET}-gcc", f"{TRIPLET}-cc"])
def test_both_names_of_the_compiler_do_the_same(compiler: str, tmp_path: Path) -> None:
    where = place(tmp_path)
    assert where.call(compiler, "a.c").argv == where.call(f"{TRIPLET}-gcc", "a.c").argv


@pytest.mark.parametrize(
    ("tool", "before"),
    [
        (
            f"{TRIPLET}-as",
            ["clang", *ZIG.clang[TRIPLET], "-Wno-unused-command-line-argument", "-x", "assembler", "-c"],
        ),
        (f"{TRIPLET}-ld", ["ld.lld"]),
        (f"{TRIPLET}-ar", ["ar"]),
        (f"{TRIPLET}-ranlib", ["ranlib"]),
        ("gcc", ["cc", "-target", "x86_64-linux-musl", "-O2", "-fno-sanitize=undefined"]),
        ("cc", ["cc", "-target", "x86_64-linux-musl", "-O2", "-fno-sanitize=undefined"]),
        ("as", ["clang", "--target=x86_64-linux-musl", "-x", "assembler", "-c"]),
        ("ld", ["ld.lld"]),
        ("ar", ["ar"]),
        ("ranlib", ["ranlib"]),
    ],
)
def test_a_tool_is_a_subcommand_of_zig_with_the_arguments_as_they_were(
    tool: str, before: list[str], tmp_path: Path
) -> None:
    assert place(tmp_path / "it's").call(tool, *ODD).argv == [*before, *ODD]


@settings(max_examples=25)
@given(arguments=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), max_size=5))
def test_no_argument_is_lost_split_or_changed(
    arguments: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = place(tmp_path_factory.mktemp("any"))
    assert where.call(f"{TRIPLET}-gcc", "-c", *arguments).argv[-len(arguments) - 1 :] == ["-c", *arguments]
    assert where.call(f"{TRIPLET}-ar", *arguments).argv == ["ar", *arguments]


@settings(max_examples=25)
@given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=30))
def test_any_folder_name_is_quoted(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    if name in (".", "..") or len(name.encode()) > 200:
        return
    where = place(tmp_path_factory.mktemp("any") / name)
    assert where.call(f"{TRIPLET}-ar", "rcs").argv == ["ar", "rcs"]
    called = where.call("gcc", "a.c")
    assert called.cache == f"{where.cache},{where.cache}"


@pytest.mark.parametrize("status", [1, 2, 77])
@pytest.mark.parametrize("tool", [f"{TRIPLET}-gcc", f"{TRIPLET}-ar", f"{TRIPLET}-ld", "gcc"])
def test_zigs_failure_is_the_wrappers_failure(tool: str, status: int, tmp_path: Path) -> None:
    assert place(tmp_path).call(tool, "x", FAKE_STATUS=str(status)).status == status


@pytest.mark.parametrize("triplet", sorted(ZIG.targets))
def test_every_triplet_has_what_clang_is_told(triplet: str) -> None:
    compiler = texts_of(zig_provider.wrapper_scripts(ZIG, triplet, "/zig", "/libc"))[f"{triplet}-gcc"][0]
    assert ZIG.clang[triplet][0].startswith("--target=")
    assert f"clang {ZIG.clang[triplet][0]}" in compiler
    assert len(ZIG.headers[triplet]) == 4


def test_what_assembles_for_risc_v_compresses_nothing(tmp_path: Path) -> None:
    triplet = "riscv64-linux-musl"
    write(tmp_path / "zig/zig", FAKE_ZIG)
    for name, (text, _) in texts_of(
        zig_provider.wrapper_scripts(ZIG, triplet, str(tmp_path / "zig"), "/libc")
    ).items():
        write(tmp_path / "wrappers" / name, text)
    where = Place(tmp_path / "wrappers", tmp_path, tmp_path / "zig", tmp_path)
    assert "-march=rv64imafd" in where.call(f"{triplet}-as", "a.s").argv
    assert "-march=rv64imafd" in where.call(f"{triplet}-gcc", "-c", "a.s").argv
    assert "-march=rv64imafd" not in where.call(f"{triplet}-gcc", "-c", "a.c").argv
    argv = where.call(f"{triplet}-gcc", "-c", "a.s").argv
    assert argv.index("-march=rv64gc") < argv.index("-march=rv64imafd")


# ---------------------------------------------------------------- zig's cache


def test_the_cache_of_the_wizard_is_used_where_it_can_be_written(tmp_path: Path) -> None:
    where = place(tmp_path)
    assert where.call("gcc", "-c").cache == f"{where.cache},{where.cache}"


def test_a_cache_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    assert place(tmp_path, cache=False).call("gcc", "-c").cache == "unset,unset"


def test_a_cache_that_may_not_be_written_is_not_named(tmp_path: Path) -> None:
    where = place(tmp_path)
    closed(where.cache)
    assert where.call("gcc", "-c").cache == "unset,unset"


def test_a_cache_that_the_user_chose_is_kept(tmp_path: Path) -> None:
    where = place(tmp_path)
    called = where.call("gcc", "-c", ZIG_GLOBAL_CACHE_DIR="/mine", ZIG_LOCAL_CACHE_DIR="/here")
    assert called.cache == "/mine,/here"


# ---------------------------------------------------------------- strip


@pytest.mark.parametrize("tool", [f"{TRIPLET}-strip", "strip"])
@pytest.mark.parametrize("mode", [0o755, 0o644, 0o750, 0o600])
def test_strip_leaves_a_usable_file_of_the_same_mode(tool: str, mode: int, tmp_path: Path) -> None:
    where = place(tmp_path)
    program = tmp_path / "my program"
    program.write_bytes(b"\x7fELF and so on")
    program.chmod(mode)
    ended = subprocess.run([where.bin / tool, program], check=False, capture_output=True)
    assert ended.returncode == 0
    assert stat.S_IMODE(program.stat().st_mode) == mode
    assert program.read_bytes().startswith(b"\x7fELF")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["my program"]


@pytest.mark.parametrize("tool", [f"{TRIPLET}-strip", "strip"])
@pytest.mark.parametrize("name", ["out", "next"])
def test_strip_with_an_output_makes_that_output(tool: str, name: str, tmp_path: Path) -> None:
    where = place(tmp_path)
    (tmp_path / "program").write_bytes(b"\x7fELF and so on")
    ended = subprocess.run(
        [where.bin / tool, "-o", name, "program"], cwd=tmp_path, check=False, capture_output=True
    )
    assert ended.returncode == 0
    assert (tmp_path / name).read_bytes().startswith(b"\x7fELF")
    assert (tmp_path / "program").read_bytes() == b"\x7fELF and so on"
