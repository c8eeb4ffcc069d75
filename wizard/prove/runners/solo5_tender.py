"""Solo5's tenders: a program of the switch itself that loads a unikernel and runs it as a process."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import ClassVar

import msgspec

from wizard.catalogue.model import Machine
from wizard.machine.survey import BuildMachine
from wizard.prove.runners.api import (
    Absent,
    InScript,
    Limits,
    Programs,
    Ready,
    Refusal,
    Runner,
    RunnerTool,
    Session,
    Workspace,
)
from wizard.prove.runners.local import LocalSession, opened
from wizard.toolchains.solo5 import TOOLS

MEGABYTES = 64
"""Memory of the proof's unikernels; a small one starts with 8."""

_BEFORE = (f"--mem={MEGABYTES}", "--")
_AFTER = ("--solo5:quiet",)


class Solo5Tender(msgspec.Struct, frozen=True):
    """The tender that the catalogue names for a target, in the folder of Solo5's tools of the switch."""

    id: ClassVar[str] = "solo5-tender"
    title: ClassVar[str] = "a Solo5 tender"
    has_shell: ClassVar[bool] = False

    limits: Limits = Limits()

    def serves(self, target: Machine) -> bool:
        """The targets for which the catalogue names a tender."""
        return bool(target.tender)

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """Nothing: the switch has it, where libseccomp's headers were there when it was built."""
        del target
        return ()

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Ready on a machine of the target's processor, where the switch has a tender or will have one."""
        target = programs.target
        own = programs.catalogue.machines.get(here.machine)
        bindings = target.tender.removeprefix("solo5-")
        if programs.bindings not in ("", bindings):
            return _other_bindings(target, bindings)
        if own is None or own.arch != target.arch:
            return _elsewhere(target)
        path = programs.prefix / TOOLS / target.tender if programs.prefix else None
        if not (path.is_file() if path else here.seccomp):
            return _missing(target)
        return Ready(
            f"under {target.tender}",
            f"The switch has a tender of its own, {target.tender}; the proof uses it.",
            target.tender,
        )

    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> AbstractContextManager[Session]:
        """A session that starts each unikernel under the tender of the switch."""
        del ready
        assert programs.prefix is not None
        tender = programs.target.tender
        before = (str(programs.prefix / TOOLS / tender), *_BEFORE)
        return opened(LocalSession(workspace, self.limits, before, _AFTER, refusal=_refusal(tender)))

    def in_script(self, programs: Programs) -> InScript | None:
        """On a Linux of the target's processor, where the switch has it."""
        assert programs.prefix is not None
        target = programs.target
        alike = (
            machine
            for machine in programs.catalogue.machines.values()
            if (machine.arch, machine.os) == (target.arch, "linux")
        )
        return InScript(
            systems=tuple(f"Linux-{uname}" for machine in alike for uname in machine.uname),
            names=(str(programs.prefix / TOOLS / target.tender),),
            options=_BEFORE,
            after=_AFTER,
            missing=_missing(target),
            elsewhere=_elsewhere(target),
            refusal=_refusal(target.tender),
        )


def _missing(target: Machine) -> Absent:
    return Absent(
        "the switch was built without a tender",
        "sudo apt-get install libseccomp-dev pkg-config, and build again",
        _explained(target),
    )


def _elsewhere(target: Machine) -> Absent:
    return Absent(
        f"a tender runs on {target.arch}",
        f"copy a program to a machine with {target.arch} and Solo5",
        _explained(target),
    )


def _other_bindings(target: Machine, bindings: str) -> Absent:
    return Absent(
        f"only the bindings {bindings} have a tender that needs no hypervisor",
        "run it under its hypervisor",
        _explained(target),
    )


def _explained(target: Machine) -> str:
    return f"By a tender ({target.tender}) on {target.arch}; here they are built and audited, not run."


def _refusal(tender: str) -> Refusal:
    """seccomp may be forbidden in a container: the tender then starts no program at all."""
    return Refusal(
        f"{tender}:",
        ("seccomp", "permitted"),
        "run it where seccomp is allowed (outside of a container that forbids it)",
    )


RUNNER: Runner = Solo5Tender()
