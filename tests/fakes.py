"""Hand-made machines and surroundings, for rules that no machine of the catalogue breaks yet."""

from __future__ import annotations

from typing import Literal

import msgspec

from wizard.catalogue.model import Catalogue, Machine
from wizard.catalogue.store import catalogue
from wizard.constraints.rules import Situation, situation
from wizard.selection import Selection
from wizard.surroundings import OcamlOnPath, Surroundings, ordinary_linux

REAL = catalogue()


def machine(
    id_: str,
    *,
    arch: str = "x86_64",
    ocaml_arch: str = "amd64",
    word_size: Literal[32, 64] = 64,
    ostype: Literal["Unix", "Win32", "Cygwin"] = "Unix",
) -> Machine:
    """A machine like the catalogue's first, but for what is given."""
    first = next(iter(REAL.machines.values()))
    return msgspec.structs.replace(
        first,
        id=id_,
        title=f"the machine {id_}",
        arch=arch,
        ocaml_arch=ocaml_arch,
        word_size=word_size,
        ostype=ostype,
        os="linux" if ostype == "Unix" else "windows",
        emulator=f"qemu-{arch}",
        uname=(),
        spellings=(),
    )


ARM = machine("arm-linux", arch="arm", ocaml_arch="arm", word_size=32)
I386 = machine("i386-linux", arch="i686", ocaml_arch="i386", word_size=32)
WINDOWS = machine("x86_64-windows", ostype="Win32")
CYGWIN = machine("x86_64-cygwin", ostype="Cygwin")
ALPHA = machine("alpha-linux", arch="alpha", ocaml_arch="alpha")
FAKES = (ARM, I386, WINDOWS, CYGWIN, ALPHA)


def wide() -> Catalogue:
    """The catalogue with the fake machines: musl has a triplet for each, zig serves all but alpha's."""
    triplets = {
        one.id: f"{one.arch}-{one.os}-musl{'' if one.ostype == 'Unix' else one.ostype.lower()}" for one in FAKES
    }
    musl, zig = REAL.libcs["musl"], REAL.toolchains["zig"]
    return msgspec.structs.replace(
        REAL,
        machines={**REAL.machines, **{one.id: one for one in FAKES}},
        libcs={**REAL.libcs, "musl": msgspec.structs.replace(musl, triplets={**musl.triplets, **triplets})},
        toolchains={
            **REAL.toolchains,
            "zig": msgspec.structs.replace(
                zig,
                targets={
                    **zig.targets,
                    **{triplet: triplet for id_, triplet in triplets.items() if id_ != ALPHA.id},
                },
            ),
        },
    )


HERE = msgspec.structs.replace(ordinary_linux(), emulators={"aarch64-linux": "/usr/bin/qemu-aarch64"})
OCAML = OcamlOnPath("5.3.0", "/usr/bin", "/usr/lib/ocaml", "amd64", "x86_64-pc-linux-gnu")


def placed(
    selection: Selection | None = None, known: Catalogue = REAL, here: Surroundings = HERE, **changes: object
) -> Situation:
    """The situation of a selection (default: aarch64 with musl); `changes` are made to the surroundings."""
    return situation(
        selection or Selection(target="aarch64-linux"), known, msgspec.structs.replace(here, **changes)
    )
