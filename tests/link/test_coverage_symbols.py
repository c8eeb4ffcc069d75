"""What objects, shared libraries, archives' indexes and linker scripts say of symbols; damage is never a crash."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.elf_files import elf
from tests.support.linkable import AARCH64, assembled, compiled, indexed, unindexed, wishing, zig
from tests.support.object_files import AMD64, archive, coff
from tests.support.properties import example, given, settings
from wizard.binaries.ar import MAGIC, members, placed_members, symbol_index
from wizard.binaries.facts import DamageError
from wizard.link.linker_script import parse_linker_script
from wizard.link.symbols import ObjectSymbols, read_symbols

TEXT = """
extern int wanted(void), unused(void);
extern int maybe(void) __attribute__((weak));
int strong(void) { return wanted() + (maybe ? maybe() : 0); }
int gives_way(void) __attribute__((weak));
int gives_way(void) { return 0; }
static int own(void) { return strong(); }
int (*pointer)(void) = own;
int room;
"""


def test_an_object_says_what_it_defines_and_what_it_wants(tmp_path: Path) -> None:
    found = read_symbols(compiled(TEXT, "-fcommon", into=tmp_path))
    assert found == ObjectSymbols(
        machine="EM_X86_64",
        bits=64,
        shared=False,
        defined={"strong": "strong", "gives_way": "weak", "pointer": "strong", "room": "common"},
        needed=("wanted",),
        optional=("maybe",),
    )


def test_what_is_once_in_a_program_gives_way(tmp_path: Path) -> None:
    """A section of a COMDAT group, as for what C++ compiles into every object that uses it."""
    grouped = '.section .text.f,"axG",@progbits,f,comdat\n.globl f\nf: ret\n.text\n.globl g\ng: ret\n'
    assert read_symbols(assembled(grouped, into=tmp_path)).defined == {"f": "weak", "g": "strong"}


def test_a_group_that_is_kept_whole_does_not_give_way(tmp_path: Path) -> None:
    text = '.section .text.f,"axG",@progbits,f\n.globl f\nf: ret\n'
    assert read_symbols(assembled(text, into=tmp_path)).defined == {"f": "strong"}


def test_a_shared_library_has_no_old_versions_for_new_programs(tmp_path: Path) -> None:
    text = ".globl new, before\nnew: ret\nbefore: ret\n.symver before, changed@V1\n.symver new, changed@@V2\n"
    (tmp_path / "a.o").write_bytes(
        assembled(text + ".globl gone\ngone: ret\n.symver gone, lost@V1\n", into=tmp_path)
    )
    (tmp_path / "versions").write_text("V1 { };\nV2 { global: new; local: *; } V1;\n", encoding="utf-8")
    words = [zig(), "ld.lld", "-shared", "--version-script", "versions", "a.o", "-o", "lib.so"]
    subprocess.run(words, cwd=tmp_path, check=True)
    found = read_symbols((tmp_path / "lib.so").read_bytes())
    assert found.shared
    assert {"changed", "new"} & set(found.defined)
    assert "lost" not in found.defined
    assert found.needed == ()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x7fELF", elf(), elf(kind="ET_DYN"), coff(AMD64), b"\0" * 4096, b"BC\xc0\xde" + b"\0" * 60],
    ids=["empty", "only the magic", "a program", "no sections", "COFF", "zeros", "bitcode"],
)
def test_what_is_no_object_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(DamageError):
        read_symbols(data)


def test_what_holds_no_code_yet_is_said_so(tmp_path: Path) -> None:
    """What GCC's -flto leaves: the code is elsewhere, and this symbol says so."""
    with pytest.raises(DamageError, match="flto"):
        read_symbols(assembled(".comm __gnu_lto_slim, 1, 1\n", into=tmp_path))


@given(fraction=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), cut=st.booleans())
@settings(max_examples=150)
def test_a_damaged_object_is_damaged_or_read(fraction: float, value: int, cut: bool, tmp_path: Path) -> None:
    compiled_file = tmp_path / "kept.o"
    if not compiled_file.exists():
        compiled_file.write_bytes(compiled(TEXT, into=tmp_path))
    data = bytearray(compiled_file.read_bytes())
    at = int(fraction * len(data))
    if cut:
        del data[at:]
    else:
        data[at] = value
    try:
        found = read_symbols(bytes(data))
    except DamageError:
        return
    assert not cut
    assert found.bits in (32, 64)


# ---------------------------------------------------------------- the index of an archive


