"""The commands that make room: builds are cleaned, what is kept is counted, limited and removed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import filelock
import msgspec
import pytest

from tests.support.building import PlanOf, to_end, wait_until
from tests.support.commands import Ocw
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from wizard.base.folders import Folders
from wizard.builder.launch import start
from wizard.builds import cache
from wizard.builds.cache import CacheItem, cached_items, enforce_limit, mark_used, over_limit, remove
from wizard.builds.folder import LOCK, OPTIONS, PLAN, START_LOCK, Options, running
from wizard.builds.journal import BuildEnded, BuildStarted, Journal, Outcome
from wizard.builds.listing import list_builds
from wizard.builds.locks import HOME_LOCK
from wizard.builds.switches import known_prefixes
from wizard.catalogue.selection import Selection
from wizard.fetch.finder import PARTS
from wizard.machine.survey import LOCK_FILE
from wizard.plan.batch import to_json
from wizard.plan.model import Plan
from wizard.session.session import Session


def begun(plan: Plan, outcome: Outcome | None = None) -> Path:
    """A build as its builder leaves it: killed, or ended with `outcome`."""
    folder = Path(plan.build_folder)
    (folder / "tree").mkdir(parents=True)
    (folder / "tree" / "object.o").write_bytes(b"x" * 1_000_000)
    (folder / PLAN).write_bytes(to_json(plan))
    (folder / OPTIONS).write_bytes(msgspec.json.encode(Options()))
    journal = Journal(folder)
    journal.add(BuildStarted(build=plan.id, digest=plan.digest, pid=1, stages=()))
    if outcome is not None:
        journal.add(BuildEnded(outcome=outcome, prefix=plan.prefix))
    journal.close()
    return folder


def switch(prefix: Path, calls: Path | None = None) -> Path:
    """A finished switch whose wrapper scripts call a toolchain."""
    (prefix / "wrappers").mkdir(parents=True)
    (prefix / LOCK_FILE).write_text("")
    (prefix / "wrappers" / "aarch64-linux-musl-gcc").write_text(f"#!/bin/sh\nzig={calls}/zig\n")
    return prefix


@pytest.fixture
def builds(session: Session, tmp_path: Path) -> dict[str, Path]:
    """A build in each state, its prefix below the test's own folder."""
    outcomes: dict[str, Outcome | None] = {
        "done": "done", "failed": "failed", "cancelled": "cancelled", "stopped": None,
    }  # fmt: skip
    made = {}
    for state, outcome in outcomes.items():
        plan = session.plan(session.check_selection(Selection(target="aarch64-linux"), tmp_path / state))
        made[state] = begun(plan, outcome)
    unreadable = session.folders.builds / "unreadable-build"
    unreadable.mkdir()
    (unreadable / PLAN).write_text("{")
    made["unreadable"] = unreadable
    switch(tmp_path / "done")
    return made


