"""cosmocc as a C toolchain: wrapper scripts over it, where it is kept, what a plan for it does."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tests.builder.test_own_cosmopolitan import executor_of
from tests.fetch.test_zip_archive import entry, zipped
from tests.support.fakes import HERE, REAL
from tests.support.own_tools import own_tool
from tests.support.scripts import nasty, write
from tests.support.shells import SHELLS
from tests.support.trees import names
from tests.support.wrapper_texts import texts_of
from wizard.base.digests import sha256_of
from wizard.base.errors import MissingError
from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.check.check import check
from wizard.export.shell_library import used_functions
from wizard.export.shell_script import script
from wizard.fetch.checked_files import check_files
from wizard.plan.model import Plan
from wizard.plan.seed import may_share
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.toolchains.cosmocc import wrapper_scripts

ARCHES = ("x86_64", "aarch64")
TRIPLET = "aarch64-esperanto-none-static"
PUBLISHED = REAL.components["cosmocc"].sources[0].sha256
TOOLS = ("unknown-cosmo-cc", *(f"linux-cosmo-{tool}" for tool in (
    "gcc", "ld", "as", "ar", "ranlib", "strip", "nm", "objcopy",
)))  # fmt: skip

FAKE = """\
#!/bin/sh
printf '%s\\0' "${0##*/}" "$@"
exit "${FAKE_STATUS:-0}"
"""


class Place(NamedTuple):
    """A switch with wrapper scripts, over fake tools."""

    switch: Path
    arch: str

    def call(self, tool: str, *words: str, shell: str = "sh", status: int = 0, **env: str) -> list[str]:
        """The tool that was called at last, and its words; `…` stands for the switch, `†` for cosmocc's folder."""
        script_ = self.switch / "wrappers" / f"{self.arch}-esperanto-none-static-{tool}"
        ended = subprocess.run(
            [shell, script_, *words], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin", **env}
        )
        assert ended.returncode == status, ended.stderr
        kept = str(self.switch.parent / "kept")
        called = ended.stdout.decode().split("\0")[:-1]
        return [word.replace(f"{self.switch}/wrappers/..", "…").replace(kept, "†") for word in called]


def place_in(root: Path, arch: str = "aarch64") -> Place:
    for tool in (*(f"{arch}-{one}" for one in TOOLS), "apelink", "pecheck"):
        write(root / "kept" / "bin" / tool, FAKE)
    texts = texts_of(wrapper_scripts(f"{arch}-esperanto-none-static", arch, str(root / "kept")))
    for name, (text, _) in texts.items():
        write(root / "switch" / "wrappers" / name, text)
    return Place(root / "switch", arch)


@pytest.fixture(params=ARCHES)
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    return place_in(tmp_path, request.param)


OWN = ["-isystem", "…/sysroot/include"]
LAST = ["-L…/sysroot/lib"]
STARTUP = "…/cosmopolitan/caml-startup.o"

# ---------------------------------------------------------------- compiling and linking


@pytest.mark.parametrize("option", ["-c", "-S", "-E", "-M", "-MM", "-fsyntax-only"])
def test_what_compiles_only_goes_to_cosmoccs_own_driver(place: Place, option: str) -> None:
    words = [option, "a.c", "-o", "a.out"]
    assert place.call("cc", *words) == [f"{place.arch}-unknown-cosmo-cc", *OWN, *words]
    assert place.call("cc", *words[2:], *words[:2])[3:] == [*words[2:], *words[:2]]


def test_an_object_gets_a_name_because_cosmocc_looks_through_what_it_knows_by_name(place: Place) -> None:
    for words, name in ((["-c", "d/a.c"], "a.o"), (["-c", "-O2", "a.b.S"], "a.b.o"), (["x.s", "-c"], "x.o")):
        assert place.call("cc", *words)[3:] == [*words, "-o", name]
    for words in (["-c", "a.c", "b.c"], ["-c", "a.c", "-ob.o"], ["-E", "a.c"], ["-S", "a.c"]):
        assert place.call("cc", *words)[3:] == words


