"""The rules of a selection: each a pure function from a situation to the limits it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from wizard.check.constants import OSTYPES, crosses_ostype
from wizard.check.findings import Fix
from wizard.check.resolved import Situation

Changes = dict[str, Any]
"""Fields of a selection with other values: a fix that may work."""


class Breach(msgspec.Struct, frozen=True):
    """A limit that a situation breaks: the finding's code, the names its words want, and what may help."""

    code: str
    names: dict[str, str | int] = {}
    changes: tuple[Changes, ...] = ()
    fixes: tuple[Fix, ...] = ()


Rule = Callable[[Situation], Iterator[Breach]]


def closed_machine(place: Situation) -> Iterator[Breach]:
    """Machines for which no switch can be made here, each with its own reason."""
    target = place.target
    if target.closed is None:
        return
    changes = tuple({"target": id_} for id_ in target.closed.instead)
    if target.ostype == "Cygwin":
        yield Breach("cygwin", {"why": target.closed.why}, changes)
    elif target.os == "windows-msvc":
        yield Breach("msvc", {"why": target.closed.why}, changes)
    elif not target.ocaml_arch:
        yield Breach("backend-type", {"target": target.title, "why": target.closed.why}, changes)
    else:
        yield Breach("machine-closed", {"target": target.title, "why": target.closed.why}, changes)


def word_size(place: Situation) -> Iterator[Breach]:
    """word_size, and with it int_size and max_wosize, of host and target must agree."""
    host, target = place.host, place.target
    if host is None or host.word_size == target.word_size:
        return
    hosts = (machine for machine in place.catalogue.machines.values() if machine.word_size == target.word_size)
    yield Breach(
        "word-size",
        {
            "host": host.id,
            "target": target.id,
            "host_size": host.word_size,
            "target_size": target.word_size,
        },
        tuple({"host": host.id} for host in hosts if place.runs_here(host)),
    )


def ostype(place: Situation) -> Iterator[Breach]:
    """ostype_unix, ostype_win32 and ostype_cygwin must agree, until a release can cross between them."""
    host, target = place.host, place.target
    if host is None or host.ostype == target.ostype or crosses_ostype(host, target, place.release):
        return
    known = place.catalogue
    able = tuple(
        {"release": id_} for id_, release in known.releases.items() if crosses_ostype(host, target, release)
    )
    alike = tuple(
        {"target": id_}
        for id_, machine in known.machines.items()
        if machine.ostype == host.ostype and machine.word_size == host.word_size and machine.closed is None
    )
    names: dict[str, str | int] = {
        "host": host.id,
        "target": target.id,
        "host_ostype": host.ostype,
        "target_ostype": target.ostype,
        "release": place.release.id,
    }
    for name in OSTYPES:
        if (name == host.ostype) != (name == target.ostype):
            yield Breach(f"ostype-{name.lower()}", names, (*able, *alike))


def flexlink(place: Situation) -> Iterator[Breach]:
    """A Windows host links by flexlink, which makes COFF only, with objects for one compiler and word size."""
    host, target = place.host, place.target
    if host is None or host.ostype != "Win32":
        return
    if target.object_format != "pe":
        yield Breach("object-format", {"host": host.id, "target": target.id, "format": target.object_format})
    elif host.os != target.os or host.word_size != target.word_size:
        yield Breach("flexdll-objects", {"host": host.id, "target": target.id})


def native_back_end(place: Situation) -> Iterator[Breach]:
    """The release must have a native back end for the target, and for the host."""
    releases, release = place.catalogue.releases, place.release
    arch = place.target.ocaml_arch
    if arch and arch not in release.native:
        able = tuple({"release": id_} for id_, other in releases.items() if arch in other.native)
        yield Breach("native-back-end", {"release": release.id, "arch": arch}, able)
    host = place.host
    if host is not None and host.ocaml_arch != arch and host.ocaml_arch not in release.native:
        able = tuple({"release": id_} for id_, other in releases.items() if host.ocaml_arch in other.native)
        yield Breach("host-back-end", {"release": release.id, "host": host.id}, (*able, {"host": "native"}))


def libc_machine(place: Situation) -> Iterator[Breach]:
    """A C library exists for some operating systems and architectures only."""
    if place.triplet is not None or place.target.closed is not None:
        return
    known, libc, target = place.catalogue, place.libc, place.target
    others = tuple({"libc": id_} for id_, other in known.libcs.items() if target.id in other.triplets)
    targets = tuple({"target": id_} for id_ in libc.triplets)
    code = "libc-machine" if target.os in libc.os else "libc-os"
    yield Breach(code, {"libc": libc.title, "target": target.id, "os": target.os}, (*others, *targets))


