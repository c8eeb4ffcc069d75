"""Archives that no source is: hostile, absurd, or made of rubbish. Nothing of them may land anywhere."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.support.properties import given, settings
from tests.support.tar_files import GOOD, MODES, Mode, entry, folder, link, refused, saved, tar, unpack
from tests.support.trees import names
from wizard.base.errors import MissingError, WizardError
from wizard.fetch import archives

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
    (tmp_path / "folder").mkdir()
    error = refused(tmp_path / "folder", tar(*GOOD, *entries))
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
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.setattr(archives, "_folds_case", lambda _folder: True)
    assert "twice" in refused(folder, data).what
    (folder / "x.tar.gz").unlink()
    assert "no folder" in refused(folder, tar(link("top/A", "b"), entry("top/a/x", b"1"))).what


def test_this_folder_tells_names_apart(tmp_path: Path) -> None:
    assert archives._folds_case(tmp_path) is (tmp_path / "X").exists()
    assert names(tmp_path) == []


def test_more_entries_than_any_source_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_ENTRIES", 10)
    error = refused(tmp_path, tar(*(entry(f"top/{number}") for number in range(11))))
    assert "more than 10 entries" in error.what


# ---------------------------------------------------------------- absurd sizes, and the end


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
    assert "truncated" in refused(tmp_path, cut).what


@pytest.mark.parametrize("entries", [(), (folder("top"),), (folder("top"), link("top/x", "y"))])
def test_an_archive_without_a_file_is_refused(
    entries: tuple[tuple[tarfile.TarInfo, bytes], ...], tmp_path: Path
) -> None:
    assert "no file" in refused(tmp_path, tar(*entries)).what


def test_an_archive_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED", 1 << 20)
    bomb = tar(entry("top/a", b"\0" * (1 << 19)), entry("top/b", b"\0" * (1 << 19)), entry("top/c", b"\0"))
    assert len(bomb) < 10_000
    refused(tmp_path, bomb)


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
    folder = tmp_path_factory.mktemp("folder")
    file = saved(folder, tar(entry("a/kept", b"1"), *entries))
    try:
        unpack(file, folder / "deep" / "into")
    except WizardError as error:
        assert isinstance(error, MissingError), error.why  # noqa: PT017
        assert names(folder) == ["deep", "x.tar.gz"] or names(folder) == ["x.tar.gz"]
        str(error.as_dict()).encode()
        return
    assert sorted(path.name for path in folder.iterdir()) == ["deep", "x.tar.gz"]
    assert [path.name for path in (folder / "deep").iterdir()] == ["into"]
    inside = (folder / "deep" / "into").resolve()
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
    folder = tmp_path_factory.mktemp("folder")
    try:
        unpack(saved(folder, bytes(data)), folder / "into")
    except WizardError as error:
        assert isinstance(error, MissingError), error.why  # noqa: PT017
        assert names(folder) == ["x.tar.gz"]
