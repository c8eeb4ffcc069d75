"""Switches with Cosmopolitan: what is refused, what is said, what a plan does before anything is run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from tests.support.fakes import HERE, REAL, placed
from tests.support.plans import UNFILLED, found, runs
from tests.support.trees import names
from wizard.base.digests import sha256_of
from wizard.builder.execute import apply_patch
from wizard.catalogue.presets import Lock, Pin, Preset, find_preset
from wizard.catalogue.selection import Selection
from wizard.check.check import check
from wizard.check.resolved import ResolvedSelection
from wizard.export.shell_library import used_functions
from wizard.export.shell_script import script
from wizard.machine.survey import entries_for_mz
from wizard.plan.make import make_plan
from wizard.plan.model import Plan
from wizard.plan.patches import own_patches
from wizard.plan.seed import may_share
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.toolchains.cosmopolitan import shim_texts

TRIPLET = "x86_64-esperanto-none-static"
CHOSEN = Selection(target="x86_64-linux", libc="cosmopolitan", release="4.14.1")
GCC = {"x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc"}
READY = msgspec.structs.replace(HERE, compilers=GCC, compiler_versions={"x86_64-linux-gnu": "12.2.0"})
COMPONENT = REAL.components["cosmopolitan"]


def codes(resolved: ResolvedSelection, severity: str = "") -> set[str]:
    return {one.code for one in check(resolved) if severity in ("", one.severity)}


def at(selection: Selection = CHOSEN, **changes: object) -> ResolvedSelection:
    return placed(selection, REAL, READY, **changes)


def plan_in(session: Session, prefix: Path, lock: Lock | None = None) -> Plan:
    place = at()
    return make_plan(Preset(place.selection, lock=lock), place, session.folders, prefix, own_patches(place))


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    return plan_in(session, tmp_path / "switch")


# ---------------------------------------------------------------- what is refused, and what is said


def test_the_preset_and_the_triplet_mean_the_same() -> None:
    assert find_preset("x86_64-cosmopolitan", REAL).selection == at().selection
    for word in (TRIPLET, TRIPLET.upper()):
        assert REAL.pair_spelled(word) == ("x86_64-linux", "cosmopolitan")
    assert not codes(at(), "error")


def test_a_release_without_patches_is_refused_with_those_that_have_them() -> None:
    for release in REAL.releases:
        refused = "libc-release" in codes(at(msgspec.structs.replace(CHOSEN, release=release)))
        assert refused == (release not in REAL.libcs["cosmopolitan"].releases)
    finding = next(
        one for one in check(at(msgspec.structs.replace(CHOSEN, release="5.4.1"))) if one.code == "libc-release"
    )
    chosen = [fix.selection for fix in finding.fixes if fix.selection]
    assert chosen[0].release == "4.14.1"
    assert any(one.libc == "musl" and one.release == "5.4.1" for one in chosen)


def test_it_is_for_one_machine_and_one_toolchain() -> None:
    arm = at(msgspec.structs.replace(CHOSEN, target="aarch64-linux"))
    assert arm.toolchain.id == "cosmocc"
    assert "toolchain-target" in codes(at(msgspec.structs.replace(arm.selection, toolchain="cosmopolitan")))
    assert "libc-machine" in codes(at(msgspec.structs.replace(CHOSEN, target="riscv64-linux")))
    assert "toolchain-target" in codes(at(msgspec.structs.replace(CHOSEN, toolchain="zig")))
    assert "compiler-missing" in codes(placed(CHOSEN, compilers={}))


def test_how_a_portable_program_is_started_is_said_where_there_are_some() -> None:
    assert "ape-exec" in codes(at(), "note")
    assert not {"ape-exec", "ape-zsh", "ape-binfmt"} & codes(
        placed(Selection(target="x86_64-linux"), tools={**HERE.tools, "zsh": "/bin/zsh"}, takes_mz=("wine",))
    )
    assert "ape-zsh" in codes(at(tools={**HERE.tools, "zsh": "/bin/zsh"}), "note")
    assert "ape-zsh" not in codes(at())
    warned = next(one for one in check(at(takes_mz=("WSLInterop",))) if one.code == "ape-binfmt")
    assert "WSLInterop" in warned.what
    assert warned.severity == "warning"


def test_the_kernels_entries_for_windows_programs_are_found(tmp_path: Path) -> None:
    def entry(name: str, *lines: str) -> None:
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    rest = ("interpreter /init", "flags: PF", "offset 0")
    entry("WSLInterop", "enabled", *rest, "magic 4d5a")
    entry("wine", "disabled", *rest, "magic 4d5a")
    entry("APE", "enabled", *rest, "magic 4d5a71467044")
    entry("qemu-aarch64", "enabled", *rest, "magic 7f454c46", "mask ffffffff")
    entry("status", "enabled")
    entry("register", "")
    assert entries_for_mz(tmp_path) == ("WSLInterop",)
    assert entries_for_mz(tmp_path / "nowhere") == ()


# ---------------------------------------------------------------- the plan


def test_every_file_is_checked_before_anything_of_it_is_run(plan: Plan) -> None:
    actions = plan.stage("toolchain").actions
    into = f"{plan.staging}/cosmopolitan"
    (unpack,) = [n for n, one in enumerate(actions) if isinstance(one, a.UnpackSource)]
    assert actions[unpack] == a.UnpackSource(f"{plan.build_folder}/cosmopolitan.json", into)
    assert actions[unpack + 1] == a.CheckFiles(into, COMPONENT.files)
    first = next(n for n, one in enumerate(actions) if isinstance(one, a.Run | a.CheckCompiler))
    assert unpack + 1 < first
    fetched = [action.record for action in plan.stage("fetch").actions if isinstance(action, a.FetchSource)]
    assert f"{plan.build_folder}/cosmopolitan.json" in fetched


def test_it_is_unpacked_once_and_stays_in_the_switch(plan: Plan) -> None:
    unpacked = [one.into for one in found(plan, a.UnpackSource) if isinstance(one, a.UnpackSource)]
    assert len([into for into in unpacked if "cosmopolitan" in into]) == 1
    removed = [word for run in runs(plan) if run.argv[:2] == ("rm", "-rf") for word in run.argv]
    assert f"{plan.staging}/cosmopolitan" not in removed


def test_headers_and_start_up_are_in_the_preview_as_files(plan: Plan) -> None:
    written = {
        action.path: action.text for action in plan.stage("toolchain").actions if isinstance(action, a.WriteFile)
    }
    folder = f"{plan.staging}/cosmopolitan"
    assert {f"{folder}/include/{name}": text for name, text in shim_texts().items()}.items() <= written.items()
    assert "caml_late_error_table" in written[f"{folder}/caml-startup.c"]
    (compiled,) = [run.argv for run in runs(plan) if run.argv[-1].endswith("caml-startup.o")]
    assert compiled[0] == f"{plan.staging}/wrappers/{TRIPLET}-cc"


def test_configure_gets_the_wrappers_and_the_start_up_object(plan: Plan) -> None:
    flags = [flag.flag for flag in plan.flags]
    wrapped = {Path(wrapper.path).name for wrapper in plan.wrappers}
    for name in ("CC", "AR", "AS", "RANLIB", "STRIP", "OBJCOPY", "DIRECT_LD", "ASPP", "PARTIALLD"):
        (flag,) = [flag for flag in flags if flag.startswith(f"{name}=")]
        assert flag.partition("=")[2].split()[0] in wrapped
    assert "LDFLAGS=-z caml-startup" in flags
    assert "--disable-shared" in flags
    assert len(flags) == len({flag.partition("=")[0] for flag in flags})
    (checked,) = [one for one in found(plan, a.CheckMakefileConfig) if isinstance(one, a.CheckMakefileConfig)]
    assert checked.expected == {"ARCH": "amd64", "CC": f"{TRIPLET}-cc"}
    assert not [word for run in runs(plan) for word in run.argv if UNFILLED.search(word)]


def test_findlib_and_dune_know_it_as_esperanto(plan: Plan) -> None:
    texts = {file.path.removeprefix(plan.staging): file.text for file in plan.switch_files}
    assert 'path(esperanto) = "' in texts["/etc/findlib.conf"]
    assert "/etc/findlib.conf.d/esperanto.conf" in texts
    assert "(name esperanto)" in texts["/etc/dune-workspace"]


def test_the_first_command_makes_a_portable_program(plan: Plan) -> None:
    assert plan.first_command == f"ocamlopt hello.ml -o hello && {TRIPLET}-objcopy -S -O binary hello hello.com"


def test_its_patches_leave_what_targets_share(plan: Plan) -> None:
    assert [patch.name for patch in plan.patches] == [
        f"cosmopolitan-{name}.patch" for name in ("names", "tables", "threads", "system")
    ]
    assert may_share(plan.patches)
    assert "seed" in [stage.id for stage in plan.stages]


def test_another_archive_is_another_build(session: Session, tmp_path: Path) -> None:
    lock = Lock("0.1.0", TRIPLET, "x", "0" * 64, "12.2.0", "build")
    pins = [msgspec.structs.replace(lock, components={"cosmopolitan": Pin("x.zip", digit * 64)}) for digit in "12"]
    assert len({plan_in(session, tmp_path, pin).id for pin in pins}) == 2


def test_one_patch_after_the_other_makes_what_the_start_up_object_calls(plan: Plan, tmp_path: Path) -> None:
    """The patches in the plan's order, over files that hold the lines that they want."""
    tree = tmp_path / "tree"
    for patch in plan.patches:
        _lines_of(patch.text, tree)
        apply_patch(a.ApplyPatch(patch.name, patch.text, str(tree)))
    changed = [(tree / name).read_text(encoding="utf-8") for name in names(tree) if (tree / name).is_file()]
    assert sum(text.count("CAML_LATE_TABLE(") for text in changed) == 20, "19 tables, and the macro"


