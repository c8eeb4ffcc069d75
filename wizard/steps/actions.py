"""The actions a stage is made of. The preview shows them and the builder executes them: the same values."""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

import msgspec

from wizard.catalogue.model import Source
from wizard.steps.script import Lines


class Action(msgspec.Struct, frozen=True, tag_field="action"):
    """One thing the builder does. Each kind has `describe`: the line the preview shows, of shell or of words."""


class Run(Action, frozen=True, tag="run"):
    """Run a program. `cwd` is absolute; `env` is added to the plan's environment."""

    argv: tuple[str, ...]
    cwd: str
    why: str = ""
    env: dict[str, str] = {}

    def describe(self) -> str:
        """The command as it would be typed, its folder first."""
        words = [f"{name}={shlex.quote(value)}" for name, value in self.env.items()]
        return " ".join([f"cd {shlex.quote(self.cwd)} &&", *words, shlex.join(self.argv)])


class WriteFile(Action, frozen=True, tag="write"):
    """Write a text file, folders made as needed. `mode` is the file's permission bits.

    lines: those of the text with the reason of each, where it is a script that has reasons. They
    change nothing of what is written, so they are no part of a stage's digest.
    """

    path: str
    text: str
    purpose: str
    mode: int = 0o644
    lines: Lines | msgspec.UnsetType = msgspec.UNSET

    def describe(self) -> str:
        """What is written where."""
        return f"write {self.path}  # {self.purpose}"


class FetchSource(Action, frozen=True, tag="fetch"):
    """Find or download one of `sources` (in order) and record which one it was under `record`."""

    name: str
    sources: tuple[Source, ...]
    record: str

    def describe(self) -> str:
        """Which archives will do."""
        files = (f"{source.file} (unpinned)" if source.unpinned else source.file for source in self.sources)
        return f"fetch {self.name}: " + " or ".join(files)


class UnpackSource(Action, frozen=True, tag="unpack"):
    """Unpack the archive that `record` names into the new folder `into`, its top folder stripped.

    without: a folder in it that nothing of the build looks at.
    """

    record: str
    into: str
    without: str = ""

    def describe(self) -> str:
        """Where the source goes."""
        return f"unpack the source into {self.into}" + (f", without its {self.without}" if self.without else "")


class CheckFiles(Action, frozen=True, tag="check-files"):
    """Check every file of `folder` against its sha256 (path in it -> hex); there may be no others.

    Where one is missing, another or too many, the folder is removed: nothing of it is used.
    """

    folder: str
    files: dict[str, str]

    def describe(self) -> str:
        """Which files are checked where."""
        return f"check the digests of {', '.join(self.files)} in {self.folder}"


class KeepSource(Action, frozen=True, tag="keep-source"):
    """Unpack the archive that `record` names into `into`, once for all switches: what is there stays.

    files: as of CheckFiles; empty where only the archive's own digest is known.
    """

    record: str
    into: str
    files: dict[str, str] = {}

    def describe(self) -> str:
        """Where it is kept."""
        return f"unpack the source into {self.into}, unless it is there"


class ApplyPatch(Action, frozen=True, tag="patch"):
    """Apply the unified diff `text` to the tree; fails where it changes nothing or a hunk does not fit."""

    name: str
    text: str
    tree: str

    def describe(self) -> str:
        """Which patch goes onto which tree."""
        return f"apply {self.name} to {self.tree}"


class PlaceToolchain(Action, frozen=True, tag="place-toolchain"):
    """Put a C toolchain's folder `source` at `into` (hard links where possible), once for all switches.

    The last part of `into` is NAME-VERSION, NAME without a dash: zig-0.17.0, zig-0.18.0-dev.5.
    """

    source: str
    into: str

    @property
    def version(self) -> str:
        """The toolchain's version. No field: plans that are on disk have none, and their digests would change."""
        return PurePosixPath(self.into).name.partition("-")[2]

    def describe(self) -> str:
        """Where the toolchain is kept."""
        return f"keep the C toolchain in {self.into}"


class CheckCompiler(Action, frozen=True, tag="check-compiler"):
    """The C compiler must answer `answer` to -dumpmachine, and its first object and program be for the target.

    target: a machine's id in the catalogue.
    """

    compiler: str
    triplet: str
    answer: str
    target: str
    static: bool
    scratch: str
    assembler: str

    def describe(self) -> str:
        """What is asked of the compiler."""
        return f"check that {self.compiler} makes code for {self.target}"


class CheckMakefileConfig(Action, frozen=True, tag="check-configured"):
    """OCaml's configure must have chosen what the plan chose: variable -> value in Makefile.config."""

    path: str
    expected: dict[str, str]

    def describe(self) -> str:
        """Which variables are compared."""
        return f"check {self.path}: " + ", ".join(f"{k}={v}" for k, v in self.expected.items())


class WriteLock(Action, frozen=True, tag="write-lock"):
    """Write the lock file: the selection with the digest of every input that was really used.

    record: of the release's source. components: those of further sources, by the catalogue's id.
    """

    path: str
    record: str
    components: dict[str, str] = {}

    def describe(self) -> str:
        """Where the lock file goes."""
        return f"write {self.path}  # reproduces this switch"


class Prove(Action, frozen=True, tag="prove"):
    """Audit and run what the compiler in `prefix` makes, and write the report to `report`.

    `final` is the prefix it is built for, which its compiler must name as its own.
    """

    prefix: str
    final: str
    report: str

    def describe(self) -> str:
        """What is proved."""
        return f"prove the switch in {self.prefix}"


class Publish(Action, frozen=True, tag="publish"):
    """Move the finished folder `source` to `into` in one step; an older switch there is replaced."""

    source: str
    into: str

    def describe(self) -> str:
        """What becomes visible where."""
        return f"publish {self.into}"


AnyAction = (
    Run
    | WriteFile
    | FetchSource
    | UnpackSource
    | CheckFiles
    | KeepSource
    | ApplyPatch
    | PlaceToolchain
    | CheckCompiler
    | CheckMakefileConfig
    | WriteLock
    | Prove
    | Publish
)
