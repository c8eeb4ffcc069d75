"""A resolved selection: a normalised selection with all it names looked up, on one build machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from wizard.catalogue.model import Catalogue, Component, Libc, Machine, Patch, Release, Source, Toolchain
from wizard.catalogue.selection import NATIVE, Selection
from wizard.machine.survey import BuildMachine


class ResolvedSelection(msgspec.Struct, frozen=True):
    """What the rules look at and a plan is made from.

    given: the sources that come from the user, by the component's name (see `with_own_sources`).
    """

    selection: Selection
    catalogue: Catalogue
    build_machine: BuildMachine
    host: Machine | None
    target: Machine
    libc: Libc
    release: Release
    toolchain: Toolchain
    triplet: str | None
    given: tuple[tuple[str, Source], ...] = ()

    @property
    def uses_path_compiler(self) -> bool:
        """True where the OCaml on PATH will be the host compiler."""
        if self.selection.host_compiler == "build" or self.host is None:
            return False
        found = self.build_machine.ocaml
        fits = (
            found is not None
            and found.release == self.release.id
            and found.architecture == self.host.ocaml_arch
            and path_problem(found.bin + found.lib) is None
        )
        return fits or self.selection.host_compiler == "path"

    @property
    def build_compiler(self) -> str:
        """The build machine's C compiler, "" where there is none that a makefile can name."""
        found = self.build_machine.tools.get("cc", "")
        return "" if path_problem(found) else found

    @property
    def foreign_host(self) -> bool:
        """True where the host is another machine than the one the wizard runs on."""
        return self.host is not None and self.host.id != self.build_machine.machine

    @property
    def needs_zig(self) -> bool:
        """True where zig compiles something: for the target, for a foreign host, or for want of a C compiler."""
        foreign = self.foreign_host and not self.uses_path_compiler
        return bool(self.toolchain.package) or foreign or not self.build_compiler

    @property
    def compiler(self) -> str:
        """The target's gcc as it is installed here, "" where there is none (or zig serves)."""
        name = self.toolchain.targets.get(self.triplet or "", "")
        return self.build_machine.compilers.get(name, "")

    def runs_here(self, machine: Machine) -> bool:
        """True where the build machine's kernel runs static programs of `machine`."""
        return self.catalogue.runs(self.build_machine.machine, machine.id)

    @property
    def catalogue_patches(self) -> tuple[Patch, ...]:
        """The wizard's own patches that are applied: those for this selection that are not switched off."""
        return tuple(patch for patch in self.fitting_patches if patch.id not in self.selection.without)

    @property
    def fitting_patches(self) -> tuple[Patch, ...]:
        """The wizard's own patches that are for this selection, switched off or not."""
        return tuple(
            patch
            for patch in self.catalogue.patches.values()
            if self.release.id in patch.releases
            and self.target.id in patch.targets
            and self.toolchain.id in patch.toolchains
        )

    @property
    def components(self) -> tuple[Component, ...]:
        """The further sources that a switch for this target is built with, those of the user in their place."""
        given = dict(self.given)
        return tuple(
            _given(component, given[component.name]) if component.name in given else component
            for component in self.catalogue.components.values()
            if self.target.os in component.os or self.toolchain.id in component.toolchains
            if self.release.id in (component.releases or (self.release.id,))
        )

    @property
    def bindings(self) -> str:
        """What the target's programs are linked for by themselves, "" where there is nothing to choose."""
        return self.libc.bindings_of(self.target.id, self.selection.bindings)

    @property
    def builds_here(self) -> bool:
        """True where the target has the build machine's processor."""
        here = self.catalogue.machines.get(self.build_machine.machine)
        return here is not None and here.arch == self.target.arch

    @property
    def builds_tender(self) -> bool:
        """True where the switch has a tender that can run the target's programs on this machine."""
        return bool(self.target.tender) and self.builds_here and self.build_machine.seccomp

    def changed(self, changes: dict[str, Any]) -> ResolvedSelection:
        """The resolved selection with some fields of its selection changed."""
        return resolve(msgspec.structs.replace(self.selection, **changes), self.catalogue, self.build_machine)

    def with_own_sources(self, sources: Mapping[str, Source]) -> ResolvedSelection:
        """The same with the user's own sources, by the component's name, in place of the catalogue's."""
        return msgspec.structs.replace(self, given=tuple(sources.items()))


def _given(component: Component, source: Source) -> Component:
    """The component as the user's own source has it: its version is what lies there."""
    return msgspec.structs.replace(component, sources=(source,), version=f"from {source.address}")


def resolve(selection: Selection, catalogue: Catalogue, build_machine: BuildMachine) -> ResolvedSelection:
    """Look up all that a normalised selection names (see `selection.normalise`)."""
    host = build_machine.machine if selection.host == NATIVE else selection.host
    return ResolvedSelection(
        selection=selection,
        catalogue=catalogue,
        build_machine=build_machine,
        host=catalogue.machines.get(host),
        target=catalogue.machines[selection.target],
        libc=catalogue.libcs[selection.libc],
        release=catalogue.releases[selection.release],
        toolchain=catalogue.toolchains[selection.toolchain],
        triplet=catalogue.triplet(selection.target, selection.libc),
    )


def path_problem(path: str) -> str | None:
    """The first character of `path` that OCaml's makefiles cannot carry, in words; None where it is safe."""
    names = {" ": "a space", "'": "a quote", '"': "a double quote", "\t": "a tab", "\n": "a line break"}
    for character in path:
        if character in names:
            return names[character]
        if character in "$`\\#;&|<>*?[](){}!%:=~":
            return f"the character {character}"
        if not character.isprintable():  # other white space, control characters, what is not UTF-8
            return f"the character {character!r}"
    return None
