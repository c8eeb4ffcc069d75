"""The proof of a switch, on a fake one: whatever is not right about it must come out."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.support.elf_files import EM, elf
from tests.support.fake_switch import CONFIG, CONSTANTS, NAMES, PROGRAMS, Fake
from tests.support.fakes import REAL
from tests.support.scripts import write
from wizard.base.errors import InputError, ProofError
from wizard.catalogue.presets import Preset, save_preset
from wizard.catalogue.selection import Selection
from wizard.machine.survey import LOCK_FILE
from wizard.prove.proof import prove
from wizard.prove.proof_programs import programs
from wizard.prove.report import refuse_failed
from wizard.prove.runners.api import Limits
from wizard.prove.runners.qemu_user import QemuUser


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setenv("PATH", f"{tmp_path}/tools:/usr/bin:/bin")
    return Fake(tmp_path)


def test_a_right_switch_passes(fake: Fake) -> None:
    report = prove(fake.prefix)
    assert report.failed == ()
    assert report.passed == len(report.comparisons) > 30
    assert (report.triplet, report.release) == ("aarch64-linux-musl", "5.3.0")
    assert (report.runner, report.not_run, report.how_to_run) == ("under qemu-aarch64", "", "")
    assert report.prefix == str(fake.prefix)
    refuse_failed(report)


def test_a_proof_changes_nothing_of_the_switch(fake: Fake) -> None:
    before = sorted(path for path in fake.prefix.rglob("*") if path.name != "asked")
    prove(fake.prefix)
    assert sorted(path for path in fake.prefix.rglob("*") if path.name != "asked") == before


def test_a_switch_that_is_not_yet_at_its_prefix_is_reported_under_it(fake: Fake) -> None:
    assert prove(fake.prefix, built_for="/opt/switch").prefix == "/opt/switch"


@pytest.mark.parametrize(("name", "wrong"), [(name, f"{value}0") for name, value in CONFIG.items()])
def test_a_wrong_answer_of_the_compiler_fails(name: str, wrong: str, fake: Fake) -> None:
    fake.config(**{**CONFIG, name: wrong})
    assert fake.failures() == [f"config {name}"]


def test_a_compiler_that_leaves_a_variable_out_fails(fake: Fake) -> None:
    fake.config(**{name: value for name, value in CONFIG.items() if name != "word_size"})
    assert fake.failures() == ["config word_size"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (elf(EM["EM_X86_64"]), "machine"),
        (elf(bits=32), "class"),
        (elf(byte_order="big"), "byte order"),
        (elf(interpreter="/lib/ld-linux-aarch64.so.1"), "interpreter"),
        (elf(needed=("libc.so.6",)), "needed libraries"),
        (b"#!/bin/sh\n", "is a program (ELF)"),
        (b"", "is a program (ELF)"),
    ],
    ids=["machine", "class", "order", "interpreter", "libraries", "script", "empty"],
)
def test_a_program_that_is_for_another_machine_or_dynamic_fails(data: bytes, name: str, fake: Fake) -> None:
    fake.program(data)
    assert fake.failures() == [f"{program} {name}" for program in NAMES]


@pytest.mark.parametrize("line", CONSTANTS.splitlines())
def test_a_wrong_constant_on_the_target_fails(line: str, fake: Fake) -> None:
    name, value = line.split("=")
    fake.output("constants", CONSTANTS.replace(line, f"{name}=-{value}"))
    assert fake.failures() == [f"constants {name}"]


@pytest.mark.parametrize("program", ["jumps", "libraries", "multicore"])
def test_a_wrong_line_of_a_program_fails(program: str, fake: Fake) -> None:
    expected = (PROGRAMS / f"{program}.expected").read_text(encoding="utf-8")
    first = expected.splitlines()[0].split("=")[0]
    fake.output(program, expected.replace(f"{first}=", f"{first}=wrong ", 1))
    assert fake.failures() == [f"{program} {first}"]


def test_a_program_that_prints_nothing_fails_although_it_exits_well(fake: Fake) -> None:
    """The mark of a wrong assembler: Printf that prints nothing."""
    fake.output("libraries", "")
    assert len(fake.failures()) == len((PROGRAMS / "libraries.expected").read_text(encoding="utf-8").splitlines())


def test_a_program_that_crashes_fails(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMULATOR_STATUS", "139")
    assert fake.failures() == [f"{program} exit status" for program in NAMES]


def test_a_program_that_does_not_end_fails(fake: Fake) -> None:
    write(fake.tools / "qemu-aarch64", "#!/bin/sh\nexec sleep 60\n")
    report = prove(fake.prefix, runners=(QemuUser(Limits(run=0.2)),))
    assert ("constants", "exit status") in {(failed.group, failed.name) for failed in report.failed}


@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\necho 'Error: broken' >&2\nexit 2\n",
        "#!/no/such/shell\n",
        "#!/bin/sh\nexit 0\n",
        "#!/bin/sh\nkill -9 $$\n",
    ],
    ids=["fails", "cannot be started", "does nothing", "is killed"],
)
def test_a_compiler_that_does_not_work_fails_with_what_it_said(script: str, fake: Fake) -> None:
    fake.compiler(script)
    report = prove(fake.prefix)
    with pytest.raises(ProofError):
        refuse_failed(report)
    compiles = [failure for failure in report.failed if failure.name == "compiles"]
    assert len(compiles) == 4
    if "broken" in script:
        assert "Error: broken" in compiles[0].found
        assert "exit status 2" in compiles[0].found


def test_a_switch_without_a_compiler_fails(fake: Fake) -> None:
    (fake.prefix / "bin" / "ocamlopt").unlink()
    assert fake.failures()[0] == "config ocamlopt"


def test_without_an_emulator_the_programs_are_audited_and_not_run(fake: Fake) -> None:
    (fake.tools / "qemu-aarch64").unlink()
    with fake.alone():
        report = prove(fake.prefix)
    assert report.failed == ()
    assert report.not_run == "qemu-aarch64 was not found"
    assert "qemu" in report.how_to_run
    assert {comparison.verdict for comparison in report.comparisons} == {"pass", "not-run"}
    assert {comparison.found for comparison in report.comparisons if comparison.verdict == "not-run"} == {
        "not run"
    }


def test_a_release_without_domains_is_not_asked_for_them(fake: Fake) -> None:
    save_preset(Preset(Selection(target="aarch64-linux", release="4.14.2")), fake.prefix / LOCK_FILE)
    fake.config(**{**CONFIG, "version": "4.14.2", "naked_pointers": "true"})
    fake.output("constants", CONSTANTS.replace("5.3.0", "4.14.2"))
    report = prove(fake.prefix)
    assert report.failed == ()
    assert {comparison.group for comparison in report.comparisons} == {"config", "constants", "jumps", "libraries"}


def test_a_release_of_another_number_fails(fake: Fake) -> None:
    save_preset(Preset(Selection(target="aarch64-linux", release="5.4.1")), fake.prefix / LOCK_FILE)
    assert fake.failures() == ["config version", "constants version"]


def test_every_command_of_a_proof_is_in_its_log(fake: Fake, tmp_path: Path) -> None:
    log = tmp_path / "proof.log"
    log.write_text("before\n", encoding="utf-8")
    prove(fake.prefix, log=log)
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "before"
    assert sum(line.startswith("+ ") for line in lines) == 1 + 4 + 4
    assert "max_int=4611686018427387903" in lines


def test_a_folder_that_is_no_switch_cannot_be_proved(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        prove(tmp_path)
    assert raised.value.code == "not-a-switch"


def test_a_switch_whose_lock_file_is_damaged_cannot_be_proved(fake: Fake) -> None:
    (fake.prefix / LOCK_FILE).write_bytes(b"\xff[")
    with pytest.raises(InputError, match=r"lock\.toml"):
        prove(fake.prefix)


def test_every_program_of_a_proof_lies_beside_it() -> None:
    for release in REAL.releases.values():
        for program in programs(release):
            assert (PROGRAMS / f"{program.name}.ml").is_file()
            assert program.name == "constants" or (PROGRAMS / f"{program.name}.expected").is_file()
