"""Machines for the doctor: a healthy one, from which each test makes a sick one."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from wizard.catalogue.store import catalogue
from wizard.doctor.example import ordinary_machine
from wizard.doctor.facts import Archive, Chosen, Facts, Network, Probe
from wizard.machine.survey import BuildMachine, survey

change = msgspec.structs.replace

HEALTHY = ordinary_machine()
"""A machine on which everything is as it should be."""

assert HEALTHY.disks
assert HEALTHY.compilers
assert HEALTHY.emulators
assert HEALTHY.switches
assert HEALTHY.network
DISK, TEMP = HEALTHY.disks
(GCC,) = HEALTHY.compilers
(QEMU,) = HEALTHY.emulators
(SWITCH,) = HEALTHY.switches
(PROBE,) = HEALTHY.network.probes
CHOSEN = Chosen("OCaml 5.3.0 for aarch64-linux-musl, by zig cc", (), "qemu-aarch64")


def sick(**changes: Any) -> Facts:
    """The healthy machine with some parts of it changed."""
    return change(HEALTHY, **changes)


def disk(**changes: Any) -> Facts:
    """The healthy machine with another disk below the wizard's folders."""
    return sick(disks=(change(DISK, **changes), TEMP))


def with_probes(*probes: Probe, **changes: Any) -> Facts:
    """The healthy machine whose network answered so, and that has no archive."""
    return sick(network=Network(probes), archives=(Archive("OCaml 5.3.0"),), **changes)


@functools.cache
def this_machine() -> BuildMachine:
    """The very machine that the tests run on."""
    return survey(catalogue())
