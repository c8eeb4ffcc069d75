"""Whether a half-built work tree is fresh, so that a build continues in it, or is made again from its source.

make compares time stamps, and so does the clean-up after a builder that was killed. That is right
only as long as the clock ran evenly, and as long as the kernel that had the files in
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
"""A clock that was moved by less counts as even: the clean-up after a kill covers more seconds than that."""

_BOOT = Path("/proc/sys/kernel/random/boot_id")


class ClockMark(msgspec.Struct, frozen=True):
    """The state of the clock when work in a home began.

    boot: the kernel's own name of this run of the machine. ahead: seconds by which the time
    of day is ahead of the time since the start of the machine, which nobody can set.
    settled: the work ended in order, and all of it is on the disk. jumped: the clock was set meanwhile.
    """

    boot: str
    ahead: float
    settled: bool = False
    jumped: bool = False


def mark_path(home: Path) -> Path:
    """Where the mark of a home is: beside its records, so that both are lost together."""
    return home / "done" / ".clock"


def begin(home: Path) -> None:
    """Work in `home` begins or continues: the mark of its beginning stays until the work is settled."""
    mark = _read(home)
    if mark is None or mark.settled:
        mark_path(home).parent.mkdir(parents=True, exist_ok=True)
        _write(home, _now())


def check_clock(home: Path) -> None:
    """Note it where the clock was set since the work in `home` began. Call it about every second."""
    mark = _read(home)
    if mark is not None and not mark.jumped and not mark.settled and _jumped(mark):
        with contextlib.suppress(FileNotFoundError):  # a home that was removed meanwhile stays away
            _write(home, msgspec.structs.replace(mark, jumped=True))


def is_fresh(home: Path) -> bool:
    """True where the work tree of `home` is what its records say, but for an interrupted stage's last moments."""
    mark = _read(home)
    if mark is None or mark.settled:
        return True
    return mark.boot == _now().boot and not mark.jumped and not _jumped(mark)


def settle(home: Path) -> None:
    """The work in `home` ended in order: flush it to the disk and note that, unless the clock was set meanwhile.

    Where another builder is at a stage of the same home, that builder will do it.
    """
    if _read(home) is None or not is_fresh(home):
        return
    with contextlib.suppress(filelock.Timeout), filelock.FileLock(home / HOME_LOCK, timeout=0):
        flush(home)
        with contextlib.suppress(FileNotFoundError):  # a home that was removed meanwhile stays away
            _write(home, msgspec.structs.replace(_now(), settled=True))


def wait_for_later_time(since: Path) -> None:
    """Return when whatever is written now has a later time than the file `since`: milliseconds, mostly.

    File systems and kernels count time in steps. What a stage writes in the step in which it began
    could not be distinguished from what was there before.
    """
    began, probe = since.stat().st_mtime_ns, since.with_name(f".{since.name}.now")
    while True:
        probe.write_bytes(b"x")
        if probe.stat().st_mtime_ns > began:
            break
        time.sleep(0.001)
    probe.unlink()


def forget(home: Path) -> None:
    """Remove the mark: the work in `home` begins again from its source."""
    mark_path(home).unlink(missing_ok=True)


def _now() -> ClockMark:
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        boot = ""
    since_start = time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
    return ClockMark(boot, time.time() - since_start)


def _jumped(mark: ClockMark) -> bool:
    """The time of day and the time since the start run at the same pace: they differ only where one was set."""
    now = _now()
    return mark.boot == now.boot and abs(now.ahead - mark.ahead) > JUMP_SECONDS


def _read(home: Path) -> ClockMark | None:
    """The mark; None where there is none, that of another clock where it cannot be read."""
    try:
        return msgspec.json.decode(mark_path(home).read_bytes(), type=ClockMark)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError):
        return ClockMark("unreadable", 0.0)


def _write(home: Path, mark: ClockMark) -> None:
    write_durably(mark_path(home), msgspec.json.encode(mark))
