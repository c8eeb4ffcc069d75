"""Two switches side by side: equal, different for a reason that is looked into, or different."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.elf_files import elf
from tests.support.properties import given
from wizard.base.errors import InputError, ProofError
from wizard.binaries.facts import DamageError
from wizard.binaries.marshalled import Value, parts
from wizard.machine.survey import LOCK_FILE
from wizard.prove.compare import compare_switches, reasons, refuse_different
from wizard.prove.folder_differences import same_but_for_a_folder, same_but_for_folders

# ---------------------------------------------------------------- switches


def switch(root: Path, **files: bytes) -> Path:
    """A switch with these files, `__` in a name for a slash."""
    for name, data in {LOCK_FILE: b"", **files}.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def differences(tmp_path: Path, name: str, left_data: bytes, right_data: bytes) -> dict[str, str]:
    """The reasons of the differences between two switches with one file each, by path."""
    ours, theirs = (
        switch(tmp_path / side, **{name: data}) for side, data in (("left", left_data), ("right", right_data))
    )
    return {found.path: found.reason for found in compare_switches(ours, theirs).differences}


def test_a_switch_is_the_same_as_its_copy(tmp_path: Path) -> None:
    left, right = (switch(tmp_path / side, bin__x=b"1", lib__y=b"2") for side in ("left", "right"))
    for prefix in (left, right):
        (prefix / "bin" / "link").symlink_to("x")
    found = compare_switches(left, right)
    assert (found.differences, found.same) == ((), 6)
    refuse_different(found)


def test_what_only_one_has_and_other_content_modes_and_links_differ(tmp_path: Path) -> None:
    left, right = (switch(tmp_path / side, bin__x=b"1", lib__y=b"2") for side in ("left", "right"))
    (left / "only").mkdir()
    (right / "bin" / "new").write_bytes(b"")
    (right / "bin" / "x").chmod(0o755)
    (right / "lib" / "y").write_bytes(b"3")
    (left / "link").symlink_to("a")
    (right / "link").symlink_to("b")
    found = compare_switches(left, right)
    assert [difference.path for difference in found.unexplained] == ["only", "bin/new", "bin/x", "lib/y", "link"]
    assert found.same == 3
    with pytest.raises(ProofError, match="only: only in") as raised:
        refuse_different(found)
    assert raised.value.code == "switches-differ"


@pytest.mark.parametrize(("other", "explained"), [("/b c", True), ("/a", False)])
def test_switches_that_were_built_for_two_prefixes_are_told_so(
    other: str, explained: bool, tmp_path: Path
) -> None:
    built_for = {"left": "/a", "right": other}
    for side, prefix in built_for.items():
        config = f"# the prefix=\nexec_prefix=/x\nprefix={prefix}\nside={side}\n".encode()
        switch(tmp_path / side, **{"lib__ocaml__Makefile.config": config})
    found = compare_switches(tmp_path / "left", tmp_path / "right")
    assert found.built_for == ("/a", other)
    with pytest.raises(ProofError) as raised:
        refuse_different(found)
    assert ("the first was built for /a, the second for /b c" in raised.value.why) is explained
    assert ("one prefix" in raised.value.fix) is explained


def test_a_folder_that_is_no_switch_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        compare_switches(switch(tmp_path / "left"), tmp_path)
    assert raised.value.code == "not-a-switch"


def test_every_reason_is_found_by_a_file_of_its_patterns() -> None:
    assert list(reasons()) == ["proof", "toolchain-place", "debug-information", "host-folder", "build-folder"]
    assert all(reason.files and reason.title and reason.why for reason in reasons().values())


# ---------------------------------------------------------------- proof, wrapper scripts


def report(seconds: float, verdict: str = "pass") -> bytes:
    compared = {"group": "g", "name": "n", "expected": "e", "found": "e", "verdict": verdict}
    words = dict.fromkeys(("prefix", "triplet", "release", "runner", "not_run", "how_to_run"), "")
    return json.dumps({**words, "comparisons": [compared], "seconds": seconds}).encode()


@pytest.mark.parametrize(
    ("other", "reason"),
    [(report(2), "proof"), (report(1, "not-run"), "proof"), (report(1, "fail"), ""), (b"{", "")],
)
def test_reports_of_proofs_may_differ_but_may_not_fail(other: bytes, reason: str, tmp_path: Path) -> None:
    found = differences(tmp_path, "share__ocaml-cross__proof.json", report(1), other)
    assert found == {"share/ocaml-cross/proof.json": reason}


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (b"#!/bin/sh\nzig=/b/zig\nlibc=/c\ncache='/b c'\nexec $zig\n", "toolchain-place"),
        (b"#!/bin/sh\nzig=/a/zig\nlibc=/a\ncache=/a\nexec $zig -O0\n", ""),
        (b"#!/bin/sh\ncache=/a\nexec $zig\n", ""),
    ],
)
def test_wrapper_scripts_may_name_another_zig(other: bytes, reason: str, tmp_path: Path) -> None:
    script = b"#!/bin/sh\nzig=/a/zig\nlibc=/a\ncache=/a\nexec $zig\n"
    assert differences(tmp_path, "wrappers__x-gcc", script, other) == {"wrappers/x-gcc": reason}


# ---------------------------------------------------------------- objects


def object_file(debug: bytes = b"/a/tree", code: bytes = b"\x90", name: bytes = b".debug_str") -> bytes:
    """An ELF object of x86_64 with one section of code and one of another name."""
    names = b"\0.text\0" + name + b"\0.shstrtab\0"
    position, offsets, body = 64, [], b""
    for data in (code, debug, names):
        offsets.append((position + len(body), len(data)))
        body += data
    rows = [(0, 0, 0, 0, 0), (1, 1, 6, *offsets[0]), (7, 1, 0, *offsets[1]), (8 + len(name), 3, 0, *offsets[2])]
    table = b"".join(
        struct.pack("<IIQQQQIIQQ", n, kind, flags, 0, at, size, 0, 0, 1, 0) for n, kind, flags, at, size in rows
    )
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64, 4, 3)
    return ident + header + body + table


def archive(*objects: bytes) -> bytes:
    members = b""
    for number, data in enumerate(objects):
        head = (
            f"{number}.o/".ljust(16) + "0".ljust(12) + "0".ljust(6) * 2 + "644".ljust(8) + str(len(data)).ljust(10)
        )
        members += head.encode() + b"`\n" + data + b"\n" * (len(data) % 2)
    return b"!<arch>\n" + members


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (object_file(b"/another/tree"), "debug-information"),
        (object_file(code=b"\x91"), ""),
        (object_file(name=b".data_rel_"), ""),
        (b"", ""),
        (object_file()[:-1], ""),
    ],
)
def test_objects_may_differ_in_debug_information_only(other: bytes, reason: str, tmp_path: Path) -> None:
    assert differences(tmp_path, "lib__x.o", object_file(), other) == {"lib/x.o": reason}
    ours = archive(object_file(), object_file(b"b"))
    changed = archive(other, object_file(b"b"))
    assert differences(tmp_path, "lib__x.a", ours, changed)["lib/x.a"] == reason


def test_archives_of_other_members_differ(tmp_path: Path) -> None:
    ours = archive(object_file(), object_file())
    assert differences(tmp_path, "lib__x.a", ours, archive(object_file())) == {"lib/x.a": ""}


def test_a_program_behind_two_lines_is_looked_into(tmp_path: Path) -> None:
    name = "lib__ocaml__runtime-launch-info"
    ours, theirs = (b"exe\n/opt/bin\0" + object_file(debug) for debug in (b"/a", b"/bcd"))
    assert list(differences(tmp_path, name, ours, theirs).values()) == ["debug-information"]
    wrong = theirs.replace(b"/opt", b"/usr")
    assert list(differences(tmp_path, name, ours, wrong).values()) == [""]


def bytecode(folder: bytes, code: bytes = b"code", text: bytes = b"Fatal error") -> bytes:
    return object_file(b"%s\0%s\0" % (text, folder), name=b".rodata") + code + b"Caml1999X035"


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (bytecode(b"/host/b/lib/ocaml"), "host-folder"),
        (bytecode(b"/host/b/lib/ocaml", code=b"cod3"), ""),
        (bytecode(b"/host/b/lib/other"), ""),
        (bytecode(b"/host/b/lib/ocaml", text=b"fatal error"), ""),
        (bytecode(b"/host/of/another/length/lib/ocaml"), "host-folder"),
        (bytecode(b"/host/of/another/length/lib/other"), ""),
        (bytecode(b"/host/a/lib/ocaml", text=b"Fatal error\0\1"), ""),
        (bytecode(b"/host/bb/lib/ocaml", text=b"Fatal error" + b"\0\1" * 99), ""),
    ],
)
def test_bytecode_tools_may_name_another_host_compiler(other: bytes, reason: str, tmp_path: Path) -> None:
    found = differences(tmp_path, "libexec__ocamlcp", bytecode(b"/host/a/lib/ocaml"), other)
    assert found == {"libexec/ocamlcp": reason}


# ---------------------------------------------------------------- OCaml's own files


def string(text: bytes) -> bytes:
    if len(text) < 32:
        return bytes([0x20 + len(text)]) + text
    return (
        b"\x09" + bytes([len(text)]) + text if len(text) < 256 else b"\x0a" + struct.pack(">I", len(text)) + text
    )


def value(*codes: bytes) -> bytes:
    body = b"".join(codes)
    return struct.pack(">4sIIII", b"\x84\x95\xa6\xbe", len(body), 0, 0, 0) + body


FIXED = [
    b"\x40", b"\x7f", b"\x80", b"\xff", b"\x00\x05", b"\x01\x09\x09", b"\x02\x20aaa", b"\x03\x84\x95\xa6\xbe1234",
    b"\x04\x01", b"\x05\x01\x02", b"\x06abcd", b"\x08abcd", b"\x13abcdefgh", b"\x0b12345678", b"\x0c12345678",
    b"\x12_j\x0012345678", b"\x19_i\x001234", b"\x19_n\x00\x0212345678", b"\x12_n\x00\x011234",
]  # fmt: skip
TOKENS = st.lists(st.sampled_from(FIXED) | st.binary(max_size=300).map(string), max_size=8)


@given(tokens=TOKENS, before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_a_value_is_read_to_its_end(tokens: list[bytes], before: bytes, after: bytes) -> None:
    found = list(parts(before + value(*tokens) + after))
    assert [part for part in found if isinstance(part, bytes)] == [part for part in (before, after) if part]
    (read,) = (part for part in found if isinstance(part, Value))
    assert len(read.codes) == len(read.strings) + 1
    assert b"".join(read.codes) == b"".join(
        token for token in tokens if token in FIXED and token[0] not in range(0x20, 0x40)
    )


@pytest.mark.parametrize("data", [value(b"\x0a\0"), value(b"\x25abc"), value(b"\x10abcd"), value(b"\x40")[:-1]])
def test_a_value_that_is_cut_off_or_unknown_is_said_to_be(data: bytes) -> None:
    with pytest.raises(DamageError):
        list(parts(data))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (b"", b"", True),
        (b"x", b"y", False),
        (b"/a/tree", b"/b/c/tree", True),
        (b"/a/tree/x.ml", b"/b/tree/x.ml", True),
        (b"/a/x.ml", b"/a/y.ml", False),
        (b"-I/a/lib:", b"-I/b/c/lib:", True),
        (b"/a/lib more", b"/b/lib other", False),
        (b"-I /a/lib", b"-L /b/lib", False),
        (b"relative/x", b"other/x", False),
        (b"/a/lib /c/x", b"/b/lib /c/x", True),
        (b"/a/x", b"/a/x/", False),
        (b"/a/x", b"", False),
    ],
)
def test_two_texts_may_differ_in_the_folders_of_a_path(left: bytes, right: bytes, same: bool) -> None:
    assert same_but_for_a_folder(left, right) is same
    assert same_but_for_a_folder(right, left) is same


@given(text=st.binary())
def test_a_text_is_the_same_as_itself(text: bytes) -> None:
    assert same_but_for_a_folder(text, text)


def typed_tree(folder: bytes, flag: bytes = b"-g") -> bytes:
    return b"Caml1999T035" + value(b"\xa0", string(flag), string(folder + b"/tree"), b"\x41")


def library(folder: bytes, code: bytes = b"code", position: int = 40, name: bytes = b"Stdlib") -> bytes:
    head = b"Caml1999A035" + struct.pack(">I", position)
    debug = value(string(folder + b"/tree"), b"\x42")
    return head + code + debug + value(b"\x00" + bytes([position]), string(name))


@pytest.mark.parametrize(
    ("name", "left", "right", "reason"),
    [
        ("lib__x.cmt", typed_tree(b"/a"), typed_tree(b"/much/longer/than/thirty/bytes"), "build-folder"),
        ("lib__x.cmti", typed_tree(b"/a"), typed_tree(b"/b", b"-w"), ""),
        ("lib__x.cmt", typed_tree(b"/a"), typed_tree(b"/b").replace(b"\x41", b"\x43"), ""),
        ("lib__x.cmt", typed_tree(b"/a"), typed_tree(b"/b")[:-1], ""),
        ("lib__x.cmt", typed_tree(b"/a"), typed_tree(b"/b").replace(b"T035", b"T034"), ""),
        ("lib__x.cmt", typed_tree(b"/a"), typed_tree(b"/b") + value(b"\x40"), ""),
        ("lib__x.cma", library(b"/a"), library(b"/bc", position=41), "build-folder"),
        ("lib__x.cma", library(b"/a"), library(b"/bc", b"cod3", 41), ""),
        ("lib__x.cma", library(b"/a"), library(b"/bc", position=41, name=b"Stdlob"), ""),
        ("lib__x.cmi", typed_tree(b"/a"), typed_tree(b"/b"), ""),
    ],
)
def test_ocamls_files_may_differ_in_the_folder_they_were_compiled_in(
    name: str, left: bytes, right: bytes, reason: str, tmp_path: Path
) -> None:
    assert list(differences(tmp_path, name, left, right).values()) == [reason]


def test_no_file_differs_from_itself(tmp_path: Path) -> None:
    assert same_but_for_folders(typed_tree(b"/a"), typed_tree(b"/a"))
    assert differences(tmp_path, "bin__x", elf(), elf()) == {}
