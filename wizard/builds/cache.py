"""The cache that builds share: sources, zig's compiled libraries, C toolchains, host compilers.

Each item has a size, a last use, and the builds and switches that still need it. Where the user set a limit,
the items that were used least recently are removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from wizard.base import tomlfile
from wizard.base.errors import FolderError, InputError
from wizard.base.files import write_durably
from wizard.base.folders import Folders
from wizard.base.sizes import Sizes, parse_size, size_words
from wizard.builds.folder import PLAN, running
from wizard.builds.locks import HOME_LOCK
from wizard.builds.switches import known_prefixes, mentions, switches_that_name
from wizard.machine.disk_space import write_error
from wizard.plan.batch import to_json
from wizard.plan.model import Plan
from wizard.steps.actions import FetchSource, KeepSource, PlaceToolchain

Kind = Literal["source", "zig-cache", "toolchain", "host"]
KINDS: tuple[Kind, ...] = ("source", "zig-cache", "toolchain", "host")

SETTINGS = "settings.toml"
NO_LIMIT = "none"
_REMOVING = ".going-"
"""Begins the name of an item while it is removed."""


class CacheItem(msgspec.Struct, frozen=True):
    """One item of the cache.

    bytes: its size on the disk. used: seconds since the epoch, when a build last used it. busy: the running
    builds that use it. switches: the switches that cannot work without it.
    """

    kind: Kind
    name: str
    path: str
    bytes: int
    used: float
    busy: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()

    @property
    def removable(self) -> bool:
        """True where neither a running build nor a switch needs it: what needs it later makes it again."""
        return not self.busy and not self.switches


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings file. cache_limit: a size as `5 GB`, or `none`."""

    cache_limit: str = NO_LIMIT


def cached_items(folders: Folders) -> list[CacheItem]:
    """Everything in the cache, kind by kind, the last used first. A file with several names counts once."""
    sizes = Sizes()
    paths = [(kind, path) for kind in KINDS for path in _paths(kind, folders)]
    users = switches_that_name([path for kind, path in paths if kind == "toolchain"], known_prefixes(folders))
    running_plans = _running_plans(folders)
    items = [
        CacheItem(
            kind=kind,
            name=path.name,
            path=str(path),
            bytes=sizes.of(path),
            used=_used(path),
            busy=_builds_that_use(kind, path, running_plans),
            switches=tuple(map(str, users.get(path, ()))),
        )
        for kind, path in paths
    ]
    return sorted(items, key=lambda item: (KINDS.index(item.kind), -item.used, item.name))


def _paths(kind: Kind, folders: Folders) -> list[Path]:
    if kind == "zig-cache":
        zig = folders.cache / "zig"
        return [zig] if zig.is_dir() else []
    folder = {"source": folders.sources, "toolchain": folders.toolchains, "host": folders.hosts}[kind]
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    # What begins with a dot is being made by a build, or was left by a build that was killed.
    return [path for path in entries if kind == "source" or (path.is_dir() and not path.name.startswith("."))]


def _builds_that_use(kind: Kind, path: Path, plans: Mapping[str, bytes]) -> tuple[str, ...]:
    """The builds (id -> plan) whose plans name an item, or a source's folder: any of several archives will do."""
    named = path.parent if kind == "source" else path
    return tuple(build for build, plan in plans.items() if mentions(plan, named))


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _running_plans(folders: Folders) -> dict[str, bytes]:
    """The plans of the builds that run, as they were written: what a plan mentions is in use."""
    plans = {}
    for folder in folders.builds.glob("*/"):
        if running(folder):
            try:
                plans[folder.name] = (folder / PLAN).read_bytes()
            except OSError:
                continue
    return plans


def mark_used(plan: Plan) -> None:
    """Note that a build uses what its plan names: its modification time is the last use that a limit goes by."""
    now, text = time.time(), to_json(plan)
    used = [Path(plan.cache_folder)]
    for stage in plan.stages:
        used.append(Path(stage.home))
        for action in stage.actions:
            if isinstance(action, FetchSource):
                used += [Path(plan.sources_folder) / source.file for source in action.sources]
            elif isinstance(action, PlaceToolchain | KeepSource):
                used += [path for path in Path(action.into).parent.glob("*/") if mentions(text, path)]
    for path in dict.fromkeys(used):
        with contextlib.suppress(OSError):
            os.utime(path, (now, now))


def remove(item: CacheItem, folders: Folders) -> bool:
    """Remove one item; False where a build has begun to use it. It is renamed first: nobody finds half of it.

    Raises FolderError where it cannot be removed.
    """
    path = Path(item.path)
    removed = path.with_name(f"{_REMOVING}{path.name}")
    try:
        # A host compiler that is being built or copied from is held by its lock.
        with filelock.FileLock(path / HOME_LOCK, timeout=0) if item.kind == "host" else contextlib.nullcontext():
            if _builds_that_use(item.kind, path, _running_plans(folders)):
                return False
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(removed, ignore_errors=True)
                path.rename(removed)
            else:
                path.unlink()
        shutil.rmtree(removed, ignore_errors=True)
    except filelock.Timeout:
        return False
    except FileNotFoundError:
        return True
    except OSError as error:
        problem = write_error(error)
        raise FolderError("not-removed", path=path, problem=problem.what, reason=problem.why) from None
    return True


# ---------------------------------------------------------------- the limit


def load_settings(folders: Folders) -> Settings:
    """The user's settings. Raises InputError where the file is not understood."""
    path = folders.state / SETTINGS
    return tomlfile.load(path, Settings, code="settings") if path.exists() else Settings()


def cache_limit(folders: Folders) -> int | None:
    """The limit in bytes; None where there is none. Raises InputError where it is no size."""
    return parse_limit(load_settings(folders).cache_limit)


def parse_limit(text: str) -> int | None:
    """A limit as the user writes it, in bytes; None for `none`. Raises InputError for anything else."""
    if text.strip().lower() == NO_LIMIT:
        return None
    try:
        return parse_size(text)
    except ValueError as error:
        raise InputError("size-wrong", reason=error) from None


def set_limit(folders: Folders, text: str) -> int | None:
    """Write a limit into the settings file, and return it in bytes. Raises InputError, or FolderError."""
    limit = parse_limit(text)
    normal = NO_LIMIT if limit is None else re.sub(r"\s+", " ", text.strip())
    data = msgspec.to_builtins(msgspec.structs.replace(load_settings(folders), cache_limit=normal))
    try:
        folders.state.mkdir(parents=True, exist_ok=True)
        write_durably(folders.state / SETTINGS, tomlfile.dumps(data).encode())
    except OSError as error:
        raise write_error(error) from None
    return limit


def over_limit(items: Iterable[CacheItem], limit: int | None) -> list[CacheItem]:
    """The items to remove so that the rest fits into `limit`: removable ones, the least recently used first."""
    items = list(items)
    excess = sum(item.bytes for item in items) - limit if limit is not None else 0
    to_remove = []
    for item in sorted(items, key=lambda item: item.used):
        if excess <= 0:
            break
        if item.removable and item.bytes:
            to_remove.append(item)
            excess -= item.bytes
    return to_remove


def enforce_limit(folders: Folders) -> list[CacheItem]:
    """Bring the cache within the limit, after a build. Returns what was removed."""
    limit = cache_limit(folders)
    if limit is None:
        return []
    return [item for item in over_limit(cached_items(folders), limit) if remove(item, folders)]


def limit_words(limit: int | None) -> str:
    """A limit as a person says it."""
    return "no limit" if limit is None else size_words(limit)
