"""Executes the actions of a plan, one function a kind of action."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

import filelock
import msgspec

from wizard.base.errors import BuildError, FolderError, MissingError
from wizard.base.files import append_line, end_line, flush, write_durably, write_whole
from wizard.builder import freshness
from wizard.builder.failures import command_failed
from wizard.builder.publish import already_done, publication_path, publish
from wizard.builds import journal as j
from wizard.catalogue.presets import Pin, save_preset
from wizard.fetch.archives import unpack
from wizard.fetch.checked_files import check_files
from wizard.fetch.finder import FoundSource, find_source
from wizard.fetch.trees import copy_tree
from wizard.logs.matchers import BuildFacts
from wizard.machine.disk_space import SpaceWatch
from wizard.machine.processes import BUILD_MARK, Stop, run_logged
from wizard.plan.lock import lock_preset
from wizard.plan.model import Plan
from wizard.steps import actions as a
from wizard.steps.stage import Stage

SETTLE_SECONDS = 3.0
"""Files written this short before a builder vanished are removed: their writer may have been interrupted."""

TRANSFER_EVENT_SECONDS = 0.2


class Executor:
    """Executes actions for one plan. Holds no state between them but where things are.

    mark: by which the processes of the build are found again. environment: variables of this run
    beside the plan's, or instead; "" removes one.
    """

    def __init__(
        self,
        plan: Plan,
        mark: str,
        local_sources: Path | None,
        offline: bool,
        journal: j.Journal,
        stop: Stop,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._plan, self._mark = plan, mark
        self._changed = dict(environment or {})
        self._local_sources = local_sources
        self._offline = offline
        self._journal = journal
        self._stop = stop
        for variable in plan.environment:
            if variable.name in ("HOME", "TMPDIR"):
                Path(variable.value).mkdir(parents=True, exist_ok=True)

    def prepare(self, stage: Stage, interrupted: Path | None) -> None:
        """A stage begins: undo what an interrupted run of it may have left half-written.

        `interrupted` was written when that run began. make compares time stamps, so a
        half-written object would count as built: every file of the work tree that was
        changed in the last moments of that run is removed, and make makes it again.
        """
        freshness.begin(Path(stage.home))
        if interrupted is None:
            publication_path(stage).unlink(missing_ok=True)
            return
        began = interrupted.stat().st_mtime
        tree = Path(stage.home) / "tree"
        files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
        times = {path: _written(path) for path in files}
        last = max(times.values(), default=0.0)
        for path, changed in times.items():
            if changed > began and changed >= last - SETTLE_SECONDS:
                path.unlink()

    def execute(self, action: a.AnyAction, stage: Stage, log: Path) -> None:
        """Execute one action, unless an interrupted run has done it. Raises a WizardError."""
        if already_done(action, stage):
            return
        if isinstance(action, a.FetchSource | a.UnpackSource | a.KeepSource | a.PlaceToolchain):
            self._space(stage).check()
        match action:
            case a.Run():
                self._run(action, stage, log)
            case a.WriteFile():
                write_file(action)
            case a.FetchSource():
                self._fetch(action, stage)
            case a.UnpackSource():
                self._unpack(action, stage)
            case a.CheckFiles():
                check_files(Path(action.folder), action.files)
            case a.KeepSource():
                self._unpack_shared(action, stage)
            case a.ApplyPatch():
                apply_patch(action)
            case a.PlaceToolchain():
                place_toolchain(Path(action.source), Path(action.into))
            case a.CheckCompiler():
                # Lazy, as the proof below: it reads object files, which most builders never do.
                from wizard.builder.compiler_check import check_compiler

                check_compiler(action, self._environment(), log, self._stop)
            case a.CheckMakefileConfig():
                check_makefile_config(action)
            case a.WriteLock():
                self._write_lock(action)
            case a.Prove():
                self._prove(action, log)
            case a.Publish():
                self._publish(action, stage, log)
            case _:
                assert_never(action)

    def _publish(self, action: a.Publish, stage: Stage, log: Path) -> None:
        for moved in publish(action, stage):
            event = j.OlderSwitchMoved(stage=stage.id, prefix=action.into, path=str(moved.path), added=moved.added)
            append_line(log, event.words)
            self._journal.add(event)

    def _space(self, stage: Stage) -> SpaceWatch:
        return SpaceWatch((stage.home, self._plan.build_folder, self._plan.cache_folder))

    def _environment(self) -> dict[str, str]:
        """The whole environment of a command: the plan's, this run's, the mark by which processes are found."""
        variables = {**self._plan.variables, **self._changed}
        removed = {name for name, value in self._changed.items() if not value}
        return {**{name: variables[name] for name in variables if name not in removed}, BUILD_MARK: self._mark}

    def _run(self, action: a.Run, stage: Stage, log: Path) -> None:
        append_line(log, f"+ {action.describe()}")
        space = self._space(stage)

        def watch() -> None:
            space.check()
            freshness.check_clock(Path(stage.home))

        env = {**self._environment(), **action.env}
        status = run_logged(action.argv, cwd=Path(action.cwd), env=env, log=log, stop=self._stop, watch=watch)
        end_line(log)
        if status != 0:
            facts = BuildFacts(stage.id, self._plan.release, self._plan.selection.libc)
            program = Path(action.argv[0]).name
            raise command_failed(stage.id, program, status, log, space, facts=facts, folder=Path(action.cwd))

    def _fetch(self, action: a.FetchSource, stage: Stage) -> None:
        last_time, last_state = 0.0, ("", 0, 0, "")

        def progress(file: str, got: int, total: int, note: str = "") -> None:
            nonlocal last_time, last_state
            self._stop.check()
            now, state = time.monotonic(), (file, got, total, note)
            too_soon = now - last_time < TRANSFER_EVENT_SECONDS and note == last_state[3] and got != total
            if too_soon or state == last_state:
                return
            last_time, last_state = now, state
            self._journal.add(j.Transfer(stage=stage.id, file=file, got=got, total=total, note=note))

        source = find_source(
            action.name,
            action.sources,
            cache=Path(self._plan.sources_folder),
            local=self._local_sources,
            offline=self._offline,
            progress=progress,
        )
        record = Path(action.record)
        record.parent.mkdir(parents=True, exist_ok=True)
        write_durably(record, msgspec.json.encode(source))

    def _unpack(self, action: a.UnpackSource, stage: Stage) -> None:
        """Unpack what was fetched; where it is gone or has changed since, fetch it again."""
        if not self._fetched(action.record).unchanged:
            for fetch in (action for any_stage in self._plan.stages for action in any_stage.actions):
                if isinstance(fetch, a.FetchSource) and fetch.record == action.record:
                    self._fetch(fetch, stage)
        source = self._fetched(action.record)
        if Path(source.path).is_dir():
            copy_tree(Path(source.path), Path(action.into))
        else:
            unpack(Path(source.path), Path(action.into), source.sha256, action.without)

    def _unpack_shared(self, action: a.KeepSource, stage: Stage) -> None:
        """Unpack into a folder that all switches share; whole, checked, or not at all."""

        def make(temporary: Path) -> None:
            self._unpack(a.UnpackSource(action.record, str(temporary)), stage)
            if action.files:
                check_files(temporary, action.files)

        make_shared_folder(Path(action.into), make)

    def _fetched(self, record: str) -> FoundSource:
        try:
            return msgspec.json.decode(Path(record).read_bytes(), type=FoundSource)
        except msgspec.DecodeError as error:
            raise MissingError("record-damaged", record=record, reason=error) from None

    def _write_lock(self, action: a.WriteLock) -> None:
        source = self._fetched(action.record)
        components = {id_: self._fetched(record) for id_, record in action.components.items()}
        pins = {id_: Pin(used.file, used.sha256, used.unpinned) for id_, used in components.items()}
        save_preset(lock_preset(self._plan, Pin(source.file, source.sha256), pins), Path(action.path))

    def _prove(self, action: a.Prove, log: Path) -> None:
        # Lazy: the readers of object files are needed at the end of a build only.
        from wizard.prove.proof import prove
        from wizard.prove.report import refuse_failed, save_report

        report = prove(Path(action.prefix), self._environment(), built_for=action.final, log=log)
        save_report(report, Path(action.report))
        refuse_failed(report)


def write_file(action: a.WriteFile) -> None:
    """Write one planned file in one step, its folder made as needed: another build may be using the old one."""
    path = Path(action.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name that is always the same: what a killed build leaves must not get into the switch.
    unfinished = path.with_name(f".{path.name}.new")
    write_whole(path, action.text.encode(), mode=action.mode, unfinished=unfinished)


def apply_patch(action: a.ApplyPatch) -> None:
    """Apply a unified diff. Raises BuildError where it is no patch, does not fit, or leaves a file as it was."""
    import patch_ng  # lazy: most plans have no patch

    parsed = patch_ng.fromstring(action.text.encode())
    if not parsed or not parsed.items:
        raise BuildError("patch-not-a-diff", name=action.name)
    touched = []
    for item in parsed.items:
        # git's names come without their first folder already; of a new or removed file only one is a name.
        folders = 0 if parsed.type == patch_ng.GIT else 1
        item.source, item.target = _stripped(item.source, folders), _stripped(item.target, folders)
        name = item.source if item.target == _NO_FILE else item.target
        touched.append(Path(action.tree) / name.decode())
    before = [_content(path) for path in touched]
    fits = parsed.apply(strip=0, root=action.tree)
    unchanged = [path.name for path, old in zip(touched, before, strict=True) if _content(path) == old]
    if not fits or unchanged:
        raise BuildError(
            "patch-does-not-fit", "nothing" if unchanged else "", name=action.name, files=", ".join(unchanged)
        )


_NO_FILE = b"/dev/null"


def _stripped(name: bytes, folders: int) -> bytes:
    """`a/runtime/sys.c` as `runtime/sys.c`."""
    return name if name == _NO_FILE or not folders else name.split(b"/", 1)[-1]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def place_toolchain(source: Path, into: Path) -> None:
    """Place the toolchain's folder at `into`, by hard links or else copies; whole or not at all."""

    def make(temporary: Path) -> None:
        shutil.copytree(
            source, temporary, copy_function=_link_or_copy, ignore=shutil.ignore_patterns("__pycache__")
        )

    make_shared_folder(into, make)


def make_shared_folder(into: Path, make: Callable[[Path], None]) -> None:
    """Have `make` make a folder that all builds share, unless it exists; whole or not at all."""
    if into.is_dir():
        return
    temporary = into.with_name(f".{into.name}.new")
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(into.with_name(".lock")):
            if into.is_dir():
                return
            shutil.rmtree(temporary, ignore_errors=True)  # of a builder that was killed
            make(temporary)
            flush(temporary)
            temporary.rename(into)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise FolderError("toolchain-not-placed", into=into, reason=error) from None


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def _written(path: Path) -> float:
    """When a file was last written; unpacking and copying can set its own time to another, but not the inode's."""
    status = path.stat()
    return min(status.st_mtime, status.st_ctime)


def check_makefile_config(action: a.CheckMakefileConfig) -> None:
    """Compare Makefile.config with the plan. Raises BuildError for the first variable that differs."""
    lines = Path(action.path).read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = (line.partition("=") for line in lines)
    configured = {name.strip(): value.strip() for name, sign, value in pairs if sign}
    for name, expected in action.expected.items():
        if configured.get(name) != expected:
            raise BuildError(
                "configured-otherwise",
                name=name,
                found=configured.get(name, ""),
                expected=expected,
                path=action.path,
            )
