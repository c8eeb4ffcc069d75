"""The commands `diagnose` and `shell`, the report, and what a failed build says by itself."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import msgspec
import pytest

from tests.support.building import PlanOf, to_end
from tests.support.commands import Ocw
from tests.support.paths import ROOT
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.folder import Options
from wizard.catalogue.selection import Selection
from wizard.doctor.build_diagnosis import diagnose_build, for_plan
from wizard.logs.diagnosis import Remedy
from wizard.logs.matchers import matchers

SAK = './runtime/sak: 1: Syntax error: "(" unexpected'
END = "make: *** [Makefile:3: all] Error 2"
FAILS = f"echo fine; echo '{SAK}'; echo '{END}'; exit 2"
ODD = "echo 'a.c:1:2: error: something that nobody has seen'; exit 2"


def failed(plan_of: PlanOf, *scripts: tuple[str, str]) -> Path:
    """A real build that has failed."""
    folder = start(plan_of(*scripts), Options())
    last = to_end(folder)[-1]
    assert isinstance(last, j.BuildEnded)
    assert last.outcome == "failed"
    return folder


# ---------------------------------------------------------------- a log that a user has


def test_the_cause_of_a_log_is_told_in_the_users_own_lines(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "my build.log"
    log.write_text(f"first\n{SAK}\n{END}\n")
    ended = ocw("diagnose", log)
    assert ended.code == 0
    assert ended.out.startswith("cause[sak-for-target]: runtime/sak was compiled for the target machine")
    assert f"{log}, line 2" in ended.out
    assert f"  > 2 | {SAK}" in ended.out
    assert "What to do\n  1. " in ended.out
    assert ended.err == ""


def test_a_cause_that_is_not_known_is_said_to_be_so(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(f"a.c:1: error: odd\na.c:2: error: odder\n{END}\n")
    ended = ocw("diagnose", log)
    assert ended.code == 6
    assert ended.out.startswith("unknown: ")
    assert "  > 1 | a.c:1: error: odd" in ended.out
    assert "--bundle" in ended.out


def test_a_log_without_a_failure_is_fine(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("all went well\n")
    ended = ocw("diagnose", log)
    assert (ended.code, ended.out) == (0, f"nothing in {log} speaks of a failure\n")


@pytest.mark.parametrize("words", [["diagnose", "-"], ["diagnose"]])
def test_a_log_may_be_piped_in(
    words: list[str], ocw: Ocw, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("wizard.faces.cli.commands.diagnose._piped", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n" + SAK.encode())))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    ended = ocw(*words)
    assert ended.code == 0
    assert "standard input, line 2" in ended.out
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_diagnosis_as_data(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(f"{SAK}\n")
    found = json.loads(ocw("diagnose", log, "--json").out)
    assert (found["outcome"], found["code"], found["line"]) == ("known", "sak-for-target", 1)
    assert found["fixes"][0]["command"].startswith("rm -f runtime/sak")


def test_the_config_log_beside_a_log_is_read(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("configure: error: C compiler cannot create executables\n")
    (tmp_path / "config.log").write_text(
        "This file contains any messages produced by compilers while\nrunning configure\n"
        "configure:1: checking whether the C compiler works\n"
        "/usr/bin/ld: cannot find -lfoo: No such file or directory\n"
        "configure:2: error: C compiler cannot create executables\n"
    )
    out = ocw("diagnose", log).out
    assert "cause[library-absent]" in out
    assert "and so: configure: error: C compiler cannot create executables" in out


def test_what_is_neither_a_log_nor_a_build_is_told(ocw: Ocw) -> None:
    ended = ocw("diagnose", "no-such-thing")
    assert ended.code == 3
    assert "error[build-unknown]" in ended.err


@pytest.mark.parametrize("word", ["logs/of-yesterday", "build.log"])
def test_a_file_that_is_not_there_is_not_taken_for_a_build(word: str, ocw: Ocw) -> None:
    ended = ocw("diagnose", word)
    assert (ended.code, ended.out) == (3, "")
    assert f"error[log-unreadable]: {word} cannot be read" in ended.err
    assert "no such file" in ended.err


@pytest.mark.parametrize("words", [["explain"], ["explain", "--list"]])
def test_every_cause_is_listed(words: list[str], ocw: Ocw) -> None:
    out = ocw(*words).out
    assert [code for code in matchers() if f"\n{code} " not in out] == []
    assert "word-size" in out


@pytest.mark.parametrize("code", list(matchers()))
def test_every_cause_is_explained(code: str, ocw: Ocw) -> None:
    ended = ocw("explain", code)
    assert ended.code == 0
    assert ended.out.startswith(f"cause[{code}]: ")
    assert re.findall(r"\{\w+\}", ended.out) == []


def test_a_misspelt_cause_is_put_right(ocw: Ocw) -> None:
    ended = ocw("explain", "sak-for-taget")
    assert (ended.code, "did you mean 'sak-for-target'" in ended.err) == (3, True)


# ---------------------------------------------------------------- a build of ours


def test_a_failed_build_ends_with_its_diagnosis(plan_of: PlanOf, ocw: Ocw) -> None:
    folder = failed(plan_of, ("runtime", FAILS))
    (ended,) = [event for event in j.read_events(folder) if isinstance(event, j.BuildEnded)]
    assert ended.error is not None
    assert ended.error["code"] == "sak-for-target"
    assert ended.error["exit_code"] == 6
    assert ended.error["why"] == (
        f"line 3: {SAK}; this means: runtime/sak was compiled for the target machine, and has to run here"
    )
    assert "SAK_CC=cc" in str(ended.error["fix"])
    shown = ocw("attach", folder.name)
    assert shown.code == 6
    assert "error[sak-for-target]: stage runtime failed: sh ended with exit status 2" in shown.err


@pytest.mark.parametrize("named", ["", "build", "prefix"])
def test_a_build_is_named_in_three_ways(named: str, plan_of: PlanOf, ocw: Ocw, tmp_path: Path) -> None:
    folder = failed(plan_of, ("runtime", FAILS))
    (tmp_path / "prefix").mkdir()
    words = {"": [], "build": [folder.name], "prefix": [str(tmp_path / "prefix")]}[named]
    ended = ocw("diagnose", *words)
    assert ended.code == 0, ended.err
    assert f"build {folder.name}: failed, stage runtime" in ended.out
    assert "cause[sak-for-target]" in ended.out
    assert f"ocaml-cross-wizard resume {folder.name}" in ended.out


def test_a_stage_that_did_not_fail_can_be_looked_at(plan_of: PlanOf, ocw: Ocw) -> None:
    folder = failed(plan_of, ("good", "echo fine"), ("bad", ODD))
    assert ocw("diagnose", folder.name).code == 6
    assert "speaks of a failure" in ocw("diagnose", folder.name, "--stage", "good").out
    ended = ocw("diagnose", folder.name, "--stage", "god")
    assert ended.code == 3
    assert "did you mean 'good'" in ended.err


def test_a_build_that_is_done_has_no_failure(plan_of: PlanOf, ocw: Ocw) -> None:
    folder = start(plan_of(("good", "echo fine")), Options())
    to_end(folder)
    ended = ocw("diagnose", folder.name)
    assert (ended.code, "nothing failed" in ended.out) == (0, True)


def test_a_reason_that_no_log_tells_is_the_builders_own(plan_of: PlanOf, ocw: Ocw) -> None:
    folder = failed(plan_of, ("full", "echo 'tar: x: No space left on device'; exit 1"))
    ended = ocw("diagnose", folder.name)
    assert ended.code == 0
    assert "error[disk-full]" in ended.out


def test_a_fix_for_a_build_is_a_whole_selection_and_changes_something(plan_of: PlanOf) -> None:
    plan = plan_of(("good", "true"))
    plan = msgspec.structs.replace(plan, selection=Selection("armv7-linux", "musl", "5.3.0"))
    fixes = (
        Remedy("take 4.14", changes={"release": "4.14.1"}),
        Remedy("take musl", changes={"libc": "musl"}),
        Remedy("take 5.3", command="x", changes={"release": "5.3.0"}),
        Remedy("only words"),
    )
    first, second, third = for_plan(fixes, plan)
    assert first.selection == Selection("armv7-linux", "musl", "4.14.1")
    assert (second.command, second.changes, second.selection) == ("x", {}, None)
    assert third.text == "only words"


# ---------------------------------------------------------------- the report


def read(path: Path) -> dict[str, str]:
    """A report's files by name."""
    with tarfile.open(path) as archive:
        found = {}
        for entry in archive.getmembers():
            assert (entry.uname, entry.gname, entry.uid, entry.mtime) == ("", "", 0, 0)
            file = archive.extractfile(entry)
            assert file is not None
            found[entry.name] = file.read().decode()
        return found


