"""What the build machine has: tools, an OCaml that answers, zig, variables that must not reach a build."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.properties import given
from wizard.machine.survey import SCRUBBED_NAMES, find_ocaml, find_zig, parse_config, survey

CONFIG = """\
version: 5.3.0
standard_library_default: /usr/lib/ocaml
standard_library: /usr/lib/ocaml
ccomp_type: cc
c_compiler: gcc
native_c_compiler: gcc -O2 -I /a:b
architecture: amd64
system: linux
os_type: Unix
host: x86_64-pc-linux-gnu
target: x86_64-pc-linux-gnu
ext_exe:
"""


def script(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}", encoding="utf-8")
    (folder / name).chmod(0o755)
    return folder / name


def ocamlopt(folder: Path, config: str = CONFIG, name: str = "ocamlopt") -> Path:
    """An OCaml in `folder` whose compiler describes itself so."""
    for other in ("ocamlc", "ocamlrun", "ocamllex", "ocamlyacc"):
        script(folder, other, "exit 0\n")
    return script(folder, name, f"[ \"$1\" = -config ] || exit 9\ncat <<'END'\n{config}END\n")


# ---------------------------------------------------------------- parse_config


def test_a_configuration_is_read_by_its_names() -> None:
    config = parse_config(CONFIG)
    assert config["version"] == "5.3.0"
    assert config["native_c_compiler"] == "gcc -O2 -I /a:b"
    assert config["ext_exe"] == ""


@pytest.mark.parametrize(
    "text", ["", "no colon\n", "Fatal error: exception Sys_error\n", "usage of ocamlopt: x\n"]
)
def test_lines_that_are_no_variables_are_passed_over(text: str) -> None:
    assert parse_config(text) == {}


names = st.text("abcdefgh_", min_size=1, max_size=10)
values = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=20)


@given(config=st.dictionaries(names, values))
def test_every_variable_is_read_back(config: dict[str, str]) -> None:
    text = "".join(f"{name}: {value}\n" for name, value in config.items())
    assert parse_config(text) == config


@given(text=st.text())
def test_no_answer_makes_reading_crash(text: str) -> None:
    for name in parse_config(text):
        assert " " not in name


# ---------------------------------------------------------------- OCaml on PATH


def test_the_ocaml_on_path_is_described_by_its_own_words(tmp_path: Path) -> None:
    ocamlopt(tmp_path / "bin")
    found = find_ocaml(str(tmp_path / "bin"))
    assert found is not None
    assert (found.release, found.bin, found.lib) == ("5.3.0", str(tmp_path / "bin"), "/usr/lib/ocaml")
    assert (found.architecture, found.target) == ("amd64", "x86_64-pc-linux-gnu")


def test_the_native_program_goes_before_the_other(tmp_path: Path) -> None:
    ocamlopt(tmp_path, CONFIG.replace("5.3.0", "1.0"), "ocamlopt")
    ocamlopt(tmp_path, CONFIG.replace("5.3.0", "2.0"), "ocamlopt.opt")
    found = find_ocaml(str(tmp_path))
    assert found is not None
    assert found.release == "2.0"


def test_the_first_folder_of_path_that_has_one_is_taken(tmp_path: Path) -> None:
    ocamlopt(tmp_path / "one")
    ocamlopt(tmp_path / "two")
    found = find_ocaml(f"{tmp_path}/none:{tmp_path}/two:{tmp_path}/one")
    assert found is not None
    assert found.bin == str(tmp_path / "two")


def test_the_place_of_an_ocaml_found_by_a_relative_path_is_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ocamlopt(tmp_path / "bin")
    monkeypatch.chdir(tmp_path)
    found = find_ocaml("bin")
    assert found is None or Path(found.bin).is_absolute()


def test_a_cross_switch_on_path_is_not_taken_for_an_ocaml_of_this_machine(tmp_path: Path) -> None:
    """Who has just sourced a switch's env.sh has its launchers first on PATH; they make code for its target."""
    ocamlopt(tmp_path / "switch" / "bin", CONFIG.replace("x86_64-pc-linux-gnu", "x86_64-linux-musl"))
    (tmp_path / "switch" / "ocaml-cross.lock.toml").write_text("", encoding="utf-8")
    assert find_ocaml(str(tmp_path / "switch" / "bin")) is None
    ocamlopt(tmp_path / "real")
    found = find_ocaml(f"{tmp_path}/switch/bin:{tmp_path}/real")
    assert found is not None
    assert found.bin == str(tmp_path / "real")


@pytest.mark.parametrize(
    "text",
    ["exit 1\n", "exit 0\n", "echo rubbish\n", "printf '\\377\\376version: 5.3.0\\n'\n", "kill -9 $$\n",
     "echo version: 5.3.0; exit 2\n"],
    ids=["fails", "says nothing", "says rubbish", "is not utf-8", "is killed", "answers and fails"],
)  # fmt: skip
def test_a_broken_ocaml_is_as_none(text: str, tmp_path: Path) -> None:
    script(tmp_path, "ocamlopt", text)
    assert find_ocaml(str(tmp_path)) is None


def test_a_program_that_cannot_be_started_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "ocamlopt").write_bytes(b"\x7fELFrubbish")
    (tmp_path / "ocamlopt").chmod(0o755)
    assert find_ocaml(str(tmp_path)) is None


