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
from wizard.doctor.concurrently import Looks, together
from wizard.doctor.facts import Chosen, Facts
from wizard.machine.packages import managers
from wizard.machine.survey import BuildMachine
from wizard.steps.sources import Needed, needed_sources
from wizard.toolchains.registry import provider_of

LOCAL_SECONDS, NETWORK_SECONDS = 12.0, 3.0
"""How long it is waited for what is local (milliseconds, on an idle machine) and for the network."""

OFFLINE = "the network was not asked (offline)"


class Wanted(msgspec.Struct, frozen=True):
    """The selection that the doctor is asked about, checked already."""

    resolved: ResolvedSelection
    prefix: Path
    findings: tuple[Finding, ...]
    lock: Lock | None = None


class Asked(msgspec.Struct, frozen=True):
    """What is to be looked at. local: the user's folder of archives. switch: the one switch to look at."""

    catalogue: Catalogue
    here: BuildMachine
    folders: Folders
    environ: Mapping[str, str]
    offline: bool = False
    local: Path | None = None
    switch: Path | None = None
    wanted: Wanted | None = None


def gather(asked: Asked) -> Facts:
    """Look at everything. What fails or is late is missing, and `unseen` says so."""
    zig = asked.catalogue.toolchains["zig"]
    seen = together(_looks(asked))
    parts: dict[str, Any] = dict(seen.values)
    unseen = dict(seen.unseen)
    if asked.offline:
        unseen["network"] = OFFLINE
    return Facts(
        wizard=__version__,
        python=platform.python_version(),
        here=asked.here,
        releases=tuple(asked.catalogue.releases),
        zig_tested=zig.version,
        zig_package=zig.package,
        manager=next((name for name in managers() if shutil.which(name, path=asked.here.path)), ""),
        chosen=_chosen(asked.wanted),
        wanted=str(asked.switch or ""),
        unseen=unseen,
        **parts,
    )


def _looks(asked: Asked) -> Looks:
    """By the field of `Facts` what fills it."""
    here, folders, environ, known = asked.here, asked.folders, asked.environ, asked.catalogue
    needed = _needed(asked)
    local = {
        "tools": partial(tools.tools, here),
        "absent": partial(tools.absent, here),
        "compilers": partial(tools.compilers, here, known),
        "ocamls": partial(tools.ocamls, here),
        "emulators": partial(tools.emulators, here, known),
        "handlers": machine.handlers,
        "disks": partial(machine.disks, folders, asked.wanted.prefix if asked.wanted else None),
        "memory": machine.memory,
        "limits": machine.limits,
        "variables": partial(machine.variables, environ),
        "person": partial(machine.person, environ),
        "clock": partial(machine.clock, folders),
        "kernel": machine.kernel,
        "terminal": partial(machine.terminal, environ),
        "proxies": partial(net.proxies, environ),
        "archives": partial(net.archives, needed, folders.sources, asked.local),
        "locks": partial(wizard.locks, folders),
        "builds": partial(wizard.builds, folders),
        "switches": partial(wizard.switches, folders, known, asked.switch),
        "hosts": partial(wizard.hosts, folders),
    }
    looks: dict[str, Any] = {name: (look, LOCAL_SECONDS) for name, look in local.items()}
    if not asked.offline:
        looks["network"] = (partial(net.network, needed), NETWORK_SECONDS)
    return looks


def _needed(asked: Asked) -> tuple[Needed, ...]:
    """The sources of the selection; without one those of the release that a selection begins with."""
    if asked.wanted is not None:
        return needed_sources(asked.wanted.resolved, asked.wanted.lock)
    release = next(iter(asked.catalogue.releases.values()))
    return (Needed(release.title, release.sources),)


def _chosen(wanted: Wanted | None) -> Chosen | None:
    if wanted is None:
        return None
    resolved = wanted.resolved
    words = (
        f"OCaml {resolved.release.id} for {resolved.triplet or resolved.target.id}, by {resolved.toolchain.title}"
    )
    emulator = "" if resolved.runs_here(resolved.target) else resolved.target.emulator
    compiler = resolved.compiler if provider_of(resolved.toolchain).probed(resolved.toolchain) else ""
    return Chosen(words, wanted.findings, emulator, compiler, resolved.needs_zig)
