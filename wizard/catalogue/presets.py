"""Presets and lock files: a selection with a name and what was used, read from TOML and written to it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.base.errors import InputError
from wizard.base.files import save_text
from wizard.base.spelling import did_you_mean
from wizard.catalogue.model import Catalogue
from wizard.catalogue.selection import Origin, Selection, normalise, source_from


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
    """A selection with a name and a description; with `lock` it is a lock file."""

    selection: Selection
    title: str = ""
    about: str = ""
    lock: Lock | None = None


def load_preset(path: Path, catalogue: Catalogue) -> Preset:
    """The preset or lock file at `path`, every value checked against the catalogue. Raises InputError."""
    preset = tomlfile.load(path, Preset)
    selection = normalise(preset.selection, catalogue, Origin(path))
    return msgspec.structs.replace(preset, selection=_files_from(selection, path.parent))


def save_preset(preset: Preset, path: Path) -> None:
    """Write `preset` as TOML to `path`, whole or not at all. Raises FolderError where that cannot be done."""
    save_text(preset_text(preset), path, subject="the preset", code="preset-not-saved")


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
    raise InputError("preset-not-found", "name", name=name, hint=did_you_mean(plain, shipped))


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


def _files_from(selection: Selection, folder: Path) -> Selection:
    """Patches and sources that a preset names by a relative path are beside the preset."""

    def absolute(name: str) -> str:
        return str((folder / name).absolute())

    without = (absolute(patch) if patch in selection.patches else patch for patch in selection.without)
    return msgspec.structs.replace(
        selection,
        patches=tuple(map(absolute, selection.patches)),
        without=tuple(without),
        sources=tuple(source_from(source, folder) for source in selection.sources),
    )
