"""Reads the catalogue's TOML files, each once in a process."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from wizard.base import tomlfile
from wizard.catalogue.model import (
    Bindings,
    Catalogue,
    Component,
    Evidence,
    Libc,
    Machine,
    Patch,
    Release,
    Toolchain,
)

T = TypeVar("T", Machine, Libc, Toolchain, Release, Patch, Component, Bindings)


class _Machines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    machine: dict[str, Machine]


class _Libcs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    libc: dict[str, Libc]


class _Toolchains(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    toolchain: dict[str, Toolchain]


class _Releases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    release: dict[str, Release]


class _Patches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    patch: dict[str, Patch] = {}


class _Components(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    component: dict[str, Component] = {}


class _Bindings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bindings: dict[str, Bindings] = {}


class _Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    evidence: tuple[Evidence, ...] = ()


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue that comes with the wizard. Raises InputError where one of its files is broken."""
    return Catalogue(
        machines=_with_ids(_read("machines.toml", _Machines).machine),
        libcs=_with_ids(_read("libcs.toml", _Libcs).libc),
        toolchains=_with_ids(_read("toolchains.toml", _Toolchains).toolchain),
        releases=_with_ids(_read("releases.toml", _Releases).release),
        patches=_with_ids(_read("patches.toml", _Patches).patch),
        evidence=_read("evidence.toml", _Evidence).evidence,
        components=_named(_with_ids(_read("components.toml", _Components).component)),
        bindings=_with_ids(_read("bindings.toml", _Bindings).bindings),
    )


def _read(name: str, shape: type[Any]) -> Any:
    text = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8")
    return tomlfile.parse(text, shape, name=name, code="catalogue")


def _named(components: dict[str, Component]) -> dict[str, Component]:
    """Each with a name: its id where it has none of its own."""
    return {
        id_: msgspec.structs.replace(component, name=component.name or id_)
        for id_, component in components.items()
    }


def _with_ids(table: dict[str, T]) -> dict[str, T]:
    return {id_: msgspec.structs.replace(entry, id=id_) for id_, entry in table.items()}
