"""The commands that look: their answers, their exit codes, and that no mistake of the user is a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.commands import Ended, Ocw
from tests.support.paths import ROOT
from wizard import __version__
from wizard.base.errors import exit_code_table
from wizard.catalogue.presets import Lock, Preset, save_preset, shipped_presets
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.faces import cli
from wizard.faces.cli.sections import subcommands

PRESET = "aarch64-linux-musl"


def started(*words: str, tmp_path: Path, **env: str) -> Ended:
    """Runs a command as a program of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", *words], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "home"), **env},
        stdin=subprocess.DEVNULL, timeout=60, errors="replace",
    )  # fmt: skip
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "error[defect]" not in ended.stderr, ended.stderr
    return Ended(ended.returncode, ended.stdout, ended.stderr)


# ---------------------------------------------------------------- as a program


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["--help"], 0, "Exit codes"),
        (["--version"], 0, __version__),
        (["check", PRESET], 0, "verdict: it can be built"),
        (["show", PRESET, "--json"], 0, '"triplet":"aarch64-linux-musl"'),
        ([], 2, "terminal"),
        (["ask"], 3, "error[no-terminal]"),
        (["check", "nonsense"], 3, "error[preset-not-found]"),
    ],
)
def test_the_program_answers(words: list[str], code: int, expected: str, tmp_path: Path) -> None:
    ended = started(*words, tmp_path=tmp_path)
    assert ended.code == code
    assert expected in ended.out + ended.err


HEAVY = ("textual", "questionary", "rich", "prompt_toolkit", "httpx", "elftools", "pefile", "macholib", "psutil")


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["check", PRESET],
        ["show", PRESET],
        ["presets"],
        ["targets"],
        ["sources", PRESET],
        ["explain"],
        ["explain", "disk-full"],
    ],
    ids=" ".join,
)
def test_a_command_that_looks_imports_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    probe = f"""
import sys
from wizard.faces import cli
from wizard.faces.cli.sections import subcommands
sys.argv = ["ocaml-cross-wizard", *{words!r}]
try:
    cli.main()
finally:
    loaded = [name for name in {HEAVY!r} if name in sys.modules]
    print("HEAVY", loaded, file=sys.stderr)
"""
    ended = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ended.stderr.strip().splitlines()[-1] == "HEAVY []"


def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'"$0" -m wizard show {PRESET} | head -n 1', sys.executable],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ended.stdout.startswith("Plan ")
    assert ended.stderr == ""


@pytest.mark.parametrize(
    "words", [["--help"], ["build", "--help"], ["check", PRESET], ["show", PRESET]], ids=" ".join
)
@pytest.mark.parametrize(
    "env", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"LANG": "de_DE.ISO-8859-1"}], ids=str
)
def test_a_terminal_that_knows_few_letters_is_no_failure(
    words: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    assert started(*words, tmp_path=tmp_path, **env).code == 0


def test_looking_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "cwd").mkdir()
    for words in (["check", PRESET], ["show", PRESET], ["targets"], ["presets"], ["builds"]):
        started(*words, tmp_path=tmp_path / "cwd", OCW_HOME=str(tmp_path / "home"))
    assert [path.name for path in tmp_path.iterdir() if path.name != "ocw"] == ["cwd"]
    assert list((tmp_path / "cwd").iterdir()) == []


# ---------------------------------------------------------------- help


def test_the_help_lists_every_command_and_every_exit_code(ocw: Ocw) -> None:
    ended = ocw("--help")
    assert ended.code == 0
    for command in (
        "check", "show", "presets", "targets", "inspect", "build", "attach", "builds", "cancel", "verify", "ask",
        "fetch", "sources", "doctor", "explain",
    ):  # fmt: skip
        assert f"\n  {command} " in ended.out
    for code, meaning in exit_code_table():
        assert any(line.split() == [str(code), *meaning.split()] for line in ended.out.splitlines()), code


