"""What code lacks in a library, and by which way: small cases by hand, and many beside the linker itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.linkable import AARCH64, assembled, compiled, indexed, undefined, unindexed, wishing
from tests.support.properties import given, settings
from wizard.base.errors import InputError
from wizard.check.findings import errors
from wizard.link.closure import Coverage, Need, coverage, list_libraries
from wizard.link.findings import Answer, answer
from wizard.link.known import known
from wizard.link.libraries import Libraries, library_files, units_of

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Writes an object or an archive of objects, each as (what it defines, what it needs), and gives its path."""

    def write(name: str, *members: tuple[str, str], data: bytes = b"") -> Path:
        objects = {
            f"{number}.o": wishing(d.split(), n.split(), into=tmp_path) for number, (d, n) in enumerate(members)
        }
        if not data:
            data = indexed(objects, tmp_path) if name.endswith(".a") else objects["0.o"]
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


def covered(*code: Path, libraries: tuple[Path, ...] = ()) -> Coverage:
    return coverage([unit for path in code for unit in units_of(path)], Libraries(libraries), known())


def said(found: Coverage) -> Answer:
    return answer("a library", found, (), known())


def by_status(found: Coverage) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for need in found.needs:
        states.setdefault(need.status, []).append(need.symbol)
    return states


def test_what_is_there_and_what_is_not(put: Put) -> None:
    found = covered(put("code.o", ("start", "puts socket")), libraries=(put("libc.a", ("puts", "")),))
    assert found.needs == (
        Need("puts", "defined", ("code.o",), provider="libc.a(0.o)"),
        Need("socket", "missing", ("code.o",)),
    )
    assert found.objects == ("code.o",)
    assert [finding.code for finding in said(found).findings] == ["coverage-missing"]
    assert not said(found).links


def test_code_that_serves_itself_needs_nobody(put: Put) -> None:
    assert covered(put("a.a", ("one", "two"), ("two", "one three"), ("three", ""))).needs == ()


def test_what_is_missing_further_on_has_the_way_to_it(put: Put) -> None:
    """printf is there; what prints is not; and nobody needs what is beside it in the archive."""
    libc = put("libc.a", ("printf", "vfprintf"), ("vfprintf", "write"), ("unwanted", "nowhere"))
    found = covered(put("code.o", ("start", "printf")), libraries=(libc,))
    (missing,) = found.missing
    assert (missing.symbol, missing.objects) == ("write", ())
    assert missing.via == ("code.o", "printf → libc.a(0.o)", "vfprintf → libc.a(1.o)")
    (finding,) = said(found).findings
    assert finding.code == "coverage-missing-in-turn"
    assert "printf → libc.a(0.o)" in finding.why


def test_who_wants_a_symbol_is_named_each(put: Put) -> None:
    found = covered(put("a.o", ("a", "socket")), put("b.a", ("b", "socket"), ("c", "")))
    assert found.needs == (Need("socket", "missing", ("a.o", "0.o")),)


def test_objects_of_a_library_are_always_linked(put: Put) -> None:
    found = covered(put("code.o", ("main", "")), libraries=(put("crt1.o", ("_start", "main __libc_start_main")),))
    assert by_status(found) == {"missing": ["__libc_start_main"]}
    assert found.missing[0].via == ("crt1.o",)


def test_the_first_library_that_has_it_is_taken(put: Put) -> None:
    libraries = (put("one.a", ("f", "")), put("two.a", ("f", "nowhere"), ("g", "")))
    found = covered(put("code.o", ("start", "f g")), libraries=libraries)
    assert [need.provider for need in found.needs] == ["one.a(0.o)", "two.a(1.o)"]


def test_an_archive_without_an_index_is_read_all_the_same(put: Put, tmp_path: Path) -> None:
    members = {
        "a.o": wishing(["f"], ["g"], into=tmp_path),
        "b.o": wishing(["g"], into=tmp_path),
        "README": b"words\n",
    }
    found = covered(put("code.o", ("start", "f")), libraries=(put("lib.a", data=unindexed(members)),))
    assert by_status(found) == {"defined": ["f", "g"]}


def test_a_wrong_index_is_told(put: Put, tmp_path: Path) -> None:
    data = bytearray(indexed({"a.o": wishing(["f"], into=tmp_path)}, tmp_path))
    data[72:76] = b"\0\0\0\1"
    with pytest.raises(InputError) as raised:
        covered(put("code.o", ("start", "f")), libraries=(put("lib.a", data=bytes(data)),))
    assert raised.value.code == "library-index"


def test_a_weak_wish_need_not_be_granted(put: Put, tmp_path: Path) -> None:
    text = ".weak maybe\n.globl f\nf: nop\n.data\n.quad maybe\n"
    found = covered(put("code.o", data=assembled(text, into=tmp_path)))
    assert (found.needs, found.optional) == ((), ("maybe",))
    assert said(found).links


