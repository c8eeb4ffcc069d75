"""The rules of a selection: each a pure function from a resolved selection to the limits it breaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from wizard.check.constants import OSTYPES, crosses_ostype
from wizard.check.findings import Fix
from wizard.check.resolved import ResolvedSelection

Changes = dict[str, Any]
"""Fields of a selection with other values: a fix that may work."""


class Breach(msgspec.Struct, frozen=True):
    """A limit that a selection breaks: the code of the finding, the names its words need, and what may help."""

    code: str
    names: dict[str, str | int] = {}
    changes: tuple[Changes, ...] = ()
    fixes: tuple[Fix, ...] = ()


Rule = Callable[[ResolvedSelection], Iterator[Breach]]


def closed_machine(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Machines for which no switch can be made here, each with its own reason."""
    target = resolved.target
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


def word_size(resolved: ResolvedSelection) -> Iterator[Breach]:
    """word_size, and with it int_size and max_wosize, of host and target must agree."""
    host, target = resolved.host, resolved.target
    if host is None or host.word_size == target.word_size:
        return
    hosts = (machine for machine in resolved.catalogue.machines.values() if machine.word_size == target.word_size)
    yield Breach(
        "word-size",
        {
            "host": host.id,
            "target": target.id,
            "host_size": host.word_size,
            "target_size": target.word_size,
        },
        tuple({"host": host.id} for host in hosts if resolved.runs_here(host)),
    )


def ostype(resolved: ResolvedSelection) -> Iterator[Breach]:
    """ostype_unix, ostype_win32 and ostype_cygwin must agree, until a release can cross between them."""
    host, target = resolved.host, resolved.target
    if host is None or host.ostype == target.ostype or crosses_ostype(host, target, resolved.release):
        return
    known = resolved.catalogue
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
        "release": resolved.release.id,
    }
    for name in OSTYPES:
        if (name == host.ostype) != (name == target.ostype):
            yield Breach(f"ostype-{name.lower()}", names, (*able, *alike))


