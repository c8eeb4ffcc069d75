"""What the wizard asks of a provider of C toolchains. One file a provider implements it; registry.py names them.

The rules (wizard/check) lie below this room and ask no provider: what they need to know of one is data of the
catalogue (Toolchain: installed, package, targets) or a fact of the build machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from wizard.base.folders import Folders
from wizard.catalogue.model import Toolchain
from wizard.catalogue.presets import Lock
from wizard.check.findings import Fix
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine
from wizard.steps.actions import AnyAction, WriteFile
from wizard.steps.drafts import Draft


class Request(msgspec.Struct, frozen=True):
    """What a plan tells a provider: for which selection, and where things go.

    triplet: of the target. folder: the build's. staging: the folder in which the switch grows, that
    will stand at prefix. All absolute.
    """

    resolved: ResolvedSelection
    triplet: str
    folders: Folders
    folder: str
    staging: str
    prefix: str
    lock: Lock | None = None


class Setup(msgspec.Struct, frozen=True):
    """What a provider gives a plan.

    wrappers: every wrapper script. build_wrappers: the folder of those that OCaml is built with.
    before, after: actions of the toolchain's stage around the writing of the scripts. outputs: what
    must be there after it, beside the compiler's script. words: what the recipes call its things.
    files: further files of the switch. tools: a folder of the switch, relative to the prefix, whose
    programs belong on the user's PATH. unpacks: the provider's own stages unpack all components.
    """

    wrappers: tuple[WriteFile, ...]
    build_wrappers: str
    before: tuple[AnyAction, ...] = ()
    after: tuple[AnyAction, ...] = ()
    outputs: tuple[str, ...] = ()
    words: dict[str, str] = {}
    files: tuple[WriteFile, ...] = ()
    tools: str = ""
    unpacks: bool = False


class Compiler(msgspec.Struct, frozen=True):
    """How C is compiled and linked for a triplet on this machine, before there is a switch.

    argv: its call. environment: variables it needs. by: whose it is. files: the C library's files in the
    order of a link; () where the compiler itself says them. made_by: the command that makes those files
    where the first is not there, which takes a minute.
    """

    argv: tuple[str, ...]
    by: str
    environment: dict[str, str] = {}
    files: tuple[str, ...] = ()
    made_by: tuple[str, ...] = ()


class Provider(Protocol):
    """A provider of C toolchains. Its methods change nothing: what is to be done they return as actions."""

    def version(self, resolved: ResolvedSelection, triplet: str) -> str:
        """The version of what is here for the triplet, "" where that is not known."""
        name = resolved.toolchain.targets.get(triplet, "")
        return resolved.build_machine.compiler_versions.get(name, "")

    def answer(self, toolchain: Toolchain, triplet: str) -> str:
        """What the wrapper of the compiler must answer to -dumpmachine, a vendor apart."""
        return toolchain.targets[triplet]

    def set_up(self, request: Request) -> Setup:
        """What a plan does to have this C toolchain: scripts, actions, files."""
        ...

    def stages(self, request: Request, words: Mapping[str, str]) -> list[Draft]:
        """Stages of its own that come before its scripts are called. words: all that the recipes may use."""
        del request, words
        return []

    def found(self, toolchain: Toolchain, machine: BuildMachine) -> str:
        """What of it is on this machine, in words."""
        del toolchain
        return "\n".join(f"{name}: {path}" for name, path in machine.compilers.items()) or "none installed"

    def pinned(self, version: str) -> tuple[Fix, ...]:
        """How a user gets the version that a lock file pins, where there is one command for it."""
        del version
        return ()

    def probed(self, toolchain: Toolchain) -> dict[str, str]:
        """The installed compilers that the doctor tries: name in front of `-gcc` -> triplet it must "
        "compile for."""
        del toolchain
        return {}

    def portable_argv(self, toolchain: Toolchain, triplet: str, program: str, portable: str) -> tuple[str, ...]:
        """The command that makes a portable program of a linked one; its first word is a wrapper script's name."""
        del toolchain
        return (f"{triplet}-objcopy", "-S", "-O", "binary", program, portable)

    def compiler(
        self, toolchain: Toolchain, triplet: str, machine: BuildMachine, folders: Folders
    ) -> Compiler | None:
        """How `coverage` compiles and links for the triplet here; None where that needs a built switch."""
        del toolchain, triplet, machine, folders
        return None
