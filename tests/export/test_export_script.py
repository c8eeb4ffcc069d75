"""An exported script as a whole: clean, resumable, alone in its work folder, and plain when it fails."""

from __future__ import annotations

import functools
import signal
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from tests.support.exported import BUILD, Exported, archive, portable_plan, small_plan, stage, wheel, zig_action
from tests.support.own_tools import own_tool
from tests.support.plans import PATCH, RELEASES, ocaml_for, plan_for
from tests.support.shells import SHELLS
from tests.support.trees import names
from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.export.dockerfile import dockerfile
from wizard.export.relocation import FOLDERS, SWITCHES, WORK, debian
from wizard.export.shell_script import script
from wizard.machine.survey import Zig
from wizard.plan.host_part import host_plan
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage

PRESETS = [
    Selection("aarch64-linux"),
    Selection("riscv64-linux", "glibc"),
    Selection("armv6-linux", release="4.14.1", host="i686-linux"),
    Selection("x86_64-windows", release="5.4.1"),
    Selection("x86_64-solo5"),
    Selection("x86_64-linux", "cosmopolitan", release="4.14.1"),
    *(Selection("aarch64-linux", release=release) for release in ("5.2.1", "5.1.1", "5.0.0")),
]


@functools.cache
def plans() -> list[Plan]:
    """Plans of every recipe and every kind of target, host compiler and C toolchain, and those of the hosts."""
    session = Session(FOLDERS, debian(catalogue()))
    made = [session.plan_elsewhere(Preset(selection), None, SWITCHES) for selection in PRESETS]
    made += [host for plan in made[1:3] if (host := host_plan(plan))]
    bare = msgspec.structs.replace(session.build_machine, tools={"make": "/usr/bin/make"})
    ready = msgspec.structs.replace(session.build_machine, ocaml=ocaml_for(catalogue().releases["5.3.0"]))
    prefix = Path("/opt/it's-here")
    return [*made, plan_for(session, prefix, here=bare), plan_for(session, prefix, here=ready, patches=(PATCH,))]


def test_every_recipe_is_among_them() -> None:
    assert {catalogue().releases[plan.release].recipe for plan in plans()} == {
        release.recipe for release in RELEASES
    }