def flexlink(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A Windows host links by flexlink, which makes COFF only, with objects for one compiler and word size."""
    host, target = resolved.host, resolved.target
    if host is None or host.ostype != "Win32":
        return
    if target.object_format != "pe":
        yield Breach("object-format", {"host": host.id, "target": target.id, "format": target.object_format})
    elif host.os != target.os or host.word_size != target.word_size:
        yield Breach("flexdll-objects", {"host": host.id, "target": target.id})


def native_back_end(resolved: ResolvedSelection) -> Iterator[Breach]:
    """The release must have a native back end for the target, and for the host."""
    releases, release = resolved.catalogue.releases, resolved.release
    arch = resolved.target.ocaml_arch
    if arch and arch not in release.native:
        able = tuple({"release": id_} for id_, other in releases.items() if arch in other.native)
        yield Breach("native-back-end", {"release": release.id, "arch": arch}, able)
    host = resolved.host
    if host is not None and host.ocaml_arch != arch and host.ocaml_arch not in release.native:
        able = tuple({"release": id_} for id_, other in releases.items() if host.ocaml_arch in other.native)
        yield Breach("host-back-end", {"release": release.id, "host": host.id}, (*able, {"host": "native"}))


def libc_machine(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A C library exists for some operating systems and architectures only."""
    if resolved.triplet is not None or resolved.target.closed is not None:
        return
    known, libc, target = resolved.catalogue, resolved.libc, resolved.target
    others = tuple({"libc": id_} for id_, other in known.libcs.items() if target.id in other.triplets)
    targets = tuple({"target": id_} for id_ in libc.triplets)
    code = "libc-machine" if target.os in libc.os else "libc-os"
    yield Breach(code, {"libc": libc.title, "target": target.id, "os": target.os}, (*others, *targets))


def libc_release(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A C library may have been made to work with some releases only."""
    libc, release = resolved.libc, resolved.release
    if resolved.triplet is None or not libc.releases or release.id in libc.releases:
        return
    able = tuple({"release": id_} for id_ in libc.releases)
    others = tuple(
        {"libc": id_}
        for id_, other in resolved.catalogue.libcs.items()
        if resolved.target.id in other.triplets and release.id in (other.releases or (release.id,))
    )
    names: dict[str, str | int] = {"libc": libc.title, "release": release.id, "why": libc.other_releases}
    yield Breach("libc-release", {**names, "able": ", ".join(sorted(libc.releases))}, (*able, *others))


def libraries(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Libraries of OCaml that the C library cannot carry."""
    five = resolved.libc.lacks_for_five if resolved.release.multicore else {}
    for library, reason in (resolved.libc.lacks | five).items():
        yield Breach("library-lacking", {"libc": resolved.libc.title, "library": library, "reason": reason})


def toolchain_target(resolved: ResolvedSelection) -> Iterator[Breach]:
    """The C toolchain must make code for the triplet."""
    if resolved.triplet is None or resolved.triplet in resolved.toolchain.targets:
        return
    able = (id_ for id_, other in resolved.catalogue.toolchains.items() if resolved.triplet in other.targets)
    yield Breach(
        "toolchain-target",
        {"toolchain": resolved.toolchain.title, "triplet": resolved.triplet},
        tuple({"toolchain": id_} for id_ in able),
    )


def assembler(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Jump tables of fixed width forbid an assembler that shortens jumps."""
    size, toolchain, triplet = resolved.target.jump_size, resolved.toolchain, resolved.triplet
    if not size or triplet is None or triplet not in toolchain.targets:
        return
    options = toolchain.assembler.get(triplet, ())
    names: dict[str, str | int] = {"toolchain": toolchain.title, "target": resolved.target.id, "size": size}
    if options:
        yield Breach("assembler-told", {**names, "options": " ".join(options)})
        return
    able = (id_ for id_, other in resolved.catalogue.toolchains.items() if triplet in other.assembler)
    yield Breach("assembler-compresses", names, tuple({"toolchain": id_} for id_ in able))


def patches(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A patch of the wizard is for some releases only; those a selection needs are applied by themselves."""
    for name in resolved.selection.applied_patches:
        patch = resolved.catalogue.patches.get(name.rsplit("/", 1)[-1].removesuffix(".patch"))
        if patch is not None and resolved.release.id not in patch.releases:
            rest = tuple(other for other in resolved.selection.patches if other != name)
            able = ({"release": id_} for id_ in patch.releases if id_ in resolved.catalogue.releases)
            yield Breach(
                "patch-release", {"patch": patch.id, "release": resolved.release.id}, ({"patches": rest}, *able)
            )
    for patch in resolved.catalogue_patches:
        yield Breach("patch-applied", {"patch": patch.title, "reason": patch.reason})


def patches_off(resolved: ResolvedSelection) -> Iterator[Breach]:
    """Patches that are switched off: some are required, some only wanted, some are not there."""
    fitting = {patch.id: patch for patch in resolved.fitting_patches}
    off = resolved.selection.without
    for name in off:
        changes: tuple[Changes, ...] = ({"without": tuple(other for other in off if other != name)},)
        patch = fitting.get(name)
        if patch is not None:
            names: dict[str, str | int] = {"patch": patch.id, "reason": patch.reason, "without": patch.without}
            yield Breach("patch-required" if patch.required else "patch-off", names, changes)
        elif name not in resolved.selection.patches and name not in resolved.catalogue.patches:
            yield Breach("patch-unknown", {"patch": name}, changes)


def port(resolved: ResolvedSelection) -> Iterator[Breach]:
    """A C library that is published for some releases only."""
    for name, able in resolved.catalogue.ports(resolved.target.os).items():
        if resolved.release.id not in able:
            yield Breach(
                "port-missing",
                {"name": name, "release": resolved.release.id},
                tuple({"release": id_} for id_ in resolved.catalogue.releases if id_ in able),
            )


def bindings(resolved: ResolvedSelection) -> Iterator[Breach]:
    """What a unikernel is linked for exists for some processors only."""
    chosen, able = resolved.selection.bindings, resolved.libc.bindings.get(resolved.target.id, ())
    if chosen and chosen not in able:
        yield Breach(
            "bindings-machine",
            {"target": resolved.target.id, "bindings": chosen, "able": ", ".join(able) or "none"},
            tuple({"bindings": bindings} for bindings in able or ("",)),
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