def test_the_report_of_a_build_holds_all_that_is_needed_and_lists_it(
    plan_of: PlanOf, ocw: Ocw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MY_TOKEN", "s3cr3t-value")
    folder = failed(plan_of, ("good", "echo fine"), ("bad", f"echo s3cr3t-value http://a:b@c/; {ODD}"))
    path = tmp_path / "report.tar.gz"
    ended = ocw("diagnose", folder.name, "--bundle", path)
    assert ended.code == 6
    found = read(path)
    assert set(found) >= {
        f"report/{name}"
        for name in ("diagnosis.txt", "diagnosis.json", "machine.json", "plan.json", "journal.jsonl",
                     "options.json", "logs/good.log", "logs/bad.log")
    }  # fmt: skip
    whole = "".join(found.values())
    assert "something that nobody has seen" in found["report/logs/bad.log"]
    assert "s3cr3t-value" not in whole
    assert "a:b@c" not in whole
    assert str(tmp_path) not in whole
    for name in found:
        assert name.removeprefix("report/") in ended.err
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_the_report_of_a_long_log_holds_its_beginning_the_cause_and_its_end(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    filler = b"a line of no interest at all\n" * 40_000
    log.write_bytes(b"the beginning\n" + filler + b"a.c:1: error: here\n" + filler + b"the end\n")
    ocw("diagnose", log, "--bundle", tmp_path / "r.tar.gz")
    text = read(tmp_path / "r.tar.gz")["report/log.txt"]
    assert len(text) < len(filler)
    assert text.startswith("the beginning\n")
    assert text.endswith("the end\n")
    assert "a.c:1: error: here" in text
    assert text.count("bytes are left out") == 2


def test_a_report_that_cannot_be_written_is_told_and_leaves_nothing(ocw: Ocw, tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text(f"{SAK}\n")
    ended = ocw("diagnose", log, "--bundle", tmp_path / "absent" / "r.tar.gz")
    assert ended.code == 8
    assert "error[report-not-written]" in ended.err


# ---------------------------------------------------------------- a shell where it failed


def test_a_shell_has_the_stages_environment_and_folder(plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCAMLLIB", "/wrong")
    folder = failed(plan_of, ("good", "true"), ("bad", ODD))
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", "shell", folder.name, "-c", "pwd; env; exit 7"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 7, ended.stderr
    place, *variables = ended.stdout.splitlines()
    assert place == f"{folder}/tree"
    assert not [line for line in variables if line.startswith(("OCAMLLIB=", "OCW_BUILD="))]
    for name, value in variables_of(folder).items():
        assert f"{name}={value}" in variables


def test_a_shell_takes_its_commands_from_standard_input(plan_of: PlanOf) -> None:
    folder = failed(plan_of, ("bad", ODD))
    ended = subprocess.run(
        [sys.executable, "-m", "wizard", "shell"],
        cwd=ROOT, capture_output=True, text=True, check=False, input="pwd\nexit 3\n",
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (3, f"{folder}/tree\n")
    assert f"stage bad of {folder.name}" in ended.stderr
    assert "its command was: sh -c" in ended.stderr


def variables_of(folder: Path) -> dict[str, str]:
    from wizard.doctor.build_diagnosis import plan_of

    plan = plan_of(folder, diagnose_build(folder).stage)
    assert plan is not None
    return plan.variables


def test_a_shell_of_an_unknown_stage_or_of_a_folder_that_is_gone_is_told(plan_of: PlanOf, ocw: Ocw) -> None:
    folder = failed(plan_of, ("bad", ODD))
    ended = ocw("shell", folder.name, "--stage", "bat", "-c", "true")
    assert (ended.code, "did you mean 'bad'" in ended.err) == (3, True)
    (folder / "tree").rename(folder / "gone")
    ended = ocw("shell", folder.name, "-c", "true")
    assert (ended.code, "error[stage-folder-absent]" in ended.err) == (3, True)