def test_a_program_is_linked_with_its_words_in_their_order(place: Place) -> None:
    words = ["-O2", "b.o", "-La", "-lone", "a.o", "-ltwo", "-Wl,--as-needed", "-lm", "-o", "a"]
    assert place.call("cc", *words) == [f"{place.arch}-unknown-cosmo-cc", *OWN, *words, *LAST]


@pytest.mark.parametrize("words", [["-z", "caml-startup"], ["-zcaml-startup"]])
def test_the_start_up_object_comes_first_where_a_program_is_linked(place: Place, words: list[str]) -> None:
    assert place.call("cc", "a.o", *words, "b.o")[1:] == [*OWN, STARTUP, "a.o", "b.o", *LAST]
    for others in (["-c", "a.c", "-o", "a.o"], ["-r", "a.o"], ["-E", "a.c"]):
        called = place.call("cc", *others, *words)
        assert not [word for word in called if "caml-startup" in word]


def test_other_words_after_z_are_the_linkers(place: Place) -> None:
    called = place.call("cc", "-z", "now", "a.o", "-z", "caml-startup", "-z", "relro")
    assert called[3:] == [STARTUP, "-Wl,-z,now", "a.o", "-Wl,-z,relro", *LAST]


@pytest.mark.parametrize("words", [["-v"], ["--version"], ["-dumpmachine"], ["-print-prog-name=ld"], []])
def test_a_question_is_gccs_own(place: Place, words: list[str]) -> None:
    """cosmocc's driver answers some of them with an error: it misses its input."""
    assert place.call("cc", *words) == [f"{place.arch}-linux-cosmo-gcc", *words]


def test_a_partial_link_takes_nothing_in(place: Place) -> None:
    assert place.call("cc", "-r", "a.o", "-o", "b.o") == [
        f"{place.arch}-linux-cosmo-gcc", "-nostdlib", "-no-pie", "-r", "a.o", "-o", "b.o",
    ]  # fmt: skip
    assert place.call("ld", "-r", "-o", "b.o", "a.o") == [f"{place.arch}-linux-cosmo-ld", "-r", "-o", "b.o", "a.o"]


@pytest.mark.parametrize("option", ["-shared", "-pie", "-static-pie"])
def test_what_would_not_be_static_is_refused(place: Place, option: str) -> None:
    assert place.call("cc", option, "a.o", status=1) == []


def test_the_tools_are_cosmoccs_and_so_is_their_status(place: Place) -> None:
    for tool in ("as", "ar", "ranlib", "strip", "nm", "objcopy", "ld"):
        assert place.call(tool, "a b", "-x") == [f"{place.arch}-linux-cosmo-{tool}", "a b", "-x"]
        place.call(tool, "a", status=3, FAKE_STATUS="3")
    place.call("cc", "a.o", status=3, FAKE_STATUS="3")


# ---------------------------------------------------------------- one file of two programs


INTEL = ["-l", "†/bin/ape-x86_64.elf"]
ARM = ["-l", "†/bin/ape-aarch64.elf", "-M", "†/bin/ape-m1.c"]


def linked(path: Path, machine: int) -> str:
    """A file that begins as a linked program for the machine."""
    path.write_bytes(b"\x7fELF\2\1\1".ljust(18, b"\0") + bytes([machine, 0]) + b"\0" * 44)
    return str(path)


def test_programs_are_fused_with_the_loaders_of_their_processors_and_no_others(
    place: Place, tmp_path: Path
) -> None:
    intel, arm = linked(tmp_path / "for intel", 62), linked(tmp_path / "for arm", 183)
    for programs, loaders in (((intel, arm), [*INTEL, *ARM]), ((intel,), INTEL), ((arm,), ARM)):
        called = place.call("fuse", "-o", "hello.com", *programs)
        assert called[: 4 + len(loaders)] == ["apelink", "-o", "hello.com", *loaders, programs[0]]
        checked = called[4 + len(loaders) + len(programs) - 1 :]
        assert checked == (["pecheck", "hello.com"] if intel in programs else [])


