"""Unikraft as a C toolchain: known to the catalogue with its sources, without stages that build it yet."""

from __future__ import annotations

from wizard.catalogue.model import Toolchain
from wizard.machine.survey import BuildMachine
from wizard.toolchains.api import Provider, Request, Setup


class Unikraft(Provider):
    """The provider `unikraft`."""

    def set_up(self, request: Request) -> Setup:
        """Never asked: the catalogue calls this C toolchain unbuilt, and the check refuses it (recipe-missing)."""
        raise NotImplementedError(request.resolved.toolchain.id)

    def found(self, toolchain: Toolchain, machine: BuildMachine) -> str:
        """Nothing of it is installed by a system's packages."""
        del toolchain, machine
        return "fetched with the switch, or taken from a folder of yours (--source)"


PROVIDER: Provider = Unikraft()