def _lines_of(diff: str, tree: Path) -> None:
    """Make of each file that a diff changes as much as it shows of it, where it is not there yet."""
    for part in re.split(r"^(?=--- )", diff, flags=re.MULTILINE)[1:]:
        old = part.partition("\n")[0].removeprefix("--- ").strip()
        path = tree / old.partition("/")[2]
        if old == "/dev/null":
            continue
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        for start, body in re.findall(r"^@@ -(\d+).*\n((?:[ +\-\\].*\n?|\n)*)", part, re.MULTILINE):
            shown = [line[1:] for line in body.splitlines() if line[:1] in (" ", "-", "")]
            lines += [""] * (int(start) - 1 + len(shown) - len(lines))
            lines[int(start) - 1 : int(start) - 1 + len(shown)] = shown
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


# ---------------------------------------------------------------- the same in an exported script


def test_an_exported_script_checks_the_files_too(plan: Plan) -> None:
    text = script(plan)
    assert "check_files() {" in text
    line = next(line for line in text.splitlines() if line.strip().startswith("check_files "))
    assert all(f"{digest} {name}" in line for name, digest in COMPONENT.files.items())
    assert re.search(r"^needs .*\bunzip\b", text, re.MULTILINE)


def checked_by_script(folder: Path, *pairs: str) -> subprocess.CompletedProcess[str]:
    functions = "\n".join(used_functions(["check_files", "fail"]))
    text = f"set -u\ncurrent=''\n{functions}\ncheck_files \"$@\"\n"
    return subprocess.run(
        ["sh", "-c", text, "sh", folder, *pairs], capture_output=True, text=True, check=False,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip


def test_its_function_names_what_is_wrong_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in ("crt.o", "ape.o", "left.o"):
        (folder / name).write_text(name)
    good = [word for name in ("crt.o", "ape.o") for word in (sha256_of(folder / name), name)]
    assert checked_by_script(folder, *good, sha256_of(folder / "left.o"), "left.o").returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["ape.o", "crt.o", "left.o"]
    ended = checked_by_script(folder, "0" * 64, "crt.o", *good[2:], "1" * 64, "gone.o")
    assert ended.returncode == 5
    said = ended.stdout + ended.stderr
    for words in ("not what it should be: crt.o", "missing: gone.o", "not expected: ./left.o"):
        assert words in said
    assert not folder.exists()
