"""Unikernels in an exported script: the notes that a tender reads, the proof, the lock file."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.binaries.test_solo5_notes import ENTRY, abi, manifest, note
from tests.export.test_export_proof import OCAMLOPT
from tests.support.elf_files import EM, elf
from tests.support.exported import BUILD, Exported, archive, portable_plan, small_plan, stage
from tests.support.fakes import REAL
from tests.support.own_tools import own_tool
from tests.support.properties import given, settings
from tests.support.scripts import write
from tests.support.shells import SHELLS
from wizard.binaries.solo5_notes import MFT1, read_notes
from wizard.catalogue.presets import load_preset
from wizard.check.constants import expected_config
from wizard.export.dockerfile import dockerfile
from wizard.export.shell_library import used_functions
from wizard.export.shell_script import script
from wizard.plan.model import Plan
from wizard.prove.proof_programs import expected_output, programs
from wizard.prove.report import Report
from wizard.steps import actions as a
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS

MACHINE, RELEASE = REAL.machines["x86_64-solo5"], REAL.releases["5.3.0"]
NOWHERE = "/nonexistent/solo5/"
TENDER = (
    '#!/bin/sh\n[ "$1 $2 $4" = "--mem=64 -- --solo5:quiet" ] || exit 9\n'
    '[ ! -e "${0%/*}/refuses" ] || { echo "solo5-spt: seccomp_load() failed: EPERM" >&2; exit 1; }\n'
    'cat "${0%/*}/${3##*/}.output"\n'
)
GCC = '#!/bin/sh\nwhile [ $# -gt 1 ]; do\n  [ "$1" = -o ] && touch "$2"\n  shift\ndone\n'
# Of the bindings it was told it makes the program with that note.
LINKER = OCAMLOPT.replace(
    'cp "$here/program" "$out"',
    'cp "$here/program-$bindings" "$out"',
).replace(
    '  [ "$1" = -o ] && out=$2\n',
    '  [ "$1" = -o ] && out=$2\n  case $1 in *solo5-abi=*) bindings=${1##*=} ;; esac\n',
)


def unikernel_plan(**changes: object) -> Plan:
    return portable_plan(target="x86_64-solo5", libc="auto", toolchain="auto", **changes)


# ---------------------------------------------------------------- the script as a whole


@pytest.mark.parametrize(
    "changes", [{}, {"release": "4.14.1", "bindings": "hvt"}, {"target": "aarch64-solo5"}], ids=str
)
def test_shellcheck_has_nothing_to_say(changes: dict[str, object]) -> None:
    text = script(portable_plan(**{"target": "x86_64-solo5", "libc": "auto", "toolchain": "auto", **changes}))
    ended = subprocess.run(
        [own_tool("shellcheck"), "-s", "sh", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "")


def test_a_tender_is_built_and_wants_pkg_config() -> None:
    text = script(unikernel_plan())
    needs = next(line for line in text.splitlines() if line.startswith("needs "))
    assert "pkg-config" in needs.split()
    assert "/usr/bin/x86_64-linux-gnu-gcc" in needs.split()
    for bindings in ("spt", "hvt", "virtio", "muen", "xen"):
        assert f"noted {bindings}" in text


def test_an_image_compiles_and_does_not_link_a_first_file() -> None:
    text = dockerfile(unikernel_plan())
    assert "ocamlopt -c /tmp/first.ml" in text
    assert "libseccomp-dev" in text
    assert "ocamlopt -o /tmp/first.out" in dockerfile(portable_plan())


# ---------------------------------------------------------------- notes


def noted(file: Path, shell: str = "sh") -> list[str]:
    """What the shell functions say: interpreter, bindings, manifest."""
    functions = "\n".join(used_functions(["notes", "interpreter"]))
    text = f'{functions}\nnotes "$1"; interpreter "$1"; printf "%s\\n" "$bindings" "$manifest"\n'
    ended = subprocess.run([shell, "-euc", text, shell, file], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return ended.stdout.splitlines()


CASES: dict[str, tuple[bytes, ...]] = {
    "both": (abi(2), manifest(3)),
    "together": (note(1, b"\0" * 4, b"OpenBSD\0") + abi(1) + manifest(),),
    "none": (),
    "a segment of no bytes": (b"",),
    "another version": (abi(6), manifest(version=2)),
    "no entries": (manifest(0),),
    "too many": (manifest(65),),
    "truncated entries": (manifest(2, content=ENTRY),),
    "truncated": (note(MFT1, b"\0" * 8),),
    "another owner": (note(MFT1, b"\0" * 12, b"GNU\0"),),
    "unknown bindings": (abi(9),),
    "empty bindings": (note(0x3149_4241, b""),),
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("notes", CASES.values(), ids=CASES.keys())
def test_the_script_reads_notes_as_the_wizard_does(shell: str, notes: tuple[bytes, ...], tmp_path: Path) -> None:
    file = tmp_path / "unikernel"
    file.write_bytes(elf(EM["EM_X86_64"], interpreter=NOWHERE, notes=notes))
    wanted = read_notes(file)
    assert noted(file, shell) == [NOWHERE, wanted.bindings or "none", wanted.manifest]


@settings(max_examples=20)
@given(st.lists(st.binary(max_size=60), max_size=2))
def test_no_bytes_lead_the_script_elsewhere(tmp_path_factory: pytest.TempPathFactory, notes: list[bytes]) -> None:
    file = tmp_path_factory.mktemp("notes") / "unikernel"
    file.write_bytes(elf(EM["EM_AARCH64"], notes=(*notes, abi(2))))
    wanted = read_notes(file)
    assert noted(file) == ["none", wanted.bindings or "none", wanted.manifest]


# ---------------------------------------------------------------- the proof


class Fake(Exported):
    """A script whose only stage proves a switch for unikernels with a compiler and a tender of the test's own."""

    @property
    def prefix(self) -> Path:
        return self.build / "staging"

    def prepare(self) -> None:
        """Everything as it should be."""
        answers = expected_config(MACHINE, RELEASE) | {"standard_library_default": "/final/lib/ocaml"}
        write(self.prefix / "bin" / "ocamlopt", LINKER)
        (self.prefix / "bin/config").write_text("".join(f"{name}: {value}\n" for name, value in answers.items()))
        for number, name in {1: "hvt", 2: "spt", 3: "virtio", 4: "muen", 6: "xen"}.items():
            program = elf(EM["EM_X86_64"], interpreter=NOWHERE, notes=(abi(number), manifest()))
            (self.prefix / "bin" / f"program-{name}").write_bytes(program)
        write(self.prefix / "wrappers" / "x86_64-solo5-ocaml-gcc", GCC)
        tools = self.prefix / TOOLS
        write(tools / "solo5-elftool", '#!/bin/sh\n[ "$1" = gen-manifest ] && cp "$2" "$3"\n')
        write(tools / "solo5-spt", TENDER)
        for proof_program in programs(RELEASE, unikernels=True):
            lines = expected_output(proof_program.name, MACHINE, RELEASE).items()
            (tools / f"{proof_program.name}.output").write_text(
                "".join(f"{name}={value}\n" for name, value in lines)
            )
        for name in (MANIFEST, STARTUP):
            write(self.prefix / PARTS / name, "")

    def prove(self) -> tuple[int, Report]:
        """The exit status of the script and what it reported."""
        report = f"{BUILD}/staging/share/ocaml-cross/proof.json"
        proof = stage("proof", a.Prove(f"{BUILD}/staging", "/final", report))
        whole = unikernel_plan()
        changes = {"selection": whole.selection, "triplet": whole.triplet, "target": whole.target}
        plan = small_plan("/final", proof, **changes)
        ended = self.run(plan)
        data = (self.prefix / "share/ocaml-cross/proof.json").read_bytes()
        return ended.returncode, msgspec.json.decode(data, type=Report)