def test_what_nothing_uses_need_not_be_there(put: Put, tmp_path: Path) -> None:
    """Cosmopolitan's objects name symbols so, to have a member taken where it is there."""
    found = covered(put("code.o", data=assembled(".globl ghost\n.globl f\nf: nop\n", into=tmp_path)))
    assert by_status(found) in ({}, {"elsewhere": ["ghost"]})
    assert said(found).links


@pytest.mark.parametrize(
    ("symbol", "by"),
    [
        ("_GLOBAL_OFFSET_TABLE_", "the linker"),
        ("__start_my_section", "the linker"),
        ("main", "the program"),
        ("caml_frametable", "ocamlopt"),
        ("camlStdlib__List__code_begin", "ocamlopt"),
        ("caml_alloc_string", "the OCaml runtime"),
        ("solo5_console_write", "the Solo5 bindings"),
        ("__udivti3", "the compiler's own library"),
        ("__aarch64_ldadd8_acq_rel", "the compiler's own library"),
    ],
)
def test_what_others_define_is_not_missing(symbol: str, by: str, put: Put) -> None:
    found = covered(put("code.o", ("f", symbol)))
    assert by_status(found) == {"elsewhere": [symbol]}
    assert found.needs[0].provider.startswith(by)


def test_with_a_runtime_its_symbols_are_looked_up(put: Put) -> None:
    runtime = put("libasmrun.a", ("caml_alloc_string", ""))
    found = covered(put("code.o", ("f", "caml_alloc_string caml_unheard_of")), libraries=(runtime,))
    assert by_status(found) == {"defined": ["caml_alloc_string"], "missing": ["caml_unheard_of"]}


def test_a_linker_script_defines_and_leads_to_libraries(put: Put, tmp_path: Path) -> None:
    put("real.a", ("puts", ""))
    (tmp_path / "libc.so").write_text("GROUP ( real.a libabsent.so -lreal AS_NEEDED ( /nowhere ) )\n_base = 4;\n")
    found = covered(put("code.o", ("f", "puts _base")), libraries=(tmp_path / "libc.so",))
    assert [(need.status, need.provider) for need in found.needs] == [
        ("elsewhere", "a linker script"),
        ("defined", "real.a(0.o)"),
    ]


def test_two_that_define_the_same_clash(put: Put) -> None:
    found = covered(put("code.o", ("puts f", "printf")), libraries=(put("libc.a", ("printf puts", "")),))
    (finding,) = said(found).findings
    assert (finding.code, finding.what) == ("coverage-twice", "defined twice: puts")
    assert "code.o and libc.a(0.o)" in finding.why


def test_what_is_not_taken_cannot_clash(put: Put) -> None:
    assert not covered(put("code.o", ("puts", "")), libraries=(put("libc.a", ("printf puts", "")),)).clashes


def test_members_of_the_code_may_be_alternatives(put: Put) -> None:
    assert not covered(put("code.a", ("f", ""), ("f", ""))).clashes
    assert covered(put("a.o", ("f", "")), put("b.o", ("f", ""))).clashes


def test_objects_for_different_machines_are_refused(put: Put, tmp_path: Path) -> None:
    other = wishing(["puts"], triplet=AARCH64, into=tmp_path)
    with pytest.raises(InputError) as raised:
        covered(put("code.o", ("f", "puts")), libraries=(put("libc.a", data=indexed({"p.o": other}, tmp_path)),))
    assert raised.value.code == "coverage-machines"
    assert "code.o: EM_X86_64, 64 bits; libc.a(p.o): EM_AARCH64, 64 bits" in raised.value.why


