"""Unikernels: what a plan for them does, the two sets of wrapper scripts, and the files of the switch."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.support.commands import Ocw
from tests.support.fakes import HERE, REAL, UNIKERNEL
from tests.support.own_tools import own_tool
from tests.support.plans import UNFILLED, runs
from tests.support.scripts import write
from tests.support.shells import SHELLS
from tests.support.wrapper_texts import texts_of
from wizard.base.errors import InputError
from wizard.base.folders import Folders
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection, normalise
from wizard.export.shell_script import script
from wizard.machine.survey import BuildMachine
from wizard.plan.host_part import host_plan
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.toolchains.solo5 import Locations, wrapper_scripts

COMPILERS = {f"{arch}-linux-gnu": f"/usr/bin/{arch}-linux-gnu-gcc" for arch in ("x86_64", "aarch64")}
PORTED = [id_ for id_, release in REAL.releases.items() if release.freestanding]
TOOLS = {"gcc", "cc", "as", "ld", "ar", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip"}


def session_of(folders: Folders, **here: object) -> Session:
    return Session(folders, msgspec.structs.replace(HERE, compilers=COMPILERS, seccomp=True, **here))


def plan_of(folders: Folders, session: Session | None = None, **changes: object) -> Plan:
    session = session or session_of(folders)
    selection = msgspec.structs.replace(UNIKERNEL, **changes)
    return session.plan(session.check(Preset(selection), folders.data / "switch"))


# ---------------------------------------------------------------- the selection


@pytest.mark.parametrize("word", ["x86_64", "amd64", "solo5", "x86_64-solo5-ocaml", "unikernel"])
def test_a_processor_with_nolibc_means_a_unikernel(word: str) -> None:
    chosen = normalise(Selection(target=word, libc="nolibc"), REAL)
    assert (chosen.target, chosen.toolchain, chosen.bindings) == ("x86_64-solo5", "solo5", "spt")


def test_a_machine_named_by_its_id_is_that_machine() -> None:
    assert normalise(Selection(target="x86_64-linux", libc="nolibc"), REAL).target == "x86_64-linux"
    assert normalise(Selection(target="aarch64-solo5"), REAL).libc == "nolibc"
    assert normalise(Selection(target="aarch64"), REAL).bindings == ""


def test_every_binding_has_words() -> None:
    assert {one for able in REAL.libcs["nolibc"].bindings.values() for one in able} == set(REAL.bindings)


def test_every_release_that_has_a_port_has_its_source() -> None:
    ported = {
        id_
        for component in REAL.components.values()
        if component.name == "ocaml-solo5"
        for id_ in component.releases
    }
    assert ported == {
        id_ for id_, release in REAL.releases.items() if any("ocaml-solo5" in p for p in release.freestanding)
    }


# ---------------------------------------------------------------- the plan


@pytest.mark.parametrize("target", ["x86_64-solo5", "aarch64-solo5"])
@pytest.mark.parametrize("release", PORTED)
def test_every_word_of_a_plan_is_filled_in(folders: Folders, release: str, target: str) -> None:
    plan = plan_of(folders, release=release, target=target)
    for run in runs(plan):
        for word in run.argv:
            assert not UNFILLED.search(word), run
    for flag in plan.flags:
        assert flag.reason
        assert not UNFILLED.search(flag.flag)


def test_what_a_unikernel_stands_on_comes_before_the_wrapper_scripts_are_asked(folders: Folders) -> None:
    own = [stage.id for stage in plan_of(folders).stages if not stage.shared]
    first = ["fetch", "solo5-source", "solo5", "openlibm", "nolibc", "sysroot", "toolchain", "source", "configure"]
    assert own[: len(first)] == first


def test_the_host_compilers_modules_are_shared_with_other_targets(folders: Folders) -> None:
    plan = plan_of(folders)
    assert "seed" in [stage.id for stage in plan.stages]
    other = session_of(folders)
    musl = other.plan(other.check(Preset(Selection(target="x86_64-linux")), folders.data / "musl"))
    shared = [stage.digest for stage in plan.stages if stage.shared]
    assert shared == [stage.digest for stage in musl.stages if stage.shared]


@pytest.mark.parametrize(("release", "variable"), [("5.3.0", "ac_cv_host"), ("5.4.1", "ac_cv_target")])
def test_configure_is_told_what_it_does_not_know(folders: Folders, release: str, variable: str) -> None:
    flags = [flag.flag for flag in plan_of(folders, release=release, target="aarch64-solo5").flags]
    assert f"{variable}=aarch64-solo5-linux-gnu" in flags
    assert {"--disable-shared", "--disable-systhreads", "--disable-unix-lib", "--without-zstd"} <= set(flags)


def test_solo5_is_compiled_by_the_targets_gcc_and_for_this_machine(folders: Folders) -> None:
    configure = plan_of(folders, target="aarch64-solo5").stage("solo5").actions[0]
    assert isinstance(configure, a.Run)
    assert "HOST_CC=/usr/bin/gcc" in configure.argv
    assert "TARGET_CC=/usr/bin/aarch64-linux-gnu-gcc" in configure.argv
    assert "TARGET_LD=/usr/bin/aarch64-linux-gnu-ld" in configure.argv


def test_a_tender_is_built_where_it_can_run_and_libseccomp_is_there(folders: Folders) -> None:
    def parts(plan: Plan) -> str:
        (found,) = {w for run in runs(plan) for w in run.argv if w.startswith("SUBDIRS=")}
        return found

    assert "tenders" in parts(plan_of(folders))
    assert "tenders" not in parts(plan_of(folders, target="aarch64-solo5"))
    bare = plan_of(folders, Session(folders, bare_machine()))
    assert "tenders" not in parts(bare)
    stand_ins = [act.path for act in bare.stage("solo5-source").actions if isinstance(act, a.WriteFile)]
    assert [Path(path).name for path in stand_ins] == ["pkg-config", "seccomp.h"]
    assert f"HOST_PKG_CONFIG={stand_ins[0]}" in runs_of(bare, "solo5")[0].argv


def bare_machine() -> BuildMachine:
    """Without libseccomp."""
    return msgspec.structs.replace(HERE, compilers=COMPILERS)


def runs_of(plan: Plan, stage: str) -> list[a.Run]:
    return [action for action in plan.stage(stage).actions if isinstance(action, a.Run)]


def test_the_host_alone_is_built_without_the_targets_wrapper_scripts(folders: Folders) -> None:
    plan = plan_of(folders)
    part = host_plan(plan)
    assert part is not None
    path = next(variable.value for variable in part.environment if variable.name == "PATH")
    assert "wrappers" not in path


def test_a_script_takes_published_sources_only(folders: Folders, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a script has no solo5=") as raised:
        script(plan_of(folders, sources=(f"solo5={tmp_path}",)))
    assert raised.value.code == "export-own-sources"


# ---------------------------------------------------------------- wrapper scripts


def test_there_are_two_sets_of_wrapper_scripts_and_the_preview_shows_both(folders: Folders) -> None:
    plan = plan_of(folders)
    sets: dict[str, set[str]] = {}
    for wrapper in plan.wrappers:
        folder, _, name = wrapper.path.rpartition("/")
        sets.setdefault(folder, set()).add(name)
        assert wrapper.mode == 0o755
    names = {f"x86_64-solo5-ocaml-{tool}" for tool in TOOLS}
    assert sets == {f"{plan.build_folder}/wrappers": names, f"{plan.staging}/wrappers": names}
    path = next(variable.value for variable in plan.environment if variable.name == "PATH")
    assert path.split(":")[0] == f"{plan.build_folder}/wrappers"
    written = {action.path for action in plan.stage("toolchain").actions if isinstance(action, a.WriteFile)}
    assert {wrapper.path for wrapper in plan.wrappers} <= written


def test_the_switchs_own_set_names_nothing_of_the_build(folders: Folders) -> None:
    plan = plan_of(folders)
    for wrapper in plan.wrappers:
        if wrapper.path.startswith(plan.staging):
            assert plan.build_folder not in wrapper.text
            assert plan.prefix not in wrapper.text  # relative: a switch that was moved still works


def test_shellcheck_has_nothing_to_say(folders: Folders, tmp_path: Path) -> None:
    plans = (
        plan_of(folders),
        plan_of(folders, target="aarch64-solo5"),
        plan_of(folders, Session(folders, bare_machine())),
    )
    for number, plan in enumerate(plans):
        files = [act for stage in plan.stages for act in stage.actions if isinstance(act, a.WriteFile)]
        scripts = [act for act in files if act.text.startswith("#!/bin/sh") and "/hosts/" not in act.path]
        for place, action in enumerate(scripts):
            write(tmp_path / f"{number}-{place}", action.text)
    ended = subprocess.run(
        [own_tool("shellcheck"), *sorted(map(str, tmp_path.glob("[0-9]*")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


def called(
    folder: Path, tool: str, *words: str, shell: str = "sh", includes: tuple[str, ...] = ("$switch/in",)
) -> list[str]:
    """What a wrapper of the set below `folder` calls: the program's name, then its arguments."""
    place = Locations("$switch/solo5", includes, ("$switch/lib",))
    for name in ("cc", "ld", "objcopy"):
        write(folder / "solo5/bin" / f"arch-{name}", f'#!/bin/sh\nprintf "%s\\0" {name} "$@"\n')
    write(folder / "tools/target-ar", '#!/bin/sh\nprintf "%s\\0" ar "$@"\n')
    texts = texts_of(
        wrapper_scripts(REAL.toolchains["solo5"], "t", "arch", str(folder / "tools/target-gcc"), place)
    )
    for name, (text, _purpose) in texts.items():
        write(folder / "wrappers" / name, text)
    ended = subprocess.run([shell, folder / "wrappers" / tool, *words], capture_output=True, check=True)
    return ended.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_wrapper_compiles_with_the_librarys_headers_and_links_with_the_library(
    tmp_path: Path, shell: str
) -> None:
    folder = tmp_path / 'it\'s a "switch"'
    compiling = called(folder, "t-gcc", "-c", "a b.c", shell=shell)
    root = f"{folder}/wrappers/.."
    assert compiling[:2] == ["cc", f"-I{root}/in"]
    assert compiling[-2:] == ["-c", "a b.c"]
    linking = called(folder, "t-cc", "a.o", "-z", "solo5-abi=spt", shell=shell)
    assert linking[-5:] == [f"-L{root}/lib", "-Wl,--start-group", "-lnolibc", "-lopenlibm", "-Wl,--end-group"]
    assert "-lnolibc" not in compiling


