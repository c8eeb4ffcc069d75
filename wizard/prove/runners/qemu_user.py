"""QEMU's user mode: programs for a Linux of another processor, started by a command of this one."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from pathlib import Path
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
    Runner,
    RunnerTool,
    Session,
    Workspace,
)
from wizard.prove.runners.local import LocalSession, emulator_missing, emulator_offer, opened

_LIBRARIES = "-L"


class QemuUser(msgspec.Struct, frozen=True):
    """qemu-ARCH, which the catalogue names for each target with the options that make it that very machine."""

    id: ClassVar[str] = "qemu-user"
    title: ClassVar[str] = "QEMU, user mode"
    has_shell: ClassVar[bool] = False  # its programs are the target's, the shell here is not

    limits: Limits = Limits()

    def serves(self, target: Machine) -> bool:
        """The targets whose emulator is one of QEMU's for programs, not one for whole machines."""
        return re.match(r"qemu-(?!system-)", target.emulator) is not None

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """The emulator of the target's processor."""
        return (RunnerTool(target.emulator, target.emulator_package),)

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Ready where the emulator was found, dynamically linked or static."""
        return emulator_offer(programs.target, here)

    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> AbstractContextManager[Session]:
        """A session that starts each program under the emulator."""
        there = programs.libraries and Path(programs.libraries).is_dir()
        before = (
            ready.program,
            *programs.target.emulator_options,
            *((_LIBRARIES, programs.libraries) if there else ()),
        )
        return opened(LocalSession(workspace, self.limits, before))

    def in_script(self, programs: Programs) -> InScript | None:
        """Wherever it is installed, under its own name or that of the static one."""
        target = programs.target
        return InScript(
            names=(target.emulator, f"{target.emulator}-static"),
            options=target.emulator_options,
            libraries=_LIBRARIES,
            missing=emulator_missing(target),
        )


RUNNER: Runner = QemuUser()
