"""Unikernels in the proof: what they are linked for, the audit of their notes, and a tender that refuses."""

from __future__ import annotations

from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.binaries.test_solo5_notes import abi, manifest
from tests.support.elf_files import EM, elf
from tests.support.fakes import HERE, UNIKERNEL, placed
from wizard.prove.audit import audit_notes
from wizard.prove.runners.api import Absent, Ready, programs_of
from wizard.prove.runners.solo5_tender import Solo5Tender
from wizard.prove.unikernels import linked_bindings
from wizard.toolchains.solo5 import TOOLS

HVT_ON_ARM = type(UNIKERNEL)(target="aarch64-solo5", bindings="hvt")


def audited(folder: Path, bindings: str, *notes: bytes) -> dict[str, str]:
    path = folder / "unikernel"
    path.write_bytes(elf(EM["EM_X86_64"], notes=notes))
    return {comparison.name: comparison.verdict for comparison in audit_notes("program", path, bindings)}


def test_the_audit_compares_bindings_and_manifest(tmp_path: Path) -> None:
    assert audited(tmp_path, "spt", abi(2), manifest()) == {"bindings": "pass", "manifest": "pass"}
    assert audited(tmp_path, "hvt", abi(2), manifest()) == {"bindings": "fail", "manifest": "pass"}
    assert audited(tmp_path, "spt", b"") == {"bindings": "fail", "manifest": "fail"}


def test_all_bindings_of_the_processor_are_linked_those_that_are_run_first() -> None:
    assert linked_bindings(placed(UNIKERNEL)) == ("spt", "hvt", "virtio", "muen", "xen")
    assert linked_bindings(placed(HVT_ON_ARM)) == ("spt", "hvt")


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (1, "solo5-spt: seccomp_load() failed: Operation not permitted", "solo5-spt: seccomp_load() failed"),
        (1, "solo5-spt: mmap: Operation not permitted", "solo5-spt: mmap"),
        (1, "solo5-spt: x: Invalid or unsupported executable", ""),
        (255, "Solo5: ABORT: mem.c:54: Not enough memory", ""),
        (0, "seccomp=fine", ""),
    ],
)
def test_a_tender_that_may_not_run_is_told_from_a_unikernel_that_failed(
    status: int, said: str, why: str, tmp_path: Path
) -> None:
    script = Solo5Tender().in_script(programs_of(placed(UNIKERNEL), tmp_path))
    assert script is not None
    assert script.refusal is not None
    found = script.refusal.why(CompletedProcess((), status, "", f"one\n{said}\n"))
    assert found.startswith(why)
    assert bool(found) == bool(why)


def test_a_tender_runs_here_what_is_linked_for_it_where_the_switch_has_it(tmp_path: Path) -> None:
    runner, resolved = Solo5Tender(), placed(UNIKERNEL)
    built = programs_of(resolved, tmp_path, "spt")
    assert runner.offer(built, HERE) == Absent(
        "the switch was built without a tender",
        "sudo apt-get install libseccomp-dev pkg-config, and build again",
        "By a tender (solo5-spt) on x86_64; here they are built and audited, not run.",
    )
    (tmp_path / TOOLS).mkdir(parents=True)
    (tmp_path / TOOLS / "solo5-spt").touch()
    ready = runner.offer(built, HERE)
    assert isinstance(ready, Ready)
    assert ready.words == "under solo5-spt"
    other = runner.offer(programs_of(resolved, tmp_path, "hvt"), HERE)
    assert isinstance(other, Absent)
    assert "no hypervisor" in other.not_run


def test_a_tender_for_another_processor_says_where_it_runs(tmp_path: Path) -> None:
    found = Solo5Tender().offer(programs_of(placed(HVT_ON_ARM), tmp_path), HERE)
    assert isinstance(found, Absent)
    assert found.not_run == "a tender runs on aarch64"
    assert found.how_to_run == "copy a program to a machine with aarch64 and Solo5"
