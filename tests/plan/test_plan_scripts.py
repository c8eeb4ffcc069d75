"""The scripts that a plan runs: what targets share, the layout of a switch, zig's C library."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.fakes import REAL
from tests.support.own_tools import own_tool
from tests.support.plans import variants
from tests.support.scripts import act, write
from tests.support.shells import SHELLS
from wizard.plan import seed
from wizard.plan.model import PlannedPatch
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.scripts import run_script
from wizard.toolchains.zig import LIBC_SCRIPT, libc_options


def test_shellcheck_has_nothing_to_say_of_any_script_of_a_plan(session: Session, tmp_path: Path) -> None:
    scripts = {
        Path(action.path).name: action.text
        for plan in variants(session, Path("/opt/switch"))
        for stage in plan.stages
        for action in stage.actions
        if isinstance(action, a.WriteFile) and action.path.endswith(".sh") and "/scripts/" in action.path
    }
    assert {"keep-seed.sh", "plant-seed.sh", "layout.sh"} <= set(scripts)
    for name, text in scripts.items():
        write(tmp_path / name, text)
    ended = subprocess.run(
        [own_tool("shellcheck"), "-s", "sh", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout


# ---------------------------------------------------------------- what targets share


def host_tree(tree: Path) -> None:
    """A tree as the host compiler's build leaves it, small: source, configuration, objects."""
    for name in ("utils/misc.ml", "asmcomp/amd64/arch.ml", "asmcomp/arm64/arch.ml", "asmcomp/spill.ml"):
        write(tree / name, "source")
    write(tree / "Makefile.config", "configured")
    time.sleep(0.02)
    for name in (
        "utils/misc.cmo", "utils/misc.cmx", "utils/misc.o", "utils/config.cmi", "utils/config.cmti",
        "utils/config.cmo", "utils/config.cmx", "utils/config.ml", "utils/config_main.ml",
        "asmcomp/arch.cmi", "asmcomp/arch.cmo", "asmcomp/emit.ml", "asmcomp/emit.cmx", "asmcomp/x86_dsl.cmo",
        "asmcomp/spill.cmo", "stdlib/list.cmo", "stdlib/list.cmx", "stdlib/stdlib.a", "lex/ocamllex.opt",
        "stdlib/camlheader", "stdlib/target_camlheader", "stdlib/runtime-launch-info",
        "runtime/sys.o", "parsing/parser.ml", "middle_end/flambda/base_types/id.cmo",
    ):  # fmt: skip
        write(tree / name, "built")
    (tree / "asmcomp/arch.ml").symlink_to("amd64/arch.ml")
    (tree / "asmcomp/arch.mli").symlink_to("amd64/arch.ml")
    for folder in seed.FOLDERS:
        (tree / folder).mkdir(exist_ok=True)


SHARED = {
    "utils/misc.cmo", "utils/misc.cmx", "utils/misc.o", "utils/config.cmi", "utils/config.cmti",
    "asmcomp/spill.cmo", "stdlib/list.cmo", "parsing/parser.ml", "middle_end/flambda/base_types/id.cmo",
}  # fmt: skip


