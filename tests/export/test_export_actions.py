"""Every kind of action does in an exported script what it does in a build."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import strategies as st

from tests.support.elf_files import EM, elf
from tests.support.exported import BUILD, Exported, in_build, portable_plan, small_plan, stage
from tests.support.object_files import coff, pe
from tests.support.properties import given, settings
from tests.support.scripts import FAKE_COMPILER
from tests.support.shells import SHELLS
from tests.support.trees import names
from wizard.catalogue.model import Machine
from wizard.catalogue.store import catalogue
from wizard.export.actions import Renderer
from wizard.export.machine_facts import facts
from wizard.export.quoting import FolderVariable, Quoter
from wizard.export.relocation import WORK
from wizard.export.shell_library import used_functions
from wizard.steps import actions as a

MACHINES = catalogue().machines


# ---------------------------------------------------------------- all kinds


@pytest.mark.parametrize("target", ["aarch64-linux", "riscv64-linux"])
def test_every_kind_of_action_of_a_plan_is_rendered(target: str) -> None:
    plan = portable_plan(target=target)
    renderer = Renderer(plan, Quoter([FolderVariable(WORK, "work")]))
    kinds = {type(action) for stage in plan.stages for action in stage.actions}
    # Files are checked one by one where a C library is taken apart: test_cosmopolitan.py; kept where it is a C
    # toolchain of its own: test_cosmocc_toolchain.py (tests/toolchains).
    assert kinds == set(get_args(a.AnyAction)) - {a.ApplyPatch, a.CheckFiles, a.KeepSource}
    for planned in plan.stages:
        for action in planned.actions:
            assert list(renderer.action(action)) != []


# ---------------------------------------------------------------- commands


def test_a_command_gets_the_planned_variables_and_no_others(exported: Exported) -> None:
    action = a.Run(("env", "-0"), BUILD, env={"EXTRA": "a b"})
    ended = exported.does(action, OCAMLLIB="/wrong", CC="other", HOME="/mine")
    assert ended.returncode == 0, ended.stderr
    output = exported.log().partition("\n")[2]
    seen = dict(line.split("=", 1) for line in output.rstrip("\0").split("\0"))
    assert set(seen) - {"PWD", "SHLVL", "_"} == {"PATH", "HOME", "TMPDIR", "LC_ALL", "MAKEFLAGS", "EXTRA"}
    assert seen["EXTRA"] == "a b"
    assert seen["HOME"] == str(exported.build / "home")
    assert seen["LC_ALL"] == "C"
    assert seen["MAKEFLAGS"] == "-j1"
    assert seen["PATH"].split(":")[-1] == str(exported.bin)
    assert "" not in seen["PATH"].split(":")


def test_folders_of_path_that_mean_anywhere_are_left_out(once: Exported) -> None:
    ended = once.does(a.Run(("sh", "-c", "echo $PATH"), BUILD), PATH=f":.:{once.bin}::other:/x")
    assert ended.returncode == 0, ended.stderr
    assert once.log().splitlines()[-1].endswith(f"{once.bin}:/x")


WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


@settings(max_examples=15)
@given(words=st.lists(WORDS, max_size=3))
def test_arguments_come_as_they_are(words: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    exported = Exported(tmp_path_factory.mktemp("x"))
    script = 'out=$1; shift; printf "%s\\0" "$@" >"$out"'
    action = a.Run(("sh", "-c", script, "sh", in_build("out"), *words), BUILD)
    assert exported.does(action).returncode == 0
    assert (exported.build / "out").read_bytes().decode().split("\0")[:-1] == (words or [""])


def test_a_command_that_fails_ends_the_script_and_is_named(exported: Exported) -> None:
    ended = exported.does(
        a.Run(("sh", "-c", "echo the reason >&2; exit 3"), BUILD), a.Run(("touch", "made"), BUILD)
    )
    assert ended.returncode == 6
    assert "FAILED in stage 1 of 1, only (The stage only)" in ended.stderr
    assert "the reason" in ended.stderr
    assert "status 3: sh -c" in ended.stderr
    assert str(exported.build / "logs" / "only.log") in ended.stderr
    assert not (exported.build / "made").exists()


def test_a_command_reads_nothing_from_the_terminal(once: Exported) -> None:
    assert once.does(a.Run(("sh", "-c", "read -r line && exit 1; [ ! -t 0 ]"), BUILD)).returncode == 0


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    "text",
    [
        "plain\n",
        "",
        "no end",
        "END\nEND_\n",
        "$HOME `id` \\n \\\n'\"\n",
        "é\n\n\n",
        "x\r\ny\r\n",
        "\t#!/bin/sh\n",
        " \\",
    ],
)
@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_a_file_is_written_to_the_letter_with_its_mode(text: str, mode: int, exported: Exported) -> None:
    path = in_build('new/deep/file\'s "$name"')
    assert exported.does(a.WriteFile(path, text, "for a test", mode)).returncode == 0
    written = exported.build / 'new/deep/file\'s "$name"'
    assert written.read_bytes() == text.encode()
    assert stat.S_IMODE(written.stat().st_mode) == mode


def test_folders_in_a_text_are_those_of_this_machine(once: Exported) -> None:
    action = a.WriteFile(in_build("file"), f"a={WORK}/x\n$work\n", "for a test")
    assert once.does(action).returncode == 0
    assert (once.build / "file").read_text() == f"a={once.work}/x\n$work\n"


def test_a_written_file_replaces_a_link_and_not_what_it_leads_to(once: Exported) -> None:
    once.build.mkdir(parents=True)
    (once.root / "other").write_text("kept")
    (once.build / "soft").symlink_to(once.root / "other")
    assert once.does(a.WriteFile(in_build("soft"), "new\n", "for a test")).returncode == 0
    assert (once.build / "soft").read_text() == "new\n"
    assert (once.root / "other").read_text() == "kept"


# ---------------------------------------------------------------- Makefile.config

CONFIG = "# x\nARCH=arm64\nCC=aarch64-linux-musl-gcc\nOC_CFLAGS= -O2 -DX=1\nEMPTY=\nARCH2 = x\nARCH3=1\nARCH3=2\n"


def configured(exported: Exported, **expected: str) -> int:
    exported.build.mkdir(parents=True, exist_ok=True)
    (exported.build / "Makefile.config").write_text(CONFIG)
    return exported.does(a.CheckMakefileConfig(in_build("Makefile.config"), expected)).returncode


def test_a_configuration_as_planned_passes(exported: Exported) -> None:
    planned = {"CC": "aarch64-linux-musl-gcc", "OC_CFLAGS": "-O2 -DX=1", "EMPTY": "", "ARCH2": "x", "ARCH3": "2"}
    assert configured(exported, ARCH="arm64", **planned) == 0


@pytest.mark.parametrize(("name", "wanted"), [("ARCH", "amd64"), ("CC", "gcc"), ("NONE", "x"), ("ARCH2", "arm64")])
def test_a_variable_that_was_configured_otherwise_fails(name: str, wanted: str, once: Exported) -> None:
    assert configured(once, **{name: wanted}) == 6


# ---------------------------------------------------------------- what a compiler makes


@pytest.mark.parametrize("name", SHELLS)
@pytest.mark.parametrize("machine", [m for m in MACHINES.values() if m.elf_machine in EM], ids=lambda m: m.id)
def test_the_script_reads_an_object_as_the_wizard_does(name: str, machine: Machine, tmp_path: Path) -> None:
    order = machine.byte_order
    (tmp_path / "object").write_bytes(elf(EM[machine.elf_machine], machine.word_size, order, "ET_REL"))
    (tmp_path / "dynamic").write_bytes(
        elf(EM[machine.elf_machine], machine.word_size, order, interpreter="/ld.so")
    )
    functions = "".join(used_functions(["facts", "interpreter"]))
    exported = Exported(tmp_path, name)
    exported.tool(
        "look", f"#!{exported.bin / name}\n{functions}\nfacts object; interpreter object; interpreter dynamic\n"
    )
    ended = subprocess.run(
        [exported.bin / "look"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(exported.bin)},
    )
    assert ended.stdout == f"{facts(machine)}\nnone\n/ld.so\n"


def compiler_checked(exported: Exported, triplet: str, object_: bytes, program: bytes, target: str) -> str:
    """What the check says of a compiler that answers and makes what is given; "" where it passes."""
    for name, data in (("triplet", triplet.encode()), ("object", object_), ("program", program)):
        (exported.bin / name).write_bytes(data)
    exported.tool("gcc", FAKE_COMPILER)
    plain = {"aarch64-linux": "aarch64-linux-musl", "x86_64-windows": "x86_64-w64-mingw32"}[target]
    action = a.CheckCompiler(
        compiler=str(exported.bin / "gcc"), triplet=plain, answer=plain, target=target, static=True,
        scratch=in_build("scratch"), assembler=str(exported.bin / "as"),
    )  # fmt: skip
    ended = exported.does(action)
    assert ended.returncode in (0, 6)
    return ended.stderr if ended.returncode else ""


OBJECT, PROGRAM = elf(kind="ET_REL"), elf()


def test_a_compiler_for_the_target_passes(exported: Exported) -> None:
    assert compiler_checked(exported, "aarch64-unknown-linux-musl\n", OBJECT, PROGRAM, "aarch64-linux") == ""


@pytest.mark.parametrize(
    ("triplet", "object_", "program", "words"),
    [
        ("x86_64-linux-gnu", OBJECT, PROGRAM, "-dumpmachine answers x86_64-linux-gnu"),
        ("aarch64-linux-musl", elf(EM["EM_X86_64"], kind="ET_REL"), PROGRAM, "ELF machine 62"),
        ("aarch64-linux-musl", elf(byte_order="big", kind="ET_REL"), PROGRAM, "big endian"),
        ("aarch64-linux-musl", OBJECT, elf(bits=32), "32 bits"),
        ("aarch64-linux-musl", OBJECT, elf(interpreter="/lib/ld.so"), "dynamic"),
        ("aarch64-linux-musl", b"", PROGRAM, "makes"),
    ],
)
def test_a_compiler_for_another_machine_fails(
    triplet: str, object_: bytes, program: bytes, words: str, once: Exported
) -> None:
    assert words in compiler_checked(once, triplet, object_, program, "aarch64-linux")


def test_a_compiler_for_windows_is_looked_at_too(once: Exported) -> None:
    assert compiler_checked(once, "x86_64-w64-mingw32", coff(), pe(), "x86_64-windows") == ""
    once.root.joinpath("work").rename(once.root / "before")
    wrong = compiler_checked(once, "x86_64-w64-mingw32", coff(), PROGRAM, "x86_64-windows")
    assert "not PE/COFF machine 34404" in wrong


@pytest.mark.parametrize(("flags", "status"), [(4, 0), (5, 6)])
def test_an_assembler_that_may_shorten_jumps_fails(flags: int, status: int, once: Exported) -> None:
    for name in ("object", "program"):
        (once.bin / name).write_bytes(
            elf(EM["EM_RISCV"], kind="ET_REL" if name == "object" else "ET_EXEC", flags=flags)
        )
    (once.bin / "triplet").write_text("riscv64-linux-musl")
    for name in ("gcc", "as"):
        once.tool(name, FAKE_COMPILER.replace("data=program", "data=object") if name == "as" else FAKE_COMPILER)
    action = a.CheckCompiler(
        compiler=str(once.bin / "gcc"), triplet="riscv64-linux-musl", answer="riscv64-linux-musl",
        target="riscv64-linux", static=True, scratch=in_build("scratch"), assembler=str(once.bin / "as"),
    )  # fmt: skip
    ended = once.does(action)
    assert ended.returncode == status, ended.stderr
    assert ("shorten jumps" in ended.stderr) is bool(status)


# ---------------------------------------------------------------- publishing


def published(exported: Exported, prefix: Path) -> int:
    make = a.Run(
        ("sh", "-c", 'mkdir -p "$1" && echo new >"$1/ocaml-cross.lock.toml"', "sh", in_build("ready")), BUILD
    )
    plan = small_plan(str(prefix), stage("only", make, a.Publish(in_build("ready"), str(prefix))))
    return exported.run(plan).returncode


def test_a_switch_appears_at_its_prefix(exported: Exported) -> None:
    prefix = exported.root / "deep" / "switch"
    assert published(exported, prefix) == 0
    assert (prefix / "ocaml-cross.lock.toml").read_text() == "new\n"
    assert names(prefix.parent) == ["switch", "switch/ocaml-cross.lock.toml"]
    assert not (exported.build / "ready").exists()


@pytest.mark.parametrize("before", ["switch", "empty"])
def test_an_older_switch_or_an_empty_folder_is_replaced(before: str, once: Exported) -> None:
    prefix = once.root / "switch"
    prefix.mkdir()
    if before == "switch":
        for name in ("old", "ocaml-cross.lock.toml"):
            (prefix / name).write_text("old\n")
    assert published(once, prefix) == 0
    assert names(prefix) == ["ocaml-cross.lock.toml"]
    assert (prefix / "ocaml-cross.lock.toml").read_text() == "new\n"
    assert sorted(path.name for path in once.root.iterdir()) == ["bin", "script.sh", "switch", "work"]


def test_an_older_switch_to_which_somebody_has_added_is_kept_beside(exported: Exported) -> None:
    prefix = exported.root / "swi tch"
    (prefix / "share" / "ocaml-cross").mkdir(parents=True)
    (prefix / "share" / "ocaml-cross" / "proof.json").write_text("{}")
    (prefix / "ocaml-cross.lock.toml").write_text("old\n")
    os.utime(prefix / "ocaml-cross.lock.toml", (1000, 1000))
    package = prefix / "lib" / "a package"
    package.mkdir(parents=True)
    (package / "META").write_text("version = 1\n")
    os.utime(package / "META", (1, 1))
    (prefix / "tool").symlink_to("nowhere")
    assert published(exported, prefix) == 0
    assert names(prefix) == ["ocaml-cross.lock.toml"]
    (kept,) = exported.root.glob("swi tch.before-*")
    assert (kept / "lib" / "a package" / "META").read_text() == "version = 1\n"
    said = exported.log()
    assert f"it is kept as {kept}\n" in said
    assert [said.count(f"\n  {name}\n") for name in ("lib/a package/META", "tool")] == [1, 1]
    os.utime(prefix / "ocaml-cross.lock.toml", (1000, 1000))
    os.utime(prefix, (1000, 1000))
    assert published(exported, prefix) == 0
    assert len(list(exported.root.glob("swi tch.before-*"))) == 1


def test_a_folder_that_is_no_switch_is_not_touched(exported: Exported) -> None:
    prefix = exported.root / "mine"
    prefix.mkdir()
    (prefix / "letter").write_text("dear")
    assert published(exported, prefix) == 8
    assert names(prefix) == ["letter"]
    assert not exported.build.exists() or not (exported.build / "ready").exists()