@pytest.mark.parametrize("option", ["-S", "-E", "-M", "-r", "-dumpmachine", "--version"])
def test_what_does_not_link_gets_no_library(tmp_path: Path, option: str) -> None:
    assert "-lnolibc" not in called(tmp_path, "t-gcc", option, "a.c")


def test_other_tools_pass_their_words_on(tmp_path: Path) -> None:
    assert called(tmp_path, "t-ld", "-r", "a b.o") == ["ld", "-r", "a b.o"]
    assert called(tmp_path, "t-ar", "rcs", "x.a") == ["ar", "rcs", "x.a"]
    assert called(tmp_path, "t-as", "x.s", "-o", "x.o") == ["cc", "-c", "x.s", "-o", "x.o"]


# ---------------------------------------------------------------- files of the switch


def test_findlib_and_dune_know_it_as_solo5(folders: Folders) -> None:
    plan = plan_of(folders)
    files = {file.path.removeprefix(f"{plan.staging}/"): file.text for file in plan.switch_files}
    conf = files["etc/findlib.conf.d/solo5.conf"]
    assert f'ocamlopt(solo5) = "{plan.prefix}/bin/ocamlopt"' in conf
    assert f'stdlib(solo5) = "{plan.prefix}/lib/ocaml"' in conf
    dune = files["etc/dune-workspace"]
    assert "(name solo5)" in dune
    assert f'"{plan.prefix}/solo5/bin"' in dune
    assert dune.count("(") == dune.count(")")
    assert "$OCAML_CROSS_SWITCH/solo5/bin:" in files["env.sh"]
    assert {"lib/is_solo5/META", "lib/nolibc/META", "lib/threads/META"} <= set(files)


