"""Unpacking: the content without its top folder, or one error and nothing left behind."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.trees import closed
from wizard.build import archive
from wizard.errors import MissingError, PlaceError, WizardError

Mode = Literal["w:gz", "w:xz", "w:bz2", "w"]
MODES: tuple[Mode, ...] = ("w:gz", "w:xz", "w:bz2", "w")
WORDS = " ".join(f"let x{number} = {number * number} in" for number in range(3000)).encode()


def entry(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=kind, linkname=to)


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return entry(name, type=tarfile.DIRTYPE, mode=mode)


def tar(*entries: tuple[tarfile.TarInfo, bytes], mode: Mode = "w:gz", pax: bool = False) -> bytes:
    buffer = io.BytesIO()
    kind = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    with tarfile.open(fileobj=buffer, mode=mode, format=kind) as file:
        for info, data in entries:
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


GOOD = (
    folder("ocaml-5.3.0"),
    entry("ocaml-5.3.0/configure", b"#!/bin/sh\n", mode=0o755),
    folder("ocaml-5.3.0/runtime"),
    entry("ocaml-5.3.0/runtime/sys.c", WORDS, mode=0o644),
    link("ocaml-5.3.0/runtime/link.c", "sys.c"),
)


def saved(tmp_path: Path, data: bytes, name: str = "x.tar.gz") -> Path:
    (tmp_path / name).write_bytes(data)
    return tmp_path / name


def names(path: Path) -> list[str]:
    return sorted(str(inner.relative_to(path)) for inner in path.rglob("*"))


def unpack(file: Path, into: Path) -> None:
    """Unpack a file that is what it should be."""
    archive.unpack(file, into, hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else "")


def refused(tmp_path: Path, data: bytes) -> MissingError:
    """Unpacking must fail with MissingError, and leave the folder as it was."""
    file = saved(tmp_path, data)
    before = names(tmp_path)
    with pytest.raises(MissingError) as raised:
        unpack(file, tmp_path / "into")
    assert names(tmp_path) == before
    assert raised.value.code == "archive-damaged"
    assert str(file) in raised.value.what
    assert str(file) in raised.value.fix
    return raised.value


# ---------------------------------------------------------------- what is right


@pytest.mark.parametrize("mode", MODES)
def test_a_good_archive_is_unpacked_without_its_top_folder(mode: Mode, tmp_path: Path) -> None:
    into = tmp_path / "new" / "tree"
    unpack(saved(tmp_path, tar(*GOOD, mode=mode)), into)
    assert names(into) == ["configure", "runtime", "runtime/link.c", "runtime/sys.c"]
    assert (into / "runtime" / "sys.c").read_bytes() == WORDS
    assert (into / "runtime" / "link.c").read_bytes() == WORDS
    assert stat.S_IMODE((into / "configure").stat().st_mode) == 0o755
    assert names(into.parent) == ["tree", *(f"tree/{name}" for name in names(into))]


def test_an_archive_without_folders_of_its_own_is_unpacked_too(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("./package/a/b.ml", b"1"))), tmp_path / "into")
    assert names(tmp_path / "into") == ["a", "a/b.ml"]


def test_an_archive_with_several_tops_keeps_them(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("one/a", b"1"), entry("two/b", b"2"))), tmp_path / "into")
    assert names(tmp_path / "into") == ["one", "one/a", "two", "two/b"]


def test_what_stood_there_before_is_replaced_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "into" / "old").mkdir(parents=True)
    unpack(saved(tmp_path, tar(*GOOD)), tmp_path / "into")
    assert "old" not in names(tmp_path / "into")


def test_what_an_interrupted_try_left_is_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / "into.unpacking" / "left").mkdir(parents=True)
    unpack(saved(tmp_path, tar(*GOOD)), tmp_path / "into")
    assert "left" not in names(tmp_path / "into")
    assert not (tmp_path / "into.unpacking").exists()


def test_names_with_unusual_letters_are_kept(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("top/é λ 'q'.ml", b"1"))), tmp_path / "into")
    assert names(tmp_path / "into") == ["é λ 'q'.ml"]


def test_dangerous_mode_bits_are_taken_off(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("top/x", b"1", mode=0o6777))), tmp_path / "into")
    assert stat.S_IMODE((tmp_path / "into" / "x").stat().st_mode) == 0o755


# ---------------------------------------------------------------- what is wrong

HOSTILE = {
    "a file above": (entry("../evil", b"1"),),
    "a file far above": (entry("top/a/../../../evil", b"1"),),
    "an absolute file that climbs": (entry("/../../evil", b"1"),),
    "a link out": (link("top/out", "../../.."),),
    "an absolute link": (link("top/out", "/etc"),),
    "a file through a link out": (link("top/out", "/tmp"), entry("top/out/evil", b"1")),
    "a hard link out": (link("top/out", "../../evil", tarfile.LNKTYPE),),
    "a device": (entry("top/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),),
    "a pipe": (entry("top/pipe", type=tarfile.FIFOTYPE),),
}


@pytest.mark.parametrize("entries", HOSTILE.values(), ids=HOSTILE.keys())
def test_an_archive_that_reaches_outside_its_folder_is_refused(
    entries: tuple[tuple[tarfile.TarInfo, bytes], ...], tmp_path: Path
) -> None:
    (tmp_path / "room").mkdir()
    error = refused(tmp_path / "room", tar(*GOOD, *entries))
    assert "outside" in error.why
    assert not list(tmp_path.rglob("evil"))


ODD = {
    "an absolute name": ("is outside", (entry("/top/etc/x", b"1"),)),
    "a name twice": ("twice", (entry("top/x", b"1"), entry("top/x", b"2"))),
    "a name twice, spelled differently": ("twice", (entry("top/x", b"1"), entry("./top//x", b"2"))),
    "a link over a file": ("twice", (entry("top/x", b"1"), link("top/x", "y"))),
    "a file over a link": ("twice", (link("top/x", "y"), entry("top/x", b"1"))),
    "a file over a folder": ("twice", (entry("top/x/y", b"1"), entry("top/x", b"1"))),
    "a folder over a file": ("twice", (entry("top/x", b"1"), folder("top/x"))),
    "a file below a file": ("no folder", (entry("top/x", b"1"), entry("top/x/y", b"1"))),
    "a file below a link": ("no folder", (link("top/x", "."), entry("top/x/y", b"1"))),
    "a link out of what is left of it": ("leads outside", (link("top/up", ".."),)),
    "a chain of links out": (
        "leads outside", (folder("top/a"), link("top/up", "a/b/../.."), link("top/a/b", "..")),
    ),
    "a hard link to what is not in it": ("no file, folder or link", (link("top/h", "top/z", tarfile.LNKTYPE),)),
    "a hard link to a link": (
        "no file, folder or link", (link("top/l", "x"), link("top/h", "top/l", tarfile.LNKTYPE)),
    ),
    "a block device": ("no file, folder or link", (entry("top/sda", type=tarfile.BLKTYPE),)),
    "an unknown kind": ("no file, folder or link", (entry("top/x", type=b"Z"),)),
    "a name that is not UTF-8": ("no name that every system", (entry("top/\udcff\udcfe", b"1"),)),
    "a line break in a name": ("no name that every system", (entry("top/a\nb", b"1"),)),
    "a terminal's command in a name": ("no name that every system", (entry("top/\x1b[2J", b"1"),)),
    "a name of a thousand folders": ("too long", (entry("/".join(["top", *"a" * 1000]), b"1"),)),
    "a name too long for a file": ("too long", (entry("top/" + "é" * 200, b"1"),)),
    "the folder itself as a file": ("the folder itself", (entry(".", b"1"),)),
    "an absurd time": ("", (entry("top/x", b"1", mtime=2**70),)),
}  # fmt: skip


@pytest.mark.parametrize(("words", "entries"), ODD.values(), ids=ODD.keys())
def test_what_no_source_has_is_refused_before_anything_is_written(
    words: str, entries: tuple[tuple[tarfile.TarInfo, bytes], ...], tmp_path: Path
) -> None:
    error = refused(tmp_path, tar(folder("top"), entry("top/file", b"1"), *entries, pax=words == ""))
    assert words in error.what
    assert error.what.isprintable()


def test_a_folder_may_be_there_twice_and_after_what_is_in_it(tmp_path: Path) -> None:
    data = tar(entry("top/x/y", b"1"), folder("top/x"), folder("top"), folder("top/x"), folder("."))
    unpack(saved(tmp_path, data), tmp_path / "into")
    assert names(tmp_path / "into") == ["x", "x/y"]


def test_links_that_stay_inside_are_kept(tmp_path: Path) -> None:
    data = tar(
        entry("top/a/x", b"1"), link("top/b", "a/x"), link("top/a/c", "../b"), link("top/d", "a"),
        link("top/gone", "nowhere"), link("top/h", "top/a/x", tarfile.LNKTYPE),
    )  # fmt: skip
    unpack(saved(tmp_path, data), tmp_path / "into")
    assert names(tmp_path / "into") == ["a", "a/c", "a/x", "b", "d", "gone", "h"]
    for name in ("b", "a/c", "d/x", "h"):
        assert (tmp_path / "into" / name).read_bytes() == b"1"


def test_one_link_alone_is_no_folder_of_a_source(tmp_path: Path) -> None:
    refused(tmp_path, tar(link("top", ".")))


def test_names_that_a_folder_cannot_tell_apart_are_refused_there_and_only_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tar(entry("top/Makefile", b"1"), entry("top/makefile", b"2"))
    unpack(saved(tmp_path, data), tmp_path / "into")
    assert names(tmp_path / "into") == ["Makefile", "makefile"]
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr(archive, "_folds_case", lambda _folder: True)
    assert "twice" in refused(room, data).what
    (room / "x.tar.gz").unlink()
    assert "no folder" in refused(room, tar(link("top/A", "b"), entry("top/a/x", b"1"))).what


def test_this_folder_tells_names_apart(tmp_path: Path) -> None:
    assert archive._folds_case(tmp_path) is (tmp_path / "X").exists()
    assert names(tmp_path) == []


def test_more_entries_than_any_source_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 10)
    error = refused(tmp_path, tar(*(entry(f"top/{number}") for number in range(11))))
    assert "more than 10 entries" in error.what


def header(size: bytes, kind: bytes = tarfile.REGTYPE, name: bytes = b"top/x") -> bytes:
    """One block of a tar file, its size field as given and its checksum right."""
    block = bytearray(512)
    block[0 : len(name)] = name
    block[100:108] = b"0000644\0"
    block[124 : 124 + len(size)] = size
    block[136:148] = b"00000000000\0"
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    "data",
    [
        header(b"77777777777\0"),
        header(b"\x80" + b"\x7f" * 11),
        header(b"\xff" * 11 + b"\x00"),
        header(b"77777777777\0", tarfile.XHDTYPE),
        header(b"\xff" * 11 + b"\x00", tarfile.XHDTYPE),
        header(b"77777777777\0", tarfile.GNUTYPE_LONGNAME),
        header(b"00000000000\0", tarfile.XHDTYPE) * 5000,
        header(b"00000000000\0", tarfile.GNUTYPE_LONGNAME) * 5000,
    ],
    ids=[
        "8 GiB", "more than there is", "negative", "a header of 8 GiB", "a header of negative size",
        "a name of 8 GiB", "headers of headers", "names of names",
    ],
)  # fmt: skip
@pytest.mark.timeout(20)
def test_absurd_sizes_are_refused_at_once(data: bytes, tmp_path: Path) -> None:
    refused(tmp_path, data + bytes(10240))


@pytest.mark.parametrize("packed", [lzma.compress, gzip.compress, bz2.compress], ids=["xz", "gzip", "bzip2"])
def test_a_bomb_is_refused_without_being_unpacked(packed: Callable[[bytes], bytes], tmp_path: Path) -> None:
    data = packed(header(b"%011o\0" % (32 << 20), tarfile.XHDTYPE) + bytes(32 << 20))
    assert len(data) < 100_000
    assert "absurd size" in refused(tmp_path, data).what


@pytest.mark.parametrize("mode", MODES)
def test_what_follows_the_end_is_refused(mode: Mode, tmp_path: Path) -> None:
    plain = tar(*GOOD, mode="w")
    rest = plain + b"more" * 200
    packers: dict[Mode, Callable[[bytes], bytes]] = {
        "w": bytes, "w:gz": gzip.compress, "w:xz": lzma.compress, "w:bz2": bz2.compress,
    }  # fmt: skip
    assert "follows its end" in refused(tmp_path, packers[mode](rest)).what


def test_rubbish_after_a_gzip_stream_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, tar(*GOOD) + b"rubbish")


def test_zeros_after_the_end_are_usual(tmp_path: Path) -> None:
    unpack(saved(tmp_path, gzip.compress(tar(*GOOD, mode="w") + bytes(20_480))), tmp_path / "into")
    assert "configure" in names(tmp_path / "into")


def test_an_archive_cut_off_between_two_entries_is_refused(tmp_path: Path) -> None:
    whole = tar(*GOOD, mode="w")
    last = tar(*GOOD[:-1], mode="w").rstrip(b"\0")
    cut = whole[: (len(last) + 511) // 512 * 512]
    assert "cut off" in refused(tmp_path, cut).what


@pytest.mark.parametrize("entries", [(), (folder("top"),), (folder("top"), link("top/x", "y"))])
def test_an_archive_without_a_file_is_refused(
    entries: tuple[tuple[tarfile.TarInfo, bytes], ...], tmp_path: Path
) -> None:
    assert "no file" in refused(tmp_path, tar(*entries)).what


# ---------------------------------------------------------------- its digest


def test_an_archive_that_has_changed_is_not_unpacked(tmp_path: Path) -> None:
    file = saved(tmp_path, tar(*GOOD))
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "kept").write_text("", encoding="utf-8")
    with pytest.raises(MissingError) as raised:
        archive.unpack(file, tmp_path / "into", "0" * 64)
    assert raised.value.code == "digest-wrong"
    assert "0" * 64 in raised.value.why
    assert names(tmp_path) == ["into", "into/kept", "x.tar.gz"]


def test_the_file_that_was_checked_is_the_one_that_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another archive that gets its name in between is not."""
    file = saved(tmp_path, tar(*GOOD))
    other = saved(tmp_path, tar(entry("top/evil", b"1")), "other")
    digest = hashlib.file_digest

    def swapped(*args: Any) -> Any:
        other.replace(file)
        return digest(*args)

    right = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr("wizard.build.archive.hashlib.file_digest", swapped)
    archive.unpack(file, tmp_path / "into", right)
    assert "configure" in names(tmp_path / "into")