def libc_release(place: Situation) -> Iterator[Breach]:
    """A C library may have been made to work with some releases only."""
    libc, release = place.libc, place.release
    if place.triplet is None or not libc.releases or release.id in libc.releases:
        return
    able = tuple({"release": id_} for id_ in libc.releases)
    others = tuple(
        {"libc": id_}
        for id_, other in place.catalogue.libcs.items()
        if place.target.id in other.triplets and release.id in (other.releases or (release.id,))
    )
    names: dict[str, str | int] = {"libc": libc.title, "release": release.id, "why": libc.other_releases}
    yield Breach("libc-release", {**names, "able": ", ".join(sorted(libc.releases))}, (*able, *others))


def libraries(place: Situation) -> Iterator[Breach]:
    """Libraries of OCaml that the C library cannot carry."""
    five = place.libc.lacks_for_five if place.release.multicore else {}
    for library, reason in (place.libc.lacks | five).items():
        yield Breach("library-lacking", {"libc": place.libc.title, "library": library, "reason": reason})


def toolchain_target(place: Situation) -> Iterator[Breach]:
    """The C toolchain must make code for the triplet."""
    if place.triplet is None or place.triplet in place.toolchain.targets:
        return
    able = (id_ for id_, other in place.catalogue.toolchains.items() if place.triplet in other.targets)
    yield Breach(
        "toolchain-target",
        {"toolchain": place.toolchain.title, "triplet": place.triplet},
        tuple({"toolchain": id_} for id_ in able),
    )


def assembler(place: Situation) -> Iterator[Breach]:
    """Jump tables of fixed width forbid an assembler that shortens jumps."""
    size, toolchain, triplet = place.target.jump_size, place.toolchain, place.triplet
    if not size or triplet is None or triplet not in toolchain.targets:
        return
    options = toolchain.assembler.get(triplet, ())
    names: dict[str, str | int] = {"toolchain": toolchain.title, "target": place.target.id, "size": size}
    if options:
        yield Breach("assembler-told", {**names, "options": " ".join(options)})
        return
    able = (id_ for id_, other in place.catalogue.toolchains.items() if triplet in other.assembler)
    yield Breach("assembler-compresses", names, tuple({"toolchain": id_} for id_ in able))


def patches(place: Situation) -> Iterator[Breach]:
    """A patch of the wizard is for some releases only; those a selection needs are applied by themselves."""
    for name in place.selection.applied_patches:
        patch = place.catalogue.patches.get(name.rsplit("/", 1)[-1].removesuffix(".patch"))
        if patch is not None and place.release.id not in patch.releases:
            rest = tuple(other for other in place.selection.patches if other != name)
            able = ({"release": id_} for id_ in patch.releases if id_ in place.catalogue.releases)
            yield Breach(
                "patch-release", {"patch": patch.id, "release": place.release.id}, ({"patches": rest}, *able)
            )
    for patch in place.catalogue_patches:
        yield Breach("patch-applied", {"patch": patch.title, "reason": patch.reason})


def patches_off(place: Situation) -> Iterator[Breach]:
    """Patches that are switched off: some are required, some only wanted, some are not there."""
    fitting = {patch.id: patch for patch in place.fitting_patches}
    off = place.selection.without
    for name in off:
        changes: tuple[Changes, ...] = ({"without": tuple(one for one in off if one != name)},)
        patch = fitting.get(name)
        if patch is not None:
            names: dict[str, str | int] = {"patch": patch.id, "reason": patch.reason, "without": patch.without}
            yield Breach("patch-required" if patch.required else "patch-off", names, changes)
        elif name not in place.selection.patches and name not in place.catalogue.patches:
            yield Breach("patch-unknown", {"patch": name}, changes)


def port(place: Situation) -> Iterator[Breach]:
    """A C library that is published for some releases only."""
    for name, able in place.catalogue.ports(place.target.os).items():
        if place.release.id not in able:
            yield Breach(
                "port-missing",
                {"name": name, "release": place.release.id},
                tuple({"release": id_} for id_ in place.catalogue.releases if id_ in able),
            )


def bindings(place: Situation) -> Iterator[Breach]:
    """What a unikernel is linked for exists for some processors only."""
    chosen, able = place.selection.bindings, place.libc.bindings.get(place.target.id, ())
    if chosen and chosen not in able:
        yield Breach(
            "bindings-machine",
            {"target": place.target.id, "bindings": chosen, "able": ", ".join(able) or "none"},
            tuple({"bindings": one} for one in able or ("",)),
        )


SELECTION_RULES: tuple[Rule, ...] = (
    closed_machine,
    word_size,
    ostype,
    flexlink,
    native_back_end,
    libc_machine,
    libc_release,
    toolchain_target,
    assembler,
    patches,
    patches_off,
    port,
    bindings,
)