@pytest.mark.parametrize("number", range(len(PRESETS) + 4))
def test_shellcheck_has_nothing_to_say_of_any_script(number: int) -> None:
    text = script(plans()[number])
    ended = subprocess.run(
        [own_tool("shellcheck"), "-s", "sh", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[:4000]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_parses_in_every_shell(shell: str) -> None:
    for plan in plans():
        ended = subprocess.run([shell, "-n"], input=script(plan), capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_the_same_plan_gives_the_same_script() -> None:
    assert script(portable_plan()) == script(portable_plan())


def test_a_script_names_no_folder_of_the_machine_it_was_made_on(tmp_path: Path) -> None:
    text = script(portable_plan())
    assert str(tmp_path) not in text
    assert str(Path.home()) not in text
    assert text.count(WORK) == sum(
        line.count(WORK) for line in text.splitlines() if "zig" in line or "cache" in line
    )


@pytest.mark.parametrize(
    "selection",
    [
        Selection(target="aarch64-linux", toolchain="zig"),
        Selection(target="armv7-linux", libc="musl", release="4.14.1", host="i686-linux", toolchain="zig"),
    ],
    ids=lambda selection: selection.target,
)
def test_a_version_with_dashes_is_named_whole_whatever_the_folders_are_called(selection: Selection) -> None:
    version = "0.17.0-dev.42+a1b2"
    here = msgspec.structs.replace(debian(catalogue()), zig=Zig("/opt/my-zig-0.16/zig-lang", version))
    plan = Session(FOLDERS, here).plan_elsewhere(Preset(selection), Path("/opt/ocaml-5.3-cross"), SWITCHES)
    text = script(plan)
    assert f"place_toolchain /opt/my-zig-0.16/zig-lang {version}\n" in text
    assert f"a folder with zig {version} (" in text
    assert f"ziglang=={version}\n" in dockerfile(plan)


def test_what_the_commands_name_outside_of_the_plan_is_asked_for_first() -> None:
    line = next(line for line in script(portable_plan()).splitlines() if line.startswith("needs "))
    needed = line.split()[1:]
    assert {"make", "tar", "sed", "/usr/bin/gcc"} <= set(needed)
    assert not [word for word in needed if word.startswith("/opt") or WORK in word]


# ---------------------------------------------------------------- runs


def note(name: str, more: str = "") -> a.Run:
    """A command that notes that it ran, and makes the file of that name."""
    text = f'echo {name} >>"$1/ran"; {more or ":"}; touch "$1/{name}"'
    return a.Run(("sh", "-c", text, "sh", f"{WORK}/notes"), f"{WORK}/notes")


def ran(exported: Exported) -> list[str]:
    notes = exported.work / "notes" / "ran"
    return notes.read_text().split() if notes.exists() else []


def noted(exported: Exported, *stages: Stage) -> Plan:
    (exported.work / "notes").mkdir(parents=True, exist_ok=True)
    return small_plan(str(exported.root / "switch"), *stages)


THREE = (stage("one", note("a")), stage("two", note("b"), outputs=(f"{WORK}/notes/b",)), stage("three", note("c")))


def test_stages_run_in_their_order_and_once(exported: Exported) -> None:
    plan = noted(exported, *THREE)
    ended = exported.run(plan)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[:3] == [
        f"[{n}/3] The stage {id_}" for n, id_ in enumerate(("one", "two", "three"), 1)
    ]
    assert exported.run(plan).stdout.count(": done already") == 3
    assert ran(exported) == ["a", "b", "c"]
    assert not (exported.work / "lock").exists()


def test_a_stage_that_failed_is_where_the_next_run_begins(exported: Exported) -> None:
    failing = a.Run(
        ("sh", "-c", 'echo b >>"$1/ran"; [ -e "$1/repaired" ]', "sh", f"{WORK}/notes"), f"{WORK}/notes"
    )
    plan = noted(exported, THREE[0], stage("two", failing), THREE[2])
    ended = exported.run(plan)
    assert ended.returncode == 6
    assert "FAILED in stage 2 of 3, two (The stage two)" in ended.stderr
    assert "Run this script again: it continues there." in ended.stderr
    assert not (exported.work / "lock").exists()
    (exported.work / "notes" / "repaired").touch()
    assert exported.run(plan).returncode == 0
    assert ran(exported) == ["a", "b", "b", "c"]


def test_a_stage_that_makes_not_all_it_should_has_failed(once: Exported) -> None:
    plan = noted(once, THREE[0], stage("two", note("b"), outputs=(f"{WORK}/notes/other",)))
    ended = once.run(plan)
    assert ended.returncode == 6
    assert "did not make all it should" in ended.stderr
    assert once.run(plan).returncode == 6
    assert ran(once) == ["a", "b", "b"]


def test_what_a_later_stage_removed_is_not_made_again(once: Exported) -> None:
    last = stage("three", a.Run(("rm", f"{WORK}/notes/b"), f"{WORK}/notes"))
    plan = noted(once, *THREE[:2], last)
    assert once.run(plan).returncode == 0
    assert once.run(plan).returncode == 0
    assert ran(once) == ["a", "b"]


def test_a_stage_whose_output_is_gone_runs_again_with_all_after_it(once: Exported) -> None:
    plan = noted(once, *THREE[:2], stage("three", note("c"), outputs=(f"{WORK}/notes/c",)))
    assert once.run(plan).returncode == 0
    for name in ("b", "c"):
        (once.work / "notes" / name).unlink()
    assert once.run(plan).returncode == 0
    assert ran(once) == ["a", "b", "c", "b", "c"]


def unpacking(exported: Exported, *, salt: str = "", more: str = "") -> Plan:
    """A plan whose second stage unpacks a source, and whose third does what it is told."""
    source = archive(exported.root / "o.tar.gz", {"top/a": b"1"})
    fetch = a.FetchSource("OCaml", (source,), f"{BUILD}/source.json")
    unpack = a.UnpackSource(fetch.record, f"{BUILD}/tree")
    touch = a.Run(("sh", "-c", f"{more or ':'}; echo x >>half-written"), f"{BUILD}/tree")
    return noted(
        exported,
        stage("fetch", fetch),
        stage("unpack", unpack, note("unpack")),
        stage("make", note("make"), touch, salt=salt),
        stage("last", note("last")),
    )


def killed_in(exported: Exported, plan: Plan) -> None:
    """Run until the stage `make` is at work, then kill the whole run as a power cut would."""
    process = exported.start(plan, OCW_SOURCES=str(exported.root))
    deadline = time.monotonic() + 30
    while "make" not in ran(exported) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_after_a_kill_in_the_middle_the_source_is_unpacked_again(exported: Exported) -> None:
    """Nobody can tell which files the kill left half-written."""
    killed_in(exported, unpacking(exported, more="sleep 2"))
    assert (exported.work / "lock").is_dir()
    time.sleep(2.2)  # what was started has ended
    assert exported.run(unpacking(exported, more="sleep 0"), OCW_SOURCES=str(exported.root)).returncode == 0
    assert ran(exported) == ["unpack", "make", "unpack", "make", "last"]
    assert (exported.build / "tree" / "half-written").read_text() == "x\n"


def test_after_a_failure_the_tree_is_kept(once: Exported) -> None:
    plan = unpacking(once, more='[ -e "../repaired" ] || { echo y >>half-written; exit 1; }')
    assert once.run(plan, OCW_SOURCES=str(once.root)).returncode == 6
    (once.build / "repaired").touch()
    assert once.run(plan, OCW_SOURCES=str(once.root)).returncode == 0
    assert ran(once) == ["unpack", "make", "make", "last"]
    assert (once.build / "tree" / "half-written").read_text() == "y\nx\n"


def test_where_another_plan_was_at_work_the_source_is_unpacked_again(once: Exported) -> None:
    assert (
        once.run(unpacking(once, more="false; [ -e none ] || exit 1"), OCW_SOURCES=str(once.root)).returncode == 6
    )
    assert once.run(unpacking(once, salt="2"), OCW_SOURCES=str(once.root)).returncode == 0
    assert ran(once) == ["unpack", "make", "unpack", "make", "last"]


def test_stages_of_another_folder_are_looked_at_by_themselves(once: Exported) -> None:
    host = stage("host", note("host"), home=f"{WORK}/kept/hosts/h")
    plan = noted(once, THREE[0], host, THREE[1])
    assert once.run(plan).returncode == 0
    other = noted(once, stage("one", note("a2"), salt="2"), host, stage("two", note("b"), salt="2"))
    assert once.run(other).returncode == 0
    assert ran(once) == ["a", "host", "b", "a2", "b"]


def test_another_zig_makes_what_names_it_again(once: Exported) -> None:
    zig = f"{WORK}/kept/toolchains/zig-0.17.0/zig"
    write = a.WriteFile(f"{BUILD}/wrapper", f"{zig}\n", "for a test")
    plan = noted(once, stage("one", zig_action(Path("/gone")), write), stage("two", note("b")))
    for name in ("z1", "z2"):
        assert once.run(plan, OCW_ZIG=str(wheel(once.root / name))).returncode == 0
        assert (once.build / "wrapper").read_text() == f"{once.root / name}/zig\n"
    assert ran(once) == ["b", "b"]


# ---------------------------------------------------------------- one at a time


def test_a_second_run_is_refused_while_one_is_at_work(exported: Exported) -> None:
    plan = noted(exported, stage("one", note("a", "sleep 1")))
    process = exported.start(plan)
    while not ran(exported):
        time.sleep(0.02)
    second = exported.run(plan)
    assert second.returncode == 9
    assert str(process.pid) in second.stderr
    assert process.wait() == 0
    process.communicate()
    assert ran(exported) == ["a"]


def test_the_lock_of_a_run_that_is_gone_is_taken_over(exported: Exported) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (exported.work / "lock").mkdir(parents=True)
    (exported.work / "lock" / "pid").write_text(f"{gone.pid}\n")
    assert exported.run(noted(exported, *THREE)).returncode == 0
    assert names(exported.work / "notes") == ["a", "b", "c", "ran"]
    assert not list(exported.work.glob("lock*"))


def test_ctrl_c_ends_the_run_orderly(once: Exported) -> None:
    plan = noted(once, stage("one", note("a", "sleep 1")), stage("two", note("b")))
    process = once.start(plan)
    while not ran(once):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _output, complaint = process.communicate()
    assert process.returncode == 130
    assert "FAILED in stage 1 of 2" in complaint
    assert not (once.work / "lock").exists()
    assert once.run(plan).returncode == 0
    assert ran(once) == ["a", "a", "b"]


# ---------------------------------------------------------------- what a user says


def test_help_says_what_may_be_changed_and_does_nothing(exported: Exported) -> None:
    ended = exported.run(noted(exported, *THREE), "--help")
    assert ended.returncode == 0
    for name in ("OCW_WORK", "OCW_SOURCES", "OCW_OFFLINE", "OCW_JOBS", str(exported.root / "switch")):
        assert name in ended.stdout
    assert ran(exported) == []


@pytest.mark.parametrize(
    ("words", "env", "status", "said"),
    [
        (["--prefix"], {}, 2, "--prefix is no option"),
        ([], {"OCW_WORK": "/two words"}, 3, "OCW_WORK=/two words"),
        ([], {"OCW_WORK": "relative"}, 3, "no absolute path"),
        ([], {"OCW_JOBS": "many"}, 3, "OCW_JOBS=many"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    words: list[str], env: dict[str, str], status: int, said: str, once: Exported
) -> None:
    ended = once.run(noted(once, *THREE), *words, **env)
    assert ended.returncode == status
    assert said in ended.stderr
    assert ran(once) == []
    assert names(once.work) == ["notes"]


def test_a_tool_that_is_not_there_is_named(once: Exported) -> None:
    plan = noted(once, stage("one", a.Run(("no-such-tool", "CC=/no/such/gcc"), BUILD)))
    ended = once.run(plan)
    assert ended.returncode == 5
    assert "no-such-tool" in ended.stderr
    once.tool("no-such-tool", "#!/bin/sh\n")
    assert "/no/such/gcc" in once.run(plan).stderr


def test_a_plan_for_another_machine_does_not_begin(once: Exported) -> None:
    plan = msgspec.structs.replace(noted(once, *THREE), host="s390x-linux")
    ended = once.run(plan)
    assert ended.returncode == 5
    assert ran(once) == []


def test_without_a_name_the_work_folder_is_in_the_users_cache(once: Exported) -> None:
    process = once.run(noted(once), OCW_WORK="", HOME=str(once.root / "home"))
    assert process.returncode == 0, process.stderr
    assert (once.root / "home" / ".cache" / "ocaml-cross-script").is_dir()