# ---------------------------------------------------------------- whatever it holds

PARTS = st.sampled_from(["..", ".", "a", "b", "A", "/", "é", "\udcff", "x" * 300, "\n", ""])
NAMES = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
KINDS = st.sampled_from(
    [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, b"K"]
)
ENTRIES = st.builds(
    lambda name, kind, to, size: entry(name, b"x" * size, type=kind, linkname=to),
    NAMES, KINDS, NAMES, st.integers(0, 600),
)  # fmt: skip


@settings(max_examples=200)
@given(entries=st.lists(ENTRIES, max_size=6))
def test_no_archive_whatever_writes_or_leads_outside_of_its_folder(
    entries: list[tuple[tarfile.TarInfo, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    room = tmp_path_factory.mktemp("room")
    file = saved(room, tar(entry("a/kept", b"1"), *entries))
    try:
        unpack(file, room / "deep" / "into")
    except WizardError as error:
        assert isinstance(error, MissingError), error.why  # noqa: PT017
        assert names(room) == ["deep", "x.tar.gz"] or names(room) == ["x.tar.gz"]
        str(error.as_dict()).encode()
        return
    assert sorted(path.name for path in room.iterdir()) == ["deep", "x.tar.gz"]
    assert [path.name for path in (room / "deep").iterdir()] == ["into"]
    inside = (room / "deep" / "into").resolve()
    for path in inside.rglob("*"):
        assert path.resolve().is_relative_to(inside)
        assert path.is_symlink() or path.is_file() or path.is_dir()


@settings(max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, 3071), st.binary(min_size=1, max_size=16)), max_size=4))
def test_rubbish_in_the_headers_is_refused_or_harmless(
    changes: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(tar(*GOOD, pax=True, mode="w"))
    for where, rubbish in changes:
        data[where : where + len(rubbish)] = rubbish
        block = where // 512 * 512
        data[block + 148 : block + 156] = b" " * 8
        data[block + 148 : block + 156] = b"%06o\0 " % sum(data[block : block + 512])
    room = tmp_path_factory.mktemp("room")
    try:
        unpack(saved(room, bytes(data)), room / "into")
    except WizardError as error:
        assert isinstance(error, MissingError), error.why  # noqa: PT017
        assert names(room) == ["x.tar.gz"]


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>404 not found</html>", b"noise" * 999, b"\x1f\x8b\x08\x00" + b"\xff" * 200,
     b"\xfd7zXZ\x00" + b"a" * 99, b"BZh9" + b"x" * 99, b"PK\x03\x04" + b"\0" * 99],
    ids=["empty", "a web page", "noise", "a gzip head", "an xz head", "a bzip2 head", "a zip head"],
)  # fmt: skip
def test_what_is_no_archive_is_refused(data: bytes, tmp_path: Path) -> None:
    refused(tmp_path, data)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7])