def files_of(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after a try that was stopped"])
def test_kept_is_what_no_target_changes(again: bool, tmp_path: Path) -> None:
    tree, kept = tmp_path / "tree", tmp_path / "seed"
    host_tree(tree)
    actions = seed.keep(str(tree), str(kept), str(tmp_path / "scripts"))
    if again:
        act(actions[:2])
        write(kept / "left.cmo", "of an earlier try")
    act(actions)
    assert files_of(kept) == SHARED
    assert not list(tmp_path.glob("*.new"))


def test_planted_files_are_of_one_time_and_newer_than_all_else(tmp_path: Path) -> None:
    tree, kept, target = tmp_path / "tree", tmp_path / "seed", tmp_path / "target"
    host_tree(tree)
    act(seed.keep(str(tree), str(kept), str(tmp_path / "scripts")))
    time.sleep(0.02)
    write(target / "utils/misc.ml", "source")
    write(target / "Makefile.config", "the target's")
    act(seed.plant(str(kept), str(target), str(tmp_path / "scripts")))
    times = {(target / name).stat().st_mtime_ns for name in SHARED}
    assert len(times) == 1
    assert times.pop() >= (target / "Makefile.config").stat().st_mtime_ns
    assert (target / "utils/misc.ml").read_text() == "source"
    assert (kept / "utils/misc.cmo").stat().st_mtime_ns < (target / "utils/misc.cmo").stat().st_mtime_ns


def _patch(path: str, line: str = "a") -> PlannedPatch:
    return PlannedPatch("one.patch", f"--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-x\n+{line}\n", "0" * 64)


@pytest.mark.parametrize(
    ("path", "line", "may"),
    [
        ("asmcomp/arm/emit.mlp", "a", True),
        ("runtime/arm64.S", "a", True),
        ("runtime/sys.c", "a", True),
        ("otherlibs/unix/fork.c", "a", True),
        ("runtime/sys.c", "CAMLprim value caml_new(value unit)", False),
        ("runtime/caml/domain_state.tbl", "a", False),
        ("runtime/caml/fail.h", "a", False),
        ("utils/misc.ml", "a", False),
        ("asmcomp/spill.ml", "a", False),
        ("stdlib/list.ml", "a", False),
        ("Makefile", "a", False),
        ("otherlibs/unix/unix.ml", "a", False),
    ],
)
def test_a_patch_to_what_is_shared_forbids_sharing(path: str, line: str, may: bool) -> None:
    assert seed.may_share([_patch(path, line)]) is may
    assert not seed.may_share([_patch("asmcomp/arm/emit.mlp"), _patch("utils/misc.ml")])
    assert seed.may_share([])


def test_a_patch_that_removes_a_file_forbids_sharing() -> None:
    text = "--- a/utils/misc.ml\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
    assert not seed.may_share([PlannedPatch("one.patch", text, "0" * 64)])


# ---------------------------------------------------------------- zig's C library

FAKE_ZIG = """\
#!/bin/sh
case $1 in
  cc)
    [ ! -e "${0%/*}/broken" ] || { echo "error: no such target"; exit 1; }
    printf '%s\\n' "$*" >>"${0%/*}/asked"
    mkdir -p "$ZIG_GLOBAL_CACHE_DIR/o/1"
    for file in crt1.o libc.a libzigc.a $(cat "${0%/*}/more"); do
      echo "$file" >"$ZIG_GLOBAL_CACHE_DIR/o/1/$file"
    done
    echo "clang -cc1 /elsewhere/libwrong.a" >&2
    echo "ld.lld -o first $ZIG_GLOBAL_CACHE_DIR/o/1/crt1.o first.o $(echo "$ZIG_GLOBAL_CACHE_DIR"/o/1/*.a)" >&2
    ;;
  ar) : >"$3" ;;
esac
"""


def libc_actions(root: Path) -> tuple[a.AnyAction, ...]:
    triplet = "armv6-linux-musleabihf"
    options = libc_options(REAL.toolchains["zig"], triplet)
    arguments = (str(root / "zig"), str(root / f"zig-{triplet}"), str(root / "cache"), *options)
    return run_script(str(root / "scripts"), "libc.sh", LIBC_SCRIPT, arguments, cwd=str(root), why="the C library")


@pytest.fixture
def zig(tmp_path: Path) -> Path:
    write(tmp_path / "zig/zig", FAKE_ZIG)
    write(tmp_path / "zig/more", "libcompiler_rt.a")
    return tmp_path / "zig"


def test_the_c_library_is_what_zig_says_it_links_with(zig: Path, tmp_path: Path) -> None:
    act(libc_actions(tmp_path))
    kept = tmp_path / "zig-armv6-linux-musleabihf"
    files = {path.name for path in kept.iterdir()}
    assert {"crt1.o", "libc.a", "libzigc.a", "libcompiler_rt.a", "libm.a", "libpthread.a"} <= files
    assert "libwrong.a" not in files
    assert not [name for name in files if not name.endswith((".a", ".o"))]
    asked = (zig / "asked").read_text()
    assert "-target arm-linux-musleabihf -mcpu=arm1176jzf_s -O2" in asked
    act(libc_actions(tmp_path))
    assert (zig / "asked").read_text() == asked, "it is compiled once"


def test_a_c_library_that_zig_cannot_compile_leaves_no_folder(zig: Path, tmp_path: Path) -> None:
    write(zig / "broken", "")
    with pytest.raises(subprocess.CalledProcessError):
        act(libc_actions(tmp_path))
    assert not list(tmp_path.glob("zig-armv6*"))


def test_a_c_library_that_lacks_a_part_is_refused(
    zig: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write(zig / "more", "")
    with pytest.raises(subprocess.CalledProcessError):
        act(libc_actions(tmp_path))
    assert "zig has named no libcompiler_rt.a" in capfd.readouterr().out
    assert not (tmp_path / "zig-armv6-linux-musleabihf").exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_parses_in_every_shell(shell: str) -> None:
    for text in (seed.KEEP, seed.PLANT, LIBC_SCRIPT):
        subprocess.run([shell, "-n"], input=text, text=True, check=True, env=dict(os.environ))


def test_every_command_runs_in_a_folder_of_its_own_build(session: Session) -> None:
    """A folder elsewhere may not be there, where a script is given its toolchain from another place."""
    for plan in variants(session, Path("/opt/switch")):
        outside = {
            (stage.id, action.cwd)
            for stage in plan.stages
            for action in stage.actions
            if isinstance(action, a.Run) and not Path(action.cwd).is_relative_to(stage.home)
        }
        assert outside == set()