def test_where_that_fails_nothing_else_is_done(place: Place, tmp_path: Path) -> None:
    program = linked(tmp_path / "a", 62)
    assert "pecheck" not in place.call("fuse", "-o", "a.com", program, status=4, FAKE_STATUS="4")
    for words in ([], ["-o", "a.com"], [program, "-o", "a.com"]):
        assert place.call("fuse", *words, status=2) == []
    for other in (linked(tmp_path / "b", 243), str(tmp_path / "nothing")):
        assert place.call("fuse", "-o", "a.com", program, other, status=1) == []


def test_a_version_without_pecheck_will_do(place: Place, tmp_path: Path) -> None:
    (place.switch.parent / "kept" / "bin" / "pecheck").unlink()
    called = place.call("fuse", "-o", "a.com", linked(tmp_path / "a", 62))
    assert called[0] == "apelink"
    assert "pecheck" not in called


@nasty
def test_any_switch_will_do_and_any_word_arrives(tmp_path: Path, folder: str) -> None:
    place = place_in(tmp_path / folder)
    words = ["-c", "a b.c", "-o", "it's", '"', "$HOME", "", "*"]
    for shell in SHELLS:
        assert place.call("cc", *words, shell=shell)[-len(words) :] == words
        program = linked(tmp_path / folder / "it's $HOME", 183)
        assert place.call("fuse", "-o", "a b", program, shell=shell)[1:] == ["-o", "a b", *ARM, program]


def test_every_script_is_clean(place: Place) -> None:
    scripts = [*(place.switch / "wrappers").iterdir()]
    assert len(scripts) >= 10
    subprocess.run([own_tool("shellcheck"), "--norc", *map(str, scripts)], check=True)


# ---------------------------------------------------------------- the plan


def planned(session: Session, prefix: Path, target: str = "aarch64-linux", **fields: object) -> Plan:
    usual = Selection(target=target, libc="cosmopolitan", release="4.14.1", toolchain="cosmocc")
    selection = msgspec.structs.replace(usual, **fields)
    return session.plan(session.check(Preset(selection), prefix))


@pytest.fixture
def here(folders: Folders) -> Session:
    return Session(folders, msgspec.structs.replace(HERE, compilers={}))


@pytest.fixture
def plan(here: Session, tmp_path: Path) -> Plan:
    return planned(here, tmp_path / "switch")


def test_nothing_of_the_systems_is_asked_for(here: Session) -> None:
    for arch in ARCHES:
        triplet = f"{arch}-esperanto-none-static"
        checked = here.check_selection(Selection(target=triplet, release="4.14.1", toolchain="cosmocc"))
        found = {finding.code: finding for finding in checked.findings}
        assert checked.possible
        assert "untested" in found["toolchain-unproved"].what
    assert "toolchain-unproved" not in {
        one.code for one in check(here.check_selection(Selection(target="aarch64-linux")).resolved)
    }


def test_it_is_kept_once_for_the_switches_of_both_processors(here: Session, tmp_path: Path) -> None:
    folders = set()
    for target in ("x86_64-linux", "aarch64-linux"):
        plan = planned(here, tmp_path / target, target)
        (keep,) = (action for action in plan.stage("toolchain").actions if isinstance(action, a.KeepSource))
        assert keep.record == f"{plan.build_folder}/cosmocc.json"
        assert any(keep.into in wrapper.text for wrapper in plan.wrappers)
        folders.add(keep.into)
    assert folders == {str(here.folders.toolchains / f"cosmocc-{PUBLISHED[:12]}")}


def test_it_is_there_before_anything_is_run(plan: Plan) -> None:
    actions = plan.stage("toolchain").actions
    first = next(n for n, one in enumerate(actions) if isinstance(one, a.Run | a.CheckCompiler))
    assert [n for n, one in enumerate(actions) if isinstance(one, a.KeepSource)] == [0]
    assert first > 0
    assert plan.first_command == f"ocamlopt hello.ml -o hello && {TRIPLET}-fuse -o hello.com hello"


def test_configure_gets_to_know_the_processor(here: Session, tmp_path: Path) -> None:
    for target, host in (("x86_64-linux", "x86_64-esperanto-linux"), ("aarch64-linux", "aarch64-esperanto-linux")):
        flags = [flag.flag for flag in planned(here, tmp_path / target, target).flags]
        assert f"--host={host}" in flags
        assert f"CC={target.partition('-')[0]}-esperanto-none-static-cc" in flags


