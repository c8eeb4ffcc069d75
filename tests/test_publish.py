"""Publishing: a switch appears whole or not at all, and the one before it is not lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.trees import closed, names
from wizard.build.execute import (
    publish,
)
from wizard.errors import PlaceError


def finished(root: Path, text: str = "new") -> Path:
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "ocamlopt").write_text(text, encoding="utf-8")
    return root


def forbid_moving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this one folder cannot be renamed."""
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self == folder:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)


def test_a_finished_switch_appears_at_its_prefix(tmp_path: Path) -> None:
    publish(finished(tmp_path / "staging"), tmp_path / "new" / "deep" / "switch")
    assert names(tmp_path / "new" / "deep") == ["switch", "switch/bin", "switch/bin/ocamlopt"]
    assert not (tmp_path / "staging").exists()


def test_an_older_switch_is_replaced_as_a_whole(tmp_path: Path) -> None:
    old = finished(tmp_path / "switch", "old")
    (old / "lib").mkdir()
    publish(finished(tmp_path / "staging"), old)
    assert names(tmp_path / "switch") == ["bin", "bin/ocamlopt"]
    assert (old / "bin" / "ocamlopt").read_text(encoding="utf-8") == "new"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "ocw") == ["switch"]


def test_an_empty_folder_at_the_prefix_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "switch").mkdir()
    publish(finished(tmp_path / "staging"), tmp_path / "switch")
    assert (tmp_path / "switch" / "bin").is_dir()


def test_an_older_switch_comes_back_where_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = finished(tmp_path / "switch", "old"), finished(tmp_path / "staging")
    forbid_moving(new, monkeypatch)
    with pytest.raises(PlaceError, match="Permission denied"):
        publish(new, old)
    assert (old / "bin" / "ocamlopt").read_text(encoding="utf-8") == "old"
    assert (new / "bin" / "ocamlopt").exists(), "the build is kept"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "ocw") == ["staging", "switch"]


def test_an_older_switch_that_a_killed_publisher_had_moved_aside_is_not_lost_where_publishing_fails_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside, new = finished(tmp_path / ".switch.old.1234567", "old"), finished(tmp_path / "staging")
    forbid_moving(new, monkeypatch)
    with pytest.raises(PlaceError):
        publish(new, tmp_path / "switch")
    kept = [path for path in (aside, tmp_path / "switch") if (path / "bin" / "ocamlopt").exists()]
    assert kept, "the only switch the user had is gone"


def test_what_killed_publishers_moved_aside_is_removed_in_the_end(tmp_path: Path) -> None:
    finished(tmp_path / ".switch.old.1234567", "old")
    finished(tmp_path / ".other.old.1234567", "another's")
    publish(finished(tmp_path / "staging"), tmp_path / "switch")
    left = sorted(path.name for path in tmp_path.iterdir() if path.name != "ocw")
    assert left == [".other.old.1234567", "switch"]


@pytest.mark.parametrize("prefix", ["file/switch", "file/deep/switch"])
def test_a_prefix_that_cannot_be_made_is_a_place_error_and_keeps_the_build(prefix: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    staging = finished(tmp_path / "staging")
    with pytest.raises(PlaceError, match="switch") as raised:
        publish(staging, tmp_path / prefix)
    assert raised.value.code == "prefix-not-writable"
    assert "None" not in raised.value.what
    assert (staging / "bin" / "ocamlopt").exists()


def test_a_read_only_parent_is_a_place_error(tmp_path: Path) -> None:
    staging = finished(tmp_path / "staging")
    with pytest.raises(PlaceError):
        publish(staging, closed(tmp_path / "closed") / "switch")
    assert staging.exists()


def test_from_another_disk_a_copy_is_moved_and_the_build_is_kept_until_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, prefix = finished(tmp_path / "staging"), tmp_path / "switch"
    (staging / "bin" / "link").symlink_to("ocamlopt")
    real = Path.stat

    def elsewhere(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(self, follow_symlinks=follow_symlinks)
        if self != staging:
            return found
        return os.stat_result([*found[:2], found.st_dev + 1, *found[3:10]])

    monkeypatch.setattr(Path, "stat", elsewhere)
    publish(staging, prefix)
    assert (prefix / "bin" / "link").readlink() == Path("ocamlopt")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
