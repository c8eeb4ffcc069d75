"""What the doctor looks at: one description of the machine, gathered first, so that every check is pure.

A part that was not looked at is None; `unseen` says why. Sizes are in MB (10^6 bytes).
"""

from __future__ import annotations

from typing import Literal

import msgspec

from wizard.check.findings import Finding
from wizard.machine.survey import BuildMachine

UNLIMITED = -1


class Tool(msgspec.Struct, frozen=True):
    """A program that a build runs. says: the first line of its answer; problem: why it is of no use ("": fine)."""

    path: str
    says: str = ""
    problem: str = ""


class Compiler(msgspec.Struct, frozen=True):
    """An installed cross-compiler, asked and tried.

    name: the triplet in front of its name. machine: the catalogue's id of what it should make code for.
    answer: to -dumpmachine. makes: the machine of its first object in words; fits: it is the right one.
    """

    name: str
    path: str
    machine: str
    answer: str = ""
    makes: str = ""
    fits: bool = False
    problem: str = ""


class Ocaml(msgspec.Struct, frozen=True):
    """The OCaml compilers in one folder of PATH, in their own words; "" where one is not there or silent."""

    folder: str
    ocamlc: str = ""
    ocamlopt: str = ""
    target: str = ""
    native: bool = True
    switch: bool = False


class Emulator(msgspec.Struct, frozen=True):
    """A program that runs other machines' programs. machines: ids of the catalogue; package: Debian's."""

    name: str
    machines: tuple[str, ...]
    path: str = ""
    says: str = ""
    problem: str = ""
    package: str = ""


class Handler(msgspec.Struct, frozen=True):
    """An entry of binfmt_misc: the kernel starts `interpreter` for a kind of programs."""

    name: str
    interpreter: str
    enabled: bool
    there: bool


class Disk(msgspec.Struct, frozen=True):
    """A folder that the wizard uses, and the file system below it.

    place: the part of the path that exists. kind: of the file system, as the kernel calls it.
    folds_case: A and a are the same name there; None where that cannot be seen. free_files: None
    where their number is not limited. refused: why it cannot be written, "" where it can.
    """

    use: str
    path: str
    place: str
    kind: str
    free_mb: int
    whole_mb: int
    free_files: int | None = None
    all_files: int | None = None
    noexec: bool = False
    folds_case: bool | None = False
    refused: str = ""


class Memory(msgspec.Struct, frozen=True):
    """limit_mb: what a control group (a container) allows, less what it uses already; None for no limit."""

    total_mb: int
    available_mb: int
    swap_free_mb: int = 0
    limit_mb: int | None = None

    @property
    def usable_mb(self) -> int:
        """What a build can have at most."""
        return self.available_mb if self.limit_mb is None else min(self.available_mb, self.limit_mb)


class Limits(msgspec.Struct, frozen=True):
    """What the shell allows a process (soft limits); UNLIMITED for no limit. open_files_most: the hard limit."""

    open_files: int
    open_files_most: int
    file_mb: int = UNLIMITED
    memory_mb: int = UNLIMITED
    processes: int = UNLIMITED
    seconds: int = UNLIMITED


class Person(msgspec.Struct, frozen=True):
    """Who runs the wizard. sudo: the user who called sudo, "" for nobody. home_owner: uid of the home folder."""

    uid: int
    home: str
    home_owner: int
    sudo: str = ""


class Clock(msgspec.Struct, frozen=True):
    """Seconds since the epoch; newest: the latest time that a file of the wizard's folders has."""

    now: float
    newest: float = 0.0
    newest_path: str = ""


class Kernel(msgspec.Struct, frozen=True):
    """What the tenders of unikernels need. filtered: this very process is under a seccomp filter (a container)."""

    release: str
    seccomp: bool
    kvm: Literal["open", "closed", "absent"]
    filtered: bool = False


class Terminal(msgspec.Struct, frozen=True):
    """The terminal of this process. encoding: that Python writes with. colours: 0 for none."""

    present: bool
    kind: str
    columns: int
    lines: int
    encoding: str
    colours: int


class Proxy(msgspec.Struct, frozen=True):
    """A proxy of the environment, its password left out. problem: why it cannot be used, "" where it may work."""

    variable: str
    address: str
    problem: str = ""


class Probe(msgspec.Struct, frozen=True):
    """One place of a source that was asked.

    serves: the names of the sources it has. late: it may be there, and did not answer in time.
    ahead: by how many seconds its clock is ahead of this machine's.
    """

    kind: str
    place: str
    reached: bool
    said: str = ""
    serves: tuple[str, ...] = ()
    ahead: float | None = None
    late: bool = False


class Network(msgspec.Struct, frozen=True):
    """What was asked of the network."""

    probes: tuple[Probe, ...]


class Archive(msgspec.Struct, frozen=True):
    """A source that a build needs: whether it lies here, else a file of its name that is not it."""

    name: str
    path: str = ""
    wrong: str = ""


class Lock(msgspec.Struct, frozen=True):
    """A lock that is held. holders: processes in words. building: nothing speaks against a build at work there.

    stopped: its holder was stopped (SIGSTOP).
    """

    path: str
    holders: tuple[str, ...]
    pids: tuple[int, ...]
    building: bool
    stopped: bool = False


class Build(msgspec.Struct, frozen=True):
    """A build as the list of builds has it. left: processes of it that run though no builder does."""

    id: str
    state: str
    left: int = 0


class Switch(msgspec.Struct, frozen=True):
    """A cross switch. problem: why it is of no use, "" where it answers; changed: files newer than its proof."""

    prefix: str
    words: str
    problem: str = ""
    failed: int = 0
    proved: bool = True
    changed: tuple[str, ...] = ()


class Host(msgspec.Struct, frozen=True):
    """A host compiler that is kept. problem: why it is of no use."""

    path: str
    says: str = ""
    problem: str = ""


class Chosen(msgspec.Struct, frozen=True):
    """The selection that the doctor is asked about. emulator, compiler: those it needs; zig: it needs zig."""

    words: str
    findings: tuple[Finding, ...]
    emulator: str = ""
    compiler: str = ""
    zig: bool = True


class Facts(msgspec.Struct, frozen=True):
    """The machine. manager: its package manager, "" for none that is known. zig_tested: the catalogue's version.

    releases: of the catalogue. variables: those of the environment that concern a build or a switch.
    absent: Unix tools that are missing. wanted: the switch the user named, "" for none.
    """

    wizard: str
    python: str
    here: BuildMachine
    releases: tuple[str, ...]
    zig_tested: str
    zig_package: str
    manager: str = ""
    tools: dict[str, Tool] | None = None
    absent: tuple[str, ...] | None = None
    compilers: tuple[Compiler, ...] | None = None
    ocamls: tuple[Ocaml, ...] | None = None
    emulators: tuple[Emulator, ...] | None = None
    handlers: tuple[Handler, ...] | None = None
    disks: tuple[Disk, ...] | None = None
    memory: Memory | None = None
    limits: Limits | None = None
    variables: dict[str, str] | None = None
    person: Person | None = None
    clock: Clock | None = None
    kernel: Kernel | None = None
    terminal: Terminal | None = None
    proxies: tuple[Proxy, ...] | None = None
    network: Network | None = None
    archives: tuple[Archive, ...] | None = None
    locks: tuple[Lock, ...] | None = None
    builds: tuple[Build, ...] | None = None
    switches: tuple[Switch, ...] | None = None
    hosts: tuple[Host, ...] | None = None
    chosen: Chosen | None = None
    wanted: str = ""
    unseen: dict[str, str] = {}
