"""Executes the actions of a plan, one function a kind of action."""

from __future__ import annotations

import glob
import os
import shutil
import time
from pathlib import Path

import msgspec

from wizard.build import journal as j
from wizard.build.archive import unpack
from wizard.build.failures import first_error
from wizard.build.processes import BUILD_MARK, Stop, run_logged
from wizard.build.sources import FoundSource, find_source
from wizard.errors import BuildError, PlaceError
from wizard.plan import actions as a
from wizard.plan.lock import lock_preset
from wizard.plan.model import Plan, Stage
from wizard.selection import Pin, save_preset

SETTLE_SECONDS = 3.0
"""Files written this short before a builder vanished are not trusted: their writer may have been cut off."""

TRANSFER_EVENT_SECONDS = 0.2


class Executor:
    """Executes actions for one plan. Holds no state between them but where things are."""

    def __init__(
        self, plan: Plan, local_sources: Path | None, offline: bool, journal: j.Journal, stop: Stop
    ) -> None:
        self._plan = plan
        self._local_sources = local_sources
        self._offline = offline
        self._journal = journal
        self._stop = stop
        for variable in plan.environment:
            if variable.name in ("HOME", "TMPDIR"):
                Path(variable.value).mkdir(parents=True, exist_ok=True)

    def prepare(self, stage: Stage, interrupted: Path | None) -> None:
        """Undo what an interrupted run of the stage may have left half-written.

        `interrupted` was written when that run began. make judges by time stamps, so a
        half-written object would pass as built: every file of the work tree that was
        changed in the last moments of that run is removed, and make makes it again.
        """
        if interrupted is None:
            return
        began = interrupted.stat().st_mtime
        tree = Path(stage.home) / "tree"
        files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
        times = {path: path.stat().st_mtime for path in files}
        last = max(times.values(), default=0.0)
        for path, changed in times.items():
            if changed > began and changed >= last - SETTLE_SECONDS:
                path.unlink()

    def execute(self, action: a.AnyAction, stage: Stage, log: Path) -> None:
        """Execute one action. Raises a WizardError that says what failed."""
        match action:
            case a.Run():
                self._run(action, stage, log)
            case a.WriteFile():
                write_file(action)
            case a.FetchSource():
                self._fetch(action, stage)
            case a.UnpackSource():
                self._unpack(action, stage)
            case a.ApplyPatch():
                apply_patch(action)
            case a.PlaceToolchain():
                place_toolchain(Path(action.source), Path(action.into))
            case a.CheckCompiler():
                from wizard.build.compiler_check import check_compiler

                check_compiler(action, self._environment(), log, self._stop)
            case a.CheckMakefileConfig():
                check_makefile_config(action)
            case a.WriteLock():
                self._write_lock(action)
            case a.Prove():
                self._prove(action, log)
            case a.Publish():
                publish(Path(action.source), Path(action.into))

    def _environment(self) -> dict[str, str]:
        """The whole environment of a command: the plan's, and the mark by which its processes are found."""
        variables = {variable.name: variable.value for variable in self._plan.environment}
        return {**variables, BUILD_MARK: self._plan.id}

    def _run(self, action: a.Run, stage: Stage, log: Path) -> None:
        with log.open("ab") as file:
            file.write(f"+ {action.describe()}\n".encode())
        env = {**self._environment(), **action.env}
        status = run_logged(action.argv, cwd=Path(action.cwd), env=env, log=log, stop=self._stop)
        if status == 0:
            return
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        raise BuildError(
            "stage-failed",
            f"stage {stage.id} failed: {Path(action.argv[0]).name} ended with {how}",
            first_error(log),
            f"the whole log is {log}",
        )

    def _fetch(self, action: a.FetchSource, stage: Stage) -> None:
        told = 0.0

        def progress(file: str, got: int, total: int) -> None:
            nonlocal told
            self._stop.check()
            now = time.monotonic()
            if now - told >= TRANSFER_EVENT_SECONDS or got == total:
                told = now
                self._journal.add(j.Transfer(stage=stage.id, file=file, got=got, total=total))

        found = find_source(
            action.name,
            action.sources,
            cache=Path(self._plan.sources_folder),
            local=self._local_sources,
            offline=self._offline,
            progress=progress,
        )
        record = Path(action.record)
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_bytes(msgspec.json.encode(found))

    def _unpack(self, action: a.UnpackSource, stage: Stage) -> None:
        """Unpack what was fetched; where somebody has emptied the cache since, fetch it again."""
        if not Path(self._found(action.record).path).is_file():
            for fetch in (one for any_stage in self._plan.stages for one in any_stage.actions):
                if isinstance(fetch, a.FetchSource) and fetch.record == action.record:
                    self._fetch(fetch, stage)
        unpack(Path(self._found(action.record).path), Path(action.into))

    def _found(self, record: str) -> FoundSource:
        return msgspec.json.decode(Path(record).read_bytes(), type=FoundSource)

    def _write_lock(self, action: a.WriteLock) -> None:
        source = self._found(action.record)
        found = {id_: self._found(record) for id_, record in action.components.items()}
        pins = {id_: Pin(one.file, one.sha256) for id_, one in found.items()}
        save_preset(lock_preset(self._plan, Pin(source.file, source.sha256), pins), Path(action.path))

    def _prove(self, action: a.Prove, log: Path) -> None:
        from wizard.verify.prove import prove
        from wizard.verify.report import refuse_failed, save_report

        report = prove(Path(action.prefix), self._environment(), built_for=action.final, log=log)
        save_report(report, Path(action.report))
        refuse_failed(report)


