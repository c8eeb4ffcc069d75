"""Audits a program that a switch has made, without running it: is it for the target, and is it complete?"""

from __future__ import annotations

import fnmatch
from pathlib import Path

from wizard.base.errors import ProofError
from wizard.binaries.ape import read_portable
from wizard.binaries.facts import FORMATS, ObjectFacts
from wizard.binaries.objects import read_object_file
from wizard.binaries.solo5_notes import read_notes
from wizard.catalogue.model import Libc, Machine
from wizard.prove.report import Comparison, Verdict, compare


def audit_program(name: str, program: Path, target: Machine, libc: Libc) -> list[Comparison]:
    """What the file says of itself against what a program for `target` must be."""
    kind = FORMATS[target.object_format]
    try:
        facts = read_object_file(program)
    except ProofError as error:
        return [_unreadable(name, f"is a program ({kind})", error)]
    machine = (target.elf_machine, facts.machine)
    return [
        compare(name, "format", kind, FORMATS[facts.format]),
        compare(name, "machine", *(machine if machine[0] else (target.ocaml_arch, facts.architecture))),
        compare(name, "class", f"{target.word_size} bits", f"{facts.bits} bits"),
        compare(name, "byte order", target.byte_order, facts.byte_order),
        *_needs(name, facts, libc),
    ]


def _needs(name: str, facts: ObjectFacts, libc: Libc) -> list[Comparison]:
    """What the program needs at run time, which another machine of the kind might not have."""
    if libc.static:
        return [
            compare(name, "interpreter", libc.interpreter or "none", facts.interpreter or "none"),
            compare(name, "needed libraries", "none", ", ".join(facts.needed) or "none"),
        ]
    if libc.system_libraries:
        foreign = foreign_libraries(facts, libc)
        return [compare(name, "libraries that the system lacks", "none", ", ".join(foreign) or "none")]
    return []


def foreign_libraries(facts: ObjectFacts, libc: Libc) -> tuple[str, ...]:
    """The shared libraries a program needs that not every target machine has."""
    patterns = libc.system_libraries
    return tuple(
        name
        for name in facts.needed
        if not any(fnmatch.fnmatchcase(name.casefold(), pattern) for pattern in patterns)
    )


def audit_portable(name: str, program: Path, target: Machine) -> list[Comparison]:
    """What a portable executable holds."""
    try:
        facts = read_portable(program)
    except ProofError as error:
        return [_unreadable(name, "is a portable executable", error)]
    return [
        compare(name, "is a portable executable", "yes", "yes"),
        compare(name, "holds ELF programs for", target.elf_machine, ", ".join(facts.machines)),
    ]


def audit_notes(name: str, unikernel: Path, bindings: str) -> list[Comparison]:
    """The notes that a tender reads of a unikernel: for which bindings it is, and its manifest."""
    try:
        notes = read_notes(unikernel)
    except ProofError as error:
        return [Comparison(name, "notes", "Solo5's", error.why or error.what, "fail")]
    verdict: Verdict = "pass" if notes.well_formed else "fail"
    return [
        compare(name, "bindings", bindings, notes.bindings or "none"),
        Comparison(name, "manifest", "well formed", notes.manifest, verdict),
    ]


def _unreadable(name: str, claim: str, error: ProofError) -> Comparison:
    return Comparison(name, claim, "yes", error.why or error.what, "fail")
