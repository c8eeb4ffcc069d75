"""Switches for Windows: flexdll is pinned, programs that run here lose their .exe, flexlink is found."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import REAL, WINDOWS, placed
from tests.support.plans import UNFILLED, found, plan_for, runs
from tests.support.scripts import NASTY, act, nasty, write
from tests.support.wrapper_texts import texts_of
from wizard.catalogue.model import Component, Release, Source
from wizard.catalogue.presets import Lock, Pin, Preset, load_preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.check.check import check
from wizard.plan.layout import layout
from wizard.plan.make import make_plan
from wizard.plan.model import Plan
from wizard.plan.switch_files import switch_files
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.toolchains import gcc

TRIPLET = "x86_64-w64-mingw32"
GCC = REAL.toolchains["gcc"]
FLEXDLL = REAL.components["flexdll"]
ABLE = [release for release in REAL.releases.values() if release.windows]
LOCK = Lock("0.1.0", TRIPLET, "ocaml-5.4.1.tar.gz", "0" * 64, "12", "build")


def windows_plan(session: Session, prefix: Path, *, release: str = "5.4.1", lock: Lock | None = None) -> Plan:
    compilers = {TRIPLET: f"/usr/bin/{TRIPLET}-gcc-posix"}
    place = placed(Selection(target=WINDOWS.id, release=release), here=session.build_machine, compilers=compilers)
    assert not [one for one in check(place) if one.severity == "error"]
    return make_plan(Preset(place.selection, lock=lock), place, session.folders, prefix)


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    return windows_plan(session, tmp_path / "switch")


def fetched(plan: Plan) -> dict[str, tuple[Source, ...]]:
    fetches = plan.stage("fetch").actions
    return {fetch.name: fetch.sources for fetch in fetches if isinstance(fetch, a.FetchSource)}


# ---------------------------------------------------------------- flexdll


def test_flexdll_is_fetched_with_the_release_and_unpacked_where_configure_is_told(plan: Plan) -> None:
    assert fetched(plan)["flexdll 0.44"] == FLEXDLL.sources
    unpacked = {one.into: one.record for one in found(plan, a.UnpackSource) if isinstance(one, a.UnpackSource)}
    folder = f"{plan.build_folder}/flexdll"
    assert unpacked[folder] in plan.stage("fetch").outputs
    assert f"--with-flexdll={folder}" in [flag.flag for flag in plan.flags]
    cleaned = [run.argv for run in runs(plan) if run.argv[:2] == ("rm", "-rf")]
    assert any(folder in argv for argv in cleaned), "it is not kept"


def test_a_lock_file_takes_only_the_flexdll_it_pins(session: Session, tmp_path: Path) -> None:
    for pin in (Pin(FLEXDLL.sources[0].file, FLEXDLL.sources[0].sha256), Pin("flexdll-0.1.tar.gz", "e" * 64)):
        lock = msgspec.structs.replace(LOCK, components={"flexdll": pin})
        plan = windows_plan(session, tmp_path, lock=lock)
        sources = fetched(plan)["flexdll 0.44"]
        assert [(source.file, source.sha256) for source in sources] == [(pin.file, pin.sha256)]


def test_another_flexdll_is_another_build(session: Session, tmp_path: Path) -> None:
    pins = [{"flexdll": Pin("x", digest)} for digest in ("1" * 64, "2" * 64)]
    locks = [msgspec.structs.replace(LOCK, components=pin) for pin in pins]
    assert len({windows_plan(session, tmp_path, lock=lock).id for lock in locks}) == 2


def test_a_lock_file_with_components_and_patches_is_read_back_the_same(tmp_path: Path) -> None:
    lock = msgspec.structs.replace(
        LOCK, patches={"a b.patch": "1" * 64}, components={"flexdll": Pin("flexdll-0.44.tar.gz", "2" * 64)}
    )
    preset = Preset(Selection(WINDOWS.id, "mingw-w64", "5.4.1", toolchain="gcc"), lock=lock)
    save_preset(preset, tmp_path / "x.lock.toml")
    assert load_preset(tmp_path / "x.lock.toml", REAL) == preset


@pytest.mark.parametrize("target", [target for target, machine in REAL.machines.items() if machine.os == "linux"])
def test_no_other_target_fetches_it(target: str, session: Session, tmp_path: Path) -> None:
    if target in REAL.libcs["musl"].triplets:
        assert len(fetched(plan_for(session, tmp_path, target=target))) == 1


@pytest.mark.parametrize("component", REAL.components.values(), ids=lambda one: one.id)
def test_a_component_names_systems_and_sources_that_can_be_checked(component: Component) -> None:
    assert component.sources
    assert set(component.os) <= {machine.os for machine in REAL.machines.values()}
    assert component.about.endswith(".")
    files = [source.file for release in REAL.releases.values() for source in release.sources]
    for source in component.sources:
        assert re.fullmatch(r"[0-9a-f]{64}" if source.sha256 else r"[0-9a-f]{128}", source.digest)
        assert source.file not in files
        assert source.address.startswith("https://") == (source.kind == "official")


# ---------------------------------------------------------------- the plan


@pytest.mark.parametrize("release", ABLE, ids=lambda release: release.id)
def test_every_flag_has_a_reason_and_every_word_is_filled_in(
    release: Release, session: Session, tmp_path: Path
) -> None:
    plan = windows_plan(session, tmp_path, release=release.id)
    assert all(flag.reason for flag in plan.flags)
    for run in runs(plan):
        assert not [word for word in run.argv if UNFILLED.search(word) and "${" not in word], run.argv
    assert not [output for stage in plan.stages for output in stage.outputs if UNFILLED.search(output)]


def test_windows_is_configured_with_shared_libraries_and_the_others_without(
    plan: Plan, session: Session, tmp_path: Path
) -> None:
    flags = [flag.flag for flag in plan.flags]
    linux = [flag.flag for flag in plan_for(session, tmp_path, release="5.4.1").flags]
    assert "--disable-shared" not in flags
    assert linux[2] == "--disable-shared"
    assert {flag.split("=")[0] for flag in linux} ^ {flag.split("=")[0] for flag in flags} == {
        "--disable-shared",
        "--with-flexdll",
    }


def test_only_windows_programs_end_in_exe(plan: Plan, session: Session, tmp_path: Path) -> None:
    assert "ocamlopt.opt.exe" in " ".join(plan.stage("crossopt").outputs)
    words = [word for run in runs(plan) for word in run.argv]
    assert words.count("byte/bin/flexlink.exe") == 3, "make does not build flexlink for the target"
    linux = plan_for(session, tmp_path, release="5.4.1")
    assert not [word for run in runs(linux) for word in run.argv if ".exe" in word or "flexlink" in word]


def test_the_wrappers_have_windres_where_flexdll_calls_it(plan: Plan) -> None:
    written = {Path(file.path).name: file.text for file in plan.wrappers}
    assert f"exec /usr/bin/{TRIPLET}-gcc-posix " in written[f"{TRIPLET}-gcc"]
    assert f"exec /usr/bin/{TRIPLET}-windres " in written[f"{TRIPLET}-windres"]
    others = texts_of(gcc.wrapper_scripts(GCC, "aarch64-linux-gnu", "/usr/bin/aarch64-linux-gnu-gcc"))
    assert not [name for name in others if "windres" in name]


def test_the_headers_that_debian_only_recommends_are_installed_by_name() -> None:
    for triplet, packages in GCC.packages.items():
        assert len(packages) == (1 if "mingw" in triplet else 2), triplet
    finding = next(one for one in check(placed(Selection(target=WINDOWS.id, release="5.4.1"))) if one.fixes)
    assert finding.fixes[-1].command == "sudo apt-get install gcc-mingw-w64-x86-64-posix"
    headers = next(
        one for one in check(placed(Selection("riscv64-linux", "glibc"))) if one.code == "compiler-missing"
    )
    assert headers.fixes[-1].command == "sudo apt-get install gcc-riscv64-linux-gnu libc6-dev-riscv64-cross"


# ---------------------------------------------------------------- the switch

INSTALLED = ("ocamlopt.opt", "ocamlc.opt", "ocamlmklib", "flexlink.opt", "ocamlrun", "ocaml")


def test_programs_that_run_here_lose_their_suffix_and_links_still_lead_to_them(tmp_path: Path) -> None:
    staging = tmp_path / NASTY["quotes"]
    for program in INSTALLED:
        write(staging / "bin" / f"{program}.exe", program)
    for name in ("ocamlopt", "ocamlc", "flexlink"):
        (staging / "bin" / f"{name}.exe").symlink_to(f"{name}.opt.exe")
    write(staging / "lib" / "ocaml" / "expunge.exe", "")
    act(layout(str(staging), str(tmp_path), ".exe"))
    there = {path.name: path.read_text(encoding="utf-8") for path in (staging / "libexec").iterdir()}
    assert there == {
        "ocamlopt.opt": "ocamlopt.opt", "ocamlopt": "ocamlopt.opt",
        "ocamlc.opt": "ocamlc.opt", "ocamlc": "ocamlc.opt",
        "flexlink.opt": "flexlink.opt", "flexlink": "flexlink.opt", "ocamlmklib": "ocamlmklib",
    }  # fmt: skip
    assert [path.name for path in (staging / "target" / "bin").iterdir()] == ["ocamlrun.exe"]
    assert not (staging / "lib" / "ocaml" / "expunge.exe").exists()
    assert not (staging / "bin").exists()


@nasty
def test_flexlink_finds_its_objects_and_the_wrappers_in_any_folder(folder: str, tmp_path: Path) -> None:
    prefix = tmp_path / folder
    write(prefix / "libexec" / "flexlink.opt", '#!/bin/sh\nprintf "%s\\0" "$FLEXDIR" "${PATH%%:*}" "$@"\n')
    files = switch_files(str(prefix), "/built/for", TRIPLET, REAL.releases["5.4.1"], flexlink=True)
    script = next(file for file in files if file.path.endswith("/wrappers/flexlink"))
    write(Path(script.path), script.text)
    ended = subprocess.run(
        [script.path, "-exe", "two words"], capture_output=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    saw = ended.stdout.decode().split("\0")[:-1]
    place = os.path.realpath(prefix)
    assert saw == [
        f"{place}/lib/ocaml/flexdll",
        f"{place}/wrappers",
        "-L",
        f"{place}/sysroot/lib",
        "-exe",
        "two words",
    ]


def test_only_windows_has_flexlink(plan: Plan, session: Session, tmp_path: Path) -> None:
    linux = plan_for(session, tmp_path, release="5.4.1")
    for one, count in ((plan, 1), (linux, 0)):
        assert [Path(file.path).name for file in one.switch_files].count("flexlink") == count


def test_the_first_command_names_its_program_as_the_target_does(
    plan: Plan, session: Session, tmp_path: Path
) -> None:
    assert plan.first_command.endswith(" hello.exe")
    assert plan_for(session, tmp_path).first_command.endswith(" hello")
