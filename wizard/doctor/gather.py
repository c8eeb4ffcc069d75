"""Gathers the description of this machine: everything at the same time, in a second or two at most."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from wizard import __version__
from wizard.base.folders import Folders
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import Lock
from wizard.check.findings import Finding
from wizard.check.resolved import ResolvedSelection
from wizard.doctor import gather_machine as machine
from wizard.doctor import gather_network as net
from wizard.doctor import gather_tools as tools
from wizard.doctor import gather_wizard as wizard
from wizard.doctor.concurrency import Tasks, run_tasks
from wizard.doctor.facts import Chosen, Facts
from wizard.machine.packages import managers
from wizard.machine.survey import BuildMachine
from wizard.steps.sources import Needed, needed_sources
from wizard.toolchains.registry import provider_of

LOCAL_SECONDS, NETWORK_SECONDS = 12.0, 3.0
"""How long a task may take: a local one (milliseconds, on an idle machine), and the network."""

OFFLINE = "the network was not asked (offline)"


class CheckedSelection(msgspec.Struct, frozen=True):
    """The selection that the doctor is asked about, checked already."""

    resolved: ResolvedSelection
    prefix: Path
    findings: tuple[Finding, ...]
    lock: Lock | None = None


class Request(msgspec.Struct, frozen=True):
    """What to examine. local: the user's folder of archives. switch: the only switch to examine, None for all."""

    catalogue: Catalogue
    here: BuildMachine
    folders: Folders
    environ: Mapping[str, str]
    offline: bool = False
    local: Path | None = None
    switch: Path | None = None
    selection: CheckedSelection | None = None


def gather(request: Request) -> Facts:
    """Gather all facts. What fails or takes too long is missing, and `unseen` says so."""
    zig = request.catalogue.toolchains["zig"]
    seen = run_tasks(_tasks(request))
    parts: dict[str, Any] = dict(seen.values)
    unseen = dict(seen.unseen)
    if request.offline:
        unseen["network"] = OFFLINE
    return Facts(
        wizard=__version__,
        python=platform.python_version(),
        here=request.here,
        releases=tuple(request.catalogue.releases),
        zig_tested=zig.version,
        zig_package=zig.package,
        manager=next((name for name in managers() if shutil.which(name, path=request.here.path)), ""),
        chosen=_chosen(request.selection),
        wanted=str(request.switch or ""),
        unseen=unseen,
        **parts,
    )


def _tasks(request: Request) -> Tasks:
    """By the field of `Facts` what fills it."""
    here, folders, environ, known = request.here, request.folders, request.environ, request.catalogue
    needed = _needed(request)
    local = {
        "tools": partial(tools.tools, here),
        "absent": partial(tools.absent, here),
        "compilers": partial(tools.compilers, here, known),
        "ocamls": partial(tools.ocamls, here),
        "emulators": partial(tools.emulators, here, known),
        "handlers": machine.handlers,
        "disks": partial(machine.disks, folders, request.selection.prefix if request.selection else None),
        "memory": machine.memory,
        "limits": machine.limits,
        "variables": partial(machine.variables, environ),
        "person": partial(machine.person, environ),
        "clock": partial(machine.clock, folders),
        "kernel": machine.kernel,
        "terminal": partial(machine.terminal, environ),
        "proxies": partial(net.proxies, environ),
        "archives": partial(net.archives, needed, folders.sources, request.local),
        "locks": partial(wizard.locks, folders),
        "builds": partial(wizard.builds, folders),
        "switches": partial(wizard.switches, folders, known, request.switch),
        "hosts": partial(wizard.hosts, folders),
    }
    tasks: dict[str, Any] = {name: (task, LOCAL_SECONDS) for name, task in local.items()}
    if not request.offline:
        tasks["network"] = (partial(net.network, needed), NETWORK_SECONDS)
    return tasks


def _needed(request: Request) -> tuple[Needed, ...]:
    """The sources of the selection; without one those of the release that a selection begins with."""
    if request.selection is not None:
        return needed_sources(request.selection.resolved, request.selection.lock)
    release = next(iter(request.catalogue.releases.values()))
    return (Needed(release.title, release.sources),)


def _chosen(selection: CheckedSelection | None) -> Chosen | None:
    if selection is None:
        return None
    resolved = selection.resolved
    words = (
        f"OCaml {resolved.release.id} for {resolved.triplet or resolved.target.id}, by {resolved.toolchain.title}"
    )
    emulator = "" if resolved.runs_here(resolved.target) else resolved.target.emulator
    compiler = resolved.compiler if provider_of(resolved.toolchain).probed(resolved.toolchain) else ""
    return Chosen(words, selection.findings, emulator, compiler, resolved.needs_zig)
