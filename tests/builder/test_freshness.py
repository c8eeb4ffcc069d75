"""A half-built tree is continued only where the clock continued evenly and the machine did not start again."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import filelock
import msgspec
import pytest

from wizard.base.files import write_durably
from wizard.builder import freshness
from wizard.builder.freshness import (
    JUMP_SECONDS,
    ClockMark,
    begin,
    check_clock,
    forget,
    is_fresh,
    mark_path,
    settle,
    wait_for_later_time,
)
from wizard.builds.locks import HOME_LOCK


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """By how many seconds the time of day is set forth or back."""
    moved, real = [0.0], time.time
    monkeypatch.setattr(time, "time", lambda: real() + moved[0])
    return moved


def boot_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr(freshness, "_BOOT", tmp_path / "boot_id")


def mark(home: Path) -> ClockMark:
    return msgspec.json.decode(mark_path(home).read_bytes(), type=ClockMark)


def test_a_home_that_was_never_worked_in_holds(tmp_path: Path) -> None:
    assert is_fresh(tmp_path)
    check_clock(tmp_path)
    settle(tmp_path)
    forget(tmp_path)
    assert not mark_path(tmp_path).exists()


def test_work_that_goes_on_a_moment_later_holds(tmp_path: Path) -> None:
    begin(tmp_path)
    check_clock(tmp_path)
    begin(tmp_path)
    assert is_fresh(tmp_path)
    assert not mark(tmp_path).jumped


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2.0, -2.0, 5e9])
def test_a_clock_that_was_set_meanwhile_makes_it_stale(jump: float, tmp_path: Path, clock: list[float]) -> None:
    begin(tmp_path)
    clock[0] = jump
    assert not is_fresh(tmp_path)
    begin(tmp_path)
    assert not is_fresh(tmp_path), "until the work begins again from its source"
    forget(tmp_path)
    begin(tmp_path)
    assert is_fresh(tmp_path)


@pytest.mark.parametrize("jump", [0.0, JUMP_SECONDS / 2, -JUMP_SECONDS / 2])
def test_a_little_does_not_matter(jump: float, tmp_path: Path, clock: list[float]) -> None:
    begin(tmp_path)
    clock[0] = jump
    assert is_fresh(tmp_path)


def test_a_clock_that_went_forth_and_back_is_not_forgotten(tmp_path: Path, clock: list[float]) -> None:
    begin(tmp_path)
    clock[0] = 3600.0
    check_clock(tmp_path)
    clock[0] = 0.0
    check_clock(tmp_path)
    assert not is_fresh(tmp_path)


def test_a_machine_that_started_again_makes_it_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(tmp_path)
    boot_again(monkeypatch, tmp_path)
    assert not is_fresh(tmp_path)


def test_what_ended_orderly_holds_whatever_happens_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    begin(tmp_path)
    settle(tmp_path)
    clock[0] = -86400.0
    boot_again(monkeypatch, tmp_path)
    assert is_fresh(tmp_path)
    begin(tmp_path)
    assert not mark(tmp_path).settled
    assert is_fresh(tmp_path)


def test_what_ended_orderly_after_the_clock_was_set_does_not_hold(tmp_path: Path, clock: list[float]) -> None:
    begin(tmp_path)
    clock[0] = 3600.0
    check_clock(tmp_path)
    settle(tmp_path)
    assert not is_fresh(tmp_path)


def test_what_is_written_after_a_while_is_later(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / "started").write_text(str(number))
        wait_for_later_time(tmp_path / "started")
        (tmp_path / "object").write_text("x")
        assert (tmp_path / "object").stat().st_mtime_ns > (tmp_path / "started").stat().st_mtime_ns
    assert sorted(path.name for path in tmp_path.iterdir()) == ["object", "started"]


def test_work_that_another_builder_is_at_is_not_settled(tmp_path: Path) -> None:
    begin(tmp_path)
    with filelock.FileLock(tmp_path / HOME_LOCK):
        settle(tmp_path)
        assert not mark(tmp_path).settled
    settle(tmp_path)
    assert mark(tmp_path).settled


@pytest.mark.parametrize("late", [settle, check_clock])
def test_a_home_that_is_removed_meanwhile_is_not_made_again(
    late: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    home = tmp_path / "home"
    begin(home)

    def removed_first(path: Path, data: bytes) -> None:
        shutil.rmtree(home)
        write_durably(path, data)

    monkeypatch.setattr(freshness, "write_durably", removed_first)
    clock[0] = 3600.0 if late is check_clock else 0.0
    late(home)
    assert not home.exists()


@pytest.mark.parametrize("left", [b"", b"{", b"\xff\0", b"[]", b'{"boot":1}'])
def test_a_damaged_mark_is_not_fresh(left: bytes, tmp_path: Path) -> None:
    begin(tmp_path)
    mark_path(tmp_path).write_bytes(left)
    assert not is_fresh(tmp_path)
    check_clock(tmp_path)
    settle(tmp_path)
    assert not is_fresh(tmp_path)


def test_where_the_kernel_has_no_name_for_its_run_the_clock_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> None:
    monkeypatch.setattr(freshness, "_BOOT", tmp_path / "none")
    begin(tmp_path)
    assert is_fresh(tmp_path)
    clock[0] = 60.0
    assert not is_fresh(tmp_path)
