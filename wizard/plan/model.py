"""A plan: everything a build will do, as a value that can be shown, saved and executed."""

from __future__ import annotations

import re
import shlex
from typing import Literal

import msgspec

from wizard.catalogue.presets import Preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.steps.actions import WriteFile
from wizard.steps.flag import Flag
from wizard.steps.stage import Stage
from wizard.toolchains.registry import provider_of

_TOUCHED = re.compile(r"^(?:\+\+\+ b|--- a)/(\S+)", re.MULTILINE)


class Variable(msgspec.Struct, frozen=True):
    """One variable of the environment that every command of the plan gets."""

    name: str
    value: str
    reason: str


class PlannedPatch(msgspec.Struct, frozen=True):
    """One patch: its file name, the diff, and its sha256 in hex.

    own: it comes with the wizard; then title, reason, wanted_by and required are what the catalogue has.
    """

    name: str
    text: str
    sha256: str
    own: bool = False
    title: str = ""
    reason: str = ""
    wanted_by: str = ""
    required: bool = False

    @property
    def touches(self) -> tuple[str, ...]:
        """The files it changes, without the first folder."""
        return tuple(dict.fromkeys(_TOUCHED.findall(self.text)))


class Plan(msgspec.Struct, frozen=True, tag_field="form", tag="plan"):
    """All that a build will do. Paths are absolute.

    build_folder: journal, logs and work tree. staging: the folder in which the switch grows.
    """

    wizard: str
    id: str
    digest: str
    selection: Selection
    preset: Preset
    host: str
    target: str
    triplet: str
    release: str
    prefix: str
    build_folder: str
    staging: str
    host_compiler: Literal["path", "build"]
    host_prefix: str
    host_flags: tuple[Flag, ...]
    flags: tuple[Flag, ...]
    environment: tuple[Variable, ...]
    scrubbed: tuple[str, ...]
    wrappers: tuple[WriteFile, ...]
    switch_files: tuple[WriteFile, ...]
    patches: tuple[PlannedPatch, ...]
    stages: tuple[Stage, ...]
    sources_folder: str
    cache_folder: str
    toolchain_version: str

    def stage(self, id_: str) -> Stage:
        """The stage called `id_`. Raises KeyError where there is none."""
        for stage in self.stages:
            if stage.id == id_:
                return stage
        raise KeyError(id_)

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of its commands, by name."""
        return {variable.name: variable.value for variable in self.environment}

    @property
    def plans(self) -> tuple[Plan, ...]:
        """This one: a plan is a job of its own."""
        return (self,)

    @property
    def single(self) -> Plan:
        """This one."""
        return self

    def stages_of(self, _plan: Plan) -> tuple[Stage, ...]:
        """Its stages."""
        return self.stages

    @property
    def first_command(self) -> str:
        """The command that makes a first program with the finished switch, portable where it can be."""
        target = catalogue().machines[self.target]
        if target.unikernel:
            return f"ocaml-cross-wizard new-unikernel hello --switch {shlex.quote(self.prefix)}"
        command = f"ocamlopt hello.ml -o hello{target.program_suffix}"
        portable = catalogue().libcs[self.selection.libc].portable
        if not portable:
            return command
        toolchain = catalogue().toolchains[self.selection.toolchain]
        argv = provider_of(toolchain).portable_argv(toolchain, self.triplet, "hello", f"hello{portable}")
        return f"{command} && {shlex.join(argv)}"