# ---------------------------------------------------------------- clean


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (["--done"], {"done"}),
        (["--failed"], {"failed"}),
        (["--stopped"], {"stopped"}),
        (["--cancelled"], {"cancelled"}),
        (["--unreadable"], {"unreadable"}),
        (["--done", "--failed"], {"done", "failed"}),
        (["--all"], {"done", "failed", "cancelled", "stopped", "unreadable"}),
        (["unreadable-build"], {"unreadable"}),
        (["unreadable-build", "unreadable-build", "--unreadable"], {"unreadable"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_named_goes_and_the_rest_stays(
    words: list[str], gone: set[str], builds: dict[str, Path], ocw: Ocw
) -> None:
    dry = ocw("clean", *words, "--dry-run")
    assert dry.code == 0
    assert "would go" in dry.out
    assert all(folder.exists() for folder in builds.values())
    ended = ocw("clean", *words)
    assert ended.code == 0
    assert {state for state, folder in builds.items() if not folder.exists()} == gone
    assert f"removed {len(gone)} build" in ended.out


def test_the_sizes_that_are_said_are_those_on_the_disk(builds: dict[str, Path], ocw: Ocw) -> None:
    os.link(builds["failed"] / "tree" / "object.o", builds["stopped"] / "tree" / "linked.o")
    said = json.loads(ocw("clean", "--failed", "--stopped", "--dry-run", "--json").out)
    assert said["dry_run"] is True
    assert said["removed"] == []
    total = sum(one["bytes"] for one in said["builds"])
    assert 2_000_000 <= total < 2_700_000, "a file with two names counts once"


def test_a_switch_is_never_removed_and_stays_known(
    builds: dict[str, Path], ocw: Ocw, folders: Folders, tmp_path: Path
) -> None:
    assert known_prefixes(folders) == [tmp_path / "done"]
    assert json.loads(ocw("clean", "--all", "--json").out)["removed"]
    assert (tmp_path / "done" / LOCK_FILE).exists()
    assert known_prefixes(folders) == [tmp_path / "done"]
    assert not any(folder.exists() for folder in builds.values())


def test_a_running_build_stays(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("slow", "exec sleep 600"))
    folder = start(plan, Options())
    ended = ocw("clean", "--all", "--yes")
    assert ended.code == 0
    named = ocw("clean", plan.id, "--yes")
    assert "stays: it is running" in named.out
    assert running(folder)


@pytest.mark.parametrize("lock", [LOCK, START_LOCK])
def test_a_build_that_begins_to_run_meanwhile_stays(lock: str, builds: dict[str, Path], folders: Folders) -> None:
    from wizard.builder.clean import remove_all

    (chosen,) = [build for build in list_builds(folders) if build.state == "failed"]
    with filelock.FileLock(builds["failed"] / lock):
        gone, problems = remove_all([chosen], folders)
    assert gone == []
    assert [problem.exit_code for problem in problems] == [9]
    assert (builds["failed"] / PLAN).exists()


def test_a_build_in_which_its_switch_stands_stays(session: Session, ocw: Ocw) -> None:
    plan = session.plan(session.check_selection(Selection(target="aarch64-linux")))
    inside = msgspec.structs.replace(plan, prefix=f"{plan.build_folder}/switch")
    folder = begun(inside, "done")
    switch(folder / "switch")
    ended = ocw("clean", plan.id)
    assert "stays: its switch stands inside it" in ended.out
    assert (folder / "switch" / LOCK_FILE).exists()


def test_what_a_killed_publisher_left_at_the_prefix_is_set_right(
    builds: dict[str, Path], ocw: Ocw, tmp_path: Path
) -> None:
    """Where names cannot be exchanged there is an instant in which the older switch stands aside."""
    switch(tmp_path / ".failed.ocaml-cross-old")
    (tmp_path / ".failed.ocaml-cross-new" / "bin").mkdir(parents=True)
    assert ocw("clean", builds["failed"].name).code == 0
    assert (tmp_path / "failed" / LOCK_FILE).exists()
    assert not list(tmp_path.glob(".failed*"))


def test_what_a_killed_clean_left_goes_with_the_next(builds: dict[str, Path], ocw: Ocw, folders: Folders) -> None:
    left = folders.builds / ".removing-5.3.0-x-1"
    (left / "tree").mkdir(parents=True)
    (left / PLAN).write_text("{}")
    assert ".removing" not in ocw("builds").out
    assert ocw("clean", "--failed").code == 0
    assert not left.exists()
    assert not builds["failed"].exists()


def test_without_a_choice_nothing_goes(builds: dict[str, Path], ocw: Ocw) -> None:
    assert ocw("clean").code == 2
    assert all(folder.exists() for folder in builds.values())


@pytest.mark.parametrize(("answer", "stays"), [("n", True), ("y", False)])
def test_on_a_terminal_it_is_asked_first(
    answer: str, stays: bool, builds: dict[str, Path], folders: Folders
) -> None:
    env = {**os.environ, "OCW_HOME": str(folders.state.parent), "PYTHONPATH": str(ROOT)}
    with Terminal([sys.executable, "-m", "wizard", "clean", "--failed"], env, columns=120) as terminal:
        terminal.wait_for("Remove 1 build?")
        assert "to remove: 1." in terminal.text
        terminal.press(answer, "enter")
        terminal.wait_for_end()
    assert builds["failed"].exists() is stays


# ---------------------------------------------------------------- cache


@pytest.fixture
def house(folders: Folders, tmp_path: Path) -> Folders:
    """One thing of each kind, and a second host; the older a thing, the earlier it is named."""
    paths = [
        folders.hosts / "4.14.1-host" / "prefix" / "file",
        folders.sources / "ocaml-5.3.0.tgz",
        folders.cache / "zig" / "o" / "file",
        folders.toolchains / "zig-0.17.0" / "zig",
        folders.hosts / "5.3.0-host" / "prefix" / "file",
    ]
    for age, path in enumerate(reversed(paths)):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x" * 1_000_000)
        top = next(parent for parent in (path, *path.parents) if parent.parent in _places(folders))
        os.utime(top, (1_700_000_000 - age, 1_700_000_000 - age))
    (folders.toolchains / ".lock").touch()
    switch(folders.switches / "mine", folders.toolchains / "zig-0.17.0")
    switch(tmp_path / "other", folders.toolchains / "zig-0.17.01")
    return folders


def _places(folders: Folders) -> tuple[Path, ...]:
    return folders.hosts, folders.sources, folders.cache, folders.toolchains


def _names(items: list[CacheItem]) -> list[str]:
    return [item.name for item in items]


def test_everything_that_is_kept_is_listed_with_size_use_and_need(house: Folders, ocw: Ocw) -> None:
    items = {item.name: item for item in cached_items(house)}
    assert set(items) == {"ocaml-5.3.0.tgz", "zig", "zig-0.17.0", "5.3.0-host", "4.14.1-host"}
    assert all(1_000_000 <= item.bytes < 1_300_000 for item in items.values())
    assert items["zig-0.17.0"].switches == (str(house.switches / "mine"),)
    assert [name for name, item in items.items() if not item.removable] == ["zig-0.17.0"]
    text = ocw("cache")
    assert text.code == 0
    assert f"needed by {house.switches / 'mine'}" in text.out
    assert "kept for the next build: 5." in text.out
    assert ocw("cache", "list").out == text.out
    data = json.loads(ocw("cache", "--json").out)
    assert [item["name"] for item in data["items"]] == _names(cached_items(house))
    assert data["limit"] is None


def test_what_came_of_a_download_that_was_cut_off_is_said_to_be_that(house: Folders, ocw: Ocw) -> None:
    words = "downloads that are not whole yet"
    assert words not in ocw("cache").out
    (house.sources / PARTS).mkdir()
    [line] = [line for line in ocw("cache").out.splitlines() if words in line]
    assert line.split()[:2] == ["source", PARTS]


def test_builds_are_listed_with_what_is_kept(builds: dict[str, Path], ocw: Ocw) -> None:
    text = ocw("cache").out
    assert all(folder.name in text for folder in builds.values())


def test_a_file_with_several_names_counts_once(house: Folders) -> None:
    os.link(house.toolchains / "zig-0.17.0" / "zig", house.toolchains / "zig-0.17.0" / "again")
    os.link(house.hosts / "5.3.0-host" / "prefix" / "file", house.hosts / "4.14.1-host" / "prefix" / "linked")
    assert 5_000_000 <= sum(item.bytes for item in cached_items(house)) < 5_900_000


def test_cleaning_leaves_what_a_switch_calls(house: Folders, ocw: Ocw) -> None:
    dry = ocw("cache", "clean", "--dry-run")
    assert "stays: needed by" in dry.out
    assert len(cached_items(house)) == 5
    assert ocw("cache", "clean").code == 0
    assert _names(cached_items(house)) == ["zig-0.17.0"]
    assert (house.toolchains / "zig-0.17.0" / "zig").exists()


def test_a_toolchain_that_no_switch_calls_any_more_goes(house: Folders, ocw: Ocw) -> None:
    (house.switches / "mine" / LOCK_FILE).unlink()
    assert json.loads(ocw("cache", "clean", "toolchain", "--json").out)["removed"] == ["zig-0.17.0"]
    assert "zig-0.17.0" not in _names(cached_items(house))


@pytest.mark.parametrize("name", ["host", "4.14.1-host"])
def test_kinds_and_names_can_be_chosen(name: str, house: Folders, ocw: Ocw) -> None:
    removed = json.loads(ocw("cache", "clean", name, "--yes", "--json").out)["removed"]
    assert set(removed) == {one for one in ("5.3.0-host", "4.14.1-host") if name in ("host", one)}
    assert not [path for path in house.hosts.iterdir() if path.name.startswith(".")]


def test_an_unknown_name_is_told_the_nearest_one(house: Folders, ocw: Ocw) -> None:
    ended = ocw("cache", "clean", "hots")
    assert ended.code == 3
    assert "'host'" in ended.err
    assert len(cached_items(house)) == 5


def test_what_a_running_build_uses_stays(plan_of: PlanOf, ocw: Ocw, folders: Folders) -> None:
    plan = plan_of(("slow", "exec sleep 600"))
    host, other = Path(plan.host_prefix).parent, folders.hosts / "4.14.1-other"
    for path in (host, other, Path(plan.sources_folder), Path(plan.cache_folder)):
        path.mkdir(parents=True)
    (Path(plan.sources_folder) / "a.tar.gz").write_text("x")
    start(plan, Options())
    assert {item.name: bool(item.busy) for item in cached_items(folders)} == {
        host.name: True, other.name: False, "a.tar.gz": True, "zig": True,
    }  # fmt: skip
    assert "in use by" in ocw("cache").out
    assert ocw("cache", "clean").code == 0
    assert sorted(_names(cached_items(folders))) == sorted([host.name, "a.tar.gz", "zig"])


def test_a_host_compiler_that_is_at_work_is_not_removed(house: Folders) -> None:
    (host,) = [item for item in cached_items(house) if item.name == "5.3.0-host"]
    with filelock.FileLock(Path(host.path) / HOME_LOCK):
        assert not remove(host, house)
    assert remove(host, house)
    assert remove(host, house), "already gone"


# ---------------------------------------------------------------- the limit


def test_a_limit_is_set_said_and_taken_away(house: Folders, ocw: Ocw) -> None:
    assert ocw("cache", "limit").out.startswith("no limit;")
    said = ocw("cache", "limit", "3.5MB").out
    assert said.startswith("3.5 MB; 5.")
    assert [line.split()[6].rstrip(",") for line in said.splitlines()[1:]] == ["4.14.1-host", "ocaml-5.3.0.tgz"]
    assert json.loads(ocw("cache", "limit", "--json").out)["limit"] == 3_500_000
    assert "cache_limit" in (house.state / cache.SETTINGS).read_text()
    assert ocw("cache", "limit", "none").out.startswith("no limit;")
    assert cache.cache_limit(house) is None


@pytest.mark.parametrize("words", ["much", "-1", "5 XB", "", "1e9", "GB"])
def test_what_is_no_size_is_refused(words: str, ocw: Ocw, folders: Folders) -> None:
    ended = ocw("cache", "limit", "--", words)
    assert ended.code == 3
    assert "error[size-wrong]" in ended.err
    assert not (folders.state / cache.SETTINGS).exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('cache_limit = "much"', "size-wrong"),
        ("cache_limti = 3", "settings-unknown-key"),
        ("[", "settings-syntax"),
    ],
)
def test_a_settings_file_that_is_wrong_is_one_error(text: str, code: str, ocw: Ocw, folders: Folders) -> None:
    folders.state.mkdir(parents=True)
    (folders.state / cache.SETTINGS).write_text(text)
    ended = ocw("cache", "limit")
    assert ended.code == 3
    assert f"error[{code}]" in ended.err


