"""How many stages may run at once: as many as the machine's cores and its free memory carry."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil

JOB_BYTES = 512 * 2**20
"""What one job of make uses at most: OCaml's compiler at its largest modules, measured at 300 to 450 MiB."""

CORES_PER_STAGE = 4
"""A stage uses about so many cores: configure one core, make more, with gaps."""

_CGROUP = Path("/sys/fs/cgroup")


def stages_at_once(cores: int, free: int) -> int:
    """At least one. Each stage's make runs as many jobs as there are cores. free: bytes of memory.

    On few cores there are two stages: while configure's checks run in the first, one after the other,
    the second compiles.
    """
    by_cores = max(2, cores // CORES_PER_STAGE)
    by_memory = free // (cores * JOB_BYTES)
    return max(1, min(by_cores, by_memory))


def free_memory(cgroup: Path = _CGROUP) -> int:
    """Bytes of memory that are free here: in the machine, and in the container that has a limit of its own.

    Source: Linux, Documentation/admin-guide/cgroup-v2.rst, memory.max and memory.current.
    """
    free = int(psutil.virtual_memory().available)
    with contextlib.suppress(OSError, ValueError):  # "max", or no such file: no limit
        limit = int((cgroup / "memory.max").read_text(encoding="ascii"))
        free = min(free, max(0, limit - int((cgroup / "memory.current").read_text(encoding="ascii"))))
    return free