@pytest.fixture(params=SHELLS)
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Fake:
    made = Fake(tmp_path, request.param)
    made.prepare()
    return made


@pytest.fixture
def once(tmp_path: Path) -> Fake:
    made = Fake(tmp_path)
    made.prepare()
    return made


intel = pytest.mark.skipif(platform.machine() != "x86_64", reason="the tender runs on x86_64")


@intel
def test_parts_notes_and_what_the_unikernels_print_are_compared(fake: Fake) -> None:
    status, report = fake.prove()
    assert report.failed == ()
    assert status == 0
    assert (report.runner, report.not_run) == ("under solo5-spt", "")
    found = {(comparison.group, comparison.name): comparison.found for comparison in report.comparisons}
    assert {name for group, name in found if group == "parts"} == {
        "manifest",
        "manifest object",
        "start-up object",
    }
    for bindings in ("hvt", "virtio", "muen", "xen"):
        assert found[(f"constants-{bindings}", "bindings")] == bindings
    assert found[("unikernel", "manifest")] == "version 1, 0 devices"
    assert found[("constants", "interpreter")] == NOWHERE
    assert found[("single_core", "exit status")] == "0"


@intel
def test_where_seccomp_is_forbidden_the_unikernels_are_not_run(fake: Fake) -> None:
    (fake.prefix / TOOLS / "refuses").touch()
    status, report = fake.prove()
    assert status == 0
    assert report.runner == ""
    assert report.not_run == "solo5-spt: seccomp_load() failed: EPERM"
    assert "seccomp is allowed" in report.how_to_run
    assert {comparison.verdict for comparison in report.comparisons if comparison.name == "effects"} == {"not-run"}


