"""Runs programs by a command of this machine: what most runners share. It is no runner itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import msgspec

from wizard.prove.runners.api import CannotRunError, Limits, Refusal, Session, Workspace


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