def test_the_index_leads_to_the_member_with_the_symbol(tmp_path: Path) -> None:
    data = indexed(
        {
            "a.o": wishing(["one", "two"], ["three"], into=tmp_path),
            "a_name_of_more_than_fifteen_letters.o": wishing(["three", "one"], into=tmp_path),
        },
        tmp_path,
    )
    index = symbol_index(data)
    assert index is not None
    offsets = {offset: member.name for offset, member in placed_members(data)}
    assert {symbol: offsets[offset] for symbol, offset in index.items()} == {
        "one": "a.o",
        "two": "a.o",
        "three": "a_name_of_more_than_fifteen_letters.o",
    }
    assert [member.name for member in members(data)] == ["a.o", "a_name_of_more_than_fifteen_letters.o"]


def test_a_name_that_ends_with_a_zero_is_the_name(tmp_path: Path) -> None:
    """So Cosmopolitan's archiver writes the places of long names."""
    data = indexed({"a_name_of_more_than_fifteen_letters.o": wishing(["one"], into=tmp_path)}, tmp_path)
    changed = data.replace(b"/0 ", b"/0\0", 1)
    assert changed != data
    assert [member.name for member in members(changed)] == [member.name for member in members(data)]


@pytest.mark.parametrize("data", [MAGIC, unindexed({"a.o": b"\x7fELF"}), MAGIC + b"junk"[:0]])
def test_an_archive_without_an_index_has_none(data: bytes) -> None:
    assert symbol_index(data) is None


def test_an_index_that_is_cut_off_is_damage(tmp_path: Path) -> None:
    data = bytearray(indexed({"a.o": wishing(["one"], into=tmp_path)}, tmp_path))
    data[68:72] = b"\0\xff\xff\xff"
    with pytest.raises(DamageError, match="index"):
        symbol_index(bytes(data))
    data[68:72] = b"\0\0\0\2"
    with pytest.raises(DamageError, match="index"):
        symbol_index(bytes(data))


@given(st.binary(max_size=200))
@example(b"/               0           0     0     0       4         `\n\0\0\0\0")
def test_any_archive_has_an_index_or_none_or_is_damaged(rest: bytes) -> None:
    try:
        index = symbol_index(MAGIC + rest)
    except DamageError:
        return
    assert index is None or all(isinstance(offset, int) for offset in index.values())


NAME = st.text(
    st.characters(codec="ascii", categories=["L", "N"], include_characters="_.-+"), min_size=1, max_size=30
)


@given(names=st.lists(NAME, min_size=1, max_size=6), style=st.sampled_from(["gnu", "bsd"]))
def test_members_keep_their_names_and_places(names: list[str], style: str) -> None:
    data = archive(*((name, name.encode()) for name in names), style="gnu" if style == "gnu" else "bsd")
    found = list(members(data))
    assert [bytes(member.data).rstrip(b"\0") for member in found] == [name.encode() for name in names]
    for offset, member in placed_members(data):
        assert data[offset + 58 : offset + 60] == b"`\n", member.name


# ---------------------------------------------------------------- linker scripts


def test_the_script_that_stands_for_glibc_names_its_parts() -> None:
    text = """/* GNU ld script
       Use the shared library, but some functions are only in GROUP ( /not/this ) */
    OUTPUT_FORMAT(elf64-littleaarch64)
    GROUP ( /usr/lib/libc.so.6 /usr/lib/libc_nonshared.a  AS_NEEDED ( /lib/ld-linux-aarch64.so.1 ) )
    """
    found = parse_linker_script(text)
    assert found.files == ("/usr/lib/libc.so.6", "/usr/lib/libc_nonshared.a", "/lib/ld-linux-aarch64.so.1")
    assert not found.symbols


def test_a_script_defines_symbols() -> None:
    text = """
    ENTRY(_start)
    SECTIONS {
      . = 0x400000; _base = .;
      .text : { *(.text) PROVIDE(etext = .); PROVIDE_HIDDEN (__end_of.it = . + 8); }
      ASSERT(DEFINED(x) ? x == 3 : 1, "y = 3 is no assignment");
      /* z = 4; */ counter += 1; "quoted" = 1;
    }
    INPUT(libm.so.6, -lgcc "with space.a")
    """
    found = parse_linker_script(text)
    assert found.symbols == {"_base", "etext", "__end_of.it", "counter"}
    assert found.files == ("libm.so.6", "-lgcc", "with space.a")


@given(st.text(max_size=200))
@example("INPUT(")
@example("GROUP(a (b")
@example("INPUT)")
def test_any_text_is_read(text: str) -> None:
    found = parse_linker_script(text)
    assert all(re.fullmatch(r"[A-Za-z_$][\w.$]*", symbol) for symbol in found.symbols)


@given(st.lists(NAME, min_size=1, max_size=5, unique=True))
def test_the_files_of_a_group_come_back(names: list[str]) -> None:
    assert parse_linker_script(f"GROUP ( {' '.join(names)} )").files == tuple(names)


def test_the_machine_is_said(tmp_path: Path) -> None:
    assert read_symbols(wishing(["f"], triplet=AARCH64, into=tmp_path)).machine == "EM_AARCH64"
