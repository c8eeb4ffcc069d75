"""The providers of C toolchains by the name that the catalogue's toolchains give: one line each."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from wizard.catalogue.model import Toolchain
from wizard.toolchains.api import Provider

# Loaded when one is asked for: a command that plans for zig reads nothing of Solo5.
_MODULES = {
    "zig": "wizard.toolchains.zig",
    "gcc": "wizard.toolchains.gcc",
    "solo5": "wizard.toolchains.solo5",
    "cosmopolitan": "wizard.toolchains.cosmopolitan",
    "cosmocc": "wizard.toolchains.cosmocc",
    "unikraft": "wizard.toolchains.unikraft",
}


def provider_names() -> tuple[str, ...]:
    """Every provider's name, in the order of the table."""
    return tuple(_MODULES)


def provider_of(toolchain: Toolchain) -> Provider:
    """The provider of a C toolchain. Raises KeyError for a name that is not registered."""
    provider: Provider = importlib.import_module(_MODULES[toolchain.provider]).PROVIDER
    return provider


@contextmanager
def registered(name: str, module: str) -> Iterator[None]:
    """One more provider for the time of a `with`: PROVIDER in the module named so. For tests of the protocol."""
    _MODULES[name] = module
    try:
        yield
    finally:
        del _MODULES[name]
