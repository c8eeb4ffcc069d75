"""The command `inspect`: its words, its JSON, its exit codes, and whole switches."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.elf_files import EM, elf
from tests.support.inspected import AARCH64, CASES, X86_64, Thing, config
from tests.support.object_files import archive, mach_o, pe
from tests.support.paths import ROOT
from wizard.base import codes
from wizard.catalogue.presets import Lock, Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.faces import cli
from wizard.machine.survey import LOCK_FILE


class Ended(NamedTuple):
    """How the command ended."""

    code: int
    out: str
    err: str


Inspect = Callable[..., Ended]


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Inspect:
    """Runs the command in this process, with some bytes on standard input. No defect may be reported."""

    def run(*words: str | Path, stdin: bytes | None = None) -> Ended:
        monkeypatch.setattr(sys, "argv", ["ocaml-cross-wizard", "inspect", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin)))
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        assert "error[defect]" not in err
        assert isinstance(left.value.code, int)
        return Ended(left.value.code, out, err)

    monkeypatch.chdir(tmp_path)
    return run


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def write(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return Path(name)

    return write


Put = Callable[[str, bytes], Path]


def test_a_right_program_is_said_with_its_facts(inspect: Inspect, put: Put) -> None:
    ended = inspect(put("hello", elf()), "--expect", "arm64", "--static")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "hello: ELF executable",
        "  machine       EM_AARCH64",
        "  architecture  arm64",
        "  bits          64",
        "  byte order    little",
        "  linked        static",
        *[line for line in ended.out.splitlines() if line.startswith(("  for ", "  or "))],
        "",
        "verdict: nothing contradicts itself",
    ]
    assert "  for           aarch64-linux: Linux on 64-bit ARM (aarch64)" in ended.out


@pytest.mark.parametrize("words", [["-"], []], ids=["-", "no word"])
def test_what_is_piped_in_is_inspected(words: list[str], inspect: Inspect) -> None:
    ended = inspect(*words, stdin=config(architecture="i386"))
    assert ended.code == 7
    assert ended.out.startswith("standard input: configuration of OCaml 5.3.0\n")
    assert (
        "error[config-word-size]: architecture is i386, whose words have 32 bits, and word_size is 64" in ended.out
    )
    assert "  why: " in ended.out
    assert ended.out.splitlines()[-1].startswith("verdict: ")
    assert ended.out.splitlines()[-1].endswith(" contradictions")


def test_a_program_can_be_piped_in_as_well(inspect: Inspect) -> None:
    assert inspect("-", stdin=elf()).out.startswith("standard input: ELF executable\n")


def test_json_has_the_facts_the_parts_and_the_findings(inspect: Inspect, put: Put) -> None:
    ended = inspect(put("lib.a", archive(("a.o", AARCH64), ("b.o", X86_64))), put("hello", elf()), "--json")
    assert ended.code == 7
    library, program = json.loads(ended.out)
    assert (library["name"], library["kind"]) == ("lib.a", "archive")
    assert [part["facts"]["machine"] for part in library["parts"]] == ["EM_AARCH64", "EM_X86_64"]
    assert [one["code"] for one in library["findings"]] == ["archive-mixed"]
    assert program["machines"][0] == "aarch64-linux"
    assert program["facts"]["linked"] == "static"
    assert program["findings"] == []


@pytest.mark.parametrize("code", [code for code, (bad, _good) in CASES.items() if bad.expected is None])
def test_the_exit_code_follows_the_gravest_finding(code: str, inspect: Inspect, put: Put) -> None:
    bad, _good = CASES[code]
    ended = inspect(put("thing", bad.data), *(["--static"] if bad.static else []))
    grave = any(finding.severity == "error" for finding in Thing(bad.data, static=bad.static).inspected().findings)
    assert ended.code == (7 if grave else 0)
    assert f"{codes.findings()[code].severity}[{code}]" in ended.out


def test_a_program_for_another_machine_than_expected_leaves_with_7(inspect: Inspect, put: Put) -> None:
    ended = inspect(put("hello", pe()), "--expect", "aarch64-linux-musl")
    assert ended.code == 7
    assert "error[object-other-machine]: hello is for IMAGE_FILE_MACHINE_AMD64 (PE/COFF, 64 bits" in ended.out


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the program is for another build machine")
def test_a_program_of_this_machine_is_said_to_be_one(inspect: Inspect, put: Put) -> None:
    ended = inspect(put("hello", elf(EM["EM_X86_64"])), "--expect", "rpi4")
    assert ended.code == 7
    assert (
        "error[object-build-machine]: hello is for this machine, x86_64-linux, not for aarch64-linux" in ended.out
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("absent", "file-unreadable"),
        ("a" * 5000, "file-unreadable"),
        ("a\0b", "file-unreadable"),
        (".", "not-a-switch"),
        ("empty", "file-empty"),
        ("text", "file-unknown"),
        ("cut", "file-damaged"),
    ],
    ids=lambda word: word[:12],
)
def test_what_cannot_be_inspected_leaves_with_3_and_the_rest_is_inspected(
    name: str, code: str, inspect: Inspect, put: Put
) -> None:
    put("empty", b"")
    put("text", b"hello\n")
    put("cut", AARCH64[:100])
    ended = inspect(name, put("hello", elf()))
    assert ended.code == 3
    assert ended.err.count("error[") == 1
    assert f"error[{code}]" in ended.err
    assert ended.out.startswith("hello: ELF executable\n")


def test_a_contradiction_weighs_more_than_a_file_that_cannot_be_read(inspect: Inspect, put: Put) -> None:
    assert inspect("absent", put("config", config(int_size="31"))).code == 7


def test_an_unknown_target_is_named_with_the_nearest(inspect: Inspect, put: Put) -> None:
    ended = inspect(put("hello", elf()), "--expect", "aarhc64-linux-musl")
    assert ended.code == 3
    assert "error[value-unknown]: --expect is 'aarhc64-linux-musl'" in ended.err
    assert "did you mean 'aarch64-linux-musl'?" in ended.err


def test_nothing_to_inspect_is_wrong_usage(inspect: Inspect) -> None:
    ended = inspect()
    assert ended.code == 2
    assert "FILE" in ended.err
    assert inspect("-").code == 3  # standard input is closed


def test_a_device_without_an_end_ends(inspect: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.binaries.reading.LARGEST", 1 << 20)
    ended = inspect("/dev/zero")
    assert ended.code == 3
    assert "error[file-large]" in ended.err


def test_as_a_program_it_reads_a_pipe_and_loads_only_what_the_file_needs(tmp_path: Path) -> None:
    (tmp_path / "hello.exe").write_bytes(pe(imports=("KERNEL32.dll",)))
    probe = """
