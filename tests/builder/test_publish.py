"""Publishing: a switch appears whole or not at all, and the one before it is not lost."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.trees import closed, names
from wizard.base.errors import BuildError, FolderError
from wizard.builder import publish as publishing
from wizard.builder.older_switch import MovedSwitch
from wizard.builder.publish import already_done, publication_path, put_back, remove_unfinished
from wizard.machine.survey import LOCK_FILE
from wizard.steps.actions import Publish, Run
from wizard.steps.stage import Stage


def stage_of(source: Path, into: Path) -> Stage:
    """A last stage as a plan has it: something before, the publishing, and something after."""
    (source.parent / "build").mkdir(exist_ok=True)
    return Stage(
        id="publish", title="", why="", home=str(source.parent / "build"),
        actions=(Run(("make", "install"), "/"), Publish(str(source), str(into)), Run(("rm", "-rf", "tree"), "/")),
        outputs=(), digest="d", shared=False, seconds=1.0, lines=1,
    )  # fmt: skip


def publish(source: Path, into: Path) -> list[MovedSwitch]:
    stage = stage_of(source, into)
    action = stage.actions[1]
    assert isinstance(action, Publish)
    return publishing.publish(action, stage)


def seen(folder: Path) -> list[str]:
    """What a user finds beside a switch."""
    return sorted(path.name for path in folder.iterdir() if path.name not in ("ocw", "build"))


def finished(root: Path, text: str = "new") -> Path:
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "ocamlopt").write_text(text, encoding="utf-8")
    (root / LOCK_FILE).write_text(f"# {text}\n", encoding="utf-8")
    return root


def older(root: Path, text: str = "old") -> Path:
    """A switch that was finished some time ago."""
    earlier = time.time_ns() - 60 * 10**9
    os.utime(finished(root, text) / LOCK_FILE, ns=(earlier, earlier))
    return root


def text_of(switch: Path) -> str:
    """Which switch it is; all of it must be of the same."""
    text = (switch / "bin" / "ocamlopt").read_text(encoding="utf-8")
    assert (switch / LOCK_FILE).read_text(encoding="utf-8") == f"# {text}\n"
    return text


@pytest.fixture(params=["exchanged", "renamed"])
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """By one exchange of names, and as where the file system cannot do that."""
    if request.param == "renamed":
        monkeypatch.setattr(publishing, "exchange", lambda *_: False)


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
    assert names(tmp_path / "new" / "deep") == [
        "switch",
        "switch/bin",
        "switch/bin/ocamlopt",
        f"switch/{LOCK_FILE}",
    ]
    assert not (tmp_path / "staging").exists()


@pytest.mark.usefixtures("_both_ways")
def test_an_older_switch_is_replaced_as_a_whole(tmp_path: Path) -> None:
    old = finished(tmp_path / "switch", "old")
    (old / "lib").mkdir()
    publish(finished(tmp_path / "staging"), old)
    assert names(tmp_path / "switch") == ["bin", "bin/ocamlopt", LOCK_FILE]
    assert (old / "bin" / "ocamlopt").read_text(encoding="utf-8") == "new"
    assert seen(tmp_path) == ["switch"]


@pytest.mark.usefixtures("_both_ways")
def test_an_older_switch_to_which_somebody_has_added_is_moved_aside(tmp_path: Path) -> None:
    old = older(tmp_path / "switch")
    package = old / "lib" / "mine"
    package.mkdir(parents=True)
    (package / "META").write_text("version = 1\n")
    os.utime(package / "META", (1, 1))  # as where an installer keeps the times
    (old / "bin" / "tool").symlink_to("ocamlopt")
    (old / "share" / "ocaml-cross").mkdir(parents=True)
    (old / "share" / "ocaml-cross" / "patches.old").touch()
    os.utime(old / "share" / "ocaml-cross" / "patches.old", (1, 1))
    new = finished(tmp_path / "staging")
    (new / "lib").mkdir()
    (moved,) = publish(new, old)
    assert moved.added == ("bin/tool", "lib/mine")
    assert moved.path.name.startswith("switch.before-")
    assert (moved.path / "lib" / "mine" / "META").read_text() == "version = 1\n"
    assert text_of(moved.path) == "old"
    assert names(old) == ["bin", "bin/ocamlopt", "lib", LOCK_FILE]
    assert seen(tmp_path) == ["switch", moved.path.name]


def test_what_the_newer_switch_has_as_well_is_no_reason_to_keep_the_older(tmp_path: Path) -> None:
    old = older(tmp_path / "switch")
    (old / "bin" / "ocamlopt").write_text("changed later", encoding="utf-8")
    (old / "share" / "ocaml-cross").mkdir(parents=True)
    (old / "share" / "ocaml-cross" / "proof.json").write_text("{}")
    new = finished(tmp_path / "staging")
    (new / "share" / "ocaml-cross").mkdir(parents=True)
    (new / "share" / "ocaml-cross" / "proof.json").write_text("{}")
    assert publish(new, old) == []
    assert seen(tmp_path) == ["switch"]


def test_older_switches_of_one_second_have_names_of_their_own(tmp_path: Path) -> None:
    prefix = older(tmp_path / "switch", "first")
    for word in ("second", "third", "fourth"):
        (prefix / f"before-{word}").touch()
        staging = older(tmp_path / "staging", word)
        publication_path(stage_of(staging, prefix)).unlink(missing_ok=True)  # as by another build
        assert len(publish(staging, prefix)) == 1
    assert {text_of(path) for path in tmp_path.glob("switch.before-*")} == {"first", "second", "third"}


@pytest.mark.usefixtures("_both_ways")
def test_an_empty_folder_at_the_prefix_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "switch").mkdir()
    publish(finished(tmp_path / "staging"), tmp_path / "switch")
    assert (tmp_path / "switch" / "bin").is_dir()


def test_an_older_switch_comes_back_where_the_new_one_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = finished(tmp_path / "switch", "old"), finished(tmp_path / "staging")
    monkeypatch.setattr(publishing, "exchange", lambda *_: False)
    forbid_moving(new, monkeypatch)
    with pytest.raises(FolderError, match="Permission denied"):
        publish(new, old)
    assert (old / "bin" / "ocamlopt").read_text(encoding="utf-8") == "old"
    assert (new / "bin" / "ocamlopt").exists(), "the build is kept"
    assert seen(tmp_path) == ["staging", "switch"]


def test_a_switch_that_a_killed_publisher_had_moved_aside_is_not_lost_where_publishing_fails_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside, new = finished(tmp_path / ".switch.ocaml-cross-old", "old"), finished(tmp_path / "staging")
    forbid_moving(new, monkeypatch)
    with pytest.raises(FolderError):
        publish(new, tmp_path / "switch")
    assert text_of(aside) == "old"
    assert put_back(tmp_path / "switch")
    assert text_of(tmp_path / "switch") == "old"
    assert not put_back(tmp_path / "switch")


def test_what_killed_publishers_left_is_removed_in_the_end(tmp_path: Path) -> None:
    finished(tmp_path / ".switch.ocaml-cross-old", "old")
    finished(tmp_path / ".switch.ocaml-cross-new", "half")
    finished(tmp_path / ".other.ocaml-cross-old", "another's")
    publish(finished(tmp_path / "staging"), tmp_path / "switch")
    assert seen(tmp_path) == [".other.ocaml-cross-old", "switch"]
    finished(tmp_path / ".switch.ocaml-cross-new", "half")
    remove_unfinished(tmp_path / "switch")
    assert seen(tmp_path) == [".other.ocaml-cross-old", "switch"]


# ---------------------------------------------------------------- killed in the middle


class _Killed(BaseException):
    """The end of the process, as far as a test in the same process can have it."""


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.usefixtures("_both_ways")
def test_killed_at_any_step_there_is_a_whole_switch_and_publishing_goes_on(
    older: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call that changes something is the last one once: before it, and after it."""
    for number in range(40):
        folder = tmp_path / str(number)
        staging, prefix = finished(folder / "staging"), folder / "switch"
        if older:
            finished(prefix, "old")
        with monkeypatch.context() as patched:
            _die_at(patched, number)
            try:
                publish(staging, prefix)
                died = False
            except _Killed:
                died = True
        if older:
            there = prefix if prefix.exists() else folder / ".switch.ocaml-cross-old"
            assert text_of(there) in ("old", "new"), f"step {number}"
        publish(staging, prefix)
        assert text_of(prefix) == "new", f"step {number}"
        assert seen(folder) == ["switch"], f"step {number}"
        if not died:
            assert number >= (6 if older else 5)
            return
    pytest.fail("publishing did not end")


