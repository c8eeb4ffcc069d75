"""Unpacking: the content without its top folder, or one error and nothing left behind."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from tests.support.paths import ROOT
from tests.support.properties import example, given, settings
from tests.support.tar_files import GOOD, MODES, WORDS, Mode, entry, refused, saved, tar, unpack
from tests.support.trees import closed, names
from wizard.base.errors import FolderError, MissingError, WizardError
from wizard.fetch import archives

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


def test_a_folder_below_the_top_one_can_be_left_out(tmp_path: Path) -> None:
    more = [entry(f"top/{name}", b"1") for name in ("a", "tests/b", "tests/c/d", "testsuite", "e/tests/f")]
    unpack(saved(tmp_path, tar(*more)), tmp_path / "into", "tests")
    assert names(tmp_path / "into") == ["a", "e", "e/tests", "e/tests/f", "testsuite"]


def test_what_is_left_out_is_looked_at_all_the_same(tmp_path: Path) -> None:
    data = tar(entry("top/a", b"1"), entry("top/tests/../../../b", b"1"))
    with pytest.raises(MissingError):
        unpack(saved(tmp_path, data), tmp_path / "into", "tests")
    assert not (tmp_path / "into").exists()


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


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from wizard.fetch import archives

def killed(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

calls = [0]
def rename(self, target, real=Path.rename):
    calls[0] += 1
    if calls[0] == int(sys.argv[4]):
        killed()
    return real(self, target)

if sys.argv[4] == "0":
    archives._refuse_links_out = killed
Path.rename = rename
archives.unpack(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""


@pytest.mark.parametrize(
    "moment", [0, 1, 2], ids=["extracted", "before the old one goes", "before the new one comes"]
)
def test_an_unpacking_that_is_killed_leaves_nothing_that_seems_whole(moment: int, tmp_path: Path) -> None:
    file, into = saved(tmp_path, tar(*GOOD)), tmp_path / "into"
    (into / "old").mkdir(parents=True)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_AT, file, into, digest, str(moment)],
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == -9
    assert not into.exists() or names(into) == ["old"]
    unpack(file, into)
    assert names(into) == ["configure", "runtime", "runtime/link.c", "runtime/sys.c"]
    assert names(tmp_path)[0] == "into"
    assert not (tmp_path / "into.unpacking").exists()


def test_names_with_unusual_letters_are_kept(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("top/é λ 'q'.ml", b"1"))), tmp_path / "into")
    assert names(tmp_path / "into") == ["é λ 'q'.ml"]


def test_dangerous_mode_bits_are_taken_off(tmp_path: Path) -> None:
    unpack(saved(tmp_path, tar(entry("top/x", b"1", mode=0o6777))), tmp_path / "into")
    assert stat.S_IMODE((tmp_path / "into" / "x").stat().st_mode) == 0o755


# ---------------------------------------------------------------- what is wrong


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
    folder = tmp_path_factory.mktemp("folder")
    file = saved(folder, bytes(data))
    try:
        unpack(file, folder / "into")
    except WizardError as error:
        assert isinstance(error, MissingError)  # noqa: PT017
        assert [path.name for path in folder.iterdir()] == [file.name]


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


# ---------------------------------------------------------------- its digest


def test_an_archive_that_has_changed_is_not_unpacked(tmp_path: Path) -> None:
    file = saved(tmp_path, tar(*GOOD))
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "kept").write_text("", encoding="utf-8")
    with pytest.raises(MissingError) as raised:
        archives.unpack(file, tmp_path / "into", "0" * 64)
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
    monkeypatch.setattr("wizard.fetch.archives.hashlib.file_digest", swapped)
    archives.unpack(file, tmp_path / "into", right)
    assert "configure" in names(tmp_path / "into")


# ---------------------------------------------------------------- places


def test_a_place_below_a_file_is_a_place_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    data = saved(tmp_path, tar(*GOOD))
    with pytest.raises(FolderError, match="into") as raised:
        unpack(data, tmp_path / "file" / "into")
    assert raised.value.code == "unpack-failed"


def test_a_folder_that_may_not_be_written_is_a_place_error(tmp_path: Path) -> None:
    data = saved(tmp_path, tar(*GOOD))
    folder = closed(tmp_path / "folder")
    with pytest.raises(FolderError):
        unpack(data, folder / "into")
    assert names(folder) == []


def test_a_full_disk_is_a_place_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_named: object) -> None:
        raise OSError(28, "No space left on device")

    data = saved(tmp_path, tar(*GOOD))
    monkeypatch.setattr("wizard.fetch.archives.tarfile.TarFile.makefile", full)
    with pytest.raises(FolderError, match="No space left"):
        unpack(data, tmp_path / "into")
    assert names(tmp_path) == ["x.tar.gz"]