import sys
from wizard.faces import cli
try:
    cli.main()
finally:
    print([name for name in ("elftools", "pefile", "macholib") if name in sys.modules], file=sys.stderr)
"""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "home"), "PYTHONIOENCODING": "ascii"}

    def run(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        argv = [sys.executable, "-c", probe, "inspect", *words]
        return subprocess.run(argv, input=stdin, capture_output=True, check=False, cwd=tmp_path, env=env)

    for words, data, loaded, code in (
        (["-"], config(), "[]", 0),
        (["hello.exe"], b"", "['pefile']", 0),
        ([], AARCH64, "['elftools']", 0),
        (["hello.exe", "-"], archive(("a.o", AARCH64), ("\N{SNOWMAN}.o", b"")), "['elftools', 'pefile']", 7),
        (["-"], mach_o(), "['macholib']", 0),
    ):
        ended = run(*words, stdin=data)
        assert ended.returncode == code, ended.stderr
        assert ended.stderr.decode().splitlines()[-1] == loaded


# ---------------------------------------------------------------- switches


def switch(prefix: Path, answer: bytes = config(), program: bytes = b"", library: bytes = AARCH64) -> Path:
    """A folder that looks like a switch for aarch64-linux-musl: its compiler is a script."""
    for folder in ("bin", "lib/ocaml", "target/bin"):
        (prefix / folder).mkdir(parents=True)
    lock = Lock("0.1.0", "aarch64-linux-musl", "ocaml.tgz", "0" * 64, "0.17.0", "build")
    save_preset(Preset(Selection(target="aarch64-linux"), lock=lock), prefix / LOCK_FILE)
    (prefix / "answer").write_bytes(answer)
    compiler = prefix / "bin" / "ocamlopt"
    compiler.write_text(f'#!/bin/sh\n[ "$1" = -config ] && exec cat {shlex.quote(str(prefix / "answer"))}\n')
    compiler.chmod(0o755)
    (prefix / "lib" / "ocaml" / "libasmrun.a").write_bytes(archive(("sys.n.o", library)))
    (prefix / "lib" / "ocaml" / "stdlib.a").write_bytes(archive(("stdlib.o", AARCH64)))
    (prefix / "target" / "bin" / "ocamlrun").write_bytes(program or elf())
    return prefix


def test_a_switch_says_its_compiler_its_libraries_and_its_programs(inspect: Inspect, tmp_path: Path) -> None:
    ended = inspect(switch(tmp_path / "my switch"), "--json")
    assert ended.code == 0, ended.out
    found = json.loads(ended.out)
    assert [one["kind"] for one in found] == ["config", "archive", "archive", "object"]
    assert all(one["machines"][0] == "aarch64-linux" for one in found)
    assert not any(one["findings"] for one in found)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"answer": config(version="4.14.1")}, "config-expected"),
        ({"answer": config(target="aarch64-linux-gnu")}, "config-expected"),
        ({"library": X86_64}, "-machine]"),
        ({"program": elf(interpreter="/lib/ld-musl-aarch64.so.1", needed=("libc.so",))}, "program-dynamic"),
    ],
    ids=["release", "C library", "library", "program"],
)
def test_a_switch_that_is_not_what_its_lock_file_says_leaves_with_7(
    changes: dict[str, bytes], code: str, inspect: Inspect, tmp_path: Path
) -> None:
    ended = inspect(switch(tmp_path / "switch", **changes))
    assert ended.code == 7
    assert ended.out.count("error[") == 1
    assert code in ended.out


def test_a_switch_whose_compiler_does_not_answer_is_one_error(inspect: Inspect, tmp_path: Path) -> None:
    prefix = switch(tmp_path / "switch")
    (prefix / "bin" / "ocamlopt").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    ended = inspect(prefix)
    assert (ended.code, ended.out) == (3, "")
    assert "error[switch-silent]" in ended.err