def test_a_script_whose_interpreter_is_gone_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "ocamlopt").write_text("#!/no/such/interpreter\n", encoding="utf-8")
    (tmp_path / "ocamlopt").chmod(0o755)
    assert find_ocaml(str(tmp_path)) is None


def test_a_program_that_hangs_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path, "ocamlopt", "exec /bin/sleep 60\n")
    run = __import__("subprocess").run
    monkeypatch.setattr("subprocess.run", lambda *args, **named: run(*args, **{**named, "timeout": 0.2}))
    assert find_ocaml(str(tmp_path)) is None


def test_a_file_that_may_not_be_run_is_not_found(tmp_path: Path) -> None:
    ocamlopt(tmp_path).chmod(0o644)
    assert find_ocaml(str(tmp_path)) is None


# ---------------------------------------------------------------- the survey


def bare(path: Path | str, **variables: str) -> dict[str, str]:
    return {"PATH": str(path), **variables}


def test_tools_are_found_on_the_path_that_is_given(tmp_path: Path) -> None:
    for name in ("gmake", "clang"):
        script(tmp_path, name, "")
    here = survey(REAL, bare(tmp_path))
    assert here.tools == {"make": str(tmp_path / "gmake"), "cc": str(tmp_path / "clang")}
    assert here.path == str(tmp_path)
    assert here.ocaml is None


def test_gcc_goes_before_cc_and_cc_before_clang(tmp_path: Path) -> None:
    for name in ("clang", "cc", "gcc"):
        script(tmp_path, name, "")
    assert survey(REAL, bare(tmp_path)).tools["cc"] == str(tmp_path / "gcc")


@pytest.mark.parametrize("name", ["qemu-aarch64", "qemu-aarch64-static"])
def test_an_emulator_is_found_under_both_its_names(name: str, tmp_path: Path) -> None:
    script(tmp_path, name, "")
    assert survey(REAL, bare(tmp_path)).emulators == {"aarch64-linux": str(tmp_path / name)}


@pytest.mark.parametrize("uname", ["x86_64", "AMD64"])
def test_the_machine_is_known_by_its_uname(uname: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: uname)
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    here = survey(REAL, bare(tmp_path))
    assert here.machine == "x86_64-linux"
    assert here.triplet == "x86_64-pc-linux-gnu"


@pytest.mark.parametrize(("system", "uname"), [("Linux", "sparc64"), ("Darwin", "arm64"), ("FreeBSD", "amd64")])
def test_a_machine_that_the_catalogue_does_not_have_has_no_id(
    system: str, uname: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: uname)
    monkeypatch.setattr(platform, "system", lambda: system)
    here = survey(REAL, bare(tmp_path))
    assert (here.machine, here.triplet, here.uname) == ("", "", uname)


def test_variables_that_change_a_build_are_named_in_order(tmp_path: Path) -> None:
    here = survey(
        REAL,
        bare(tmp_path, OCAMLLIB="/x", CC="gcc", OCAMLFIND_CONF="/y", OPAM_SWITCH_PREFIX="/z", ZIG_LIB_DIR="/w",
             CCACHE_DIR="/ok", HOME="/home/me", MAKEFLAGS="-j9"),
    )  # fmt: skip
    assert here.scrubbed == ("CC", "MAKEFLAGS", "OCAMLFIND_CONF", "OCAMLLIB", "OPAM_SWITCH_PREFIX", "ZIG_LIB_DIR")


@pytest.mark.parametrize("name", SCRUBBED_NAMES)
def test_every_variable_of_the_list_is_scrubbed(name: str, tmp_path: Path) -> None:
    assert survey(REAL, bare(tmp_path, **{name: ""})).scrubbed == (name,)


def test_an_ordinary_environment_has_nothing_to_scrub(tmp_path: Path) -> None:
    assert survey(REAL, bare(tmp_path, HOME="/home/me", LANG="C", TERM="xterm")).scrubbed == ()


def test_without_path_the_systems_own_is_taken() -> None:
    assert survey(REAL, {}).path == os.defpath


def test_there_is_at_least_one_core(tmp_path: Path) -> None:
    assert survey(REAL, bare(tmp_path)).cores >= 1


def test_a_survey_changes_nothing(tmp_path: Path) -> None:
    ocamlopt(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    survey(REAL, bare(tmp_path))
    assert sorted(tmp_path.rglob("*")) == before


# ---------------------------------------------------------------- zig


def test_zig_is_found_with_its_version_and_not_run() -> None:
    zig = find_zig()
    if zig is None:
        pytest.skip("the ziglang wheel is not installed")
    assert (Path(zig.folder) / "zig").is_file()
    assert zig.version[0].isdigit()


def test_a_wheel_without_its_program_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ziglang").mkdir()
    (tmp_path / "ziglang" / "__init__.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (tmp_path / "ziglang-0.17.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "ziglang", raising=False)
    assert find_zig() is None
    (tmp_path / "ziglang" / "zig").write_text("", encoding="utf-8")
    zig = find_zig()
    assert zig is not None
    assert (zig.folder, zig.version) == (str(tmp_path / "ziglang"), "0.17.0")


def test_no_wheel_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert find_zig() is None
