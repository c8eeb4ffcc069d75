"""The commands export, compare and build --host-only, as a user calls them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.prove.test_compare import switch
from tests.support.commands import Ocw
from wizard.builder import launch
from wizard.catalogue.presets import Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.machine.survey import find_zig
from wizard.plan.host_part import makes_host_only
from wizard.plan.model import Plan

ZIG = pytest.mark.skipif(find_zig() is None, reason="zig is not installed")


@ZIG
def test_a_script_is_printed_or_written_as_a_program(ocw: Ocw, tmp_path: Path) -> None:
    words = ("export", "script", "aarch64-linux-musl", "--prefix", tmp_path / "switch")
    printed = ocw(*words)
    assert printed.code == 0
    assert printed.out.startswith("#!/bin/sh\n")
    assert ocw(*words, "-o", tmp_path / "made.sh").out == ""
    assert (tmp_path / "made.sh").read_text() == printed.out
    ended = subprocess.run([tmp_path / "made.sh", "--help"], capture_output=True, text=True, check=True)
    assert str(tmp_path / "switch") in ended.stdout


@ZIG
def test_a_script_has_a_prefix_of_its_own_where_none_is_named(ocw: Ocw, tmp_path: Path) -> None:
    text = ocw("export", "script", "aarch64-linux-musl").out
    assert str(tmp_path / "ocw" / "data" / "switches" / "5.3.0-aarch64-linux-musl") in text


@ZIG
def test_a_prefix_that_makefiles_cannot_carry_is_refused(ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("export", "script", "aarch64-linux-musl", "--prefix", tmp_path / "two words")
    assert ended.code == 8
    assert "prefix-unsafe" in ended.err


@pytest.mark.parametrize("kind", ["dockerfile", "github", "gitlab"])
def test_what_cannot_be_built_is_not_exported(kind: str, ocw: Ocw) -> None:
    ended = ocw("export", kind, "--target", "armv7")
    assert ended.code == 4
    assert "word-size" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("kind", ["dockerfile", "github", "gitlab"])
def test_an_export_for_elsewhere_is_the_same_on_every_machine(
    kind: str, ocw: Ocw, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = ocw("export", kind, "aarch64-linux-musl")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CC", "other")
    monkeypatch.setenv("OCW_HOME", str(tmp_path / "other"))
    assert first.code == 0
    assert ocw("export", kind, "aarch64-linux-musl") == first


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_several_presets_give_several_jobs(kind: str, ocw: Ocw, tmp_path: Path) -> None:
    save_preset(Preset(Selection("s390x-linux")), tmp_path / "mine.toml")
    ended = ocw("export", kind, "aarch64-linux-musl", tmp_path / "mine.toml", "--release", "5.4.1")
    assert ended.code == 0
    assert isinstance(yaml.safe_load(ended.out), dict)
    for name in ("5.4.1-aarch64-linux-musl", "5.4.1-s390x-linux-musl"):
        assert name in ended.out


def test_one_prefix_for_several_switches_is_refused(ocw: Ocw) -> None:
    ended = ocw("export", "github", "aarch64-linux-musl", "riscv64-linux-musl", "--prefix", "/opt/x")
    assert ended.code == 2


def test_without_a_preset_or_a_target_nothing_is_exported(ocw: Ocw) -> None:
    for kind in ("script", "dockerfile", "github", "gitlab"):
        assert ocw("export", kind).code == 2


def test_the_group_alone_shows_its_commands(ocw: Ocw) -> None:
    ended = ocw("export", "--help")
    assert ended.code == 0
    for kind in ("script", "dockerfile", "github", "gitlab"):
        assert kind in ended.out


# ---------------------------------------------------------------- compare


def test_equal_switches_compare_as_the_same(ocw: Ocw, tmp_path: Path) -> None:
    for side in ("left", "right"):
        switch(tmp_path / side, wrappers__gcc=f"zig=/{side}\n".encode())
    ended = ocw("compare", tmp_path / "left", tmp_path / "right")
    assert ended.code == 0
    assert "where zig is kept: wrappers/gcc" in ended.out
    assert "the switches are the same (2 paths equal, 1 but for what is named above)" in ended.out


def test_different_switches_leave_with_7_and_name_what_differs(ocw: Ocw, tmp_path: Path) -> None:
    for side in ("left", "right"):
        switch(tmp_path / side, bin__x=side.encode())
    ended = ocw("compare", tmp_path / "left", tmp_path / "right", "--json")
    assert ended.code == 7
    assert "switches-differ" in ended.err
    (one,) = json.loads(ended.out)["differences"]
    assert (one["path"], one["reason"]) == ("bin/x", "")
    assert "bin/x: 4 and 5 bytes" in ocw("compare", tmp_path / "left", tmp_path / "right").out


def test_what_is_no_switch_is_not_compared(ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("compare", tmp_path, tmp_path)
    assert ended.code == 3
    assert "not-a-switch" in ended.err


# ---------------------------------------------------------------- build --host-only


@ZIG
def test_the_host_compiler_alone_is_built_by_its_own_plan(
    ocw: Ocw, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[Plan] = []

    def start(plan: Plan, _options: object) -> Path:
        started.append(plan)
        return tmp_path

    monkeypatch.setattr(launch, "start", start)
    words = ("build", "aarch64-linux-musl", "--host-compiler", "build", "--prefix", tmp_path / "x", "--detach")
    ended = ocw(*words, "--host-only")
    assert ended.code == 0, ended.err
    assert ocw(*words).code == 0
    part, plan = started
    assert makes_host_only(part)
    assert [stage.digest for stage in plan.stages if stage.shared] == [stage.digest for stage in part.stages]
    assert part.id in ended.out


def test_a_script_that_cannot_be_written_is_not_called_a_preset(ocw: Ocw, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = ocw("export", "script", "aarch64-linux-musl", "-o", tmp_path / "file" / "s.sh")
    assert ended.code == 8
    assert f"error[file-not-written]: the script cannot be written to {tmp_path}/file/s.sh" in ended.err


@pytest.mark.parametrize(
    ("words", "what"),
    [(("github",), "the workflow"), (("gitlab",), "the pipeline"), (("dockerfile",), "the Dockerfile")],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_what_cannot_be_written_is_named(words: tuple[str, ...], what: str, ocw: Ocw, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    ended = ocw("export", *words, "aarch64-linux-musl", "-o", tmp_path / "file" / "x")
    assert f"error[file-not-written]: {what} cannot be written" in ended.err
