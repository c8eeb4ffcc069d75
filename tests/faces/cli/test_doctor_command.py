"""The command `doctor`, on this very machine: its answers, its exit codes, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.doctor.test_doctor_made import switch
from tests.faces.cli.test_cli import started
from tests.support.commands import Ocw
from tests.support.machines import HEALTHY, sick
from tests.support.paths import ROOT
from tests.support.rule_cases import CASES
from wizard import __version__
from wizard.base import codes
from wizard.base.errors import FolderError, InputError, MissingError, RefusedError
from wizard.check.check import check
from wizard.doctor.facts import Chosen, Facts
from wizard.doctor.gather import Request
from wizard.doctor.verdict import examine

pytestmark = pytest.mark.usefixtures("_patient")

PRESET = "aarch64-linux-musl"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What the command asks for; the machine is a healthy one."""
    seen: list[Request] = []

    def gather(request: Request) -> Facts:
        seen.append(request)
        return HEALTHY

    monkeypatch.setattr("wizard.doctor.gather.gather", gather)
    return seen


def test_doctor_looks_at_this_machine_and_closes_with_a_verdict(tmp_path: Path) -> None:
    ended = started("doctor", "--offline", tmp_path=tmp_path)
    assert ended.err == ""
    assert ended.out.startswith(f"ocaml-cross-wizard {__version__}, Python 3.")
    assert "official address, npm, Debian: the network was not asked (offline)" in ended.out
    assert ended.out.splitlines()[-1].startswith("verdict: ")
    assert [path.name for path in tmp_path.iterdir() if path.name != "ocw"] == []


def test_doctor_gives_every_fact_as_json(tmp_path: Path) -> None:
    ended = started("doctor", "--offline", "--json", tmp_path=tmp_path)
    found = json.loads(ended.out)
    shown = [fact["code"] for fact in (*found["results"], *found["skipped"])]
    assert sorted(shown) == sorted(codes.checks())
    assert found["exit_code"] == ended.code


