"""A provider of C toolchains that the product does not have: what a new one has to bring, in one file."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.base.folders import Folders
from wizard.catalogue.model import Toolchain
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.steps.script import Line
from wizard.toolchains.api import Compiler, Provider, Request, Setup
from wizard.toolchains.wrapper import framed, written

TOOLS = ("gcc", "cc", "as", "ld", "ar", "ranlib", "strip")


class Toy(Provider):
    """The provider `toy`: a compiler that is called as it is installed."""

    def version(self, resolved: ResolvedSelection, triplet: str) -> str:
        """Always the same."""
        del resolved, triplet
        return "1.0-toy"

    def set_up(self, request: Request) -> Setup:
        """One script a tool, and a file that only this provider's switches have."""
        compiler = request.resolved.compiler
        scripts = tuple(
            framed(
                f"{request.triplet}-{tool}", f"calls {tool}", "Toy", (Line(f'exec {compiler} "$@"', "Why not."),)
            )
            for tool in TOOLS
        )
        folder = f"{request.staging}/wrappers"
        return Setup(
            wrappers=written(scripts, folder),
            build_wrappers=folder,
            before=(a.WriteFile(f"{request.folder}/toy.txt", "before\n", "comes before the scripts"),),
            outputs=(f"{request.folder}/toy.txt",),
            words={"toy": "a word of a recipe"},
            files=(a.WriteFile(f"{request.staging}/share/toy", "toy\n", "a file of the switch"),),
        )

    def stages(self, request: Request, words: Mapping[str, str]) -> list[Draft]:
        """A stage of its own, before everything else of the toolchain."""
        action = a.WriteFile(f"{request.folder}/stage.txt", words["toy"], "what the recipes may use")
        return [Draft("toy", "Set up the toy", "Only to be seen.", (action,))]

    def found(self, toolchain: Toolchain, machine: BuildMachine) -> str:
        """In words."""
        del toolchain, machine
        return "a toy is always there"

    def probed(self, toolchain: Toolchain) -> dict[str, str]:
        """The doctor tries its compiler."""
        return {name: triplet for triplet, name in toolchain.targets.items()}

    def compiler(
        self, toolchain: Toolchain, triplet: str, machine: BuildMachine, folders: Folders
    ) -> Compiler | None:
        """By the installed compiler."""
        del folders
        found = machine.compilers.get(toolchain.targets.get(triplet, ""))
        return Compiler((found,), "the toy") if found else None


PROVIDER: Provider = Toy()