@pytest.mark.skipif(shutil.which("pkg-config") is None, reason="pkg-config is not installed")
@pytest.mark.parametrize("name", ["ocaml-solo5", "ocaml-freestanding"])
def test_pkg_config_knows_the_c_library(folders: Folders, tmp_path: Path, name: str) -> None:
    plan = plan_of(folders)
    for file in plan.switch_files:
        if file.path.endswith(f"/{name}.pc"):
            write(tmp_path / f"{name}.pc", file.text)
    env = {"PATH": os.environ["PATH"], "PKG_CONFIG_PATH": str(tmp_path)}

    def asked(*words: str) -> str:
        ended = subprocess.run(
            ["/usr/bin/pkg-config", *words, name], env=env, capture_output=True, text=True, check=True
        )
        return ended.stdout.strip()

    assert f"-I{plan.prefix}/sysroot/include" in asked("--cflags")
    assert "-include _solo5/overrides.h" in asked("--cflags")
    assert "-lnolibc -lopenlibm" in asked("--libs")
    assert asked("--variable=solo5_bindings") == "spt hvt virtio muen xen"
    assert asked("--modversion") == "1.1.0"


# ---------------------------------------------------------------- patches


def test_the_patches_of_a_selection_are_told_with_their_reasons(ocw: Ocw) -> None:
    said = ocw("patches", "x86_64-solo5", "--without", "nolibc-one-domain").out
    assert re.search(r"nolibc-one-domain\.patch: One domain   \(switched off\)", said)
    assert "changes    runtime/caml/domain.h" in said
    assert "wanted by  the build: make install needs an ocamlrun; required" in said


def test_a_patch_of_ones_own_is_listed_and_can_be_switched_off(ocw: Ocw, tmp_path: Path) -> None:
    mine = tmp_path / "mine.patch"
    mine.write_text("--- a/stdlib/sys.ml\n+++ b/stdlib/sys.ml\n@@ -1 +1 @@\n-a\n+b\n", encoding="utf-8")
    words = ("--target", "aarch64-linux", "--patch", mine)
    assert "changes    stdlib/sys.ml" in ocw("patches", *words).out
    assert "(switched off)" in ocw("patches", *words, "--without", mine).out
    assert "mine.patch" not in ocw("show", *words, "--without", mine).out
    assert "mine.patch" in ocw("show", *words).out
