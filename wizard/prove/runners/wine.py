"""Wine: programs for Windows, in a Windows of the proof's own."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import msgspec

from wizard.catalogue.model import Machine
from wizard.machine.survey import BuildMachine
from wizard.prove.commands import said
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
from wizard.prove.runners.local import LocalSession, emulator_offer

_NAME = "wine"

# Not asked for: Mono and Gecko, which wine would offer to download, and entries in the user's menus.
_WITHOUT = "mscoree,mshtml,winemenubuilder.exe="
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class Wine(msgspec.Struct, frozen=True):
    """The wine on PATH. Its first start makes a whole Windows: ten seconds, on a loaded machine a minute."""

    id: ClassVar[str] = "wine"
    title: ClassVar[str] = "Wine"
    has_shell: ClassVar[bool] = False

    limits: Limits = Limits()

    def serves(self, target: Machine) -> bool:
        """The targets whose emulator it is."""
        return target.emulator == _NAME

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """Wine itself."""
        return (RunnerTool(target.emulator, target.emulator_package),)

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Ready where it was found."""
        return emulator_offer(programs.target, here)

    @contextmanager
    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> Iterator[Session]:
        """A session in a Windows that is made for it, and ended after it."""
        del programs
        wine = ready.program
        changes = {
            "WINEPREFIX": str(workspace.folder / "wine"),
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": _WITHOUT,
            **dict.fromkeys(_DISPLAYS, ""),
        }
        start = (wine, "wineboot", "--init")
        stop = (str(Path(wine).with_name("wineserver")), "-k")
        try:
            ended = workspace.call(start, workspace.folder, self.limits.start, changes)
            if ended.returncode != 0:
                raise CannotRunError(
                    f"{Path(wine).name} did not start: {said(ended)}",
                    shlex.join(start),
                    "says why it does not start",
                )
            yield LocalSession(workspace, self.limits, (wine,), changes=changes)
        finally:
            workspace.call(stop, workspace.folder, self.limits.start, changes)

    def in_script(self, programs: Programs) -> InScript | None:
        """None: its Windows needs more than a few lines of a shell."""
        del programs
        return None


RUNNER: Runner = Wine()
