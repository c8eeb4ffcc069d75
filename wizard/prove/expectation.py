"""What a thing that is inspected should be: the target of a switch, or the one that a user names."""

from __future__ import annotations

import msgspec

from wizard.base.errors import InputError
from wizard.base.spelling import did_you_mean
from wizard.catalogue.model import Catalogue, Machine, Release


class Expectation(msgspec.Struct, frozen=True):
    """The machine it should be for.

    libc is "" where any will do. triplets: those that the machine may go by. release: that of
    a switch. here: the machine this runs on, whose own C compiler is used by mistake.
    """

    machine: Machine
    libc: str
    triplets: tuple[str, ...]
    release: Release | None = None
    here: Machine | None = None

    @property
    def name(self) -> str:
        """The target as messages name it."""
        return self.triplets[0] if self.libc else self.machine.id

    @property
    def arm_floats(self) -> str:
        """hard-float or soft-float where every triplet of an ARM target agrees on it, else ""."""
        hard = {triplet.endswith("hf") for triplet in self.triplets}
        return "" if len(hard) != 1 else "hard-float" if hard.pop() else "soft-float"


def expect(
    known: Catalogue, machine: str, libc: str = "", release: Release | None = None, here: str = ""
) -> Expectation:
    """The expectation of a machine and perhaps a C library, by their ids."""
    triplets = [known.triplet(machine, libc)] if libc else [known.triplet(machine, libc) for libc in known.libcs]
    return Expectation(
        machine=known.machines[machine],
        libc=libc,
        triplets=tuple(triplet for triplet in triplets if triplet),
        release=release,
        here=known.machines.get(here),
    )


def understood(word: str, known: Catalogue, here: str = "", option: str = "--expect") -> Expectation:
    """What a user means by `--expect WORD`: a machine in any usual spelling, or a triplet. Raises InputError.

    option: by which name messages call it.
    """
    machine = known.machine_spelled(word)
    if machine:
        return expect(known, machine, here=here)
    pair = known.pair_spelled(word)
    if pair:
        return expect(known, *pair, here=here)
    spellings = [spelling for machine in known.machines.values() for spelling in machine.spellings]
    triplets = [triplet for libc in known.libcs.values() for triplet in libc.triplets.values()]
    raise InputError(
        "value-unknown", key=option, value=word, hint=did_you_mean(word, known.machines, [*spellings, *triplets])
    )
