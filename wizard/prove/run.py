"""Runs the programs of one proof by the runner that was chosen, as long as that can."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from subprocess import CompletedProcess
from types import TracebackType

from wizard.prove.runners.api import Absent, CannotRunError, Programs, Session, Workspace
from wizard.prove.runners.registry import Choice


class ProgramRuns:
    """The runs of one proof, a context manager; `not_run` says why there are none, or no more, else "".

    words: how a report names what ran the programs, "" where nothing did.
    """

    def __init__(self, choice: Choice | Absent, programs: Programs, workspace: Workspace) -> None:
        self.words, self.not_run, self.how_to_run, self.hint = "", "", "", ""
        self._choice, self._programs, self._workspace = choice, programs, workspace
        self._session: Session | None = None
        self._stack = ExitStack()

    def __enter__(self) -> ProgramRuns:
        choice = self._choice
        if isinstance(choice, Absent):
            self._stop(choice)
            return self
        try:
            self._session = self._stack.enter_context(
                choice.runner.open(self._programs, choice.ready, self._workspace)
            )
        except CannotRunError as error:
            self._stop(error)
        else:
            self.words = choice.ready.words
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def run(self, program: Path) -> CompletedProcess[str] | None:
        """What came of running a program, None where nothing here runs it."""
        return self._run(program, by_shell=False)

    def run_portable(self, program: Path) -> CompletedProcess[str] | None:
        """The same of a program that a shell starts, None also where the runner has no shell for it."""
        has_shell = isinstance(self._choice, Choice) and self._choice.runner.has_shell
        return self._run(program, by_shell=True) if has_shell else None

    def _run(self, program: Path, *, by_shell: bool) -> CompletedProcess[str] | None:
        if self._session is None:
            return None
        try:
            return self._session.run(program, by_shell=by_shell)
        except CannotRunError as error:
            self._stop(error)
            return None

    def _stop(self, why: Absent | CannotRunError) -> None:
        self._session, self.words = None, ""
        self.not_run, self.how_to_run = why.not_run, why.how_to_run
        self.hint = why.hint if isinstance(why, CannotRunError) else ""