def write_file(action: a.WriteFile) -> None:
    """Write one planned file, its folder made as needed."""
    path = Path(action.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(action.text.encode())
    path.chmod(action.mode)


def apply_patch(action: a.ApplyPatch) -> None:
    """Apply a unified diff. Raises BuildError where it is no patch, does not fit, or leaves a file as it was."""
    import patch_ng

    parsed = patch_ng.fromstring(action.text.encode())
    if not parsed or not parsed.items:
        raise BuildError("patch-unreadable", f"{action.name} is not a unified diff")
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
            "patch-does-not-fit",
            f"{action.name} does not apply to this release",
            f"it changes nothing in {', '.join(unchanged)}" if unchanged else "a hunk was not found",
            "switch the patch off, or write it for this release",
        )


_NO_FILE = b"/dev/null"


def _stripped(name: bytes, folders: int) -> bytes:
    """`a/runtime/sys.c` as `runtime/sys.c`."""
    return name if name == _NO_FILE or not folders else name.split(b"/", 1)[-1]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def place_toolchain(source: Path, into: Path) -> None:
    """Keep the toolchain's folder at `into`, by hard links or else copies; whole or not at all."""
    if into.is_dir():
        return
    temporary = into.with_name(f".{into.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    into.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(
            source, temporary, copy_function=_link_or_copy, ignore=shutil.ignore_patterns("__pycache__")
        )
        temporary.rename(into)
    except OSError as error:
        if into.is_dir():
            return
        raise PlaceError("toolchain-not-placed", f"{into} cannot be made", str(error)) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _link_or_copy(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def check_makefile_config(action: a.CheckMakefileConfig) -> None:
    """Compare Makefile.config with the plan. Raises BuildError for the first variable that differs."""
    lines = Path(action.path).read_text(encoding="utf-8").splitlines()
    found = {name.strip(): value.strip() for name, sign, value in (x.partition("=") for x in lines) if sign}
    for name, expected in action.expected.items():
        if found.get(name) != expected:
            raise BuildError(
                "configured-otherwise",
                f"configure chose {name}={found.get(name, '')}, and the plan wants {name}={expected}",
                "the target's compiler was not found, or another one was taken instead",
                f"see {action.path} and the log of this stage",
            )


def publish(source: Path, into: Path) -> None:
    """Put the finished switch at its prefix. An older one is moved aside first and removed afterwards."""
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        old = into.with_name(f".{into.name}.old.{os.getpid()}")
        ready = _on_same_disk(source, into)
        if into.exists():
            into.rename(old)
        try:
            ready.rename(into)
        except OSError:
            if old.exists():
                old.rename(into)
            raise
        # Also what a publisher that was killed had moved aside: only now is it not needed any more.
        for left in into.parent.glob(f".{glob.escape(into.name)}.old.*"):
            shutil.rmtree(left, ignore_errors=True)
    except OSError as error:
        raise PlaceError(
            "prefix-not-writable",
            f"{into} cannot be written: {error.strerror}",
            "",
            "make its parent folder writable, or choose another --prefix; the build is kept and goes on there",
        ) from None


def _on_same_disk(source: Path, into: Path) -> Path:
    """`source`, or its copy beside `into` where that is on another disk, so that one rename is enough."""
    if source.stat().st_dev == into.parent.stat().st_dev:
        return source
    beside = into.with_name(f".{into.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    shutil.copytree(source, beside, symlinks=True)
    return beside
