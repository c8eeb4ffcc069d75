"""What a runner is: a way to run a target's programs, for the proof of a switch.

One file of this folder is one runner, and one line of `registry.py` makes it known; runners do not know each
other. What asks for a runner (the proof, an exported script, CI jobs, the doctor, the example of a unikernel)
knows this file and the registry only. In the order in which they are asked:

1. `serves`: is it for programs of that target at all? Asked of the catalogue alone.
2. `offer`: can it run them here and now, and how does a report name it (`Ready`)? Or what stands in its way,
   and what would bring it (`Absent`)?
3. `open`: one session for all programs of one proof. It sets up what it needs (boots a machine, connects, makes a
   Windows) and removes it again.
4. `Session.run`: one program, a file on this machine, wherever it runs: it is copied there where it has to be, and
   its exit status and output come back as those of a command here.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

import msgspec

from wizard.catalogue.model import Catalogue, Libc, Machine, Toolchain
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine


class Programs(msgspec.Struct, frozen=True):
    """The programs that are to be run: for which target, and made by which switch.

    libraries: the folder of the target's shared libraries, as a distribution installs them for a cross
    compiler; "" where programs are static. prefix: the switch, None where none is built yet. bindings: what
    unikernels are linked for, "" for other programs, and where it is not asked.
    """

    target: Machine
    catalogue: Catalogue
    libraries: str = ""
    prefix: Path | None = None
    bindings: str = ""


class Ready(msgspec.Struct, frozen=True):
    """A runner that can run the programs.

    words: how a report and the evidence name it ("under qemu-aarch64"). explained: a sentence for who chooses a
    target. program: the program that is started, "" where the programs start by themselves.
    """

    words: str
    explained: str
    program: str = ""


class Absent(msgspec.Struct, frozen=True):
    """Why a runner cannot run the programs, what would change that, and a sentence for who chooses a target."""

    not_run: str
    how_to_run: str
    explained: str


class CannotRunError(Exception):
    """The runner itself did not work; nothing is known of the program. Caught by the proof, which reports it.

    hint: what the command in how_to_run does, "" where it says so itself.
    """

    def __init__(self, not_run: str, how_to_run: str, hint: str = "") -> None:
        super().__init__(not_run)
        self.not_run, self.how_to_run, self.hint = not_run, how_to_run, hint


class Limits(msgspec.Struct, frozen=True):
    """Seconds: how long setting up may take, and how long each program may run."""

    start: float = 300
    run: float = 120


class Refusal(msgspec.Struct, frozen=True):
    """How the output of a program that runs others says that it could not do so: a line of its own with a word.

    begins: how the line begins. words: of which it has one. how_to_run: what to do then.
    """

    begins: str
    words: tuple[str, ...]
    how_to_run: str

    def why(self, ended: CompletedProcess[str]) -> str:
        """The line by which a command that ended says so, "" where it does not."""
        if ended.returncode == 0:
            return ""
        lines = (ended.stderr + ended.stdout).splitlines()
        said = (line for line in lines if line.startswith(self.begins))
        return next((line for line in said if any(word in line for word in self.words)), "")


class InScript(msgspec.Struct, frozen=True):
    """How an exported script, on a machine of which nothing is known yet, runs the programs with this runner.

    systems: `uname -s` and `uname -m` of the machines where it can, as "Linux-x86_64"; None for all. names: the
    names or paths of which its program has one, () where the programs start by themselves. options: before the
    target's program, after: behind it; words without spaces. libraries: the option that names the folder of
    shared libraries, "" for none. words: how a report names programs that start by themselves. missing,
    elsewhere: why nothing is run where its program is not found, and on other machines.
    """

    systems: tuple[str, ...] | None = None
    names: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    libraries: str = ""
    words: str = ""
    missing: Absent | None = None
    elsewhere: Absent | None = None
    refusal: Refusal | None = None


class RunnerTool(msgspec.Struct, frozen=True):
    """A program of this machine that a runner needs.

    package: Debian's that brings it; machine/packages.toml has its names elsewhere. version: the options by
    which it says its version on its first line.
    """

    name: str
    package: str
    version: tuple[str, ...] = ("--version",)


class Call(Protocol):
    """Runs one command of a proof and logs it; a time-out (124) or a missing program (127) is an exit status.

    folder: where it runs. seconds: how long it may take. changes: variables beside those of the proof, "" for
    those to be removed.
    """

    def __call__(
        self, argv: tuple[str, ...], folder: Path, seconds: float = ..., changes: Mapping[str, str] = ...
    ) -> CompletedProcess[str]:
        """What came of it."""
        ...


class Workspace(msgspec.Struct, frozen=True):
    """What a session works with: a folder that is removed after the proof, and what runs commands here."""

    folder: Path
    call: Call


class Session(Protocol):
    """Programs of one target being run, one after the other."""

    def run(self, program: Path, *, by_shell: bool = False) -> CompletedProcess[str]:
        """Run a program that lies on this machine: its own exit status and output.

        by_shell: a portable program, which a shell starts. Raises CannotRunError where not the program failed but
        what runs it.
        """
        ...


class Runner(Protocol):
    """A way to run a target's programs."""

    @property
    def id(self) -> str:
        """By which name the registry has it."""
        ...

    @property
    def title(self) -> str:
        """What it is, in a few words."""
        ...

    @property
    def limits(self) -> Limits:
        """How long it may take."""
        ...

    @property
    def has_shell(self) -> bool:
        """True where a portable program can be started too: there is a shell where the programs run."""
        ...

    def serves(self, target: Machine) -> bool:
        """True where it is for programs of `target`, here or on another machine."""
        ...

    def tools(self, target: Machine) -> tuple[RunnerTool, ...]:
        """The programs of this machine that it needs for a target that it serves."""
        ...

    def offer(self, programs: Programs, here: BuildMachine) -> Ready | Absent | None:
        """Whether it can run programs of a target that it serves on the machine `here`.

        None where it has nothing to say: it cannot, and nothing could be installed that would change that.
        """
        ...

    def open(self, programs: Programs, ready: Ready, workspace: Workspace) -> AbstractContextManager[Session]:
        """A session; `ready` came from `offer`. Entering it raises CannotRunError where it does not start."""
        ...

    def in_script(self, programs: Programs) -> InScript | None:
        """How an exported script does it; None where that needs the wizard itself."""
        ...


def programs_of(resolved: ResolvedSelection, prefix: Path | None = None, bindings: str = "") -> Programs:
    """The programs of a resolved selection, made by the switch in `prefix`."""
    folder = library_folder(resolved.toolchain, resolved.libc, resolved.triplet or "")
    return Programs(resolved.target, resolved.catalogue, folder, prefix, bindings)


def library_folder(toolchain: Toolchain, libc: Libc, triplet: str) -> str:
    """Where Debian installs the target's shared libraries, by its own name for the triplet; "" for none."""
    name = toolchain.targets.get(triplet, "")
    return f"/usr/{name}" if name and not libc.static else ""