@pytest.mark.parametrize(
    "data", [b"", b"#!/bin/sh\n", b"hello\n", b"BC\xc0\xde", b"\x7fELF", b"!<arch>\nx", b"!<thin>\n", b"Caml1999X"]
)
def test_what_cannot_be_linked_is_an_error_with_its_name(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "thing.a"
    path.write_bytes(data)
    for read in (lambda: covered(path), lambda: Libraries([path]).objects):
        with pytest.raises(InputError, match=r"thing\.a") as raised:
            read()
        assert raised.value.code == "coverage-unusable"
        assert raised.value.fix


def test_a_folder_stands_for_its_archives(put: Put, tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    with pytest.raises(InputError, match="no library"):
        list(library_files([tmp_path / "libs"]))
    for name in ("libs/b.a", "libs/a.a", "libs/b.so", "libs/c.so", "libs/crt1.o"):
        put(name, ("f", ""))
    assert [path.name for path in library_files([tmp_path / "libs"])] == ["a.a", "b.a", "c.so"]


# ---------------------------------------------------------------- stubs

NOLIBC = """
int errno;
int _nolibc_init;
__attribute__((noinline)) void abort(void) { for (;;); }
int printf(const char *text, ...) { return text[0]; }
int getcwd(void) { printf("STUB\\n"); abort(); }
int open(void) { errno = 38; return -1; }
int getenv(void) { errno = 38; return 0; }
int write(int file) { if (file > 2) { errno = 38; return -1; } return file; }
int destroy(void) { return 0; }
"""


def test_stubs_are_told_and_warned_of(put: Put, tmp_path: Path) -> None:
    libc = put("libnolibc.a", data=indexed({"stubs.o": compiled(NOLIBC, "-fno-builtin", into=tmp_path)}, tmp_path))
    wanted = "abort getcwd open getenv write destroy printf"
    found = covered(put("code.o", ("f", wanted)), libraries=(libc,))
    assert found.library == "nolibc"
    kinds = {need.symbol: need.stub and need.stub.kind for need in found.needs}
    assert kinds == {
        "abort": None, "printf": None, "getcwd": "aborts", "open": "fails", "getenv": "fails",
        "destroy": "nothing", "write": "limited",
    }  # fmt: skip
    spoken = said(found)
    assert spoken.links
    assert spoken.stubs_used
    assert [(finding.severity, finding.code) for finding in spoken.findings] == [
        ("warning", "coverage-aborts"),
        ("warning", "coverage-fails"),
        ("note", "coverage-limited"),
    ]
    assert spoken.title == "nolibc (a library)"


def test_a_library_alone_is_listed_with_its_stubs(put: Put, tmp_path: Path) -> None:
    libc = put("libnolibc.a", data=indexed({"stubs.o": compiled(NOLIBC, "-fno-builtin", into=tmp_path)}, tmp_path))
    listing = list_libraries(Libraries([libc]), known())
    assert (listing.library, listing.machine, listing.defined) == ("nolibc", "EM_X86_64", 9)
    assert [(stub.symbol, stub.stub.kind) for stub in listing.stubs] == [
        ("destroy", "nothing"), ("getcwd", "aborts"), ("getenv", "fails"), ("open", "fails"), ("write", "limited"),
    ]  # fmt: skip


def test_advice_is_by_kind_and_another_for_a_unikernel(put: Put) -> None:
    code = put("code.o", ("f", "socket bind fork frobnicate"))
    fixes = said(covered(code)).findings[0].fixes
    unikernel = said(covered(code, libraries=(put("l.a", ("_nolibc_init", "")),))).findings[0].fixes
    assert [fix.text.partition(":")[0] for fix in fixes] == [
        "network (bind, socket)",
        "processes and users (fork)",
        "frobnicate",
    ]
    assert fixes[0] != unikernel[0]
    assert "tcpip" in unikernel[0].text


def test_every_pattern_that_is_known_matches_something_plain() -> None:
    """A pattern that is written wrongly matches nothing, or all: neither is meant."""
    every = [entry.symbols for entry in known().elsewhere] + [entry.symbols for entry in known().advice]
    for patterns in every:
        assert patterns
        assert all(re.fullmatch(r"[\w.$*?\[\]-]+", pattern) and pattern.strip("*?") for pattern in patterns), (
            patterns
        )
    assert known().advice_on("frobnicate") is None
    for symbol in ("malloc", "free", "strlen", "memcpy", "printf", "qsort"):
        assert known().elsewhere_of(symbol, lambda _: False) == "", symbol


# ---------------------------------------------------------------- against the linker

SYMBOLS = [f"s{number}" for number in range(8)]
OBJECT = st.tuples(
    st.lists(st.sampled_from(SYMBOLS), max_size=2, unique=True),
    st.lists(st.sampled_from(SYMBOLS), max_size=4, unique=True),
)


@given(code=st.lists(OBJECT, min_size=1, max_size=2), library=st.lists(OBJECT, max_size=4))
@settings(max_examples=15)
def test_the_linker_says_the_same(
    code: list[tuple[list[str], list[str]]], library: list[tuple[list[str], list[str]]], tmp_path: Path
) -> None:
    """Each symbol has one definition at most, as in a library that is whole: with two the order decides."""
    seen: set[str] = set()

    def objects(pairs: list[tuple[list[str], list[str]]], prefix: str) -> dict[str, bytes]:
        made = {}
        for number, (defines, needs) in enumerate(pairs):
            fresh = [name for name in defines if name not in seen]
            seen.update(fresh)
            made[f"{prefix}{number}.o"] = wishing(fresh, needs, into=tmp_path)
        return made

    code_path, library_path = tmp_path / "code.a", tmp_path / "library.a"
    code_path.write_bytes(indexed(objects(code, "c"), tmp_path))
    library_path.write_bytes(indexed(objects(library, "l"), tmp_path))
    found = covered(code_path, libraries=(library_path,))
    assert {need.symbol for need in found.missing} == undefined([code_path], [library_path], tmp_path)
    assert not found.clashes
    assert said(found).links == (not found.missing)
    assert bool(errors(said(found).findings)) == bool(found.missing)
    for need in found.needs:
        assert bool(need.objects) != bool(need.via)
