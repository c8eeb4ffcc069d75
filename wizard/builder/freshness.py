"""Whether a half-built work tree may be gone on with, or has to be made again from its source.

make judges by time stamps, and so does what cleans up after a builder that was killed. That holds
only as long as the clock went on evenly, and as long as the kernel that kept the files in
memory still runs: a power cut loses what was not yet on the disk.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import filelock
import msgspec

from wizard.base.files import flush, write_durably
from wizard.builds.locks import HOME_LOCK

JUMP_SECONDS = 1.0
"""A clock that was moved by less is as good as even: what is cleaned up has more room than that."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Mark(msgspec.Struct, frozen=True):
    """How the clock stood when work in a home began.

    boot: the kernel's own name of this run of the machine. ahead: seconds by which the time
    of day is ahead of the time since the start of the machine, which nobody can set.
    settled: the work ended orderly, and all of it is on the disk. jumped: the clock was set meanwhile.
    """

    boot: str
    ahead: float
    settled: bool = False
    jumped: bool = False


def mark_path(home: Path) -> Path:
    """Where the mark of a home lies: beside its records, so that both are lost together."""
    return home / "done" / ".clock"


def begin(home: Path) -> None:
    """Work in `home` begins, or goes on: the mark of its beginning is kept until the work is settled."""
    mark = _read(home)
    if mark is None or mark.settled:
        mark_path(home).parent.mkdir(parents=True, exist_ok=True)
        _write(home, _now())


def look(home: Path) -> None:
    """Note it where the clock was set since the work in `home` began. To be called every second or so."""
    mark = _read(home)
    if mark is not None and not mark.jumped and not mark.settled and _jumped(mark):
        with contextlib.suppress(FileNotFoundError):  # a home that was removed meanwhile stays away
            _write(home, msgspec.structs.replace(mark, jumped=True))


def holds(home: Path) -> bool:
    """True where the work tree of `home` is what its records say, but for an interrupted stage's last moments."""
    mark = _read(home)
    if mark is None or mark.settled:
        return True
    return mark.boot == _now().boot and not mark.jumped and not _jumped(mark)


def settle(home: Path) -> None:
    """The work in `home` ended orderly: put it on the disk and note that, unless the clock was set meanwhile.

    Where another builder is at a stage of the same home, that one will do it.
    """
    if _read(home) is None or not holds(home):
        return
    with contextlib.suppress(filelock.Timeout), filelock.FileLock(home / HOME_LOCK, timeout=0):
        flush(home)
        with contextlib.suppress(FileNotFoundError):  # a home that was removed meanwhile stays away
            _write(home, msgspec.structs.replace(_now(), settled=True))


def let_time_pass(since: Path) -> None:
    """Return when whatever is written now has a later time than the file `since`: milliseconds, mostly.

    File systems and kernels count time in steps. What a stage writes in the step in which it began
    could not be told from what was there before.
    """
    began, probe = since.stat().st_mtime_ns, since.with_name(f".{since.name}.now")
    while True:
        probe.write_bytes(b"x")
        if probe.stat().st_mtime_ns > began:
            break
        time.sleep(0.001)
    probe.unlink()


def forget(home: Path) -> None:
    """The work in `home` begins again from its source."""
    mark_path(home).unlink(missing_ok=True)


def _now() -> Mark:
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        boot = ""
    since_start = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    return Mark(boot, time.time() - since_start)


def _jumped(mark: Mark) -> bool:
    """The time of day and the time since the start run at the same pace: they part only where one is set."""
    now = _now()
    return mark.boot == now.boot and abs(now.ahead - mark.ahead) > JUMP_SECONDS


def _read(home: Path) -> Mark | None:
    """The mark; None where there is none, one of another clock where it cannot be read."""
    try:
        return msgspec.json.decode(mark_path(home).read_bytes(), type=Mark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        return Mark("unreadable", 0.0)


def _write(home: Path, mark: Mark) -> None:
    write_durably(mark_path(home), msgspec.json.encode(mark))
