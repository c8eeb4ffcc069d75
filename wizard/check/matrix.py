"""The matrix: what works, what cannot, and what nobody has tried, for each host, target, C library and release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from wizard.catalogue.model import Catalogue, Evidence, Machine
from wizard.catalogue.selection import AUTO, NATIVE, Selection, follow
from wizard.check.check import grades
from wizard.check.fixes import REFUSED
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.machine.survey import BuildMachine

Verdict = Literal["works", "refused", "untested"]

VERDICTS: tuple[Verdict, ...] = ("works", "untested", "refused")
"""In the order in which they are counted."""

Records = Mapping[tuple[str, ...], Evidence]
"""Evidence by target, C library, release, host and toolchain."""


class Cell(msgspec.Struct, frozen=True):
    """One combination. libc is "" where the target has none in the catalogue.

    toolchain: the one that would build it. codes: the errors that refuse it. evidence: the build
    that was proved; without a run of its programs the cell stays untested.
    """

    host: str
    target: str
    libc: str
    release: str
    toolchain: str
    verdict: Verdict
    codes: tuple[str, ...] = ()
    evidence: Evidence | None = None

    @property
    def pair(self) -> tuple[str, str]:
        """What one looks for in a list: target and C library."""
        return self.target, self.libc


def matrix(
    catalogue: Catalogue, here: BuildMachine, release: str, hosts: tuple[str, ...] = ()
) -> tuple[Cell, ...]:
    """Every cell of a release, host by host (where none is named: all of `hosts_of`)."""
    known = _records(catalogue)
    return tuple(
        _best(Selection(target, libc or AUTO, release, named(host, here)), libc, catalogue, here, known)
        for host in hosts or hosts_of(catalogue, here)
        for target, libc in _pairs(catalogue)
    )


def hosts_of(catalogue: Catalogue, here: BuildMachine) -> tuple[str, ...]:
    """The hosts worth showing: this machine, what it runs, then those that others build on or would wish to."""
    own = catalogue.machines.get(here.machine)
    runs = () if own is None else (own.id, *own.also_runs)
    others = (id_ for id_, machine in catalogue.machines.items() if _may_host(machine))
    return tuple(dict.fromkeys((*(id_ for id_ in runs if id_ in catalogue.machines), *others)))


def _may_host(machine: Machine) -> bool:
    return machine.closed is None and (bool(machine.build_triplet) or machine.ostype == "Win32")


def _pairs(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Every target with each C library it has, or with "" where it has none."""
    for target in catalogue.machines:
        libcs = [id_ for id_, libc in catalogue.libcs.items() if target in libc.triplets]
        for libc in libcs or [""]:
            yield target, libc


def named(host: str, here: BuildMachine) -> str:
    """A machine as the host of a selection: this machine is "native"."""
    return NATIVE if host == here.machine else host


def selection_of(cell: Cell, here: BuildMachine) -> Selection:
    """The selection that a cell stands for, on this build machine."""
    return Selection(cell.target, cell.libc or AUTO, cell.release, named(cell.host, here), cell.toolchain)


def resolved_of(cell: Cell, catalogue: Catalogue, here: BuildMachine) -> ResolvedSelection:
    """The resolved selection of a cell, for `check`."""
    return resolve(follow(selection_of(cell, here), catalogue), catalogue, here)


def cell_of(resolved: ResolvedSelection) -> Cell:
    """The cell of one selection, as `matrix` would show it with this toolchain."""
    libc = "" if resolved.triplet is None else resolved.libc.id
    return _cell(resolved, libc, _records(resolved.catalogue))


def _best(selection: Selection, libc: str, catalogue: Catalogue, here: BuildMachine, known: Records) -> Cell:
    """The best cell that one of the triplet's toolchains gives; the first among equals."""
    first = follow(selection, catalogue)
    triplet = catalogue.triplet(first.target, first.libc)
    able = [id_ for id_, toolchain in catalogue.toolchains.items() if triplet in toolchain.targets]
    choices = [msgspec.structs.replace(first, toolchain=id_) for id_ in able] or [first]
    cells = (_cell(resolve(choice, catalogue, here), libc, known) for choice in choices)
    return min(cells, key=lambda cell: VERDICTS.index(cell.verdict))


def _cell(resolved: ResolvedSelection, libc: str, known: Records) -> Cell:
    chosen = resolved.selection
    host = resolved.host.id if resolved.host else chosen.host
    codes = tuple(code for code, grade in grades(resolved).items() if grade == REFUSED)
    evidence = known.get((chosen.target, chosen.libc, chosen.release, host, chosen.toolchain))
    proved = evidence is not None and evidence.ran
    verdict: Verdict = "refused" if codes else "works" if proved else "untested"
    return Cell(host, chosen.target, libc, chosen.release, chosen.toolchain, verdict, codes, evidence)


def _records(catalogue: Catalogue) -> Records:
    """The evidence by what it is for; a run counts more than none, the last one more than those before."""
    ordered = sorted(catalogue.evidence, key=lambda evidence: (bool(evidence.ran), evidence.date))
    return {
        (evidence.target, evidence.libc, evidence.release, evidence.host, evidence.toolchain): evidence
        for evidence in ordered
    }


def matching(cells: Iterable[Cell], typed: str, catalogue: Catalogue) -> tuple[Cell, ...]:
    """The cells that every typed word is about: machine, spelling, C library, toolchain, verdict or code.

    A typed word is found where a word begins: `win` finds windows and not darwin.
    """
    starts = [re.compile(rf"(?<![^\W_]){re.escape(word)}") for word in typed.casefold().split()]
    return tuple(cell for cell in cells if all(start.search(_words_of(cell, catalogue)) for start in starts))


def _words_of(cell: Cell, catalogue: Catalogue) -> str:
    """All that a cell can be found by, one thing a line."""
    machine = catalogue.machines[cell.target]
    libc = catalogue.libcs.get(cell.libc)
    names = (
        machine.title,
        machine.about,
        cell.target,
        *machine.spellings,
        cell.libc,
        cell.toolchain,
        cell.verdict,
        *cell.codes,
    )
    return "\n".join((*names, *((libc.title, libc.triplets[cell.target]) if libc else ()))).casefold()


def counts(cells: Iterable[Cell]) -> dict[Verdict, int]:
    """How many cells have each verdict."""
    found = [cell.verdict for cell in cells]
    return {verdict: found.count(verdict) for verdict in VERDICTS}
