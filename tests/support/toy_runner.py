"""A runner that is no part of the product: a board at the end of a wire, which a command `toy-board` reaches.

Programs are copied to the board and started there; it is switched on for a proof and off after it.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import ClassVar

import msgspec

from wizard.catalogue.model import Machine
from wizard.machine.survey import BuildMachine
from wizard.prove.runners.api import (
    Absent,
    CannotRunError,
    InScript,
    Limits,
    Programs,
    Ready,
    Runner,
    RunnerTool,
    Session,
    Workspace,
)

COMMAND = """\
#!/bin/sh
# toy-board BOARD on | off | put FILE | run NAME; the board's programs print what lies beside this command.
board=$1 tools=${0%/*}
case $2 in
  on) [ ! -e "$tools/dead" ] && mkdir "$board" ;;
  off) rm -r "$board"; touch "$tools/switched-off" ;;
  put) cp "$3" "$board" ;;
  run)
    [ ! -e "$tools/$3.breaks" ] || exit 75
    [ -f "$board/$3" ] && cat "$tools/$3.output" && exit "${BOARD_STATUS:-0}"
    ;;
esac
"""
"""What a test writes to a file of that name on PATH."""

UNREACHABLE = 75


class Board(msgspec.Struct, frozen=True):
    """One session's board, by the command that reaches it."""

    wire: tuple[str, ...]
    workspace: Workspace
    seconds: float

    def run(self, program: Path, *, by_shell: bool = False) -> CompletedProcess[str]:
        """Copy a program to the board and start it there."""
        assert not by_shell
        self.call("put", str(program))
        ended = self.call("run", program.name)
        if ended.returncode == UNREACHABLE:
            raise CannotRunError("the toy board does not answer", "look at its wire")
        return ended

    def call(self, *words: str) -> CompletedProcess[str]:
        """Ask something of the board."""
        return self.workspace.call((*self.wire, *words), self.workspace.folder, self.seconds)


class ToyBoard(msgspec.Struct, frozen=True):
    """The board."""

    id: ClassVar[str] = "toy-board"
    title: ClassVar[str] = "a toy board"
    has_shell: ClassVar[bool] = False

    limits: Limits = Limits(5, 5)

    def serves(self, target: Machine) -> bool:
        """It is an aarch64 with a Linux."""
        return target.id == "aarch64-linux"

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """The command that reaches it."""
        del target
        return (RunnerTool("toy-board", "toy-board-tools"),)

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Ready where the command is there."""
        del programs
        program = shutil.which("toy-board", path=here.path)
        if program is None:
            return Absent("no toy board is connected", "connect one", "A toy board would run them.")
        return Ready("on a toy board", "They run on the toy board.", program)

    @contextmanager
    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> Iterator[Session]:
        """The board switched on, and off again."""
        del programs
        board = Board((ready.program, str(workspace.folder / "board")), workspace, self.limits.run)
        if board.call("on").returncode != 0:
            raise CannotRunError("the toy board does not start", "look at its switch")
        try:
            yield board
        finally:
            board.call("off")

    def in_script(self, programs: Programs) -> InScript | None:
        """None."""
        del programs
        return None


RUNNER: Runner = ToyBoard()
