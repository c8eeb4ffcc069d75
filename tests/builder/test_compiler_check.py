"""The C compiler under the target's name must be for the target: its word is not enough."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.elf_files import EM, elf
from tests.support.object_files import I386, coff, pe
from tests.support.scripts import FAKE_COMPILER, write
from wizard.base.errors import BuildError, CancelledError, MissingError, WizardError
from wizard.builder.compiler_check import check_compiler, without_vendor
from wizard.machine.processes import Stop
from wizard.steps.actions import CheckCompiler

TRIPLET, MINGW = "aarch64-linux-musl", "x86_64-w64-mingw32"
RISCV = "riscv64-linux-musl"
TRIPLETS = {"aarch64-linux": TRIPLET, "x86_64-windows": MINGW, "riscv64-linux": RISCV}
OBJECT, PROGRAM = elf(kind="ET_REL"), elf()


def checked(
    tmp_path: Path,
    *,
    script: str = FAKE_COMPILER,
    triplet: str = TRIPLET,
    object_: bytes = OBJECT,
    program: bytes = PROGRAM,
    static: bool = True,
    target: str = "aarch64-linux",
    stop: Stop | None = None,
) -> None:
    """Check a fake compiler that answers and makes what is given."""
    folder = tmp_path / "my wrappers"
    write(folder / "gcc", script)
    for name, data in (("triplet", triplet.encode()), ("object", object_), ("program", program)):
        (folder / name).write_bytes(data)
    action = CheckCompiler(
        compiler=str(folder / "gcc"), triplet=TRIPLETS[target], answer=TRIPLETS[target], target=target,
        static=static, scratch=str(tmp_path / "scratch"), assembler=str(folder / "as"),
    )  # fmt: skip
    check_compiler(action, {"PATH": os.environ["PATH"]}, tmp_path / "log", stop or Stop())


@pytest.mark.parametrize(
    "triplet", [TRIPLET, f"{TRIPLET}\n", "aarch64-unknown-linux-musl", "aarch64-pc-linux-musl"]
)
def test_a_compiler_for_the_target_passes(triplet: str, tmp_path: Path) -> None:
    checked(tmp_path, triplet=triplet)


@pytest.mark.parametrize(
    "triplet", ["x86_64-linux-gnu", "aarch64-linux-gnu", "aarch64-unknown-linux-gnu", "", "aarch64", "rubbish"]
)
def test_a_compiler_that_answers_another_triplet_is_wrong(triplet: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        checked(tmp_path, triplet=triplet)
    assert raised.value.code == "compiler-wrong"
    assert repr(triplet or "nothing") in raised.value.why
    assert not (tmp_path / "scratch" / "first.o").exists()


@pytest.mark.parametrize(
    "object_",
    [elf(EM["EM_X86_64"], kind="ET_REL"), elf(bits=32, kind="ET_REL"), elf(byte_order="big", kind="ET_REL")],
    ids=["machine", "class", "order"],
)
def test_a_compiler_whose_object_is_for_another_machine_is_wrong_whatever_it_answers(
    object_: bytes, tmp_path: Path
) -> None:
    with pytest.raises(BuildError, match=TRIPLET) as raised:
        checked(tmp_path, object_=object_)
    assert raised.value.code == "compiler-wrong"
    assert "first object" in raised.value.why


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (elf(EM["EM_X86_64"]), "EM_X86_64"),
        (
            elf(interpreter="/lib/ld-linux-aarch64.so.1", needed=("libc.so.6",)),
            "/lib/ld-linux-aarch64.so.1 libc.so.6",
        ),
        (elf(needed=("libc.so.6",)), "libc.so.6"),
    ],
    ids=["machine", "interpreter", "libraries"],
)
def test_a_compiler_whose_program_is_wrong_or_dynamic_is_wrong(program: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        checked(tmp_path, program=program)
    assert raised.value.code == "compiler-wrong"
    assert "first program" in raised.value.why
    assert words in raised.value.why


def test_a_dynamic_program_is_right_where_the_c_library_is_not_static(tmp_path: Path) -> None:
    checked(tmp_path, program=elf(interpreter="/lib/ld.so", needed=("libc.so",)), static=False)


@pytest.mark.parametrize("broken", ["object", "program"])
def test_a_compiler_that_fails_is_broken_and_its_words_are_in_the_log(broken: str, tmp_path: Path) -> None:
    fails = f'[ "$data" = {broken} ] && {{ echo "no such header"; exit 1; }}\ncp '
    with pytest.raises(BuildError) as raised:
        checked(tmp_path, script=FAKE_COMPILER.replace("cp ", fails))
    assert raised.value.code == "compiler-broken"
    assert str(tmp_path / "log") in raised.value.fix
    assert "no such header" in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("data", ["object", "program"])
def test_what_an_earlier_check_left_is_not_taken_for_what_this_compiler_made(data: str, tmp_path: Path) -> None:
    checked(tmp_path)
    with pytest.raises(WizardError):
        checked(tmp_path, script=FAKE_COMPILER.replace("cp ", f'[ "$data" = {data} ] && exit 0\ncp '))


@pytest.mark.parametrize("data", [b"", b"rubbish"])
def test_a_compiler_that_makes_no_elf_file_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="first"):
        checked(tmp_path, object_=data)


@pytest.mark.parametrize("script", ["#!/no/such/shell\n", "\x7fELFrubbish"], ids=["no interpreter", "no program"])
def test_a_compiler_that_cannot_be_started_is_missing(script: str, tmp_path: Path) -> None:
    with pytest.raises(MissingError) as raised:
        checked(tmp_path, script=script)
    assert raised.value.code == "compiler-not-started"


def test_a_compiler_that_answers_bytes_nobody_can_read_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as raised:
        checked(
            tmp_path, script=FAKE_COMPILER.replace('exec cat "$here/triplet"', "{ printf '\\377\\376'; exit 0; }")
        )
    assert raised.value.code == "compiler-wrong"


def test_a_stop_ends_the_check(tmp_path: Path) -> None:
    stop = Stop()
    stop.requested = True
    with pytest.raises(CancelledError):
        checked(tmp_path, stop=stop)


@pytest.mark.parametrize(
    ("triplet", "plain"),
    [
        ("aarch64-linux-musl", "aarch64-linux-musl"),
        ("aarch64-unknown-linux-musl\n", "aarch64-linux-musl"),
        ("x86_64-pc-linux-gnu", "x86_64-linux-gnu"),
        ("rubbish", "rubbish"),
        ("", ""),
    ],
)
def test_a_triplet_is_compared_without_its_vendor(triplet: str, plain: str) -> None:
    assert without_vendor(triplet) == plain


def test_a_compiler_for_windows_makes_objects_and_programs_of_windows(tmp_path: Path) -> None:
    program = pe(imports=("KERNEL32.dll", "msvcrt.dll"))
    checked(tmp_path, triplet=MINGW, object_=coff(), program=program, static=False, target="x86_64-windows")
    assert (tmp_path / "scratch" / "first.exe").exists(), "gcc adds the suffix where it is not given"


@pytest.mark.parametrize(
    ("object_", "program"),
    [(coff(I386), pe()), (coff(), pe(I386, 32)), (OBJECT, pe()), (coff(), PROGRAM), (coff(), coff(I386))],
    ids=["object of 32 bits", "program of 32 bits", "ELF object", "ELF program", "another object"],
)
def test_a_compiler_that_makes_other_things_for_windows_is_wrong(
    object_: bytes, program: bytes, tmp_path: Path
) -> None:
    with pytest.raises(BuildError) as raised:
        checked(tmp_path, triplet=MINGW, object_=object_, program=program, static=False, target="x86_64-windows")
    assert raised.value.code == "compiler-wrong"
    assert "not amd64 (PE/COFF, 64 bits, little endian)" in raised.value.why


@pytest.mark.parametrize("data", [b"", b"MZ", b"no object"])
def test_a_compiler_that_makes_nothing_that_can_be_read_fails_with_words(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(WizardError) as raised:
        checked(tmp_path, triplet=MINGW, object_=data, static=False, target="x86_64-windows")
    assert raised.value.code == "not-object"


# Of RISC-V's jumps each must have four bytes, however they are assembled: OCaml's back end counts on it.


def assembled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, size: int, assembler: str = "#!/bin/sh\n"
) -> None:
    """Check a fake compiler for RISC-V beside a fake assembler; the two jumps have `size` bytes."""
    monkeypatch.setattr("wizard.builder.compiler_check.section_size", lambda _path, _name: size)
    write(tmp_path / "my wrappers" / "as", assembler)
    riscv = EM["EM_RISCV"]
    checked(
        tmp_path, triplet=RISCV, target="riscv64-linux", object_=elf(riscv, kind="ET_REL"), program=elf(riscv)
    )  # fmt: skip


def test_an_assembler_that_leaves_jumps_as_they_are_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assembled(tmp_path, monkeypatch, size=8)


def test_an_assembler_that_compresses_jumps_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BuildError) as raised:
        assembled(tmp_path, monkeypatch, size=4)
    assert raised.value.code == "assembler-compresses"
    assert str(tmp_path / "my wrappers" / "as") in raised.value.render()


def test_an_assembler_that_fails_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BuildError) as raised:
        assembled(tmp_path, monkeypatch, size=8, assembler="#!/bin/sh\necho no such option; exit 1\n")
    assert raised.value.code == "compiler-broken"
    assert "no such option" in (tmp_path / "log").read_text(encoding="utf-8")
