"""The user's choices: their values, checked against the catalogue, and how one choice follows another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.base.spelling import did_you_mean
from wizard.catalogue.model import Catalogue, Libc

HostCompiler = Literal["auto", "path", "build"]
NATIVE = "native"
AUTO = "auto"


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the user chose, by the catalogue's ids.

    host: the machine the cross-compiler runs on; "native" is the machine the wizard runs on.
    host_compiler: "path" takes the same-release OCaml on PATH, "build" builds one and keeps
    it, "auto" takes the one on PATH where it fits and else builds.
    libc, toolchain: "auto" is the first that the target, the triplet have (see `follow`).
    patches: files with patches to OCaml's source, applied in this order. without: patches that are
    switched off: the wizard's own by their ids, the user's by their files.
    bindings: what unikernels are linked for (spt, hvt …); "" for other programs, and else the usual.
    sources: folders or archives in place of a component's published source, as NAME=PATH.
    """

    target: str
    libc: str = AUTO
    release: str = "5.3.0"
    host: str = NATIVE
    toolchain: str = AUTO
    host_compiler: HostCompiler = "auto"
    patches: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    bindings: str = ""
    sources: tuple[str, ...] = ()

    @property
    def applied_patches(self) -> tuple[str, ...]:
        """The user's patches that are not switched off."""
        return tuple(patch for patch in self.patches if patch not in self.without)


class Origin:
    """Where the values come from, for messages: a file and the line of a key, or an option."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def of(self, key: str) -> str:
        """The words that lead the user to `key`."""
        if self._path is None:
            return f"--{key.replace('_', '-')}"
        text = self._path.read_text(encoding="utf-8")
        return f"{tomlfile.place(text, ('selection', key), str(self._path))}: {key}"


def normalise(selection: Selection, catalogue: Catalogue, origin: Origin | None = None) -> Selection:
    """The selection with every value as the catalogue's id, usual spellings and triplets understood.

    Raises InputError naming where it stands, the value, what is allowed and the nearest right spelling.
    """
    origin = origin or Origin()
    if any(not _encodable(word) for word in selection.patches):
        raise InputError("patch-unreadable", "name")
    _refuse_unknown_sources(selection, catalogue, origin)
    libc, target = selection.libc, selection.target
    pair = catalogue.pair_spelled(target)
    if pair:
        if libc not in (AUTO, pair[1]):
            raise InputError("value-conflict", key=origin.of("libc"), value=libc, triplet=target, libc=pair[1])
        target, libc = pair
    machine = _known_machine(target, "target", catalogue, origin)
    if machine != target and libc in catalogue.libcs:
        machine = _same_processor(machine, catalogue.libcs[libc], catalogue)
    changes = {
        "target": machine,
        "host": NATIVE if selection.host == NATIVE else _known_machine(selection.host, "host", catalogue, origin),
        "libc": libc if libc == AUTO else _known(libc, "libc", catalogue.libcs, origin),
        "release": _known(selection.release, "release", catalogue.releases, origin),
        "toolchain": selection.toolchain
        if selection.toolchain == AUTO
        else _known(selection.toolchain, "toolchain", catalogue.toolchains, origin),
    }
    known = msgspec.structs.replace(selection, **changes)
    chosen = frozenset(key for key in ("libc", "toolchain") if changes[key] != AUTO)
    chosen |= {"bindings"} if selection.bindings else set()
    return follow(known, catalogue, chosen)


def _same_processor(machine: str, libc: Libc, catalogue: Catalogue) -> str:
    """The machine of that C library which `x86_64` or another spelling of a processor may mean as well."""
    if machine in libc.triplets:
        return machine
    arch = catalogue.machines[machine].arch
    return next((id_ for id_ in libc.triplets if catalogue.machines[id_].arch == arch), machine)


def own_source_paths(selection: Selection) -> dict[str, str]:
    """The paths of `sources`, by the component's name."""
    return {name: path for name, _sign, path in (source.partition("=") for source in selection.sources)}


def whole_sources(typed: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Of the words that were typed those that are NAME=PATH already, with the name of a source."""
    names = {component.name for component in catalogue.components.values()}
    words = (word.partition("=") for word in typed.split())
    return tuple(source_from(f"{name}={path}", Path()) for name, _sign, path in words if name in names and path)


def _refuse_unknown_sources(selection: Selection, catalogue: Catalogue, origin: Origin) -> None:
    names = {component.name for component in catalogue.components.values()}
    for name, path in own_source_paths(selection).items():
        if name not in names or not path or not _encodable(path):
            raise InputError(
                "value-unknown",
                "source",
                key=origin.of("sources"),
                name=name,
                path=path,
                hint=did_you_mean(name, names),
            )


def follow(selection: Selection, catalogue: Catalogue, chosen: frozenset[str] = frozenset()) -> Selection:
    """The selection with a C library the target has, and a toolchain that serves their triplet.

    What fits stays as it is, and so do the fields in `chosen`, fitting or not.
    """
    libc, toolchain = selection.libc, selection.toolchain
    if "libc" not in chosen and selection.target not in _triplets(catalogue, libc):
        first = next(iter(catalogue.libcs))
        libc = next((id_ for id_ in catalogue.libcs if selection.target in _triplets(catalogue, id_)), first)
    triplet = _triplets(catalogue, libc).get(selection.target)
    served = catalogue.toolchains.get(toolchain)
    if "toolchain" not in chosen and (served is None or (triplet and triplet not in served.targets)):
        first = next(iter(catalogue.toolchains))
        toolchain = next(
            (id_ for id_, toolchain in catalogue.toolchains.items() if triplet in toolchain.targets), first
        )
    bindings, able = selection.bindings, catalogue.libcs[libc].bindings.get(selection.target, ())
    if "bindings" not in chosen and bindings not in able:
        bindings = able[0] if able else ""
    return msgspec.structs.replace(selection, libc=libc, toolchain=toolchain, bindings=bindings)


def _triplets(catalogue: Catalogue, libc: str) -> Mapping[str, str]:
    return catalogue.libcs[libc].triplets if libc in catalogue.libcs else {}


def _encodable(word: str) -> bool:
    """False for a name with bytes that are no UTF-8, which no TOML or JSON file can hold."""
    return not any("\ud800" <= letter <= "\udfff" for letter in word)


def _known_machine(word: str, key: str, catalogue: Catalogue, origin: Origin) -> str:
    spellings = [spelling for machine in catalogue.machines.values() for spelling in machine.spellings]
    return catalogue.machine_spelled(word) or _known(word, key, catalogue.machines, origin, spellings)


def _known(word: str, key: str, table: Mapping[str, object], origin: Origin, also: Iterable[str] = ()) -> str:
    if word in table:
        return word
    raise InputError("value-unknown", key=origin.of(key), value=word, hint=did_you_mean(word, table, also))


def source_from(word: str, folder: Path) -> str:
    """NAME=PATH with an absolute path; a relative one begins in `folder`. What is no such word stays as it is."""
    name, _sign, path = word.partition("=")
    return f"{name}={(folder / Path(path).expanduser()).absolute()}" if path else word
