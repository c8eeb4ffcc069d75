"""What the wizard keeps for the next build: sources, zig's compiled libraries, toolchains, host compilers.

Each has a size, a last use, and those who still need it. A limit, where the user set one, is
kept by removing what was used the longest time ago.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError, PlaceError
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
_GOING = ".going-"


class CacheItem(msgspec.Struct, frozen=True):
    """One thing that is kept.

    bytes: room on the disk. used: seconds since the epoch, when a build last used it. busy: the running
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
        """True where neither a running build nor a switch needs it: whatever needs it later makes it again."""
        return not self.busy and not self.switches


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings file. cache_limit: a size as `5 GB`, or `none`."""

    cache_limit: str = NO_LIMIT


def cached_items(folders: Folders) -> list[CacheItem]:
    """Everything that is kept, kind by kind, the last used first. A file with several names counts once."""
    sizes = Sizes()
    found = [(kind, path) for kind in KINDS for path in _paths(kind, folders)]
    users = switches_that_name([path for kind, path in found if kind == "toolchain"], known_prefixes(folders))
    at_work = _running_plans(folders)
    items = [
        CacheItem(
            kind=kind,
            name=path.name,
            path=str(path),
            bytes=sizes.of(path),
            used=_used(path),
            busy=tuple(build for build, plan in at_work.items() if mentions(plan, _named_as(kind, path))),
            switches=tuple(map(str, users.get(path, ()))),
        )
        for kind, path in found
    ]
    return sorted(items, key=lambda item: (KINDS.index(item.kind), -item.used, item.name))


def _paths(kind: Kind, folders: Folders) -> list[Path]:
    if kind == "zig-cache":
        zig = folders.cache / "zig"
        return [zig] if zig.is_dir() else []
    folder = {"source": folders.sources, "toolchain": folders.toolchains, "host": folders.hosts}[kind]
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []
    # What begins with a dot is being made by a build, or was left by one that was killed.
    return [path for path in inside if kind == "source" or (path.is_dir() and not path.name.startswith("."))]


def _named_as(kind: Kind, path: Path) -> Path:
    """What a plan that uses it names: of a source only the folder, because any of several archives will do."""
    return path.parent if kind == "source" else path


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _running_plans(folders: Folders) -> dict[str, bytes]:
    """The plans of the builds that run, as they were written: a name in them is enough to be used."""
    plans = {}
    for folder in folders.builds.glob("*/"):
        if running(folder):
            try:
                plans[folder.name] = (folder / PLAN).read_bytes()
            except OSError:
                continue
    return plans


def mark_used(plan: Plan) -> None:
    """Note that a build uses what its plan names: its time is the last use by which a limit decides."""
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
    """Remove one thing; False where a build has begun to use it. It goes in one step: nobody finds half of it.

    Raises PlaceError where it cannot be removed.
    """
    path = Path(item.path)
    going = path.with_name(f"{_GOING}{path.name}")
    try:
        # A host compiler that is being built or copied from is held by its lock.
        with filelock.FileLock(path / HOME_LOCK, timeout=0) if item.kind == "host" else contextlib.nullcontext():
            if any(mentions(plan, _named_as(item.kind, path)) for plan in _running_plans(folders).values()):
                return False
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(going, ignore_errors=True)
                path.rename(going)
            else:
                path.unlink()
        shutil.rmtree(going, ignore_errors=True)
    except filelock.Timeout:
        return False
    except FileNotFoundError:
        return True
    except OSError as error:
        problem = write_error(error)
        raise PlaceError("not-removed", problem.what, problem.why, "remove it by hand") from None
    return True


# ---------------------------------------------------------------- the limit


def load_settings(folders: Folders) -> Settings:
    """The user's settings. Raises InputError where the file is not understood."""
    path = folders.state / SETTINGS
    return tomlfile.load(path, Settings, code="settings") if path.exists() else Settings()


def cache_limit(folders: Folders) -> int | None:
    """The limit in bytes; None where there is none. Raises InputError where it is no size."""
    words = load_settings(folders).cache_limit
    return limit_of(words)


def limit_of(words: str) -> int | None:
    """A limit as the user writes it. Raises InputError for what is none."""
    if words.strip().lower() == NO_LIMIT:
        return None
    try:
        return parse_size(words)
    except ValueError as error:
        raise InputError("size-wrong", str(error), "", "write it as 5GB, 500MB, or none") from None


def set_limit(folders: Folders, words: str) -> int | None:
    """Keep a limit in the settings file, and return it in bytes. Raises InputError, or PlaceError."""
    limit = limit_of(words)
    kept_words = NO_LIMIT if limit is None else re.sub(r"\s+", " ", words.strip())
    data = msgspec.to_builtins(msgspec.structs.replace(load_settings(folders), cache_limit=kept_words))
    try:
        folders.state.mkdir(parents=True, exist_ok=True)
        write_durably(folders.state / SETTINGS, tomlfile.dumps(data).encode())
    except OSError as error:
        raise write_error(error) from None
    return limit


def over_limit(items: Iterable[CacheItem], limit: int | None) -> list[CacheItem]:
    """What has to go so that the rest fits into `limit`: what may go, and was used the longest time ago."""
    items = list(items)
    over = sum(item.bytes for item in items) - limit if limit is not None else 0
    going = []
    for item in sorted(items, key=lambda item: item.used):
        if over <= 0:
            break
        if item.removable and item.bytes:
            going.append(item)
            over -= item.bytes
    return going


def enforce_limit(folders: Folders) -> list[CacheItem]:
    """Bring what is kept within the limit; what was removed. To be called after a build."""
    limit = cache_limit(folders)
    if limit is None:
        return []
    going = over_limit(cached_items(folders), limit)
    return [item for item in going if remove(item, folders)]


def limit_words(limit: int | None) -> str:
    """A limit as a person says it."""
    return "no limit" if limit is None else size_words(limit)
