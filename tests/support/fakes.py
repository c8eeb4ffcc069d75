"""Machines and build machines for tests: the catalogue's own, and one that nothing serves."""

from __future__ import annotations

import msgspec

from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Selection, follow
from wizard.catalogue.store import catalogue
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.machine.survey import BuildMachine, OcamlOnPath, ordinary_linux

REAL = catalogue()

X86 = REAL.machines["x86_64-linux"]
ARM = REAL.machines["armv7-linux"]
I386 = REAL.machines["i686-linux"]
WINDOWS = REAL.machines["x86_64-windows"]
CYGWIN = REAL.machines["x86_64-cygwin"]
MSVC = REAL.machines["x86_64-msvc"]
ALPHA = msgspec.structs.replace(
    X86,
    id="alpha-linux",
    title="Linux on Alpha",
    arch="alpha",
    ocaml_arch="alpha",
    uname=(),
    spellings=(),
    also_runs=(),
)


def with_alpha() -> Catalogue:
    """The catalogue with a machine for which musl has a triplet, and no toolchain a target."""
    musl = REAL.libcs["musl"]
    triplets = {**musl.triplets, ALPHA.id: "alpha-linux-musl"}
    return msgspec.structs.replace(
        REAL,
        machines={**REAL.machines, ALPHA.id: ALPHA},
        libcs={**REAL.libcs, "musl": msgspec.structs.replace(musl, triplets=triplets)},
    )


HERE = msgspec.structs.replace(ordinary_linux(), emulators={"aarch64-linux": "/usr/bin/qemu-aarch64"})
UNIKERNEL = Selection(target="x86_64-solo5", libc="nolibc", toolchain="solo5", bindings="spt")
OCAML = OcamlOnPath("5.3.0", "/usr/bin", "/usr/lib/ocaml", "amd64", "x86_64-pc-linux-gnu")
CHOSEN = Selection(target="aarch64-linux", libc="musl", toolchain="zig")
"""An ordinary selection, complete."""


def placed(
    selection: Selection = CHOSEN, known: Catalogue = REAL, here: BuildMachine = HERE, **changes: object
) -> ResolvedSelection:
    """A resolved selection (default: aarch64 with musl); `changes` are made to the build machine."""
    chosen = frozenset(key for key in ("libc", "toolchain") if getattr(selection, key) != "auto")
    chosen |= {"bindings"} if selection.bindings else set()
    return resolve(follow(selection, known, chosen), known, msgspec.structs.replace(here, **changes))
