"""Files that are whole or not there at all, whoever writes them and whatever stops it."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

import pytest

from tests.support.trees import closed
from wizard.base.errors import FolderError
from wizard.base.files import replacing, save_text, write_durably, write_whole


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "ocw")


@pytest.mark.parametrize("write", [write_whole, write_durably])
def test_a_file_takes_the_place_of_the_old_one(write: object, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    assert callable(write)
    write(path, b"new")
    assert path.read_bytes() == b"new"
    assert entries(tmp_path) == ["x"]


def test_what_fails_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")
    with contextlib.suppress(ZeroDivisionError), replacing(path) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["x"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_has_its_permissions_before_it_is_seen(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with replacing(path, mode=mode) as file:
        assert stat.S_IMODE(Path(file.name).stat().st_mode) == 0o600
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_long_name_leaves_room_for_the_one_it_has_until_then(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 120)
    write_whole(path, b"x")
    assert path.read_bytes() == b"x"


def test_a_named_unfinished_file_replaces_what_a_killed_process_left(tmp_path: Path) -> None:
    left = tmp_path / ".x.new"
    left.write_bytes(b"of a process that was killed")
    write_whole(tmp_path / "x", b"y", unfinished=left)
    assert entries(tmp_path) == ["x"]


def test_an_error_of_the_system_names_a_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="x") as raised:
        write_whole(closed(tmp_path / "closed") / "x", b"")
    assert raised.value.filename


def test_a_text_that_cannot_be_written_says_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    path = tmp_path / "file" / "s.sh"
    with pytest.raises(FolderError) as raised:
        save_text("x", path, subject="the script")
    assert raised.value.code == "file-not-written"
    assert raised.value.what == f"the script cannot be written to {path}"


def test_there_is_one_writer_of_whole_files() -> None:
    """No module replaces a file by its own means: the few that do replace what is no new file."""
    import wizard

    package = Path(wizard.__file__).parent
    allowed = {"base/files.py", "fetch/sources.py"}  # a download, which was fetched into a folder of its own
    found = set()
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "os.replace(" in text or "NamedTemporaryFile(dir" in text or "temporary.replace(" in text:
            found.add(str(path.relative_to(package)))
    assert found <= allowed
