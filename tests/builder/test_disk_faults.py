"""Disks that are full, limited or read-only: the right message, and a build that can be continued."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.building import PlanOf, builder_process, to_end, wait_until
from tests.support.commands import Ocw
from tests.support.mounts import read_only, small_disk
from wizard.base.errors import BuildError, FolderError
from wizard.builder.failures import command_failed
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import describe_build, last_error
from wizard.builds.stage_logs import log_path
from wizard.machine.disk_space import MIN_FREE_FILES, SpaceWatch, write_error
from wizard.machine.processes import processes_of
from wizard.plan.model import Plan

MB = 10**6


def ended(folder: Path) -> j.BuildEnded:
    """How a build ended; nothing of it may run any more."""
    last = to_end(folder)[-1]
    assert isinstance(last, j.BuildEnded), last
    wait_until(lambda: not running(folder))
    return last


def is_refused(folder: Path, code: str, exit_code: int = 8) -> FolderError:
    """A build ended with this error, which says what to do."""
    assert ended(folder).outcome == "failed"
    error = last_error(folder)
    assert isinstance(error, FolderError), error
    assert (error.code, error.exit_code) == (code, exit_code)
    assert error.fix
    return error


# ---------------------------------------------------------------- a full disk


@contextlib.contextmanager
def small_home(plan: Plan) -> Iterator[Path]:
    """The folder of all builds is a disk of 16 MB from now on, 10 of which somebody else has filled."""
    builds = Path(plan.build_folder).parent
    with small_disk(builds, "16m"):
        (builds / ".ballast").write_bytes(b"x" * 10 * MB)
        yield builds


def test_a_full_disk_ends_the_build_and_with_room_it_goes_on(plan_of: PlanOf, ocw: Ocw) -> None:
    plan = plan_of(("before", "echo once >> ../count"), ("writes", "head -c 9000000 /dev/zero > big"))
    with small_home(plan) as builds:
        folder = start(plan, Options())
        error = is_refused(folder, "disk-full")
        assert "stage writes failed" in error.what
        assert "No space left on device" in error.why
        assert str(log_path(plan.stage("writes"))) in error.fix
        assert describe_build(folder).state == "failed"
        (builds / ".ballast").unlink()
        assert ocw("resume").code == 0
        assert (folder / "count").read_text() == "once\n"
    assert (Path(plan.prefix) / "bin/program").exists()


def test_a_disk_that_fills_up_while_a_command_runs_stops_it_in_time(plan_of: PlanOf) -> None:
    plan = plan_of(("long", "touch ../begun; exec sleep 600"))
    with small_home(plan) as builds:
        folder = start(plan, Options())
        wait_until(lambda: (folder / "begun").exists())
        free = os.statvfs(builds).f_bavail * os.statvfs(builds).f_frsize
        (builds / ".more").write_bytes(b"x" * (free - MB // 2))
        error = is_refused(folder, "disk-nearly-full")
        assert str(folder) in error.what
        assert "resume" in error.fix
        assert not processes_of(plan.id)


def test_a_disk_without_a_single_byte_still_takes_the_last_words(plan_of: PlanOf) -> None:
    script = "cat /dev/zero > big 2>/dev/null; cat /dev/zero >> ../small 2>/dev/null; exit 1"
    plan = plan_of(("fills", script))
    with small_home(plan):
        folder = start(plan, Options())
        assert is_refused(folder, "disk-full")
        assert [event.stage for event in j.read_events(folder) if isinstance(event, j.BuildEnded)] == ["fills"]


# ---------------------------------------------------------------- limits


@pytest.fixture
def file_limit() -> Iterator[None]:
    """No file may become larger than 1 MB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("file_limit")
@pytest.mark.parametrize(
    "script",
    [
        "exec head -c 5000000 /dev/zero > big",
        "head -c 5000000 /dev/zero > big",
        "head -c 5000000 /dev/zero | tr '\\0' '\\n'",
    ],
    ids=["a file", "a file of a child", "the log itself"],
)
def test_a_limit_on_the_size_of_files_is_named(script: str, plan_of: PlanOf, ocw: Ocw) -> None:
    folder = start(plan_of(("writes", script)), Options())
    error = is_refused(folder, "file-size-limit")
    assert "stage writes failed" in error.what
    assert "ulimit -f unlimited" in error.fix
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit[1], limit[1]))
    assert ocw("resume").code == 0


# ---------------------------------------------------------------- read-only


def test_a_prefix_that_becomes_read_only_during_the_build_keeps_the_build(
    plan_of: PlanOf, ocw: Ocw, tmp_path: Path
) -> None:
    parent = tmp_path / "parent"
    parent.mkdir()
    plan = _into(plan_of(("slow", "until [ -e ../go ]; do sleep 0.05; done")), parent / "prefix")
    folder = start(plan, Options())
    with read_only(parent):
        (folder / "go").touch()
        error = is_refused(folder, "prefix-not-writable")
        assert str(parent / "prefix") in error.what
        refused = ocw("resume")
        assert refused.code == 8, "said before anything is built"
        assert "error[prefix-not-writable]" in refused.err
    assert ocw("resume").code == 0
    assert (parent / "prefix" / "bin" / "program").exists()
    events = [event.stage for event in j.read_events(folder) if isinstance(event, j.StageStarted)]
    assert events.count("slow") == 1, "only publishing is done again"


