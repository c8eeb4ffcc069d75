"""Whatever bytes come: an answer or one InputError, in printable words, never a crash or a wait without end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.elf_files import EM, elf
from tests.support.inspected import AARCH64, ARM_HARD, KNOWN, config, wanted
from tests.support.object_files import (
    CPU_ARM64,
    CPU_X86_64,
    archive,
    big_object,
    coff,
    elf_object,
    import_object,
    mach_o,
    pe,
    universal,
)  # fmt: skip
from tests.support.properties import example, given, settings
from wizard.base.errors import InputError
from wizard.faces.text import plans
from wizard.prove.inspection import Inspection, inspect

WHOLE = {
    "dynamic ELF": elf(interpreter="/lib/ld-musl-aarch64.so.1", needed=("libc.so", "libm.so")),
    "ELF object": AARCH64,
    "big endian": elf_object(EM["EM_S390"], byte_order="big"),
    "ARM object": ARM_HARD,
    "PE": pe(imports=("KERNEL32.dll", "msvcrt.dll")),
    "PE32": pe(0x14C, 32, imports=("KERNEL32.dll",)),
    "COFF": coff(),
    "import object": import_object(),
    "big object": big_object(),
    "Mach-O": mach_o(needed=("/usr/lib/libSystem.B.dylib",), interpreter="/usr/lib/dyld", platform=1),
    "universal": universal((CPU_X86_64, mach_o(CPU_X86_64)), (CPU_ARM64, mach_o())),
    "archive": archive(("a.o", AARCH64), ("a_name_longer_than_a_header_takes.o", pe())),
    "BSD archive": archive(("a.o", AARCH64), ("b.o", coff()), style="bsd"),
    "WebAssembly": b"\0asm\1\0\0\0",
    "configuration": config(),
}
MAGICS = (
    b"",
    b"\x7fELF",
    b"MZ",
    b"!<arch>\n",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe\0\0\0\2",
    b"\0asm",
    b"d\x86",
)


def inspected(data: bytes) -> Inspection | None:
    """What is said of `data`, shown in every way; None where it is refused. pytest ends what has no end."""
    try:
        found = inspect("thing", data, KNOWN, wanted("armv7-linux", here="x86_64-linux"), static=True)
    except InputError as error:
        assert error.code.startswith("file-")  # noqa: PT017
        assert all(line.isprintable() for line in error.render().splitlines())  # noqa: PT017
        return None
    shown = plans.inspection_text(found, KNOWN)
    assert all(line.isprintable() for line in shown.splitlines())
    assert json.loads(plans.inspections_json([found]))[0]["name"] == "thing"
    return found


@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=400))
@settings(max_examples=200)
@example(magic=b"!<arch>\n", rest=b"#1/99999        0           0     0     100644  4         `\nabcd")
@example(magic=b"\x7fELF", rest=b"\2\1\1" + b"\0" * 9 + b"\1\0\xb7\0" + b"\xff" * 44)
@example(magic=b"", rest=b"\0\0\xff\xff\0\0d\x86")
def test_random_bytes_are_refused_or_answered(magic: bytes, rest: bytes) -> None:
    inspected(magic + rest)


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE.keys())
def test_a_file_that_is_cut_off_anywhere_is_refused_or_answered(data: bytes) -> None:
    assert inspected(data) is not None
    for size in range(0, len(data), max(1, len(data) // 50)):
        inspected(data[:size])


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE.keys())
@given(draw=st.data())
@settings(max_examples=40)
def test_a_file_with_changed_bytes_is_refused_or_answered(data: bytes, draw: st.DataObject) -> None:
    position = st.integers(0, min(len(data) - 1, 400)) | st.integers(0, len(data) - 1)
    changed = bytearray(data)
    for at, value in draw.draw(st.lists(st.tuples(position, st.integers(0, 255)), min_size=1, max_size=6)):
        changed[at] = value
    inspected(bytes(changed))


PYTHON = Path(sys.executable).resolve()


@pytest.mark.skipif(sys.platform != "linux", reason="programs are no ELF files here")
def test_the_program_that_runs_this_is_dynamic_and_has_a_machine() -> None:
    found = inspect("python", PYTHON.read_bytes(), KNOWN)
    assert found.title == "ELF executable"
    assert found.facts["bits"] == str(sys.maxsize.bit_length() + 1)
    assert found.facts["byte_order"] == sys.byteorder
    if found.facts["linked"] == "dynamic":
        strict = inspect("python", PYTHON.read_bytes(), KNOWN, static=True)
        assert [finding.code for finding in strict.findings] == ["program-dynamic"]


@pytest.mark.skipif(sys.platform != "linux", reason="programs are no ELF files here")
@given(part=st.floats(0, 1, exclude_max=True))
@settings(max_examples=40)
def test_a_real_program_that_is_cut_off_is_always_refused(part: float) -> None:
    data = PYTHON.read_bytes()
    with pytest.raises(InputError) as raised:
        inspect("python", data[: int(len(data) * part)], KNOWN)
    assert raised.value.code in ("file-empty", "file-unknown", "file-damaged")
    assert raised.value.code == "file-damaged" or len(data) * part < 4


@pytest.mark.parametrize("count", ["e_phnum", "e_shnum"])
def test_headers_without_end_are_no_wait_without_end(count: str) -> None:
    """A table of headers that are 0 bytes long, as many as a file can claim."""
    data = bytearray(AARCH64)
    data[32:40] = (64).to_bytes(8, "little")  # e_phoff
    at = {"e_phnum": 54, "e_shnum": 58}[count]
    data[at : at + 4] = b"\0\0\xfe\xff"
    assert inspected(bytes(data)) is None


def test_build_attributes_without_end_are_no_wait_without_end() -> None:
    for part in range(len(ARM_HARD)):
        data = bytearray(ARM_HARD)
        data[part : part + 4] = b"\0\0\0\0"
        inspected(bytes(data))
        inspected(bytes(data).replace(b"aeabi", b"other"))


def test_segments_that_are_nowhere_are_no_wait_without_end() -> None:
    data = bytearray(AARCH64)
    data[56:58] = b"\xfe\xff"  # e_phnum, where e_phoff is 0
    assert inspected(bytes(data)) is None


LINES = st.text(st.characters(codec="utf-8"), max_size=30)


@given(
    changes=st.dictionaries(
        st.sampled_from(["version", "architecture", "word_size", "int_size", "system", "os_type", "target", "host",
                         "c_compiler", "asm", "model", "native_compiler"]),
        LINES | st.sampled_from(["5.3.0", "64", "32", "gcc", "arm", "i386", "mingw64", "9" * 5000]),
    ),
    more=st.lists(LINES, max_size=3),
)  # fmt: skip
def test_any_configuration_is_answered(changes: dict[str, str], more: list[str]) -> None:
    inspected(config(changes) + "\n".join(more).encode())


@given(name=st.text(max_size=20))
def test_a_name_that_no_terminal_can_show_is_shown_all_the_same(name: str) -> None:
    found = inspect(name + "\x1b[2J\udcff\n", AARCH64, KNOWN)
    assert found.name.isprintable()
    msgspec.json.encode(found)