def test_a_truncated_archive_is_refused(mode: Mode, part: float, tmp_path: Path) -> None:
    data = tar(*GOOD, mode=mode)
    refused(tmp_path, data[: int(len(data) * part)])


@settings(max_examples=120)
@given(mode=st.sampled_from(MODES), where=st.floats(0, 0.999), bits=st.integers(1, 255))
@example(mode="w:gz", where=0.25, bits=8)
@example(mode="w:gz", where=0.5, bits=85)
def test_a_damaged_archive_is_refused_or_whole_but_never_a_crash(
    mode: Mode, where: float, bits: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(tar(*GOOD, mode=mode))
    data[int(len(data) * where)] ^= bits
    room = tmp_path_factory.mktemp("room")
    file = saved(room, bytes(data))
    try:
        unpack(file, room / "into")
    except WizardError as error:
        assert isinstance(error, MissingError)  # noqa: PT017
        assert [path.name for path in room.iterdir()] == [file.name]


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    bomb = tar(entry("top/a", b"\0" * (1 << 19)), entry("top/b", b"\0" * (1 << 19)), entry("top/c", b"\0"))
    assert len(bomb) < 10_000
    refused(tmp_path, bomb)


def test_a_refused_archive_leaves_what_stood_there_before(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "kept").write_text("", encoding="utf-8")
    with pytest.raises(MissingError):
        unpack(saved(tmp_path, b"rubbish"), tmp_path / "into")
    assert names(tmp_path / "into") == ["kept"]


def test_an_archive_that_is_gone_is_missing_not_a_folder_that_refuses(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"gone\.tar\.gz"):
        unpack(tmp_path / "gone.tar.gz", tmp_path / "into")
    assert names(tmp_path) == []


# ---------------------------------------------------------------- places


def test_a_place_below_a_file_is_a_place_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    data = saved(tmp_path, tar(*GOOD))
    with pytest.raises(PlaceError, match="into") as raised:
        unpack(data, tmp_path / "file" / "into")
    assert raised.value.code == "unpack-failed"


def test_a_folder_that_may_not_be_written_is_a_place_error(tmp_path: Path) -> None:
    data = saved(tmp_path, tar(*GOOD))
    room = closed(tmp_path / "room")
    with pytest.raises(PlaceError):
        unpack(data, room / "into")
    assert names(room) == []


def test_a_full_disk_is_a_place_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    data = saved(tmp_path, tar(*GOOD))
    monkeypatch.setattr("wizard.build.archive.tarfile.TarFile.makefile", full)
    with pytest.raises(PlaceError, match="No space left"):
        unpack(data, tmp_path / "into")
    assert names(tmp_path) == ["x.tar.gz"]