def test_only_aarch64_gives_up_a_register(here: Session, tmp_path: Path) -> None:
    for release in ("4.14.0", "4.14.1", "4.14.2", "5.3.0"):
        named = {
            target: [patch.name for patch in planned(here, tmp_path / target, target, release=release).patches]
            for target in ("x86_64-linux", "aarch64-linux")
        }
        assert [one for one in named["aarch64-linux"] if "arm64" in one]
        assert not [one for one in named["x86_64-linux"] if "arm64" in one]
    assert may_share(planned(here, tmp_path / "s").patches), "its back end is a target's own"


def test_a_lock_file_and_another_archive_have_another_folder(here: Session, tmp_path: Path) -> None:
    archive = tmp_path / "cosmocc-3.zip"
    archive.write_bytes(zipped(entry("README.md"), entry("bin/apelink", b"x", stat.S_IFREG | 0o755)))
    plan = planned(here, tmp_path / "switch", sources=(f"cosmocc={archive}",))
    (keep,) = (action for action in plan.stage("toolchain").actions if isinstance(action, a.KeepSource))
    assert keep.into.endswith(f"cosmocc-{sha256_of(archive)[:12]}")
    executor = executor_of(plan)
    for stage, action in ((s, action) for s in plan.stages for action in s.actions):
        if isinstance(action, a.KeepSource) or getattr(action, "record", "").endswith("/cosmocc.json"):
            executor.execute(action, stage, tmp_path / "log")
    assert (Path(keep.into) / "bin" / "apelink").read_bytes() == b"x"
    (Path(keep.into) / "mark").touch()
    executor.execute(keep, plan.stage("toolchain"), tmp_path / "log")
    assert (Path(keep.into) / "mark").exists(), "what is kept is not unpacked again"


def test_what_is_not_whole_is_not_kept(here: Session, tmp_path: Path) -> None:
    archive = tmp_path / "cosmocc-3.zip"
    archive.write_bytes(zipped(entry("bin/apelink", b"x"), entry("bin/evil", b"y")))
    plan = planned(here, tmp_path / "switch", sources=(f"cosmocc={archive}",))
    executor = executor_of(plan)
    for stage, action in ((s, action) for s in plan.stages for action in s.actions):
        if isinstance(action, a.FetchSource) and action.record.endswith("/cosmocc.json"):
            executor.execute(action, stage, tmp_path / "log")
    into = here.folders.toolchains / "cosmocc-x"
    keep = a.KeepSource(f"{plan.build_folder}/cosmocc.json", str(into), {"bin/apelink": "0" * 64})
    with pytest.raises(MissingError) as raised:
        executor.execute(keep, plan.stage("toolchain"), tmp_path / "log")
    assert raised.value.code == "files-wrong"
    assert [name for name in names(here.folders.toolchains) if "cosmocc" in name] == []
    with pytest.raises(MissingError):
        check_files(tmp_path / "nothing", {"a": "0" * 64})


# ---------------------------------------------------------------- the same in an exported script


def test_an_exported_script_keeps_it_too(plan: Plan, tmp_path: Path) -> None:
    text = script(plan)
    assert "keep_source() {" in text
    assert "keep_source source_2 " in text
    functions = "\n".join(used_functions(["keep_source", "fail"]))
    archive = tmp_path / "c.zip"
    archive.write_bytes(zipped(entry("README.md"), entry("bin/b", b"y")))
    (tmp_path / "record").write_text(f"x\n{archive}\n", encoding="utf-8")

    def run(*files: str) -> int:
        body = f"set -u\ncurrent=''\n{functions}\nkeep_source fetched \"$@\"\n"
        argv = ["sh", "-c", body, "sh", str(tmp_path / "record"), str(tmp_path / "deep" / "kept"), *files]
        return subprocess.run(argv, check=False, capture_output=True).returncode

    assert run("0" * 64, "bin/apelink") == 5
    assert not (tmp_path / "deep" / "kept").exists()
    assert run() == 0
    assert (tmp_path / "deep" / "kept" / "bin" / "b").read_bytes() == b"y"
    assert run("0" * 64, "bin/apelink") == 0, "what is kept is not looked at again"