def _die_at(patched: pytest.MonkeyPatch, number: int) -> None:
    """Raise _Killed before or after one of the calls that publishing makes."""
    left = [number]

    def deadly(call: Any) -> Any:
        def run(*args: object, **named: object) -> object:
            if left[0] == 0:
                raise _Killed
            left[0] -= 1
            answer = call(*args, **named)
            if left[0] == 0:
                raise _Killed
            left[0] -= 1
            return answer

        return run

    for name in ("exchange", "flush", "write_durably"):
        patched.setattr(publishing, name, deadly(getattr(publishing, name)))
    patched.setattr(shutil, "rmtree", deadly(shutil.rmtree))
    patched.setattr(Path, "rename", deadly(Path.rename))


def test_after_publishing_nothing_before_it_is_done_again(tmp_path: Path) -> None:
    staging, prefix = finished(tmp_path / "staging"), tmp_path / "switch"
    stage = stage_of(staging, prefix)
    assert not any(already_done(action, stage) for action in stage.actions)
    publish(staging, prefix)
    assert [already_done(action, stage) for action in stage.actions] == [True, False, False]
    publish(staging, prefix)
    assert text_of(prefix) == "new"


def test_another_switch_that_came_to_the_prefix_is_not_taken_for_ours(tmp_path: Path) -> None:
    staging, prefix = finished(tmp_path / "staging"), tmp_path / "switch"
    publish(staging, prefix)
    prefix.rename(tmp_path / "moved")
    finished(prefix, "another")
    stage = stage_of(staging, prefix)
    assert not any(already_done(action, stage) for action in stage.actions)
    with pytest.raises(BuildError, match="not there any more"):
        publish(staging, prefix)
    assert text_of(prefix) == "another"


