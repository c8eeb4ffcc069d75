"""What an ELF file says of itself; anything else is no ELF file and never a crash."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import strategies as st

from tests.support.elf_files import EM, elf
from tests.support.properties import example, given, settings
from wizard.base.errors import ProofError
from wizard.binaries.elf import ElfFacts, read_elf

CC = shutil.which("cc") or shutil.which("gcc")
LOADER = "/lib/ld-linux-aarch64.so.1"


def facts(tmp_path: Path, data: bytes) -> ElfFacts:
    (tmp_path / "program").write_bytes(data)
    return read_elf(tmp_path / "program")


@pytest.mark.parametrize("machine", EM)
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("byte_order", ["little", "big"])
@pytest.mark.parametrize("kind", ["ET_EXEC", "ET_DYN", "ET_REL"])
def test_machine_class_order_and_kind_are_read(
    machine: str, bits: Literal[32, 64], byte_order: Literal["little", "big"], kind: str, tmp_path: Path
) -> None:
    found = facts(tmp_path, elf(EM[machine], bits, byte_order, kind))
    assert found == ElfFacts(machine, bits, byte_order, kind, "", ())
    assert found.static


@pytest.mark.parametrize("bits", [32, 64])
def test_an_interpreter_makes_a_program_dynamic(bits: Literal[32, 64], tmp_path: Path) -> None:
    found = facts(tmp_path, elf(bits=bits, interpreter=LOADER))
    assert (found.interpreter, found.needed, found.static) == (LOADER, (), False)


@pytest.mark.parametrize("byte_order", ["little", "big"])
def test_needed_libraries_make_a_program_dynamic(byte_order: Literal["little", "big"], tmp_path: Path) -> None:
    found = facts(tmp_path, elf(byte_order=byte_order, needed=("libc.so.6", "libm.so.6")))
    assert (found.interpreter, found.needed, found.static) == ("", ("libc.so.6", "libm.so.6"), False)


def test_a_dynamic_program_has_both(tmp_path: Path) -> None:
    found = facts(tmp_path, elf(kind="ET_DYN", interpreter=LOADER, needed=("libc.so.6",)))
    assert (found.kind, found.interpreter, found.needed) == ("ET_DYN", LOADER, ("libc.so.6",))


def test_a_static_program_at_any_address_is_static(tmp_path: Path) -> None:
    assert facts(tmp_path, elf(kind="ET_DYN")).static


def test_a_machine_that_nobody_knows_is_still_a_word(tmp_path: Path) -> None:
    found = facts(tmp_path, elf(machine=0x7ABC))
    assert isinstance(found.machine, str)
    assert found.machine != "EM_AARCH64"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x7fELF",
        b"MZ\x90\x00",
        b"#!/bin/sh\n",
        b"\xcf\xfa\xed\xfe" + b"\0" * 60,
        b"\x7fELF" + b"\xff" * 60,
        b"\0" * 4096,
    ],
    ids=["empty", "only the magic", "Windows", "a script", "Mach-O", "nonsense", "zeros"],
)
def test_what_is_no_elf_file_is_a_proof_error(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(ProofError, match="program") as raised:
        facts(tmp_path, data)
    assert raised.value.code == "not-elf"


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_file_that_is_not_there_is_a_proof_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProofError) as raised:
        read_elf(tmp_path / name)
    assert raised.value.code == "not-elf"


WHOLE = elf(interpreter=LOADER, needed=("libc.so.6",))


@pytest.mark.parametrize("size", range(0, len(WHOLE), 7))
def test_a_truncated_file_is_a_proof_error_or_read_but_never_a_crash(size: int, tmp_path: Path) -> None:
    try:
        facts(tmp_path, WHOLE[:size])
    except ProofError as error:
        assert error.code == "not-elf"  # noqa: PT017


@settings(max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@example(changes=[(56, 0xFF), (57, 0xFF)])
@example(changes=[(40, 0xFF), (46, 0xFF), (60, 9)])
def test_a_damaged_file_is_a_proof_error_or_read_but_never_a_crash(
    changes: list[tuple[int, int]], tmp_path: Path
) -> None:
    data = bytearray(WHOLE)
    for offset, value in changes:
        data[offset] = value
    try:
        found = facts(tmp_path, bytes(data))
    except ProofError as error:
        assert error.code == "not-elf"  # noqa: PT017
    else:
        assert isinstance(found.machine, str)
        assert found.bits in (32, 64)


@pytest.mark.skipif(
    CC is None or sys.platform != "linux", reason="there is no C compiler that makes ELF files here"
)
def test_a_program_of_the_c_compiler_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.c").write_text("int main(void) { return 0; }\n", encoding="utf-8")
    for options in (["-c", "-o", "x.o"], ["-o", "x"]):
        subprocess.run([str(CC), *options, "x.c"], cwd=tmp_path, check=True, capture_output=True)
    assert read_elf(tmp_path / "x.o").kind == "ET_REL"
    assert read_elf(tmp_path / "x.o").static
    program = read_elf(tmp_path / "x")
    assert program.kind in ("ET_EXEC", "ET_DYN")
    assert program.machine == read_elf(tmp_path / "x.o").machine
    assert program.static or any("libc" in name for name in program.needed)
