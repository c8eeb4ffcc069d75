"""The runners, one line each, and the choice of one for a target's programs."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from wizard.catalogue.model import Machine
from wizard.machine.survey import BuildMachine
from wizard.prove.runners.api import Absent, Programs, Ready, Runner

# The first that is ready is chosen, so that the nearest to the real machine comes first.
_MODULES = {
    "native": "wizard.prove.runners.native",
    "solo5-tender": "wizard.prove.runners.solo5_tender",
    "qemu-user": "wizard.prove.runners.qemu_user",
    "wine": "wizard.prove.runners.wine",
}


class Choice(msgspec.Struct, frozen=True):
    """The runner that runs the programs, and what it says of itself."""

    runner: Runner
    ready: Ready


def runner_names() -> tuple[str, ...]:
    """Every runner's name, in the order in which they are asked."""
    return tuple(_MODULES)


def runners() -> tuple[Runner, ...]:
    """All runners, in the order in which they are asked."""
    return tuple(importlib.import_module(module).RUNNER for module in _MODULES.values())


@contextmanager
def registered(name: str, module: str) -> Iterator[None]:
    """One more runner for the time of a `with`: RUNNER in the module named so. For tests of the protocol."""
    _MODULES[name] = module
    try:
        yield
    finally:
        del _MODULES[name]


def serving(target: Machine, among: Sequence[Runner] | None = None) -> tuple[Runner, ...]:
    """The runners that are for programs of `target`, here or elsewhere. among: instead of those registered."""
    return tuple(runner for runner in (runners() if among is None else among) if runner.serves(target))


def choose(programs: Programs, here: BuildMachine, among: Sequence[Runner] | None = None) -> Choice | Absent:
    """The first runner that is ready on the machine `here`, or what the first that is not says why."""
    absent: Absent | None = None
    for runner in serving(programs.target, among):
        offer = runner.offer(programs, here)
        if isinstance(offer, Ready):
            return Choice(runner, offer)
        absent = absent or offer
    return absent or Absent(
        f"nothing here runs programs for {programs.target.id}",
        "run a program on such a machine",
        "Nothing here runs its programs: they are built and audited, not run.",
    )