@pytest.mark.parametrize("command", sorted(subcommands(cli.root)))
def test_every_command_explains_itself(command: str, ocw: Ocw) -> None:
    ended = ocw(command, "--help")
    assert ended.code == 0
    assert len(ended.out.split()) > 20
    assert "\x08" not in ended.out


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["check", "--nonsense"], ["check"], ["show"], ["verify"], ["check", "a", "b"]],
    ids=" ".join,
)
def test_wrong_usage_leaves_with_2_and_names_the_help(words: list[str], ocw: Ocw) -> None:
    ended = ocw(*words)
    assert ended.code == 2
    assert "Error: " in ended.err
    assert ended.out == ""


def test_without_a_terminal_the_wizard_says_what_to_do(ocw: Ocw) -> None:
    ended = ocw()
    assert ended.code == 2
    assert "ask" in ended.err
    assert "build" in ended.err


# ---------------------------------------------------------------- check


@pytest.mark.parametrize("preset", sorted(shipped_presets()))
def test_a_shipped_preset_can_be_checked_by_name_and_by_path(preset: str, ocw: Ocw) -> None:
    by_name, by_path = ocw("check", preset), ocw("check", shipped_presets()[preset])
    assert by_name == by_path
    assert "verdict: " in by_name.out


def test_check_as_json_is_json_and_agrees_with_the_exit_code(ocw: Ocw) -> None:
    good = ocw("check", PRESET, "--json")
    assert json.loads(good.out)["possible"] is (good.code == 0)
    bad = ocw("check", PRESET, "--host", "aarch64" if json.loads(good.out)["triplet"] else "x", "--json")
    assert json.loads(bad.out)["possible"] is (bad.code == 0)


@pytest.mark.parametrize("command", ["check", "show"])
def test_a_selection_that_cannot_work_leaves_with_4(command: str, ocw: Ocw) -> None:
    host = "aarch64" if os.uname().machine == "x86_64" else "x86_64"
    ended = ocw(command, PRESET, "--host", host, "--host-compiler", "build")
    assert ended.code == 4
    assert "host-runnable" in ended.out + ended.err


def test_options_win_over_the_preset(ocw: Ocw) -> None:
    data = json.loads(ocw("check", PRESET, "--target", "amd64", "--release", "4.14.2", "--json").out)
    assert (data["selection"]["target"], data["selection"]["release"]) == ("x86_64-linux", "4.14.2")
    assert data["triplet"] == "x86_64-linux-musl"


def test_what_no_option_says_follows_the_options_unless_it_is_said(ocw: Ocw) -> None:
    for more, toolchain, fits in ((), "gcc", True), (("--toolchain", "zig"), "zig", False):
        found = json.loads(ocw("check", PRESET, "--libc", "glibc", *more, "--json").out)
        assert found["selection"]["toolchain"] == toolchain
        assert ("toolchain-target" not in {finding["code"] for finding in found["findings"]}) is fits


@pytest.mark.parametrize("target", ["aarch64", "ARM64", "aarch64-unknown-linux-musl", "rpi4"])
def test_the_usual_spellings_of_a_target_will_do(target: str, ocw: Ocw) -> None:
    assert json.loads(ocw("check", "--target", target, "--json").out)["triplet"] == "aarch64-linux-musl"


@pytest.mark.parametrize(
    ("option", "value", "near"),
    [
        ("--target", "aarhc64-linux", "'aarch64-linux'"),
        ("--libc", "mulse", "'musl'"),
        ("--release", "5.3", "'5.3.0'"),
        ("--toolchain", "zigg", "'zig'"),
        ("--host", "aarch64-linus", "'aarch64-linux'"),
    ],
)
@pytest.mark.parametrize("command", ["check", "show"])
def test_an_unknown_value_is_named_with_what_is_allowed(
    command: str, option: str, value: str, near: str, ocw: Ocw
) -> None:
    ended = ocw(command, PRESET, option, value)
    assert ended.code == 3
    assert f"error[value-unknown]: {option} is {value!r}" in ended.err
    assert f"did you mean {near}? (allowed: " in ended.err
    assert ended.out == ""


