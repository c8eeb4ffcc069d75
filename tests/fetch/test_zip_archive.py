"""Zip archives: the content, or one error and nothing left behind; and each file checked before it is used."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given, settings
from tests.support.tar_files import WORDS, refused, saved, unpack
from tests.support.trees import names
from wizard.base.digests import sha256_of
from wizard.base.errors import MissingError
from wizard.fetch import archives
from wizard.fetch.checked_files import check_files

Entry = tuple[zipfile.ZipInfo, bytes]


def entry(name: str, data: bytes = b"1", mode: int = stat.S_IFREG | 0o644) -> Entry:
    info = zipfile.ZipInfo("x")
    info.filename = name  # as it is, also where zipfile would make it a decent one
    info.external_attr = mode << 16
    return info, data


def zipped(*entries: Entry, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for info, data in entries:
            file.writestr(info, data, compress_type=method)
    return buffer.getvalue()


GOOD = (entry("crt.o", b"\x7fELF"), entry("cosmopolitan.h", WORDS), entry("bin/run", b"#!/bin/sh\n", 0o100755))


def test_a_good_archive_is_unpacked(tmp_path: Path) -> None:
    unpack(saved(tmp_path, zipped(*GOOD), "x.zip"), tmp_path / "into")
    assert names(tmp_path / "into") == ["bin", "bin/run", "cosmopolitan.h", "crt.o"]
    assert (tmp_path / "into" / "cosmopolitan.h").read_bytes() == WORDS
    assert stat.S_IMODE((tmp_path / "into" / "bin" / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((tmp_path / "into" / "crt.o").stat().st_mode) == 0o644


def test_a_link_inside_is_a_link(tmp_path: Path) -> None:
    links = (
        entry("bin/ar", b"../tools/ar", stat.S_IFLNK | 0o777),
        entry("bin/ranlib", b"ar", stat.S_IFLNK | 0o777),
    )
    unpack(saved(tmp_path, zipped(*links, entry("tools/ar", b"ar's")), "x.zip"), tmp_path / "into")
    assert (tmp_path / "into" / "bin" / "ranlib").readlink() == Path("ar")
    assert (tmp_path / "into" / "bin" / "ranlib").read_bytes() == b"ar's"


def test_its_one_top_folder_is_taken_off_and_what_stood_there_goes(tmp_path: Path) -> None:
    (tmp_path / "into" / "old").mkdir(parents=True)
    data = zipped(entry("top/", b"", stat.S_IFDIR | 0o755), entry("top/a"), entry("top/b/c"))
    unpack(saved(tmp_path, data, "x.zip"), tmp_path / "into")
    assert names(tmp_path / "into") == ["a", "b", "b/c"]


BAD = {
    "climbs": (entry("../../etc/passwd"),),
    "climbs inside": (entry("a/../../b"),),
    "absolute": (entry("/etc/passwd"),),
    "a link to elsewhere": (entry("a", b"/etc", stat.S_IFLNK | 0o777),),
    "a link that climbs": (entry("b/a", b"../../good", stat.S_IFLNK | 0o777),),
    "a link by way of another": (
        entry("d/e/f", b"1"),
        entry("b", b"d/e", stat.S_IFLNK | 0o777),
        entry("a", b"b/../../..", stat.S_IFLNK | 0o777),
    ),
    "below a link": (entry("b", b".", stat.S_IFLNK | 0o777), entry("b/x")),
    "a link with a line break": (entry("a", b"go\nod", stat.S_IFLNK | 0o777),),
    "a link of absurd length": (entry("a", b"g" * 5000, stat.S_IFLNK | 0o777),),
    "a device": (entry("a", b"", stat.S_IFCHR | 0o666),),
    "twice": (entry("a"), entry("a")),
    "below a file": (entry("a"), entry("a/b")),
    "a line break": (entry("a\nb"),),
    "a long name": (entry("a" * 300),),
    "nothing": (entry("top/", b"", stat.S_IFDIR | 0o755),),
}


@pytest.mark.parametrize("entries", BAD.values(), ids=BAD.keys())
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_no_source_has_is_refused(entries: tuple[Entry, ...], tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    refused(deep, zipped(*([] if entries is BAD["nothing"] else [entry("good")]), *entries))
    assert names(tmp_path) == ["a", "a/b", "a/b/x.tar.gz"]


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, zipped(entry("abcd")).replace(b"abcd", b"ab\0d"))


def test_an_unusual_compression_and_an_encrypted_file_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, zipped(*GOOD, method=zipfile.ZIP_LZMA))
    data = bytearray(zipped(entry("a")))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        flags = data.index(magic) + offset
        data[flags] |= 1
    assert "encrypted" in refused(tmp_path, bytes(data)).what


def test_more_than_is_sensible_is_refused_before_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 10_000)
    monkeypatch.setattr("wizard.fetch.zips.extract", lambda *_: pytest.fail("it was written"))
    assert "unpacks to more" in refused(tmp_path, zipped(entry("bomb", b"\0" * 20_000))).what
    monkeypatch.setattr(archives, "MAX_ENTRIES", 3)
    assert "more than 3 entries" in refused(tmp_path, zipped(*(entry(f"{n}") for n in range(4)))).what


def test_a_file_that_is_larger_than_it_says_is_refused(tmp_path: Path) -> None:
    data = bytearray(zipped(entry("bomb", b"\0" * 50_000)))
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(magic) + offset, 5)
    refused(tmp_path, bytes(data))


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_refused(part: float, tmp_path: Path) -> None:
    data = zipped(*GOOD)
    refused(tmp_path, data[: int(len(data) * part)])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_changed_byte_is_noticed_or_changes_nothing_outside(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    good = zipped(*GOOD)
    position = data.draw(st.integers(4, len(good) - 1))
    changed = good[:position] + bytes([data.draw(st.integers(0, 255))]) + good[position + 1 :]
    root = tmp_path_factory.mktemp("changed")
    file = saved(root, changed, "x.zip")
    try:
        unpack(file, root / "in" / "to")
        code = ""
    except MissingError as error:
        code = error.code
    assert code in ("", "archive-damaged")
    assert {name.partition("/")[0] for name in names(root)} <= {"x.zip", "in"}
    assert {name.split("/")[1] for name in names(root) if name.startswith("in/")} <= {"to"}


# ---------------------------------------------------------------- every file of it


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    unpack(saved(tmp_path, zipped(*GOOD), "x.zip"), tmp_path / "into")
    return tmp_path / "into"


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}


def test_files_that_are_all_there_stay(unpacked: Path) -> None:
    before = names(unpacked)
    check_files(unpacked, digests(unpacked))
    assert names(unpacked) == before


def refused_files(folder: Path, files: dict[str, str]) -> str:
    with pytest.raises(MissingError) as raised:
        check_files(folder, files)
    assert raised.value.code == "files-wrong"
    assert not folder.exists(), "nothing of it is left"
    return raised.value.why


def test_a_missing_a_changed_and_an_extra_file_are_named(unpacked: Path) -> None:
    files = digests(unpacked)
    (unpacked / "crt.o").write_bytes(b"another")
    (unpacked / "bin" / "more").write_bytes(b"")
    why = refused_files(unpacked, {**files, "ape.o": "0" * 64})
    assert "missing: ape.o" in why
    assert "not what it should be: crt.o" in why
    assert "not expected: bin/more" in why
    assert "cosmopolitan.h" not in why


def test_a_link_is_no_file_whatever_it_leads_to(unpacked: Path) -> None:
    files = digests(unpacked)
    (unpacked / "crt.o").rename(unpacked.parent / "elsewhere.o")
    (unpacked / "crt.o").symlink_to(unpacked.parent / "elsewhere.o")
    assert "not what it should be: crt.o" in refused_files(unpacked, files)


def test_a_name_that_would_disturb_a_terminal_is_shown_as_its_letters(unpacked: Path) -> None:
    files = digests(unpacked)
    (unpacked / "\x1b[2J").write_bytes(b"")
    assert "\x1b" not in refused_files(unpacked, files)
