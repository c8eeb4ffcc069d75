"""The proof of an exported script: what it looks at, what it runs, and the report it leaves."""

from __future__ import annotations

import platform
from pathlib import Path

import msgspec
import pytest

from tests.support.elf_files import EM, elf
from tests.support.exported import BUILD, Exported, small_plan, stage
from tests.support.fakes import REAL
from tests.support.scripts import write
from tests.support.shells import SHELLS
from wizard.check.constants import expected_config
from wizard.plan.model import Plan
from wizard.prove.proof_programs import expected_output, programs
from wizard.prove.report import Report
from wizard.steps import actions as a

ARM, RELEASE = REAL.machines["aarch64-linux"], REAL.releases["5.3.0"]
OCAMLOPT = """\
#!/bin/sh
here=${0%/*}
[ "$1" = -config ] && exec cat "$here/config"
[ ! -f "$here/broken" ] || exit 2
while [ $# -gt 1 ]; do
  [ "$1" = -o ] && out=$2
  shift
done
cp "$here/program" "$out"
"""
EMULATOR = (
    '#!/bin/sh\nfor program do :; done\ncat "${0%/*}/${program##*/}.output"\nexit "$(cat "${0%/*}/status")"\n'
)


class Fake(Exported):
    """A script whose only stage proves a switch with a compiler that makes what is given."""

    @property
    def prefix(self) -> Path:
        return self.build / "staging"

    def prepare(self, program: bytes = b"", **config: str) -> None:
        """Put the compiler and the emulator in their places, each as it should be but for what is given."""
        answers = expected_config(ARM, RELEASE) | {"standard_library_default": "/final/lib/ocaml"} | config
        text = "".join(f"{name}: {value}\n" for name, value in answers.items())
        write(self.prefix / "bin" / "ocamlopt", OCAMLOPT)
        (self.prefix / "bin" / "config").write_text(text)
        (self.prefix / "bin" / "program").write_bytes(program or elf())
        (self.prefix / "bin" / "program").chmod(0o755)
        for proof_program in programs(RELEASE):
            lines = expected_output(proof_program.name, ARM, RELEASE).items()
            (self.bin / f"{proof_program.name}.output").write_text(
                "".join(f"{name}={value}\r\n" for name, value in lines)
            )
        (self.bin / "status").write_text("0")

    def plan(self) -> Plan:
        """The plan of the proof."""
        report = f"{BUILD}/staging/share/ocaml-cross/proof.json"
        return small_plan("/final", stage("proof", a.Prove(f"{BUILD}/staging", "/final", report)))

    def report(self) -> Report:
        """What the script reported."""
        return msgspec.json.decode((self.prefix / "share/ocaml-cross/proof.json").read_bytes(), type=Report)


@pytest.fixture(params=SHELLS)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Fake:
    made = Fake(tmp_path, request.param)
    made.prepare()
    made.tool("qemu-aarch64", EMULATOR)
    return made


@pytest.fixture
def once(tmp_path: Path) -> Fake:
    made = Fake(tmp_path)
    made.prepare()
    made.tool("qemu-aarch64", EMULATOR)
    return made


pytestmark = pytest.mark.skipif(platform.machine() == "aarch64", reason="this machine runs the programs itself")


def test_all_that_the_programs_must_print_is_compared(fake: Fake) -> None:
    ended = fake.run(fake.plan())
    assert ended.returncode == 0, ended.stderr
    report = fake.report()
    assert (report.prefix, report.triplet, report.release) == ("/final", "aarch64-linux-musl", "5.3.0")
    assert (report.runner, report.not_run, report.failed) == ("under qemu-aarch64", "", ())
    compared = {(comparison.group, comparison.name) for comparison in report.comparisons}
    for program in programs(RELEASE):
        keys = {"machine", "interpreter", "exit status", *expected_output(program.name, ARM, RELEASE)}
        assert {(program.name, key) for key in keys} <= compared
    assert {("config", key) for key in expected_config(ARM, RELEASE)} <= compared
    assert not (fake.build / "proof").exists()


def test_without_an_emulator_the_report_says_so_and_the_build_goes_on(fake: Fake) -> None:
    (fake.bin / "qemu-aarch64").unlink()
    assert fake.run(fake.plan()).returncode == 0
    report = fake.report()
    assert report.runner == ""
    assert report.not_run
    assert report.how_to_run == "sudo apt-get install qemu-user"
    verdicts = {comparison.verdict for comparison in report.comparisons if comparison.name == "effects"}
    assert verdicts == {"not-run"}
    assert "not run" in fake.log("proof")


def test_the_static_emulator_serves_too(once: Fake) -> None:
    (once.bin / "qemu-aarch64").rename(once.bin / "qemu-aarch64-static")
    assert once.run(once.plan()).returncode == 0
    assert once.report().runner == "under qemu-aarch64-static"


def test_a_machine_that_runs_the_programs_itself_needs_no_emulator(once: Fake) -> None:
    once.tool("uname", '#!/bin/sh\n[ "$1" = -s ] && echo Linux || echo aarch64\n')
    output = "".join(f'cat "{once.bin}/${{0##*/}}.output"\n')
    (once.prefix / "bin" / "program").write_text(f"#!/bin/sh\n{output}")
    plan = msgspec.structs.replace(once.plan(), host="aarch64-linux")
    assert once.run(plan).returncode == 7  # a shell script is no program for the target
    failed = {check.name for check in once.report().failed}
    assert failed == {"machine", "interpreter"}
    assert once.report().runner == "on this machine"


@pytest.mark.parametrize(
    ("program", "name"),
    [(elf(EM["EM_X86_64"]), "machine"), (elf(bits=32), "machine"), (elf(interpreter="/ld.so"), "interpreter")],
)
def test_a_program_that_is_not_as_it_should_be_fails_the_proof(program: bytes, name: str, once: Fake) -> None:
    once.prepare(program)
    ended = once.run(once.plan())
    assert ended.returncode == 7
    assert "cannot be trusted" in ended.stderr
    assert {check.name for check in once.report().failed} == {name}


def test_a_compiler_of_another_word_size_fails_the_proof(once: Fake) -> None:
    once.prepare(word_size="32", standard_library_default="/elsewhere")
    assert once.run(once.plan()).returncode == 7
    found = {check.name: check.found for check in once.report().failed}
    assert found == {"word_size": "32", "standard_library_default": "/elsewhere"}


def test_a_program_that_prints_something_else_or_stops_fails_the_proof(once: Fake) -> None:
    output = once.bin / "multicore.output"
    output.write_text(output.read_text().replace("=42", '=4"2\\'))
    (once.bin / "status").write_text("3")
    assert once.run(once.plan()).returncode == 7
    found = {(check.group, check.name): check.found for check in once.report().failed}
    assert found[("multicore", "effects")] == '4"2\\'
    assert found[("jumps", "exit status")] == "3"


def test_a_compiler_that_compiles_nothing_fails_the_proof(once: Fake) -> None:
    (once.prefix / "bin" / "broken").touch()
    assert once.run(once.plan()).returncode == 7
    assert {check.name for check in once.report().failed} == {"compiles"}


def test_a_compiler_that_does_not_start_fails_the_proof(once: Fake) -> None:
    (once.prefix / "bin" / "ocamlopt").unlink()
    ended = once.run(once.plan())
    assert ended.returncode == 7
    assert "does not answer" in ended.stderr
