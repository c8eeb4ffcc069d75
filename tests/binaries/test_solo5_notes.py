"""The notes that a tender reads of a unikernel: found, judged, and never trusted to fit."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.elf_files import EM, elf
from tests.support.properties import given
from wizard.base.errors import ProofError
from wizard.binaries.objects import read_object_file
from wizard.binaries.solo5_notes import ABI1, BINDINGS, MFT1, Solo5Notes, read_notes

ENTRY = b"\0" * 104


def note(kind: int, content: bytes, owner: bytes = b"Solo5\0") -> bytes:
    name = owner + b"\0" * (-len(owner) % 4)
    return struct.pack("<III", len(owner), len(content), kind) + name + content + b"\0" * (-len(content) % 4)


def abi(number: int) -> bytes:
    return note(ABI1, struct.pack("<4I", number, 1, 0, 0))


def manifest(entries: int = 1, *, version: int = 1, content: bytes | None = None) -> bytes:
    return note(MFT1, struct.pack("<3I", 0, version, entries) + (ENTRY * entries if content is None else content))


def notes_of(folder: Path, *notes: bytes) -> Solo5Notes:
    path = folder / "unikernel"
    path.write_bytes(elf(EM["EM_X86_64"], notes=notes))
    return read_notes(path)


@pytest.mark.parametrize(("number", "name"), BINDINGS.items())
def test_the_bindings_are_told_by_their_number(tmp_path: Path, number: int, name: str) -> None:
    assert notes_of(tmp_path, abi(number)).bindings == name


def test_notes_may_be_in_one_segment_or_in_several(tmp_path: Path) -> None:
    other = note(1, b"\0" * 4, b"OpenBSD\0")
    apart = notes_of(tmp_path, other, abi(2), manifest(3))
    together = notes_of(tmp_path, other + abi(2) + manifest(3))
    assert apart == together == Solo5Notes("spt", 1, "version 1, 2 devices", True)


@pytest.mark.parametrize(
    ("notes", "words"),
    [
        ((), "none"),
        ((b"",), "none"),  # what the linker makes of no manifest: a segment of no bytes
        ((manifest(version=2),), "version 2"),
        ((manifest(0),), "0 entries"),
        ((manifest(65),), "65 entries"),
        ((manifest(2, content=ENTRY),), "truncated (2 entries in 116 bytes)"),
        ((note(MFT1, b"\0" * 8),), "truncated (8 bytes)"),
        ((note(MFT1, b"\0" * 12, b"GNU\0"),), "none"),
    ],
)
def test_a_manifest_that_a_tender_would_refuse_is_not_well_formed(
    tmp_path: Path, notes: tuple[bytes, ...], words: str
) -> None:
    found = notes_of(tmp_path, *notes)
    assert (found.manifest, found.well_formed) == (words, False)


def test_bindings_that_nobody_knows_are_told_by_their_number(tmp_path: Path) -> None:
    assert notes_of(tmp_path, abi(9)).bindings == "number 9"
    assert notes_of(tmp_path, note(ABI1, b"")).bindings == ""


@given(st.lists(st.binary(max_size=80), max_size=3))
def test_no_bytes_stop_the_reader(tmp_path_factory: pytest.TempPathFactory, notes: list[bytes]) -> None:
    found = notes_of(tmp_path_factory.mktemp("notes"), *notes, manifest())
    assert isinstance(found.bindings, str)


def test_what_is_no_elf_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("#!/bin/sh\n", encoding="utf-8")
    with pytest.raises(ProofError, match="no ELF file"):
        read_notes(tmp_path / "text")


def test_a_program_that_names_an_interpreter_which_is_nowhere_is_static(tmp_path: Path) -> None:
    path = tmp_path / "unikernel"
    for interpreter, linked in (("/nonexistent/solo5/", "static"), ("/lib/ld-musl-x86_64.so.1", "dynamic")):
        path.write_bytes(elf(EM["EM_X86_64"], interpreter=interpreter))
        assert read_object_file(path).linked == linked