BROKEN = {
    "syntax": b"[selection\n",
    "unknown key": b'[selection]\ntarget = "aarch64"\nlibk = "musl"\n',
    "wrong type": b"[selection]\ntarget = 3\n",
    "unknown value": b'[selection]\ntarget = "vax"\n',
    "empty": b"",
    "binary": b"\x7fELF\xff\xfe\x00",
    "nested": b"a = " + b"[" * 5000,
}


@pytest.mark.parametrize("command", ["check", "show"])
@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_preset_leaves_with_3_and_one_error(data: bytes, command: str, ocw: Ocw, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(data)
    ended = ocw(command, tmp_path / "mine.toml")
    assert ended.code == 3
    assert ended.err.count("error[") == 1
    assert "mine.toml" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize(
    "name", ["no/such/file.toml", "/", "", "a" * 5000, "nonsense"], ids=lambda name: name[:20] or "empty"
)
def test_a_preset_that_is_not_there_is_one_error(
    name: str, ocw: Ocw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = ocw("check", name)
    assert ended.code in (2, 3)
    assert ended.err


@pytest.mark.parametrize("command", ["check", "show"])
@pytest.mark.parametrize(
    "prefix",
    ["~nosuchuser/switch", "/tmp/" + "a" * 300, "/dev/null/x", "/tmp/a b", "/", ""],
    ids=lambda text: text[:18] or "empty",
)
def test_a_prefix_that_cannot_be_used_is_one_error(prefix: str, command: str, ocw: Ocw) -> None:
    ended = ocw(command, PRESET, "--prefix", prefix)
    assert ended.code in (2, 3, 4, 8)
    assert ended.out + ended.err


@pytest.mark.parametrize(
    "words", [["--prefix", "/tmp/\udcff"], ["--patch", "/tmp/\udcff"]], ids=["prefix", "patch"]
)
@pytest.mark.parametrize("command", [["check"], ["check", "--json"], ["show"]], ids=" ".join)
def test_a_name_that_is_not_utf8_is_one_error(words: list[str], command: list[str], tmp_path: Path) -> None:
    ended = started(*command, PRESET, *words, tmp_path=tmp_path)
    assert ended.code in (0, 3, 8)


def test_a_preset_is_saved_and_can_be_used(ocw: Ocw, tmp_path: Path) -> None:
    saved = tmp_path / "new folder" / "mine.toml"
    (tmp_path / "fix.patch").write_text("", encoding="utf-8")
    ended = ocw(
        "check", "--target", "arm64", "--release", "4.14.2", "--patch", tmp_path / "fix.patch", "--save", saved
    )
    assert ended.code == 0
    data = json.loads(ocw("check", saved, "--json").out)
    assert data["selection"]["target"] == "aarch64-linux"
    assert data["selection"]["release"] == "4.14.2"
    assert data["selection"]["patches"] == [str(tmp_path / "fix.patch")]


@pytest.mark.parametrize("place", [".", "file/x.toml", "folder", "/proc/x.toml"])
def test_a_place_that_takes_no_preset_leaves_with_8(
    place: str, ocw: Ocw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    ended = ocw("check", PRESET, "--save", place)
    assert ended.code == 8
    assert "error[preset-not-saved]" in ended.err


# ---------------------------------------------------------------- show, presets, targets


def test_show_prints_the_plan_and_builds_nothing(ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("show", PRESET, "--prefix", tmp_path / "switch")
    assert ended.code == 0
    for words in ("Configure flags", "--host=aarch64-linux-musl", "Environment", "Wrapper script", "Stage 1/"):
        assert words in ended.out
    assert not (tmp_path / "ocw").exists()
    assert not (tmp_path / "switch").exists()


def test_show_as_json_is_the_plan_that_a_build_would_execute(ocw: Ocw, tmp_path: Path) -> None:
    from wizard.plan.batch import from_json

    ended = ocw("show", PRESET, "--prefix", tmp_path / "switch", "--json")
    plan = from_json(ended.out.encode())
    assert plan.prefix == str(tmp_path / "switch")
    assert plan.stages[-1].id == "publish"


def test_a_lock_file_pins_its_source_until_an_option_changes_the_selection(ocw: Ocw, tmp_path: Path) -> None:
    releases = catalogue().releases
    pinned = releases["5.3.0"].sources[0]
    lock = Lock("0.1.0", "aarch64-linux-musl", pinned.file, pinned.sha256, "0.17.0", "build")
    save_preset(Preset(Selection(target="aarch64-linux"), lock=lock), tmp_path / "x.lock.toml")

    def digests(*words: str) -> list[str]:
        plan = json.loads(ocw("show", tmp_path / "x.lock.toml", "--json", *words).out)
        return [source["sha256"] for source in plan["stages"][0]["actions"][0]["sources"]]

    assert digests() == digests("--prefix", str(tmp_path / "elsewhere")) == [pinned.sha256]
    assert digests("--release", "4.14.2") == [source.sha256 for source in releases["4.14.2"].sources]


def test_show_with_a_patch_that_is_not_there_is_one_error(ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("show", PRESET, "--patch", tmp_path / "no.patch")
    assert ended.code == 3
    assert "error[patch-unreadable]" in ended.err


@pytest.mark.parametrize("command", ["presets", "targets"])
def test_lists_are_tables_or_json(command: str, ocw: Ocw) -> None:
    table, data = ocw(command), json.loads(ocw(command, "--json").out)
    assert table.code == 0
    assert len(table.out.splitlines()) == len(data) + 2


def test_the_matrix_is_a_table_markdown_or_json(ocw: Ocw) -> None:
    table, data = ocw("matrix"), json.loads(ocw("matrix", "--json").out)
    assert table.code == 0
    assert {cell["release"] for cell in data} == {"5.3.0"}
    assert len({cell["host"] for cell in data}) == 1
    assert all(cell["target"] in table.out for cell in data)
    assert ocw("matrix", "--markdown").out.startswith("OCaml 5.3.0, hosted on x86_64-linux:\n\n| target | musl |")


def test_the_whole_matrix_has_every_release_and_each_host_asked_for(ocw: Ocw) -> None:
    whole = json.loads(ocw("matrix", "--all", "--host", "all", "--json").out)
    assert {cell["release"] for cell in whole} == set(catalogue().releases)
    one = json.loads(ocw("matrix", "--all", "--host", "x86", "--json").out)
    assert one == [cell for cell in whole if cell["host"] == "i686-linux"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--host", "i868"], 3, "'i686'"),
        (["--release", "5.3"], 3, "'5.3.0'"),
        (["--all", "--release", "5.3.0"], 2, "--release"),
        (["--json", "--markdown"], 2, "--markdown"),
    ],
)
def test_a_matrix_that_there_is_not_is_one_error(words: list[str], code: int, said: str, ocw: Ocw) -> None:
    ended = ocw("matrix", *words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err


def test_without_builds_the_list_says_so(ocw: Ocw) -> None:
    assert ocw("builds").out.strip() == "no builds yet"
    assert json.loads(ocw("builds", "--json").out) == []


@pytest.mark.parametrize(
    "words",
    [
        ["attach"],
        ["attach", "x"],
        ["cancel"],
        ["cancel", "x"],
        ["cancel", "../.."],
        ["resume"],
        ["resume", "x"],
        ["logs"],
        ["logs", "x"],
        ["clean", "x"],
        ["clean", "../.."],
    ],
    ids=" ".join,
)
def test_a_build_that_is_not_there_is_one_error(words: list[str], ocw: Ocw) -> None:
    ended = ocw(*words)
    assert ended.code == 3
    assert "error[build-unknown]" in ended.err


@pytest.mark.parametrize("words", [[], ["--json"]], ids=["text", "json"])
def test_what_is_no_switch_cannot_be_verified(words: list[str], ocw: Ocw, tmp_path: Path) -> None:
    ended = ocw("verify", tmp_path, *words)
    assert ended.code == 3
    assert "error[not-a-switch]" in ended.err
