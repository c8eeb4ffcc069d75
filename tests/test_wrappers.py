"""The scripts a switch holds: right in any folder, right for shellcheck, and their arguments untouched."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import REAL
from wizard.plan.switch_files import PROGRAMS, switch_files
from wizard.toolchain.wrappers import build_tool_texts, wrapper_texts

TRIPLET = "aarch64-linux-musl"
ZIG = REAL.toolchains["zig"]
TOOLS = [name.removeprefix(f"{TRIPLET}-") for name in wrapper_texts(ZIG, TRIPLET, "/zig", "/cache")]
NASTY = {
    "plain": "plain",
    "space": "two words",
    "quotes": 'it\'s "quoted"',
    "dollar": "$HOME `id` $(id)",
    "other letters": "éλ🐫",
    "glob": "*?[a-z]",
    "backslash": "back\\slash\\n",
    "dashes": "-n --help",
    "comment": "# ; & | < >",
    "percent": "%s %{read}",
}
nasty = pytest.mark.parametrize("folder", NASTY.values(), ids=NASTY.keys())
SHELLCHECK = shutil.which("shellcheck")
SHELLS = [shell for shell in ("sh", "dash", "bash") if shutil.which(shell)]

FAKE_ZIG = """\
#!/bin/sh
[ $# = 0 ] || printf '%s\\0' "$@"
printf 'cache=%s,%s\\0' "${ZIG_GLOBAL_CACHE_DIR-unset}" "${ZIG_LOCAL_CACHE_DIR-unset}"
exit "${FAKE_STATUS:-0}"
"""


class Called(NamedTuple):
    """What the fake zig saw, and the exit status."""

    argv: list[str]
    cache: str
    status: int


class Place(NamedTuple):
    """Wrapper scripts in a folder, with a fake zig behind them."""

    bin: Path
    cache: Path

    def call(self, tool: str, *arguments: str, **env: str) -> Called:
        ended = subprocess.run(
            [self.bin / tool, *arguments],
            capture_output=True,
            check=False,
            env={"PATH": os.environ["PATH"], **env},
        )
        assert ended.stderr == b"", ended.stderr
        *argv, cache = ended.stdout.decode().removesuffix("\0").split("\0")
        return Called(argv, cache.removeprefix("cache="), ended.returncode)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def place(root: Path, *, cache: bool = True) -> Place:
    """The wrapper scripts of the target and of the build machine below `root`."""
    zig, kept = root / "zig folder's", root / "cache of $zig"
    write(zig / "zig", FAKE_ZIG)
    if cache:
        kept.mkdir(exist_ok=True)
    texts = wrapper_texts(ZIG, TRIPLET, str(zig), str(kept)) | build_tool_texts(ZIG, "x86_64", str(zig), str(kept))
    for name, (text, _) in texts.items():
        write(root / "wrappers" / name, text)
    return Place(root / "wrappers", kept)


# ---------------------------------------------------------------- shellcheck


def every_script(folder: str) -> dict[str, str]:
    """Every script the wizard writes, for a switch in `folder` with zig and its cache there too."""
    scripts = {
        name: text
        for texts in (
            wrapper_texts(ZIG, TRIPLET, f"{folder}/zig", f"{folder}/cache"),
            build_tool_texts(ZIG, "x86_64", f"{folder}/zig", f"{folder}/cache"),
        )
        for name, (text, _) in texts.items()
    }
    for file in switch_files("/staging", f"{folder}/prefix", TRIPLET):
        if file.mode == 0o755 or file.path.endswith(".sh"):
            scripts[f"switch-{file.path.rsplit('/', 1)[-1]}"] = file.text
    return scripts


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("folder", [NASTY[name] for name in ("plain", "quotes", "dollar", "other letters")])
def test_shellcheck_has_nothing_to_say_of_any_script(folder: str, tmp_path: Path) -> None:
    scripts = every_script(f"/opt/{folder}")
    for name, text in scripts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [str(SHELLCHECK), "-s", "sh", *sorted(scripts)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
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
    assert all(name.startswith(f"{TRIPLET}-") for name in wrapper_texts(ZIG, TRIPLET, "/zig", "/cache"))


def test_every_wrapper_has_a_purpose() -> None:
    for texts in (wrapper_texts(ZIG, TRIPLET, "/z", "/c"), build_tool_texts(ZIG, "x86_64", "/z", "/c")):
        assert all(purpose for _, purpose in texts.values())


# ---------------------------------------------------------------- arguments

ODD = ['-DX="a b"', "it's.c", "$HOME", "*", "", "-Wl,-z,stack-size=1", "a\nb", "\\n", "%s", "é", "-x", "--"]


@nasty
def test_the_compiler_passes_every_argument_on_in_order(folder: str, tmp_path: Path) -> None:
    where = place(tmp_path / folder)
    called = where.call(f"{TRIPLET}-gcc", "-c", *ODD)
    sysroot = f"{where.bin}/../sysroot"
    assert called.argv == [
        *("cc", "-target", TRIPLET, "-O2", "-fno-sanitize=undefined", "-isystem", f"{sysroot}/include"),
        *("-c", *ODD),
    ]


@pytest.mark.parametrize(
    "arguments",
    [["-c", "a.c"], ["-S", "a.c"], ["-E", "-"], ["-M", "a.c"], ["-MM", "a.c"], ["-fsyntax-only", "a.c"],
     ["-dumpmachine"], ["--version"], ["-o", "a.o", "a.c", "-c"], ["-O3", "-MMD", "-c", "a.c"]],
    ids=" ".join,
)  # fmt: skip
def test_the_sysroots_libraries_are_not_named_where_nothing_is_linked(
    arguments: list[str], tmp_path: Path
) -> None:
    called = place(tmp_path).call(f"{TRIPLET}-gcc", *arguments)
    assert called.argv[-len(arguments) :] == arguments
    assert not [word for word in called.argv if word.startswith("-L")]


@pytest.mark.parametrize(
    "arguments",
    [["a.c"], ["-o", "prog", "a.o", "-lm"], ["-MMD", "a.c"], ["-O2", "-static", "a.o"], ["-Wl,-E", "a.o"], []],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_the_sysroots_libraries_come_last_where_something_is_linked(arguments: list[str], tmp_path: Path) -> None:
    where = place(tmp_path)
    called = where.call(f"{TRIPLET}-gcc", *arguments)
    assert called.argv[7:] == [*arguments, f"-L{where.bin}/../sysroot/lib"]


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
        (f"{TRIPLET}-as", ["cc", "-target", TRIPLET, "-x", "assembler", "-c"]),
        (f"{TRIPLET}-ld", ["cc", "-target", TRIPLET, "-nostdlib"]),
        (f"{TRIPLET}-ar", ["ar"]),
        (f"{TRIPLET}-ranlib", ["ranlib"]),
        ("gcc", ["cc", "-target", "x86_64-linux-musl", "-O2", "-fno-sanitize=undefined"]),
        ("cc", ["cc", "-target", "x86_64-linux-musl", "-O2", "-fno-sanitize=undefined"]),
        ("as", ["cc", "-target", "x86_64-linux-musl", "-x", "assembler", "-c"]),
        ("ld", ["cc", "-target", "x86_64-linux-musl", "-nostdlib"]),
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
    called = where.call(f"{TRIPLET}-ar", "rcs")
    assert called.argv == ["ar", "rcs"]
    assert called.cache == f"{where.cache},{where.cache}"


@pytest.mark.parametrize("status", [1, 2, 77])
@pytest.mark.parametrize("tool", [f"{TRIPLET}-gcc", f"{TRIPLET}-ar", f"{TRIPLET}-ld", "gcc"])
def test_zigs_failure_is_the_wrappers_failure(tool: str, status: int, tmp_path: Path) -> None:
    assert place(tmp_path).call(tool, "x", FAKE_STATUS=str(status)).status == status


def test_a_triplet_of_another_name_in_zig_is_translated(tmp_path: Path) -> None:
    toolchain = msgspec.structs.replace(ZIG, targets={"armv7l-linux-musleabihf": "arm-linux-musleabihf"})
    texts = wrapper_texts(toolchain, "armv7l-linux-musleabihf", "/zig", "/cache")
    compiler = texts["armv7l-linux-musleabihf-gcc"][0]
    assert "-target arm-linux-musleabihf" in compiler
    del tmp_path


# ---------------------------------------------------------------- zig's cache


def test_the_cache_of_the_wizard_is_used_where_it_can_be_written(tmp_path: Path) -> None:
    where = place(tmp_path)
    assert where.call(f"{TRIPLET}-gcc", "-c").cache == f"{where.cache},{where.cache}"


def test_a_cache_that_is_not_there_is_not_named(tmp_path: Path) -> None:
    assert place(tmp_path, cache=False).call(f"{TRIPLET}-gcc", "-c").cache == "unset,unset"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere, so every cache is writable")
def test_a_cache_that_may_not_be_written_is_not_named(tmp_path: Path) -> None:
    where = place(tmp_path)
    where.cache.chmod(0o555)
    assert where.call(f"{TRIPLET}-gcc", "-c").cache == "unset,unset"


def test_a_cache_that_the_user_chose_is_kept(tmp_path: Path) -> None:
    where = place(tmp_path)
    called = where.call(f"{TRIPLET}-gcc", "-c", ZIG_GLOBAL_CACHE_DIR="/mine", ZIG_LOCAL_CACHE_DIR="/here")
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


# ---------------------------------------------------------------- the switch's launchers

FAKE_OCAMLOPT = """\
#!/bin/sh
printf '%s\\0' "$0" "${OCAMLLIB-unset}" "$PATH" "$@"
"""


class Launched(NamedTuple):
    """What the program behind a launcher saw."""

    program: str
    ocamllib: str
    path: list[str]
    argv: list[str]


def switch(at: Path, *, built_for: Path) -> Path:
    """A switch in `at` that was made for the prefix `built_for`."""
    for file in switch_files(str(at), str(built_for), TRIPLET):
        write(Path(file.path), file.text)
        Path(file.path).chmod(file.mode)
    for program in ("ocamlopt", "ocamlopt.opt", "ocamlc"):
        write(at / "libexec" / program, FAKE_OCAMLOPT)
    return at


def launch(program: Path | str, *arguments: str, **env: str) -> Launched:
    ended = subprocess.run(
        [program, *arguments], capture_output=True, check=False, env={"PATH": os.environ["PATH"], **env}
    )
    assert (ended.returncode, ended.stderr) == (0, b""), ended.stderr
    saw, ocamllib, path, *argv = ended.stdout.decode().removesuffix("\0").split("\0")
    return Launched(saw, ocamllib, path.split(":"), argv)


def real(path: Path) -> Path:
    return Path(os.path.realpath(path))


@nasty
def test_a_launcher_starts_its_program_with_the_wrappers_on_path(folder: str, tmp_path: Path) -> None:
    prefix = real(tmp_path) / folder
    switch(prefix, built_for=prefix)
    launched = launch(prefix / "bin" / "ocamlopt", "-o", "a b", "it's.ml")
    assert launched.program == f"{prefix}/libexec/ocamlopt"
    assert launched.path[0] == f"{prefix}/wrappers"
    assert launched.argv == ["-o", "a b", "it's.ml"]
    assert launched.ocamllib == "unset"


@nasty
def test_a_launcher_of_a_moved_switch_says_where_its_library_is(folder: str, tmp_path: Path) -> None:
    prefix = switch(real(tmp_path) / folder, built_for=Path("/opt/elsewhere"))
    launched = launch(prefix / "bin" / "ocamlopt")
    assert launched.program == f"{prefix}/libexec/ocamlopt"
    assert launched.ocamllib == f"{prefix}/lib/ocaml"
    assert launched.path[0] == f"{prefix}/wrappers"


@nasty
def test_a_launcher_called_through_a_link_finds_its_switch(folder: str, tmp_path: Path) -> None:
    prefix = real(tmp_path) / folder
    switch(prefix, built_for=prefix)
    link = tmp_path / "my bin" / "ocamlopt"
    link.parent.mkdir()
    link.symlink_to(prefix / "bin" / "ocamlopt")
    launched = launch(link)
    assert launched.program == f"{prefix}/libexec/ocamlopt"
    assert launched.ocamllib == "unset"


def test_a_launcher_called_through_a_link_to_the_whole_switch_finds_it(tmp_path: Path) -> None:
    prefix = real(tmp_path) / "switch"
    switch(prefix, built_for=prefix)
    (tmp_path / "current").symlink_to(prefix)
    launched = launch(tmp_path / "current" / "bin" / "ocamlopt")
    assert launched.program == f"{prefix}/libexec/ocamlopt"
    assert launched.ocamllib == "unset"


def test_a_launcher_called_through_path_or_from_its_own_folder_finds_its_switch(tmp_path: Path) -> None:
    prefix = real(tmp_path) / "switch"
    switch(prefix, built_for=prefix)
    for command, cwd in (("ocamlopt", "/"), ("./ocamlopt", prefix / "bin"), ("bin/ocamlopt", prefix)):
        ended = subprocess.run(
            ["sh", "-c", command], cwd=cwd, capture_output=True, check=True,
            env={"PATH": f"{prefix}/bin:{os.environ['PATH']}", "CDPATH": "/"},
        )  # fmt: skip
        assert ended.stdout.decode().split("\0")[0] == f"{prefix}/libexec/ocamlopt"


def test_a_launcher_leaves_the_users_own_library_variable_alone_where_the_switch_was_not_moved(
    tmp_path: Path,
) -> None:
    prefix = real(tmp_path) / "switch"
    switch(prefix, built_for=prefix)
    moved = switch(real(tmp_path) / "moved", built_for=prefix)
    assert launch(moved / "bin" / "ocamlopt", OCAMLLIB="/wrong").ocamllib == f"{moved}/lib/ocaml"


def test_every_launcher_starts_the_program_of_its_own_name() -> None:
    files = {file.path: file for file in switch_files("/s", "/p", TRIPLET)}
    for program in PROGRAMS:
        launcher = files[f"/s/bin/{program}"]
        assert launcher.mode == 0o755
        assert f'exec "$prefix/libexec/{program}" "$@"' in launcher.text


# ---------------------------------------------------------------- env.sh, findlib and dune


def text_of(name: str, prefix: str) -> str:
    return next(file.text for file in switch_files("/s", prefix, TRIPLET) if file.path == f"/s/{name}")


@nasty
@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_env_sh_puts_the_switch_on_path(shell: str, folder: str, tmp_path: Path) -> None:
    prefix = tmp_path / folder
    write(prefix / "env.sh", text_of("env.sh", str(prefix)))
    script = '. "$1" && printf "%s\\0" "$OCAML_CROSS_SWITCH" "$OCAMLFIND_CONF" "$PATH"; sh -c \'printf %s "$OCAMLFIND_CONF"\''
    ended = subprocess.run(
        [shell, "-eu", "-c", script, "sh", prefix / "env.sh"],
        capture_output=True, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    switch_, conf, path, exported = ended.stdout.decode().split("\0")
    assert switch_ == str(prefix)
    assert conf == exported == f"{prefix}/etc/findlib.conf"
    assert path == f"{prefix}/bin:{prefix}/wrappers:{os.environ['PATH']}"


FINDLIB_LINE = re.compile(r'([a-z]+)\(([\w-]+)\) = "((?:[^"\\]|\\.)*)"')


def unquoted(text: str) -> str:
    """What findlib and dune read between double quotes."""
    return re.sub(r"\\(.)", r"\1", text)


@nasty
def test_findlib_reads_the_prefix_as_it_is(folder: str) -> None:
    prefix = f"/opt/{folder}"
    values = {}
    for line in text_of("etc/findlib.conf", prefix).splitlines():
        if line and not line.startswith("#"):
            found = FINDLIB_LINE.fullmatch(line)
            assert found, line
            assert found.group(2) == TRIPLET
            values[found.group(1)] = unquoted(found.group(3))
    assert values["path"] == values["destdir"] == f"{prefix}/lib"
    assert values["stdlib"] == f"{prefix}/lib/ocaml"
    assert values["ocamlopt"] == f"{prefix}/bin/ocamlopt"
    assert values["ldconf"] == "ignore"


def test_the_findlib_file_for_conf_d_is_the_same() -> None:
    assert text_of("etc/findlib.conf", "/p q") == text_of(f"etc/findlib.conf.d/{TRIPLET}.conf", "/p q")


def test_findlib_names_only_programs_that_the_switch_has() -> None:
    programs = re.findall(r'"/p/bin/(\w+)"', text_of("etc/findlib.conf", "/p"))
    assert programs
    assert set(programs) <= set(PROGRAMS)


@nasty
def test_dune_reads_the_prefix_as_it_is(folder: str) -> None:
    prefix = f"/opt/{folder}"
    text = text_of("etc/dune-workspace", prefix)
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', "\n".join(line for line in text.splitlines() if line[:1] != ";"))
    assert [unquoted(one).replace("\\%", "%") for one in strings] == [f"{prefix}/bin", f"{prefix}/wrappers"]


def test_dunes_brackets_are_balanced() -> None:
    text = "\n".join(line for line in text_of("etc/dune-workspace", "/p").splitlines() if line[:1] != ";")
    assert text.count("(") == text.count(")")
    assert f"(name {TRIPLET})" in text


@pytest.mark.parametrize("name", ["env.sh", "etc/findlib.conf", "etc/dune-workspace"])
def test_no_word_in_braces_is_left_in_a_file_of_the_switch(name: str) -> None:
    assert not re.search(r"(?<!\$)\{[a-z]+\}", text_of(name, "/opt/p"))


def test_quoting_for_the_shell_is_the_shells_own() -> None:
    prefix = "/opt/it's"
    assert f"OCAML_CROSS_SWITCH={shlex.quote(prefix)}\n" in text_of("env.sh", prefix)
