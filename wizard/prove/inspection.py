"""Says what a thing is and what contradicts itself: a configuration, a binary file, a cross switch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base.errors import InputError
from wizard.binaries.facts import FORMATS, DamageError, ObjectFacts
from wizard.binaries.objects import SEVERAL, Binary, Part, other_kind, read_binary
from wizard.binaries.reading import printable, read
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import load_preset
from wizard.check.findings import SEVERITIES, Finding, errors
from wizard.machine.survey import LOCK_FILE, config_output, parse_config
from wizard.prove import config_rules
from wizard.prove.expectation import Expectation, expect
from wizard.prove.object_rules import binary_findings

SWITCH_LIBRARIES = ("libasmrun.a", "stdlib.a")
"""C that the target's C compiler made, and OCaml that the cross-compiler made."""

Kind = Literal["config", "object", "archive", "universal", "portable"]


class Inspection(msgspec.Struct, frozen=True):
    """One thing that was inspected.

    machines: ids of the catalogue's machines that it can be for, the likeliest first. facts
    are in the order in which they are shown; a configuration's have OCaml's own names. parts:
    the objects in a binary file.
    """

    name: str
    kind: Kind
    title: str
    machines: tuple[str, ...]
    facts: dict[str, str]
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]

    @property
    def contradicts(self) -> bool:
        """True where an error was found."""
        return bool(errors(self.findings))


def inspect(
    name: str, data: bytes, known: Catalogue, expected: Expectation | None = None, *, static: bool = False
) -> Inspection:
    """What `data` is, and what speaks against it. `name` stands for it in messages.

    Raises InputError where it is nothing that can be inspected, is truncated or damaged.
    """
    name = printable(name)
    if not data:
        raise InputError("file-empty", name=name)
    try:
        binary = read_binary(name, data)
    except DamageError as error:
        raise InputError("file-damaged", name=name, reason=printable(str(error))) from None
    if binary is not None:
        return _of_binary(name, _printable_binary(binary), known, expected, static=static)
    text = data.decode("utf-8", "replace")
    if "\0" not in text and config_rules.is_config(text):
        return _of_config(name, text, known, expected)
    what, fix = other_kind(data)
    raise InputError("file-unknown", "known" if what else "", name=name, kind=what, hint=fix)


def inspect_switch(
    prefix: Path, known: Catalogue, expected: Expectation | None = None, here: str = "", *, static: bool = False
) -> Iterator[Inspection]:
    """What the compiler of the switch in `prefix` says of itself, two of its libraries, and its target programs.

    Expected is what its lock file says, where no other `expected` is given; programs must be
    static where its C library is. Raises InputError where it is no switch or its compiler does
    not answer.
    """
    name = printable(str(prefix))
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        raise InputError("not-a-switch", "inspected", prefix=name, lock=LOCK_FILE)
    selection = load_preset(lock, known).selection
    if expected is None:
        expected = expect(known, selection.target, selection.libc, known.releases[selection.release], here)
    static = static or known.libcs[selection.libc].static
    answer = config_output(prefix / "bin" / "ocamlopt")
    if not answer:
        raise InputError("switch-silent", prefix=name)
    yield inspect(f"{name}/bin/ocamlopt -config", answer.encode(), known, expected)
    programs = sorted(path for path in (prefix / "target" / "bin").glob("*") if path.is_file())
    for path in (*(prefix / "lib" / "ocaml" / name for name in SWITCH_LIBRARIES), *programs):
        yield inspect(str(path), read(path), known, expected, static=static)


def _ordered(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def _of_config(name: str, text: str, known: Catalogue, expected: Expectation | None) -> Inspection:
    text = "\n".join(map(printable, text.splitlines()))
    config = parse_config(text)
    version = config.get("version", "")
    return Inspection(
        name=name,
        kind="config",
        title=f"configuration of OCaml {version or '(it does not say which)'}",
        machines=config_rules.config_machines(config, known),
        facts={variable: config[variable] for variable in config_rules.SHOWN if variable in config},
        parts=(),
        findings=_ordered(config_rules.config_findings(text, known, expected)),
    )


def _of_binary(
    name: str, binary: Binary, known: Catalogue, expected: Expectation | None, *, static: bool
) -> Inspection:
    found = [part.facts for part in binary.parts if part.facts is not None]
    title, facts = "empty archive (ar)", {}
    if binary.kind == "archive" and binary.parts:
        title = f"archive (ar) of {len(binary.parts)} members"
        facts = {"objects": str(len(found))} | _shared(found)
    elif binary.kind == "universal":
        title = "universal Mach-O file for " + ", ".join(facts.machine for facts in found)
    elif binary.kind == "portable":
        title = "portable executable (APE): " + ", ".join(
            f"{FORMATS[facts.format]} {facts.machine}" for facts in found
        )
        facts = {"linked": found[0].linked}
    elif found:
        title = f"{FORMATS[found[0].format]} {found[0].kind}"
        facts = _rows(found[0])
    fitting = [{id_ for id_, machine in known.machines.items() if facts.meant_for(machine)} for facts in found]
    together = set.union(*fitting) if binary.kind in SEVERAL else set(known.machines).intersection(*fitting)
    return Inspection(
        name=name,
        kind=binary.kind,
        title=title,
        machines=tuple(id_ for id_ in known.machines if found and id_ in together),
        facts=facts,
        parts=binary.parts,
        findings=_ordered(binary_findings(name, binary, expected, static=static)),
    )


def _rows(facts: ObjectFacts) -> dict[str, str]:
    """The facts of one object, those it does not have left out."""
    rows = {
        "machine": facts.machine,
        "architecture": facts.architecture or "none that OCaml has a native back end for",
        "bits": str(facts.bits),
        "byte_order": facts.byte_order,
        "system": facts.system,
        "abi": facts.abi,
        "linked": facts.linked,
        "interpreter": facts.interpreter,
        "needed": ", ".join(facts.needed),
    }
    return {name: value for name, value in rows.items() if value}


def _shared(found: list[ObjectFacts]) -> dict[str, str]:
    """The facts that all objects of an archive have in common; those that differ with each value."""
    rows: dict[str, str] = {}
    for name in ("machine", "architecture", "bits", "byte_order", "system", "abi"):
        values = dict.fromkeys(value for facts in found if (value := _rows(facts).get(name)))
        if values:
            rows[name] = ", ".join(values)
    return rows


def _printable_binary(binary: Binary) -> Binary:
    """The same with every word that comes out of the file printable."""
    parts = []
    for part in binary.parts:
        facts = part.facts and msgspec.structs.replace(
            part.facts,
            interpreter=printable(part.facts.interpreter),
            needed=tuple(map(printable, part.facts.needed)),
        )
        parts.append(Part(printable(part.name), part.state, facts, printable(part.problem)))
    return Binary(binary.kind, tuple(parts))
