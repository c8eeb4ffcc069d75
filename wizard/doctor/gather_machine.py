"""Tasks at the machine itself: memory, limits, clock, kernel, terminal, environment, disks. Writes nothing."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from wizard.base.folders import Folders
from wizard.doctor.checks_folders import TEMPORARY
from wizard.doctor.checks_machine import OCAML_VARIABLES, PRELOAD
from wizard.doctor.facts import UNLIMITED, Clock, Disk, Handler, Kernel, Limits, Memory, Person, Terminal
from wizard.machine.disk_space import why_not_writable
from wizard.machine.survey import LOCK_FILE

_GROUPS = Path("/sys/fs/cgroup")
_BINFMT = Path("/proc/sys/fs/binfmt_misc")
_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_KVM = Path("/dev/kvm")


def memory(groups: Path = _GROUPS) -> Memory:
    """What is free, and what the control groups of this process leave of it."""
    known, swap = psutil.virtual_memory(), psutil.swap_memory()
    return Memory(
        total_mb=known.total // 10**6,
        available_mb=known.available // 10**6,
        swap_free_mb=swap.free // 10**6,
        limit_mb=_group_limit(groups),
    )


def _group_limit(groups: Path) -> int | None:
    """MB that the tightest control group above this process leaves; None for no limit."""
    line = next((line for line in _text("/proc/self/cgroup").splitlines() if line.startswith("0::/")), "0::/")
    own = groups / line.removeprefix("0::/")
    left = []
    for folder in (own, *own.parents):
        if not folder.is_relative_to(groups):
            break
        most, used = _text(folder / "memory.max").strip(), _text(folder / "memory.current").strip()
        if most.isdigit() and used.isdigit():
            # What the group keeps of files is given back when it is needed.
            cached = next((w[1] for w in map(str.split, _text(folder / "memory.stat").splitlines())
                           if w[:1] == ["file"] and len(w) > 1), "0")  # fmt: skip
            left.append(max(0, int(most) - int(used) + int(cached)) // 10**6)
    return min(left, default=None)


def limits() -> Limits:
    """The limits of this process, which what it starts inherits."""

    def soft(kind: int, unit: int = 1) -> int:
        value = resource.getrlimit(kind)[0]
        return UNLIMITED if value == resource.RLIM_INFINITY else value // unit

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return Limits(
        open_files=soft(resource.RLIMIT_NOFILE),
        open_files_most=UNLIMITED if hard == resource.RLIM_INFINITY else hard,
        file_mb=soft(resource.RLIMIT_FSIZE, 10**6),
        memory_mb=soft(resource.RLIMIT_AS, 10**6),
        processes=soft(resource.RLIMIT_NPROC),
        seconds=soft(resource.RLIMIT_CPU),
    )


def person(environ: Mapping[str, str]) -> Person:
    """Who this is, and whose home it is."""
    home = environ.get("HOME", "")
    try:
        owner = Path(home).stat().st_uid if home else os.getuid()
    except OSError:
        owner = os.getuid()
    return Person(os.geteuid(), home, owner, environ.get("SUDO_USER", ""))


def clock(folders: Folders) -> Clock:
    """Now, and the latest time of what lies in the wizard's folders."""
    newest, path = 0.0, ""
    for folder in (folders.sources, folders.builds, folders.hosts, folders.toolchains, folders.switches):
        for pattern in ("*", "*/*"):
            for entry in folder.glob(pattern):
                try:
                    changed = entry.lstat().st_mtime
                except OSError:
                    continue
                if changed > newest:
                    newest, path = changed, str(entry)
    return Clock(time.time(), newest, path)


def kernel(actions: Path = _ACTIONS, kvm: Path = _KVM) -> Kernel:
    """What tenders of unikernels would find."""
    status = dict(line.split(":\t", 1) for line in _text("/proc/self/status").splitlines() if ":\t" in line)
    if not kvm.exists():
        virtual = "absent"
    else:
        virtual = "open" if stat.S_ISCHR(kvm.stat().st_mode) and os.access(kvm, os.R_OK | os.W_OK) else "closed"
    return Kernel(
        release=platform.release(),
        seccomp=bool(_text(actions).strip()) or status.get("Seccomp", "").strip() == "2",
        kvm=virtual,  # type: ignore[arg-type]
        filtered=status.get("Seccomp", "").strip() == "2",
    )


