"""The files of a switch beside OCaml's own: launchers, env.sh, findlib and dune configuration."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.scripts import TRIPLET, nasty, write
from tests.support.shells import SHELLS
from wizard.catalogue.store import catalogue
from wizard.plan.switch_files import PROGRAMS, switch_files, toolchain_name

# ---------------------------------------------------------------- launchers

NAME = toolchain_name(TRIPLET)
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
    for file in switch_files(str(at), str(built_for), TRIPLET, catalogue().releases["5.3.0"]):
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
    files = {file.path: file for file in switch_files("/s", "/p", TRIPLET, catalogue().releases["5.3.0"])}
    for program in PROGRAMS:
        launcher = files[f"/s/bin/{program}"]
        assert launcher.mode == 0o755
        assert f'exec "$prefix/libexec/{program}" "$@"' in launcher.text


@nasty
def test_ocamlmklib_of_a_switch_calls_the_switchs_own_compilers(folder: str, tmp_path: Path) -> None:
    prefix = switch(real(tmp_path) / folder, built_for=Path("/opt/elsewhere"))
    write(prefix / "libexec" / "ocamlmklib", FAKE_OCAMLOPT)
    launched = launch(prefix / "bin" / "ocamlmklib", "-o", "my lib")
    assert launched.path[:2] == [f"{prefix}/bin", f"{prefix}/wrappers"]
    assert launched.argv == ["-ocamlc", "ocamlc", "-ocamlopt", "ocamlopt", "-o", "my lib"]


def test_findlib_and_dune_know_the_switch_by_a_name_that_both_allow() -> None:
    assert re.fullmatch(r"[a-z0-9_]+", NAME)
    assert NAME == "aarch64_linux_musl"


# ---------------------------------------------------------------- env.sh, findlib and dune


def text_of(name: str, prefix: str) -> str:
    return next(
        file.text
        for file in switch_files("/s", prefix, TRIPLET, catalogue().releases["5.3.0"])
        if file.path == f"/s/{name}"
    )


@nasty
@pytest.mark.parametrize("shell", SHELLS)
def test_sourcing_env_sh_puts_the_switch_on_path(shell: str, folder: str, tmp_path: Path) -> None:
    prefix = tmp_path / folder
    write(prefix / "env.sh", text_of("env.sh", str(prefix)))
    shown = 'printf "%s\\0" "$OCAML_CROSS_SWITCH" "$OCAMLFIND_CONF" "$PATH"'
    script = f'. "$1" && {shown}; sh -c \'printf %s "$OCAMLFIND_CONF"\''
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
            assert found.group(2) == NAME
            values[found.group(1)] = unquoted(found.group(3))
    assert values["destdir"] == f"{prefix}/lib"
    assert values["path"] == f"{prefix}/lib/ocaml:{prefix}/lib"
    assert values["stdlib"] == f"{prefix}/lib/ocaml"
    assert values["ocamlopt"] == f"{prefix}/bin/ocamlopt"
    assert values["ldconf"] == "ignore"


def test_the_findlib_file_for_conf_d_is_the_same() -> None:
    assert text_of("etc/findlib.conf", "/p q") == text_of(f"etc/findlib.conf.d/{NAME}.conf", "/p q")


def test_findlib_names_only_programs_that_the_switch_has() -> None:
    programs = re.findall(r'"/p/bin/(\w+)"', text_of("etc/findlib.conf", "/p"))
    assert programs
    assert set(programs) <= set(PROGRAMS)


@nasty
def test_dune_reads_the_prefix_as_it_is(folder: str) -> None:
    prefix = f"/opt/{folder}"
    text = text_of("etc/dune-workspace", prefix)
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', "\n".join(line for line in text.splitlines() if line[:1] != ";"))
    found = [unquoted(string).replace("\\%", "%") for string in strings]
    assert found == [f"{prefix}/wrappers", f"{prefix}/bin", f"{prefix}/wrappers"]


def test_dunes_brackets_are_balanced() -> None:
    text = "\n".join(line for line in text_of("etc/dune-workspace", "/p").splitlines() if line[:1] != ";")
    assert text.count("(") == text.count(")")
    assert f"(name {NAME})" in text


@pytest.mark.parametrize("name", ["env.sh", "etc/findlib.conf", "etc/dune-workspace"])
def test_no_word_in_braces_is_left_in_a_file_of_the_switch(name: str) -> None:
    assert not re.search(r"(?<!\$)\{[a-z]+\}", text_of(name, "/opt/p"))


def test_quoting_for_the_shell_is_the_shells_own() -> None:
    prefix = "/opt/it's"
    assert f"OCAML_CROSS_SWITCH={shlex.quote(prefix)}\n" in text_of("env.sh", prefix)


def test_findlib_is_told_of_ocaml_4s_libraries_and_ocaml_5_tells_itself() -> None:
    four = {file.path: file.text for file in switch_files("/s", "/p", TRIPLET, catalogue().releases["4.14.1"])}
    five = {file.path for file in switch_files("/s", "/p", TRIPLET, catalogue().releases["5.3.0"])}
    assert 'version = "4.14.1"' in four["/s/lib/unix/META"]
    assert {"/s/lib/threads/META", "/s/lib/str/META", "/s/lib/compiler-libs/META"} <= set(four)
    assert not [path for path in five if path.endswith("META")]
