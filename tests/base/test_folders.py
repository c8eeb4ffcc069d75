"""Where the wizard keeps things: by the rules of the system, or all below one folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.base.folders import APPLICATION, Folders


def test_one_variable_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCW_HOME", str(tmp_path))
    folders = Folders.default()
    assert folders == Folders(tmp_path / "cache", tmp_path / "data", tmp_path / "state")


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OCW_HOME", "here")
    assert Folders.default().data == tmp_path / "here" / "data"


def test_without_it_the_rules_of_the_system_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCW_HOME")
    for name in ("CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name))
    folders = Folders.default()
    assert folders == Folders(*(tmp_path / name / APPLICATION for name in ("CACHE", "DATA", "STATE")))


def test_an_empty_variable_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCW_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Folders.default().data == tmp_path / APPLICATION


def test_every_folder_has_a_place_of_its_own(folders: Folders) -> None:
    places = [folders.sources, folders.toolchains, folders.hosts, folders.switches, folders.builds]
    assert len(set(places)) == len(places)
    assert all(not place.is_relative_to(other) for place in places for other in places if place != other)


def test_looking_up_folders_makes_none(folders: Folders) -> None:
    assert not folders.builds.exists()
    assert not folders.cache.exists()
