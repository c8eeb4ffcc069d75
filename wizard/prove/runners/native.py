"""Programs run as they are: the kernel of this machine starts them."""

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
    Runner,
    RunnerTool,
    Session,
    Workspace,
)
from wizard.prove.runners.local import LocalSession, opened

_WORDS = "on this machine"


class Native(msgspec.Struct, frozen=True):
    """The machine itself."""

    id: ClassVar[str] = "native"
    title: ClassVar[str] = "this machine"
    has_shell: ClassVar[bool] = True

    limits: Limits = Limits()

    def serves(self, target: Machine) -> bool:
        """Every program that a system starts, which unikernels are not."""
        return not target.unikernel

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """Nothing."""
        del target
        return ()

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Ready where the kernel runs static programs of the target."""
        if not programs.catalogue.runs(here.machine, programs.target.id):
            return None
        return Ready(_WORDS, "The programs run on this very machine.")

    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> AbstractContextManager[Session]:
        """A session that starts each program by itself."""
        del programs, ready
        return opened(LocalSession(workspace, self.limits))

    def in_script(self, programs: Programs) -> InScript | None:
        """On every machine whose kernel runs static programs of the target."""
        return InScript(programs.catalogue.systems_running(programs.target.id), words=_WORDS)


RUNNER: Runner = Native()