@pytest.mark.parametrize("left", [b"", b"{", b"null", b'{"into":1}', b"\xff"])
def test_a_damaged_note_counts_as_none(left: bytes, tmp_path: Path) -> None:
    staging, prefix = finished(tmp_path / "staging"), finished(tmp_path / "switch", "old")
    note = publication_path(stage_of(staging, prefix))
    note.parent.mkdir()
    note.write_bytes(left)
    publish(staging, prefix)
    assert text_of(prefix) == "new"


def test_there_is_no_instant_without_a_whole_switch(tmp_path: Path) -> None:
    """One process looks in a tight loop while switches are published one after the other."""
    prefix = finished(tmp_path / "switch", "0")
    probe, other = tmp_path / "probe", tmp_path / "other"
    probe.mkdir()
    other.mkdir()
    if not publishing.exchange(probe, other):
        pytest.skip("this file system cannot exchange two names")
    with subprocess.Popen(
        [sys.executable, "-c", LOOKER, str(prefix)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as looker:  # fmt: skip
        assert looker.stdout is not None
        assert looker.stdin is not None
        assert looker.stdout.readline() == "looking\n"
        for number in range(1, 60):
            staging = finished(tmp_path / f"staging-{number}", str(number))
            publication_path(stage_of(staging, prefix)).unlink(missing_ok=True)  # as at a stage's beginning
            publish(staging, prefix)
        looker.stdin.close()
        looks, absent, changes = map(int, looker.stdout.readline().split())
    assert looks > 100
    assert changes >= 2, "it saw switches change"
    assert absent == 0, f"{absent} of {looks} looks found no switch"


LOOKER = """
import os, select, sys
print("looking", flush=True)
looks = absent = changes = 0
before = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(50):
        looks += 1
        try:
            now = os.stat(sys.argv[1]).st_mtime_ns
        except FileNotFoundError:
            absent += 1
        else:
            changes += now != before
            before = now
print(looks, absent, changes, flush=True)
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_came_to_the_prefix_during_the_build_and_is_no_switch_is_kept(what: str, tmp_path: Path) -> None:
    staging, prefix = finished(tmp_path / "staging"), tmp_path / "mine"
    mine = prefix
    if what == "folder":
        prefix.mkdir()
        mine = prefix / "thesis.tex"
    mine.write_text("years of work")
    with pytest.raises(FolderError) as raised:
        publish(staging, prefix)
    assert raised.value.code == "prefix-taken"
    assert mine.read_text() == "years of work"
    assert text_of(staging) == "new", "the build is kept"


@pytest.mark.parametrize("prefix", ["file/switch", "file/deep/switch"])
def test_a_prefix_that_cannot_be_made_is_a_place_error_and_keeps_the_build(prefix: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    staging = finished(tmp_path / "staging")
    with pytest.raises(FolderError, match="switch") as raised:
        publish(staging, tmp_path / prefix)
    assert raised.value.code == "prefix-not-writable"
    assert "None" not in raised.value.what
    assert (staging / "bin" / "ocamlopt").exists()


def test_a_read_only_parent_is_a_place_error(tmp_path: Path) -> None:
    staging = finished(tmp_path / "staging")
    with pytest.raises(FolderError):
        publish(staging, closed(tmp_path / "closed") / "switch")
    assert staging.exists()


@pytest.mark.parametrize("added", [False, True])
@pytest.mark.usefixtures("_both_ways")
def test_from_another_disk_a_copy_is_moved_and_the_build_is_kept_until_then(
    added: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging, prefix = finished(tmp_path / "staging"), tmp_path / "switch"
    if added:
        (older(prefix) / "mine").touch()
    (staging / "bin" / "link").symlink_to("ocamlopt")
    real = Path.stat

    def elsewhere(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        found = real(self, follow_symlinks=follow_symlinks)
        if self != staging:
            return found
        return os.stat_result([*found[:2], found.st_dev + 1, *found[3:10]], {"st_mtime_ns": found.st_mtime_ns})

    monkeypatch.setattr(Path, "stat", elsewhere)
    moved = publish(staging, prefix)
    assert [switch.added for switch in moved] == ([("mine",)] if added else [])
    assert all((switch.path / "mine").is_file() for switch in moved)
    assert (prefix / "bin" / "link").readlink() == Path("ocamlopt")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
