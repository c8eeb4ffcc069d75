"""The user's choices, and the presets that keep them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError, PlaceError
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


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An archive that was used: its name and digest. unpinned: nothing vouches for it."""

    file: str
    sha256: str
    unpinned: bool = False


class Lock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a lock file pins beside the selection: digests by name, and versions.

    components: further sources by the catalogue's id.
    """

    wizard: str
    triplet: str
    source_file: str
    source_sha256: str
    toolchain_version: str
    host_compiler: str
    patches: dict[str, str] = {}
    components: dict[str, Pin] = {}


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A selection with a name; with `lock` it is a lock file. `path` is where it was read from."""

    selection: Selection
    title: str = ""
    about: str = ""
    lock: Lock | None = None


def load_preset(path: Path, catalogue: Catalogue) -> Preset:
    """The preset or lock file at `path`, every value checked against the catalogue. Raises InputError."""
    preset = tomlfile.load(path, Preset)
    selection = normalise(preset.selection, catalogue, _Place(path))
    return msgspec.structs.replace(preset, selection=_files_from(selection, path.parent))


def save_preset(preset: Preset, path: Path) -> None:
    """Write `preset` as TOML to `path`, whole or not at all. Raises PlaceError where that cannot be done."""
    write_whole(preset_text(preset), path)


def write_whole(text: str, path: Path) -> None:
    """Write a text file whole or not at all. Raises PlaceError where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, suffix=".tmp", delete=False
        ) as file:
            temporary = Path(file.name)
            try:
                file.write(text)
                file.close()
                temporary.chmod(0o644)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise PlaceError(
            "preset-not-saved", f"{path} cannot be written", str(error), "choose another place"
        ) from None


def preset_text(preset: Preset) -> str:
    """`preset` as the TOML text that `load_preset` reads back."""
    data = msgspec.to_builtins(preset)
    patches = data.get("lock", {}).pop("patches", {}) if preset.lock else {}
    text = tomlfile.dumps(data)
    if patches:  # toml quotes no unusual key rightly, and these are names of files
        quoted = tomlfile.quoted
        lines = (f"{quoted(name)} = {quoted(digest)}\n" for name, digest in patches.items())
        text += "\n[lock.patches]\n" + "".join(lines)
    return text


def find_preset(name: str, catalogue: Catalogue) -> Preset:
    """The preset that `name` means: a file's path, or the name of one that comes with the wizard.

    Raises InputError where there is neither, with the nearest name.
    """
    path = Path(name)
    if _is_file(path):
        return load_preset(path, catalogue)
    shipped = shipped_presets()
    plain = name.removesuffix(".toml")
    if plain in shipped:
        return load_preset(shipped[plain], catalogue)
    plain = plain.removeprefix("presets/")
    if plain in shipped and not path.is_absolute():
        return load_preset(shipped[plain], catalogue)
    raise InputError(
        "preset-not-found",
        f"there is no preset or file {name!r}",
        "it is neither a file nor one of the presets that come with the wizard",
        did_you_mean(plain, shipped),
    )


def _is_file(path: Path) -> bool:
    """True for a file; False also for what cannot be the name of one."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def shipped_presets() -> dict[str, Path]:
    """The presets that come with the wizard, by name: in the installed package or in the checkout."""
    inside = Path(__file__).parents[1] / "presets"
    folder = inside if inside.is_dir() else inside.parents[1] / "presets"
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


class _Place:
    """Where the values come from, for messages: a file and the line of a key, or an option."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def of(self, key: str) -> str:
        """The words that lead the user to `key`."""
        if self._path is None:
            return f"--{key.replace('_', '-')}"
        text = self._path.read_text(encoding="utf-8")
        return f"{tomlfile.place(text, ('selection', key), str(self._path))}: {key}"


def normalise(selection: Selection, catalogue: Catalogue, place: _Place | None = None) -> Selection:
    """The selection with every value as the catalogue's id, usual spellings and triplets understood.

    Raises InputError naming place, value, what is allowed and the nearest right spelling.
    """
    place = place or _Place()
    if any(not _encodable(word) for word in selection.patches):
        raise InputError("patch-unreadable", "the name of a patch is not UTF-8", "", "rename the file")
    _refuse_unknown_sources(selection, catalogue, place)
    libc, target = selection.libc, selection.target
    pair = catalogue.pair_spelled(target)
    if pair:
        if libc not in (AUTO, pair[1]):
            raise InputError(
                "value-conflict",
                f"{place.of('libc')} is {libc!r}, and the triplet {target!r} means {pair[1]!r}",
                "",
                "name the machine alone, or leave the C library out",
            )
        target, libc = pair
    machine = _known_machine(target, "target", catalogue, place)
    if machine != target and libc in catalogue.libcs:
        machine = _same_processor(machine, catalogue.libcs[libc], catalogue)
    changes = {
        "target": machine,
        "host": NATIVE if selection.host == NATIVE else _known_machine(selection.host, "host", catalogue, place),
        "libc": libc if libc == AUTO else _known(libc, "libc", catalogue.libcs, place),
        "release": _known(selection.release, "release", catalogue.releases, place),
        "toolchain": selection.toolchain
        if selection.toolchain == AUTO
        else _known(selection.toolchain, "toolchain", catalogue.toolchains, place),
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


def given_sources(selection: Selection) -> dict[str, str]:
    """The paths of `sources`, by the component's name."""
    return {name: path for name, _sign, path in (source.partition("=") for source in selection.sources)}


def whole_sources(typed: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Of the words that were typed those that are NAME=PATH already, with the name of a source."""
    names = {component.name for component in catalogue.components.values()}
    words = (word.partition("=") for word in typed.split())
    return tuple(source_from(f"{name}={path}", Path()) for name, _sign, path in words if name in names and path)


def _refuse_unknown_sources(selection: Selection, catalogue: Catalogue, place: _Place) -> None:
    names = {component.name for component in catalogue.components.values()}
    for name, path in given_sources(selection).items():
        if name not in names or not path or not _encodable(path):
            raise InputError(
                "value-unknown",
                f"{place.of('sources')} has {name}={path!r}, and wants NAME=PATH with the name of a source",
                "",
                did_you_mean(name, names),
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


def _known_machine(word: str, key: str, catalogue: Catalogue, place: _Place) -> str:
    spellings = [spelling for machine in catalogue.machines.values() for spelling in machine.spellings]
    return catalogue.machine_spelled(word) or _known(word, key, catalogue.machines, place, spellings)


def _known(word: str, key: str, table: Mapping[str, object], place: _Place, also: Iterable[str] = ()) -> str:
    if word in table:
        return word
    raise InputError(
        "value-unknown",
        f"{place.of(key)} is {word!r}, which the catalogue does not have",
        "",
        did_you_mean(word, table, also),
    )


def _files_from(selection: Selection, folder: Path) -> Selection:
    """Patches and sources that a preset names by a relative path are beside the preset."""

    def absolute(name: str) -> str:
        return str((folder / name).absolute())

    without = (absolute(one) if one in selection.patches else one for one in selection.without)
    return msgspec.structs.replace(
        selection,
        patches=tuple(map(absolute, selection.patches)),
        without=tuple(without),
        sources=tuple(source_from(source, folder) for source in selection.sources),
    )


def source_from(word: str, folder: Path) -> str:
    """NAME=PATH with an absolute path; a relative one begins in `folder`. What is no such word stays as it is."""
    name, _sign, path = word.partition("=")
    return f"{name}={(folder / Path(path).expanduser()).absolute()}" if path else word
