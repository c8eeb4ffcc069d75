"""Portable executables: what the head of one says, and what is none."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.fakes import REAL
from tests.support.properties import given
from wizard.base.errors import InputError, ProofError
from wizard.binaries.ape import MAGICS, PortableFacts, read_portable
from wizard.prove.expectation import expect
from wizard.prove.inspection import inspect

ARM, INTEL = 183, 62


def header(machine: int) -> bytes:
    """An ELF header of 64 bytes."""
    return struct.pack("<16sHHI", b"\x7fELF\x02\x01\x01", 2, machine, 1).ljust(64, b"\0")


def printed(data: bytes) -> bytes:
    """The shell command that writes it, as a portable executable has it."""
    return b"printf '\\177ELF" + b"".join(b"\\%03o" % byte for byte in data[4:]) + b"' >&7\n"


def portable(path: Path, *machines: int, magic: bytes = MAGICS[0]) -> Path:
    path.write_bytes(magic + b"\n'\n" + b"".join(printed(header(machine)) for machine in machines) + b"\0" * 5000)
    return path


def test_one_program_and_two_fused_ones(tmp_path: Path) -> None:
    assert read_portable(portable(tmp_path / "a.com", INTEL)) == PortableFacts(("EM_X86_64",), windows=True)
    both = read_portable(portable(tmp_path / "b.com", INTEL, ARM, INTEL, magic=MAGICS[1]))
    assert both == PortableFacts(("EM_X86_64", "EM_AARCH64"), windows=False)


def test_a_program_for_aarch64_alone_is_none_for_windows(tmp_path: Path) -> None:
    """apelink lets it begin with MZ all the same, and no header of Windows follows."""
    assert read_portable(portable(tmp_path / "a.com", ARM)) == PortableFacts(("EM_AARCH64",), windows=False)
    title = inspect("a.com", (tmp_path / "a.com").read_bytes(), REAL).title
    assert title == "portable executable (APE): ELF EM_AARCH64"


def test_letters_in_the_printf_count_as_themselves(tmp_path: Path) -> None:
    # Cosmopolitan's writes \2\1\1\011 and the like, with as few digits as will do.
    (tmp_path / "a.com").write_bytes(
        MAGICS[0] + b"\n'\nprintf '\\177ELF\\2\\1\\1\\011" + b"\\0" * 8 + b"\\2\\0\\076\\0A" + b"\\0" * 43 + b"'\n"
    )
    assert read_portable(tmp_path / "a.com").machines == ("EM_X86_64",)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ape-magic"),
        (header(INTEL), "ape-magic"),
        (b"MZ\x90\0" + b"\0" * 200, "ape-magic"),
        (MAGICS[0] + b"'\nexit 0\n", "ape-no-elf"),
        (MAGICS[0] + b"'\n" + printed(header(INTEL)[:40]), "ape-no-elf"),
    ],
    ids=["empty", "an ELF program", "a Windows program", "no printf", "half a header"],
)
def test_what_is_none_is_said_to_be_none(data: bytes, code: str, tmp_path: Path) -> None:
    (tmp_path / "a.com").write_bytes(data)
    with pytest.raises(ProofError) as raised:
        read_portable(tmp_path / "a.com")
    assert raised.value.code == code


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProofError) as raised:
        read_portable(tmp_path / "nowhere")
    assert raised.value.code == "ape-unreadable"


@given(st.binary(max_size=300))
def test_any_bytes_are_facts_or_an_error(tmp_path_factory: pytest.TempPathFactory, rest: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "a.com"
    path.write_bytes(MAGICS[0] + b"'\nprintf '\\177ELF" + rest)
    try:
        found = "facts" if read_portable(path).machines else "nothing"
    except ProofError as error:
        found = error.code
    assert found in ("facts", "ape-no-elf")


def test_inspect_knows_the_programs_in_a_portable_executable(tmp_path: Path) -> None:
    data = portable(tmp_path / "a.com", INTEL, ARM, magic=MAGICS[1]).read_bytes()
    found = inspect("a.com", data, REAL)
    assert found.kind == "portable"
    assert found.title == "portable executable (APE): ELF EM_X86_64, ELF EM_AARCH64"
    assert found.facts == {"linked": "static"}
    assert {"x86_64-linux", "aarch64-linux"} <= set(found.machines)
    assert not {"x86_64-solo5", "i686-linux"} & set(found.machines)


@pytest.mark.parametrize(("target", "codes"), [("x86_64-linux", []), ("riscv64-linux", ["object-other-machine"])])
def test_it_is_for_each_of_its_machines_and_no_other(target: str, codes: list[str], tmp_path: Path) -> None:
    data = portable(tmp_path / "a.com", INTEL, magic=MAGICS[1]).read_bytes()
    expected = expect(REAL, target, "musl", REAL.releases["5.3.0"])
    assert [finding.code for finding in inspect("a.com", data, REAL, expected, static=True).findings] == codes


def test_a_portable_executable_without_a_program_is_damaged() -> None:
    with pytest.raises(InputError) as raised:
        inspect("a.com", MAGICS[1] + b"\n'\nexit 0\n", REAL)
    assert raised.value.code == "file-damaged"