def test_doctor_offline_imports_no_screens_and_no_http(tmp_path: Path) -> None:
    probe = """
import sys
from wizard.faces import cli
sys.argv = ["ocaml-cross-wizard", "doctor", "--offline"]
try:
    cli.main()
finally:
    print("HEAVY", [name for name in ("textual", "questionary", "httpx") if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "home")},
    )  # fmt: skip
    assert ended.stderr.strip().splitlines()[-1] == "HEAVY []"


def test_nothing_is_wanted_where_nothing_is_named(asked: list[Request], ocw: Ocw) -> None:
    ended = ocw("doctor")
    assert ended.code == 0
    assert ended.out.endswith("verdict: nothing here prevents a build\n")
    assert (asked[0].selection, asked[0].switch, asked[0].local, asked[0].offline) == (None, None, None, False)


def test_a_selection_is_checked_and_handed_in(asked: list[Request], ocw: Ocw, tmp_path: Path) -> None:
    ocw("doctor", "--target", "armv7", "--sources", tmp_path, "--offline", "--switch", tmp_path / "x")
    wanted = asked[0].selection
    assert wanted is not None
    assert wanted.resolved.target.id == "armv7-linux"
    assert "word-size" in [finding.code for finding in wanted.findings]
    assert (asked[0].local, asked[0].switch, asked[0].offline) == (tmp_path, tmp_path / "x", True)


@pytest.mark.parametrize(
    ("words", "code", "shown"),
    [
        (["--target", "armv7"], RefusedError.exit_code, "word-size"),
        (["nonsense"], InputError.exit_code, "preset-not-found"),
        (["--prefix", "/tmp/a"], 2, "name a PRESET"),
        (["--switch", "/no/such/switch"], FolderError.exit_code, "it is no cross switch"),
    ],
    ids=["refused", "unknown", "usage", "no switch"],
)
def test_what_forbids_a_build_gives_the_exit_code_of_a_build(
    words: list[str], code: int, shown: str, ocw: Ocw
) -> None:
    ended = ocw("doctor", "--offline", *words)
    assert ended.code == code
    assert shown in ended.out + ended.err


def test_a_failure_of_the_machine_gives_its_exit_code(monkeypatch: pytest.MonkeyPatch, ocw: Ocw) -> None:
    monkeypatch.setattr("wizard.doctor.gather.gather", lambda _asked: sick(absent=("awk",)))
    ended = ocw("doctor")
    assert ended.code == MissingError.exit_code
    assert "failure  Unix tools" in ended.out
    assert "explain" not in ended.err


def test_a_switch_that_is_named_is_looked_at_alone(ocw: Ocw, tmp_path: Path) -> None:
    prefix = switch(tmp_path / "arm")
    found: dict[str, Any] = json.loads(ocw("doctor", "--offline", "--json", "--switch", prefix).out)
    one = next(one for one in found["results"] if one["code"] == "switches")
    assert (one["severity"], one["evidence"]) == (
        "ok", f"{prefix}: OCaml 5.3.0 for aarch64-linux-musl; as it was proved",
    )  # fmt: skip


def test_problems_of_the_machine_are_seen_by_the_command(tmp_path: Path) -> None:
    """A machine made sick for real: few tools, odd variables, a limit, a home with a space in it."""
    script = (
        'ulimit -n 512; export CFLAGS=-O3 OCAMLLIB=/old LD_PRELOAD= LD_LIBRARY_PATH=/nowhere TMPDIR="$1"; '
        'PATH=.:$PATH exec "$0" -m wizard doctor --offline --json'
    )
    (tmp_path / "t").mkdir()
    ended = subprocess.run(
        ["sh", "-c", script, sys.executable, str(tmp_path / "t")], capture_output=True, text=True, check=False,
        cwd=tmp_path, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OCW_HOME": str(tmp_path / "my home")},
    )  # fmt: skip
    found = {load["code"]: load for load in json.loads(ended.stdout)["results"]}
    assert ended.returncode == json.loads(ended.stdout)["exit_code"] != 0
    for code, severity, words in (
        ("open-files", "failure", "512"),
        ("paths", "failure", "a space"),
        ("environment", "note", "CFLAGS"),
        ("ocaml-variables", "warning", "OCAMLLIB=/old"),
        ("preload", "warning", "LD_LIBRARY_PATH=/nowhere"),
        ("path", "warning", "relative entry ."),
        ("terminal", "ok", "none"),
    ):
        assert found[code]["severity"] == severity, code
        assert words in found[code]["evidence"]


def test_the_fix_of_a_selection_is_the_whole_selection(tmp_path: Path, asked: list[Request], ocw: Ocw) -> None:
    """Bindings, the user's own sources and patches with their whole paths: nothing that was asked for is lost."""
    source, patch = tmp_path / "my solo5", tmp_path / "fix.patch"
    source.mkdir()
    patch.write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", encoding="utf-8")
    chosen = ("--target", "x86_64-solo5", "--release", "5.1.1", "--bindings", "hvt")
    ocw("doctor", "--offline", *chosen, "--source", f"solo5={source}", "--patch", patch)
    assert asked[0].selection is not None
    findings = asked[0].selection.findings
    found = examine(sick(chosen=Chosen("x", findings)))
    fix = next(result.fix for result in found.results if result.code == "port-missing")
    assert "--bindings hvt" in fix
    assert f"--source 'solo5={source}'" in fix
    assert f"--patch {patch}" in fix


@pytest.mark.parametrize("code", ["make-missing", "emulator-missing"])
def test_the_command_of_a_fact_holds_no_hint(code: str, ocw: Ocw, monkeypatch: pytest.MonkeyPatch) -> None:
    found = next(finding for finding in check(CASES[code][0]) if finding.code == code)
    grave = msgspec.structs.replace(found, severity="error")
    monkeypatch.setattr("wizard.doctor.gather.gather", lambda _asked: sick(chosen=Chosen("x", (grave,))))
    results = json.loads(ocw("doctor", "--json").out)["results"]
    (command,) = (result["fix"] for result in results if result["code"] == code)
    assert re.fullmatch(r"sudo apt-get install [a-z0-9-]+", command)
