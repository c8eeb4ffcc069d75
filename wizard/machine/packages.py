"""What package managers call what a build may need, and the commands that install it (packages.toml)."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

from wizard.base import tomlfile

DEBIAN = "apt-get"


class Manager(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package manager: of which system, the command that installs {packages}, and whether root has to run it."""

    system: str
    command: str
    root: bool

    def install(self, packages: str) -> str:
        """The command that installs `packages`, without sudo."""
        return self.command.format(packages=packages)


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    manager: dict[str, Manager]
    package: dict[str, dict[str, str]]


@functools.cache
def _read() -> _Table:
    text = Path(__file__).with_name("packages.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Table, name="packages.toml", code="packages")


def managers() -> dict[str, Manager]:
    """The package managers that are known, by the name of their program."""
    return _read().manager


def packages() -> dict[str, dict[str, str]]:
    """Names of packages: by Debian's first name, then by the manager."""
    return _read().package


def install_command(package: str, manager: str = DEBIAN, *, root: bool = False) -> str:
    """The command by which `manager` installs what Debian calls `package`.

    root: who types it is root already, and needs no sudo. In words where no such manager is known.
    """
    names = packages().get(package, {DEBIAN: package})
    if manager not in names:
        return f"install {names[DEBIAN]}"
    found = managers()[manager]
    command = found.install(names[manager])
    return command if root or not found.root else f"sudo {command}"


def elsewhere(package: str) -> str:
    """How other systems than Debian install a package: `Fedora: dnf install make; Alpine: apk add make`; or ""."""
    names = packages().get(package, {})
    known = ((manager, names[name]) for name, manager in managers().items() if name in names and name != DEBIAN)
    return "; ".join(f"{manager.system}: {manager.install(called)}" for manager, called in known)
