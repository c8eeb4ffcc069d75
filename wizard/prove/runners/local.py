"""What runners share that start programs by a command of this machine. It is no runner itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import msgspec

from wizard.catalogue.model import Machine
from wizard.machine.survey import BuildMachine
from wizard.prove.runners.api import Absent, CannotRunError, Limits, Ready, Refusal, Session, Workspace


class LocalSession(msgspec.Struct, frozen=True):
    """A session that starts each program by a command, in the folder where the program lies.

    before, after: the words around the program. changes: variables beside those of the proof, "" for those to be
    removed. refusal: how the command says that it could not start the program.
    """

    workspace: Workspace
    limits: Limits
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    changes: Mapping[str, str] = {}
    refusal: Refusal | None = None

    def run(self, program: Path, *, by_shell: bool = False) -> CompletedProcess[str]:
        """Run a program; see `Session`."""
        shell = ("sh",) if by_shell else ()
        argv = (*self.before, *shell, str(program), *self.after)
        ended = self.workspace.call(argv, program.parent, self.limits.run, self.changes)
        why = self.refusal.why(ended) if self.refusal else ""
        if self.refusal and why:
            raise CannotRunError(why, self.refusal.how_to_run)
        return ended


@contextmanager
def opened(session: Session) -> Iterator[Session]:
    """A session that needs neither set-up nor tear-down."""
    yield session


def emulator_offer(target: Machine, here: BuildMachine) -> Ready | Absent:
    """Whether the emulator that the catalogue names for a target was found on this machine."""
    program = here.emulators.get(target.id)
    if program is None:
        return emulator_missing(target)
    return Ready(f"under {Path(program).name}", f"Here they run under {program}; the proof uses it.", program)


def emulator_missing(target: Machine) -> Absent:
    """What a missing emulator means, and the package that brings it."""
    return Absent(
        f"{target.emulator} was not found",
        f"sudo apt-get install {target.emulator_package}",
        f"{target.emulator} was not found here: the programs are built and audited, not run.",
    )