def test_what_was_used_the_longest_time_ago_goes_first(house: Folders, ocw: Ocw) -> None:
    ocw("cache", "limit", "3.5MB")
    assert _names(enforce_limit(house)) == ["4.14.1-host", "ocaml-5.3.0.tgz"]
    assert enforce_limit(house) == []
    ocw("cache", "limit", "1kB")
    assert sorted(_names(enforce_limit(house))) == ["5.3.0-host", "zig"]
    assert _names(cached_items(house)) == ["zig-0.17.0"], "a switch needs it, whatever the limit says"


def test_without_a_limit_nothing_goes(house: Folders) -> None:
    assert enforce_limit(house) == []
    assert len(cached_items(house)) == 5


def test_what_a_build_uses_counts_as_used_now(plan_of: PlanOf, house: Folders) -> None:
    plan = plan_of()
    into = house.toolchains / "zig-0.17.0"
    whole = msgspec.structs.replace(plan, stages=(*_real_stages(house), *plan.stages))
    mark_used(whole)
    used = {item.name for item in cached_items(house) if item.used > 1_700_000_001}
    assert used == {"ocaml-5.3.0.tgz", "zig", into.name}


def _real_stages(folders: Folders) -> tuple[object, ...]:
    session = Session(folders)
    plan = session.plan(session.check_selection(Selection(target="aarch64-linux")))
    return tuple(stage for stage in plan.stages if stage.id in ("fetch", "toolchain"))


def item(name: str, size: int, used: float, *, busy: bool = False) -> CacheItem:
    return CacheItem(kind="host", name=name, path="/x", bytes=size, used=used, busy=("b",) if busy else ())


@pytest.mark.parametrize(
    ("limit", "going"),
    [(None, []), (100, []), (60, []), (59, ["old"]), (50, ["old"]), (49, ["old", "new"]), (0, ["old", "new"])],
)
def test_no_more_goes_than_the_limit_asks_for(limit: int | None, going: list[str]) -> None:
    items = [item("new", 20, 3.0), item("old", 10, 1.0), item("used", 30, 0.0, busy=True)]
    assert _names(over_limit(items, limit)) == going


def test_a_build_that_is_done_leaves_a_switch_that_is_known(plan_of: PlanOf, folders: Folders) -> None:
    plan = plan_of()
    to_end(start(plan, Options()))
    wait_until(lambda: not running(Path(plan.build_folder)))
    assert known_prefixes(folders) == [Path(plan.prefix)]