def _into(plan: Plan, prefix: Path) -> Plan:
    """The same plan for another prefix."""
    from wizard.plan.batch import from_json, to_json

    moved = from_json(to_json(plan).replace(plan.prefix.encode(), str(prefix).encode()))
    assert isinstance(moved, Plan)
    return moved


def test_a_read_only_home_is_one_clear_error(plan_of: PlanOf, ocw: Ocw, tmp_path: Path) -> None:
    plan = plan_of(("broken", "exit 1"))
    to_end(start(plan, Options()))
    wait_until(lambda: not running(Path(plan.build_folder)))
    with read_only(tmp_path / "ocw"), read_only(Path(plan.build_folder)):
        assert describe_build(Path(plan.build_folder)).state == "failed"
        for words in (["builds"], ["logs"], ["cache"], ["cache", "limit"], ["clean", "--all", "--dry-run"]):
            assert ocw(*words).code == 0
        resumed = ocw("resume")
        assert resumed.code == 8
        assert "error[build-folder-not-writable]" in resumed.err
        assert ocw("cache", "limit", "5GB").code == 8
        cleaned = ocw("clean", "--failed")
        assert cleaned.code == 8
        assert "error[build-not-removed]" in cleaned.err
    assert ocw("clean", "--failed").code == 0


def test_a_killed_build_in_a_read_only_home_does_not_seem_to_run(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of(("slow", "exec sleep 600"))
    folder = start(plan, Options())
    builder_process(folder).kill()
    wait_until(lambda: not running(folder))
    with read_only(tmp_path / "ocw"):
        assert describe_build(folder).state == "stopped"


def test_a_prefix_on_which_a_file_system_is_mounted_is_refused(plan_of: PlanOf, tmp_path: Path) -> None:
    plan = plan_of()
    with small_disk(tmp_path / "prefix", "1m"), pytest.raises(FolderError, match="mounted there"):
        start(plan, Options())


# ---------------------------------------------------------------- the watch by itself


class Disk(NamedTuple):
    """What statvfs says."""

    f_bavail: int
    f_blocks: int = 10**9
    f_frsize: int = 1000
    f_favail: int = 10**6
    f_files: int = 10**7


@pytest.mark.parametrize(
    ("disk", "full"),
    [
        (Disk(151_000), False),
        (Disk(149_000), True),
        (Disk(0), True),
        (Disk(60_000, f_blocks=1_000_000), False),
        (Disk(40_000, f_blocks=1_000_000), True),
        (Disk(10**6, f_favail=MIN_FREE_FILES - 1), True),
        (Disk(10**6, f_favail=0, f_files=0), False),
        (Disk(0, f_blocks=0), False),
    ],
    ids=[
        "enough",
        "too little",
        "none",
        "small disk",
        "small and full",
        "no inodes",
        "no fixed inodes",
        "no disk",
    ],
)
def test_a_disk_is_nearly_full_where_others_would_have_no_room(
    disk: Disk, full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: disk)
    watch = SpaceWatch([tmp_path / "not" / "there" / "yet"])
    if not full:
        watch.check()
        return
    with pytest.raises(FolderError) as raised:
        watch.check()
    assert raised.value.code == "disk-nearly-full"
    assert str(tmp_path) in raised.value.what


def test_a_disk_that_cannot_be_asked_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "statvfs", refuse)
    SpaceWatch([tmp_path]).check()


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EFBIG, "file-size-limit"),
     (errno.EROFS, "disk-read-only"), (errno.EIO, "disk-failing"), (errno.EACCES, "folder-refused"),
     (0, "folder-refused")],
)  # fmt: skip
def test_what_the_system_refuses_has_its_code_and_its_fix(number: int, code: str) -> None:
    error = write_error(OSError(number, os.strerror(number), "/some/file") if number else OSError("no number"))
    assert error.code == code
    assert error.fix
    assert "None" not in error.what
    assert ("/some/file" in error.what) is bool(number)


@pytest.mark.parametrize(
    ("output", "status", "code"),
    [
        ("cp: error writing 'x': No space left on device", 1, "disk-full"),
        ("ld: final link failed: Disk quota exceeded", 2, "disk-full"),
        ("x", -25, "file-size-limit"),
        ("x", 153, "file-size-limit"),
        ("make: *** [x] File size limit exceeded", 2, "file-size-limit"),
        ("mkdir: cannot create directory 'x': Read-only file system", 1, "disk-read-only"),
        ("cat: x: Input/output error", 1, "disk-failing"),
        ("a.c:1: error: no", 2, "stage-failed"),
        ("x", -9, "stage-failed"),
    ],
)
def test_a_command_that_had_no_room_is_no_failure_of_the_stage(
    output: str, status: int, code: str, tmp_path: Path
) -> None:
    log = tmp_path / "x.log"
    log.write_text(output + "\n")
    error = command_failed("install", "make", status, log, SpaceWatch([], 0))
    assert error.code == code
    assert isinstance(error, BuildError if code == "stage-failed" else FolderError)
    assert "stage install failed: make ended with" in error.what
    assert str(log) in error.fix


def test_a_full_disk_on_which_the_log_has_no_room_for_the_reason_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: Disk(1))
    (tmp_path / "x.log").write_text("")
    error = command_failed("install", "make", 2, tmp_path / "x.log", SpaceWatch([tmp_path]))
    assert error.code == "disk-full"
    assert "0 MB are free" in error.why