def terminal(environ: Mapping[str, str]) -> Terminal:
    """The terminal of standard input and output. Under a screen of the wizard these are the real ones, too."""
    streams = (sys.__stdin__, sys.__stdout__)
    try:
        present = all(stream is not None and stream.isatty() for stream in streams)
    except ValueError:  # closed
        present = False
    size = shutil.get_terminal_size()
    kind = environ.get("TERM", "")
    if kind in ("", "dumb") or environ.get("NO_COLOR"):
        colours = 0
    elif environ.get("COLORTERM") in ("truecolor", "24bit") or kind.endswith("-direct"):
        colours = 1 << 24
    else:
        colours = 256 if "256" in kind else 8
    encoding = getattr(sys.__stdout__, "encoding", "") or "utf-8"
    return Terminal(present, kind, size.columns, size.lines, encoding, colours)


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that concern OCaml compilers and all programs, with their values.

    OCAMLFIND_CONF may name a switch's own file, as its env.sh does: that is meant so.
    """
    found = {}
    for name, value in sorted(environ.items()):
        concerned = name in OCAML_VARIABLES or name in PRELOAD or name.startswith("OCAMLFIND_")
        own = name == "OCAMLFIND_CONF" and (Path(value).parent.parent / LOCK_FILE).is_file()
        if concerned and value and not own:
            found[name] = value
    return found


def handlers(folder: Path = _BINFMT) -> tuple[Handler, ...]:
    """The entries of binfmt_misc; none where it is not mounted."""
    found = []
    for entry in sorted(folder.glob("*")):
        if entry.name in ("register", "status"):
            continue
        lines = _text(entry).splitlines()
        words = dict(line.partition(" ")[::2] for line in lines[1:])
        interpreter = words.get("interpreter", "")
        if interpreter:
            # With F the kernel has opened it already, and needs no path.
            there = "F" in words.get("flags:", "") or Path(interpreter).exists()
            found.append(Handler(entry.name, interpreter, lines[0] == "enabled", there))
    return tuple(found)


def disks(folders: Folders, prefix: Path | None) -> tuple[Disk, ...]:
    """The folders that the wizard uses, each with its file system."""
    mounts = [(partition.mountpoint, partition.fstype) for partition in psutil.disk_partitions(all=True)]
    uses = [("builds", folders.builds), ("data", folders.data), ("cache", folders.cache)]
    if prefix is not None:
        uses.append(("prefix", prefix.parent))
    uses.append((TEMPORARY, Path(_temporary())))
    return tuple(disk_of(use, path, mounts) for use, path in uses)


def _temporary() -> str:
    """The folder for temporary files, without the trial file that tempfile would write."""
    return os.environ.get("TMPDIR") or tempfile.tempdir or "/tmp"


def disk_of(use: str, path: Path, mounts: Iterable[tuple[str, str]]) -> Disk:
    """One folder with its file system. mounts: mount points with the kind of file system, the later ones above."""
    place = next(parent for parent in (path, *path.parents) if parent.exists())
    real = Path(os.path.realpath(place))
    kind, above = "?", -1
    for point, name in mounts:
        if real.is_relative_to(point) and len(point) >= above:
            kind, above = name, len(point)
    known = os.statvfs(real)
    return Disk(
        use=use,
        path=str(path),
        place=str(place),
        kind=kind,
        free_mb=known.f_bavail * known.f_frsize // 10**6,
        whole_mb=known.f_blocks * known.f_frsize // 10**6,
        free_files=known.f_favail if known.f_files else None,
        all_files=known.f_files or None,
        noexec=bool(known.f_flag & os.ST_NOEXEC),
        folds_case=folds_case(real),
        refused=why_not_writable(path / "x"),
    )


def folds_case(folder: Path) -> bool | None:
    """Whether A and a are the same name in `folder`, seen by names that are there; None where none has letters.

    Tasks at the folder's own entries first, then at its own name in the folder above it, as
    long as that is on the same file system.
    """
    try:
        device = folder.stat().st_dev
        with os.scandir(folder) as entries:
            names = [entry.name for _number, entry in zip(range(200), entries, strict=False)]
    except OSError:
        return None
    for name in names:
        if name.swapcase() != name and name.swapcase() not in names:
            return _same(folder / name, folder / name.swapcase())
    parent = folder.parent
    if folder.name.swapcase() != folder.name and parent.stat().st_dev == device:
        return _same(folder, parent / folder.name.swapcase())
    return None


def _same(path: Path, other: Path) -> bool:
    try:
        left, right = path.lstat(), other.lstat()
    except (OSError, ValueError):
        return False
    return (left.st_dev, left.st_ino) == (right.st_dev, right.st_ino)


def _text(path: Path | str) -> str:
    """What a file of the kernel says; "" where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