def test_without_a_tender_they_are_looked_at_only(once: Fake) -> None:
    (once.prefix / TOOLS / "solo5-spt").unlink()
    status, report = once.prove()
    assert status == 0
    assert report.runner == ""
    assert {comparison.verdict for comparison in report.comparisons if comparison.name == "bindings"} == {"pass"}
    if platform.machine() == "x86_64":
        assert report.not_run == "the switch was built without a tender"
        assert "libseccomp-dev" in report.how_to_run


@pytest.mark.parametrize(
    ("notes", "failed"),
    [((abi(1), manifest()), {"bindings"}), ((abi(2),), {"manifest"}), ((), {"bindings", "manifest"})],
)
def test_a_unikernel_that_a_tender_would_refuse_fails_the_proof(
    notes: tuple[bytes, ...], failed: set[str], once: Fake
) -> None:
    program = elf(EM["EM_X86_64"], interpreter=NOWHERE, notes=notes)
    (once.prefix / "bin" / "program-spt").write_bytes(program)
    status, report = once.prove()
    assert status == 7
    assert {check.name for check in report.failed} == failed


def test_a_part_that_cannot_be_made_fails_the_proof(once: Fake) -> None:
    write(once.prefix / "wrappers" / "x86_64-solo5-ocaml-gcc", "#!/bin/sh\nexit 1\n")
    status, report = once.prove()
    assert status == 7
    assert {check.name for check in report.failed} == {"manifest object", "start-up object"}


@intel
def test_a_unikernel_that_stops_is_told_from_a_tender_that_may_not_run(once: Fake) -> None:
    (once.prefix / TOOLS / "jumps.output").unlink()
    status, report = once.prove()
    assert status == 7
    assert {check.group for check in report.failed} == {"jumps"}
    assert report.runner == "under solo5-spt"


# ---------------------------------------------------------------- sources with a sha512


def test_an_archive_with_a_sha512_is_checked_and_pinned_by_the_sha256_that_was_found(tmp_path: Path) -> None:
    exported = Exported(tmp_path)
    first = archive(tmp_path / "o.tar.gz", {"top/a": b"1"})
    second = archive(tmp_path / "solo5.tar.gz", {"top/b": b"2"})
    data = (tmp_path / "solo5.tar.gz").read_bytes()
    longer = msgspec.structs.replace(second, sha256="", sha512=hashlib.sha512(data).hexdigest())
    fetches = (
        a.FetchSource("OCaml", (first,), f"{BUILD}/o.json"),
        a.FetchSource("Solo5", (longer,), f"{BUILD}/solo5.json"),
    )
    lock = a.WriteLock(f"{BUILD}/lock.toml", f"{BUILD}/o.json", {"solo5": f"{BUILD}/solo5.json"})
    plan = small_plan("/x", stage("only", *fetches, lock))
    ended = exported.run(plan, OCW_SOURCES=str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    pinned = load_preset(exported.build / "lock.toml", REAL).lock
    assert pinned is not None
    assert pinned.components["solo5"].sha256 == second.sha256
    assert "OCAML-CROSS" not in (exported.build / "lock.toml").read_text()
    (tmp_path / "solo5.tar.gz").write_bytes(data + b"x")
    again = exported.run(small_plan("/x", stage("other", fetches[1])), OCW_SOURCES=str(tmp_path))
    assert again.returncode == 5
    assert f"the archive with the sha512 {longer.sha512}" in again.stderr
