"""The actions of a plan, each carried out on its own."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import cast

import msgspec
import pytest

from tests.support.building import small_stage
from tests.support.trees import DIFF, names, tree
from wizard.base.errors import BuildError, CancelledError, FolderError, MissingError
from wizard.builder import execute
from wizard.builder.builder import Builder
from wizard.builder.execute import SETTLE_SECONDS, Executor, check_makefile_config, place_toolchain, write_file
from wizard.builder.resume import complete
from wizard.builds.folder import Options
from wizard.builds.journal import ActionStarted, BuildEnded, Journal, StageEnded, Transfer, read_events
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Pin, Preset, load_preset
from wizard.catalogue.selection import Selection
from wizard.fetch.attempts import OnProgress
from wizard.fetch.finder import FoundSource
from wizard.machine.processes import BUILD_MARK, Stop
from wizard.plan.model import Plan, PlannedPatch
from wizard.session.session import Session
from wizard.steps import actions as a
from wizard.steps.stage import Stage

# ---------------------------------------------------------------- files


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
@pytest.mark.parametrize("mask", [0o022, 0o077, 0])
def test_a_file_is_written_with_its_mode_whatever_the_umask(mode: int, mask: int, tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file"
    before = os.umask(mask)
    try:
        write_file(a.WriteFile(str(path), "é\n", "for a test", mode))
    finally:
        os.umask(before)
    assert path.read_bytes() == "é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_what_a_written_file_was_linked_with_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"kept")
    os.link(tmp_path / "other", tmp_path / "hard")
    (tmp_path / "soft").symlink_to(tmp_path / "other")
    for name in ("hard", "soft"):
        write_file(a.WriteFile(str(tmp_path / name), "new", "for a test"))
        assert (tmp_path / name).read_bytes() == b"new"
        assert not (tmp_path / name).is_symlink()
    assert (tmp_path / "other").read_bytes() == b"kept"


def test_a_script_that_another_build_uses_is_there_and_whole_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "gcc"
    write_file(a.WriteFile(str(path), "exit 0\n" * 5000, "a wrapper script", 0o755))
    stop = Event()

    def look() -> int:
        looks = 0
        while not stop.is_set():
            looks += 1
            assert path.stat().st_size == 35000
            assert os.access(path, os.X_OK)
        return looks

    with ThreadPoolExecutor(1) as pool:
        looker = pool.submit(look)
        for _ in range(200):
            write_file(a.WriteFile(str(path), "exit 0\n" * 5000, "a wrapper script", 0o755))
        stop.set()
        assert looker.result() > 0
    assert names(tmp_path) == ["gcc"]


# ---------------------------------------------------------------- the C toolchain's folder


def wheel(root: Path) -> Path:
    for name in ("zig", "lib/libc/musl.c", "__pycache__/x.pyc", "lib/__pycache__/y.pyc"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    (root / "zig").chmod(0o755)
    return root


def test_a_toolchain_is_kept_by_hard_links(tmp_path: Path) -> None:
    source, into = wheel(tmp_path / "wheel"), tmp_path / "kept" / "zig-0.17.0"
    place_toolchain(source, into)
    assert names(into) == ["lib", "lib/libc", "lib/libc/musl.c", "zig"]
    assert (into / "zig").samefile(source / "zig")
    assert os.access(into / "zig", os.X_OK)
    assert names(into.parent) == [".lock", "zig-0.17.0", *(f"zig-0.17.0/{name}" for name in names(into))]


def test_a_toolchain_that_is_there_already_is_left_alone(tmp_path: Path) -> None:
    source, into = wheel(tmp_path / "wheel"), tmp_path / "kept"
    place_toolchain(source, into)
    (into / "zig").unlink()
    (into / "zig").write_text("mine", encoding="utf-8")
    place_toolchain(source, into)
    assert (into / "zig").read_text(encoding="utf-8") == "mine"
    place_toolchain(tmp_path / "gone", into)


def test_a_toolchain_survives_the_removal_of_its_wheel(tmp_path: Path) -> None:
    source = wheel(tmp_path / "wheel")
    place_toolchain(source, tmp_path / "kept")
    (source / "zig").unlink()
    assert (tmp_path / "kept" / "zig").read_text(encoding="utf-8") == "zig"


def test_where_links_are_impossible_a_toolchain_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def elsewhere(*_args: object, **_named: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", elsewhere)
    source = wheel(tmp_path / "wheel")
    place_toolchain(source, tmp_path / "kept")
    assert not (tmp_path / "kept" / "zig").samefile(source / "zig")
    assert os.access(tmp_path / "kept" / "zig", os.X_OK)


@pytest.mark.parametrize("missing", ["gone", "file"])
def test_a_toolchain_that_cannot_be_placed_leaves_nothing(missing: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(FolderError, match="kept"):
        place_toolchain(tmp_path / missing, tmp_path / "place" / "kept")
    assert names(tmp_path / "place") == [".lock"]


def test_half_a_toolchain_of_a_killed_builder_is_not_taken_and_does_not_stay(tmp_path: Path) -> None:
    into = tmp_path / "kept" / "zig-0.17.0"
    (into.with_name(".zig-0.17.0.new") / "lib").mkdir(parents=True)
    place_toolchain(wheel(tmp_path / "wheel"), into)
    assert (into / "zig").is_file()
    assert sorted(path.name for path in into.parent.iterdir()) == [".lock", "zig-0.17.0"]


def test_a_toolchain_that_several_builds_want_at_once_is_placed_once(tmp_path: Path) -> None:
    source, into = wheel(tmp_path / "wheel"), tmp_path / "kept" / "zig-0.17.0"
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: place_toolchain(source, into), range(16))) == [None] * 16
    assert names(into) == ["lib", "lib/libc", "lib/libc/musl.c", "zig"]


# ---------------------------------------------------------------- Makefile.config

CONFIG = "# generated\nARCH=arm64\nCC=aarch64-linux-musl-gcc\nOC_CFLAGS= -O2 -DX=1\nEMPTY=\nARCH2 = x\n"


def config(tmp_path: Path, **expected: str) -> None:
    (tmp_path / "Makefile.config").write_text(CONFIG, encoding="utf-8")
    check_makefile_config(a.CheckMakefileConfig(str(tmp_path / "Makefile.config"), expected))


def test_a_configuration_as_planned_passes(tmp_path: Path) -> None:
    config(tmp_path, ARCH="arm64", CC="aarch64-linux-musl-gcc", OC_CFLAGS="-O2 -DX=1", EMPTY="")


@pytest.mark.parametrize(
    ("name", "planned", "configured"),
    [
        ("ARCH", "amd64", "arm64"),
        ("CC", "gcc", "aarch64-linux-musl-gcc"),
        ("NONE", "x", ""),
        ("ARCH2", "arm64", "x"),
    ],
)
def test_a_variable_that_was_configured_otherwise_is_named_with_both_values(
    name: str, planned: str, configured: str, tmp_path: Path
) -> None:
    with pytest.raises(BuildError) as raised:
        config(tmp_path, **{name: planned})
    assert raised.value.code == "configured-otherwise"
    assert f"{name}={planned}" in raised.value.what
    assert f"{name}={configured}" in raised.value.what


# ---------------------------------------------------------------- the executor


@pytest.fixture
def plan(session: Session, tmp_path: Path) -> Plan:
    patch = PlannedPatch("louder.patch", DIFF, hashlib.sha256(DIFF.encode()).hexdigest())
    made = session.plan(
        session.check(Preset(Selection(target="aarch64-linux"), title="mine"), tmp_path / "switch")
    )
    environment = tuple(
        msgspec.structs.replace(variable, value=os.environ["PATH"]) if variable.name == "PATH" else variable
        for variable in made.environment
    )
    Path(made.build_folder).mkdir(parents=True)
    return msgspec.structs.replace(made, patches=(patch,), environment=environment)


@pytest.fixture
def stage(plan: Plan) -> Stage:
    return plan.stage("configure")


def executor(plan: Plan, *, local: Path | None = None, stop: Stop | None = None) -> Executor:
    return Executor(
        plan, plan.id, local, offline=True, journal=Journal(Path(plan.build_folder)), stop=stop or Stop()
    )


def test_home_and_tmpdir_of_a_build_are_there(plan: Plan) -> None:
    executor(plan)
    for variable in plan.environment:
        if variable.name in ("HOME", "TMPDIR"):
            assert Path(variable.value).is_dir()


def test_a_command_gets_the_planned_variables_and_no_others(
    plan: Plan, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCAMLLIB", "/wrong")
    monkeypatch.setenv("ANYTHING", "else")
    log = tmp_path / "log"
    executor(plan).execute(a.Run(("env", "-0"), str(tmp_path), env={"EXTRA": "1"}), stage, log)
    head, _, output = log.read_text(encoding="utf-8").partition("\n")
    assert head == f"+ cd {tmp_path} && EXTRA=1 env -0"
    seen = dict(line.split("=", 1) for line in output.rstrip("\0\n").split("\0"))
    planned = {variable.name: variable.value for variable in plan.environment}
    assert seen == {**planned, "EXTRA": "1", BUILD_MARK: plan.id}


def test_a_command_that_fails_names_stage_program_status_and_first_error(
    plan: Plan, stage: Stage, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    script = "echo fine; echo 'sys.c:3: error: conflicting types' >&2; echo 'make: *** [x] Error 1'; exit 3"
    with pytest.raises(BuildError) as raised:
        executor(plan).execute(a.Run(("sh", "-c", script), str(tmp_path)), stage, log)
    error = raised.value
    assert error.code == "stage-failed"
    assert "configure" in error.what
    assert "exit status 3" in error.what
    assert "conflicting types" in error.why
    assert str(log) in error.fix


def test_a_command_that_is_killed_names_the_signal(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="signal 9"):
        executor(plan).execute(a.Run(("sh", "-c", "kill -9 $$"), str(tmp_path)), stage, tmp_path / "log")


def test_a_program_that_is_not_there_is_missing(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no-such-program"):
        executor(plan).execute(a.Run(("no-such-program",), str(tmp_path)), stage, tmp_path / "log")


def test_a_stop_that_was_asked_for_runs_nothing_more(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    stop = Stop()
    stop.requested = True
    with pytest.raises(CancelledError):
        executor(plan, stop=stop).execute(a.Run(("touch", "made"), str(tmp_path)), stage, tmp_path / "log")
    assert not (tmp_path / "made").exists()


def test_a_command_reads_nothing_from_the_terminal(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    script = "read -r line && exit 1; [ ! -t 0 ]"
    executor(plan).execute(a.Run(("sh", "-c", script), str(tmp_path)), stage, tmp_path / "log")


def test_a_source_in_the_local_folder_is_recorded(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    data = b"archive"
    source = Source(kind="official", file="o.tar.gz", sha256=hashlib.sha256(data).hexdigest(), address="https://x")
    (tmp_path / "o.tar.gz").write_bytes(data)
    record = tmp_path / "deep" / "source.json"
    action = a.FetchSource("OCaml", (source,), str(record))
    executor(plan, local=tmp_path).execute(action, stage, tmp_path / "log")
    found = msgspec.json.decode(record.read_bytes(), type=FoundSource)
    assert found == FoundSource("official", "o.tar.gz", source.sha256, str(tmp_path / "o.tar.gz"))


def test_a_transfer_is_reported_at_its_end_and_not_at_every_chunk(
    plan: Plan, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(*_args: object, progress: OnProgress, **_named: object) -> FoundSource:
        for got in range(1001):
            progress("o.tar.gz", got, 1000)
        return FoundSource("official", "o.tar.gz", "0" * 64, "/x")

    monkeypatch.setattr(execute, "find_source", find)
    executor(plan).execute(a.FetchSource("OCaml", (), str(tmp_path / "r.json")), stage, tmp_path / "log")
    transfers = [event for event in read_events(Path(plan.build_folder)) if isinstance(event, Transfer)]
    assert (transfers[-1].got, transfers[-1].total) == (1000, 1000)
    assert len(transfers) < 20


def test_what_is_unusual_of_a_transfer_is_reported_once_and_at_once(
    plan: Plan, stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = ["", "next try in 4 s: gone", "resumed"]

    def find(*_args: object, progress: OnProgress, **_named: object) -> FoundSource:
        for note in notes:
            for _tick in range(50):
                progress("o.tar.gz", 500, 1000, note)
        return FoundSource("official", "o.tar.gz", "0" * 64, "/x")

    monkeypatch.setattr(execute, "find_source", find)
    executor(plan).execute(a.FetchSource("OCaml", (), str(tmp_path / "r.json")), stage, tmp_path / "log")
    transfers = [event for event in read_events(Path(plan.build_folder)) if isinstance(event, Transfer)]
    assert [event.note for event in transfers] == notes


@pytest.mark.parametrize("text", [b"", b"{", b'{"file": 1}'], ids=["empty", "cut off", "other types"])
def test_a_damaged_record_of_a_source_is_named_with_what_to_do(
    text: bytes, plan: Plan, stage: Stage, tmp_path: Path
) -> None:
    record = tmp_path / "source.json"
    record.write_bytes(text)
    with pytest.raises(MissingError) as raised:
        executor(plan).execute(a.WriteLock(str(tmp_path / "lock.toml"), str(record)), stage, tmp_path / "log")
    assert raised.value.code == "record-damaged"
    assert str(record) in raised.value.fix
    assert not (tmp_path / "lock.toml").exists()


def test_the_lock_file_loads_and_pins_every_input(
    plan: Plan, stage: Stage, session: Session, tmp_path: Path
) -> None:
    source = session.catalogue.releases["5.3.0"].sources[1]
    record, switch = tmp_path / "source.json", tmp_path / "made"
    found = FoundSource(source.kind, source.file, source.sha256, "/x")
    record.write_bytes(msgspec.json.encode(found))
    write_file(a.WriteFile(f"{switch}/share/ocaml-cross/patches/louder.patch", DIFF, "a patch"))
    further = tmp_path / "further.json"
    further.write_bytes(msgspec.json.encode(FoundSource("official", "x-1.tar.gz", "a" * 64, "/y")))
    lock_file = switch / "ocaml-cross.lock.toml"
    write = a.WriteLock(str(lock_file), str(record), {"x": str(further)})
    executor(plan).execute(write, stage, tmp_path / "log")
    preset = load_preset(lock_file, session.catalogue)
    assert preset.title == "mine"
    assert preset.lock is not None
    assert preset.lock.triplet == "aarch64-linux-musl"
    assert preset.lock.source_sha256 == source.sha256
    assert preset.lock.toolchain_version == "0.17.0"
    assert preset.lock.components == {"x": Pin("x-1.tar.gz", "a" * 64)}
    assert preset.lock.patches == {"louder.patch": hashlib.sha256(DIFF.encode()).hexdigest()}
    again = session.plan(session.check(preset, tmp_path / "again"))
    assert [(patch.name, patch.text) for patch in again.patches] == [("louder.patch", DIFF)]
    assert [flag for flag in again.flags if "prefix" not in flag.flag] == [
        flag for flag in plan.flags if "prefix" not in flag.flag
    ]
    fetch = again.stage("fetch").actions[0]
    assert isinstance(fetch, a.FetchSource)
    assert fetch.sources == (source,)


# ---------------------------------------------------------------- after an interrupted run

BEGAN = 1_700_000_000.0
LAST = BEGAN + 100


@pytest.mark.parametrize(
    ("changed", "stays"),
    [
        (BEGAN - 10, True),
        (BEGAN - 0.5, True),
        (BEGAN + 1, True),
        (LAST - SETTLE_SECONDS - 1, True),
        (LAST - SETTLE_SECONDS + 1, False),
        (LAST - 0.1, False),
        (LAST, False),
    ],
)
def test_only_what_was_written_in_the_last_moments_is_made_again(
    changed: float, stays: bool, plan: Plan, stage: Stage
) -> None:
    work = Path(stage.home) / "tree"
    started = Path(stage.home) / "configure.started"
    for path, when in (
        (started, BEGAN),
        (work / "runtime" / "last.o", LAST),
        (work / "runtime" / "this.o", changed),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
        os.utime(path, (when, when))
    executor(plan).prepare(stage, started)
    assert (work / "runtime" / "this.o").exists() is stays
    assert not (work / "runtime" / "last.o").exists()
    assert started.exists()


def test_the_time_that_an_archive_gave_its_files_says_nothing_of_when_they_were_written(
    plan: Plan, stage: Stage
) -> None:
    """On a machine whose clock is behind, all of the source is from the future."""
    work = tree(Path(stage.home) / "tree")
    future = time.time() + 10 * 365 * 86400
    os.utime(work / "runtime" / "sys.c", (future, future))
    time.sleep(0.02)
    started = Path(stage.home) / "configure.started"
    started.write_bytes(b"")
    time.sleep(0.02)
    (work / "runtime" / "sys.o").write_bytes(b"half")
    executor(plan).prepare(stage, started)
    assert (work / "runtime" / "sys.c").exists()
    assert not (work / "runtime" / "sys.o").exists()


def test_a_run_that_changed_nothing_loses_nothing(plan: Plan, stage: Stage) -> None:
    work = tree(Path(stage.home) / "tree")
    os.utime(work / "runtime" / "sys.c", (BEGAN - 1000, BEGAN - 1000))
    started = Path(stage.home) / "configure.started"
    started.write_bytes(b"")
    os.utime(started, (BEGAN, BEGAN))
    executor(plan).prepare(stage, started)
    assert (work / "runtime" / "sys.c").exists()


def test_a_first_run_removes_nothing(plan: Plan, stage: Stage) -> None:
    work = tree(Path(stage.home) / "tree")
    executor(plan).prepare(stage, None)
    assert (work / "runtime" / "sys.c").exists()


def test_links_and_what_lies_outside_the_work_tree_are_left_alone(
    plan: Plan, stage: Stage, tmp_path: Path
) -> None:
    work = tree(Path(stage.home) / "tree")
    (tmp_path / "outside").write_bytes(b"")
    (work / "link").symlink_to(tmp_path / "outside")
    started = Path(stage.home) / "configure.started"
    started.write_bytes(b"")
    os.utime(started, (BEGAN, BEGAN))
    (Path(stage.home) / "staging").mkdir()
    (Path(stage.home) / "staging" / "x").write_bytes(b"")
    executor(plan).prepare(stage, started)
    assert (tmp_path / "outside").exists()
    assert (Path(stage.home) / "staging" / "x").exists()


def test_without_a_work_tree_there_is_nothing_to_undo(plan: Plan, stage: Stage) -> None:
    started = Path(stage.home) / "fetch.started"
    started.write_bytes(b"")
    executor(plan).prepare(stage, started)


class Unknown(a.Action, frozen=True, tag="unknown"):
    """A kind of action that the plan knows and the executor does not."""

    def describe(self) -> str:
        return "something new"


def test_an_action_that_nothing_carries_out_is_a_defect(plan: Plan, stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="Unknown"):
        executor(plan).execute(cast("a.AnyAction", Unknown()), stage, tmp_path / "log")


def test_a_stage_with_an_action_that_nothing_carries_out_is_not_done(plan: Plan) -> None:
    unknown = small_stage(plan, "new", cast("a.AnyAction", Unknown()), digest="new")
    assert Builder(msgspec.structs.replace(plan, stages=(unknown,)), Options(), Stop()).run() != 0
    events = list(read_events(Path(plan.build_folder)))
    assert [event.outcome for event in events if isinstance(event, StageEnded)] == ["failed"]
    ended = events[-1]
    assert isinstance(ended, BuildEnded)
    assert ended.error is not None
    assert ended.error["code"] == "defect"
    assert complete(unknown) is None


def test_an_event_of_an_action_reads_as_in_the_preview(plan: Plan) -> None:
    journal = Journal(Path(plan.build_folder))
    text = plan.stage("configure").actions[0].describe()
    journal.add(ActionStarted(stage="configure", text=text))
    events = list(read_events(Path(plan.build_folder)))
    assert isinstance(events[-1], ActionStarted)
    assert events[-1].text == text
