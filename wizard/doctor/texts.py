"""The words of the doctor's checks, read off checks.toml, and the commands that install what is missing."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

import msgspec

from wizard.base import tomlfile
from wizard.check.findings import Kind

Severity = Literal["ok", "note", "warning", "failure"]
SEVERITIES: tuple[Severity, ...] = ("failure", "warning", "note", "ok")

GROUPS = {
    "selection": "Your selection",
    "machine": "This machine",
    "tools": "Tools",
    "toolchains": "C toolchains and emulators",
    "folders": "Folders",
    "environment": "Environment",
    "network": "Network and sources",
    "wizard": "What the wizard has made",
}
"""The groups of checks with their titles, in the order in which they are shown."""


class OutcomeText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing a check may come to. {names} in `says` and `fix` are filled in by the check's function."""

    severity: Severity
    says: str
    fix: str = ""


class CheckText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check's words. facts: the field of `Facts` it reads. covers: the findings that say the same."""

    group: str
    facts: str
    title: str
    kind: Kind
    why: str
    source: str
    confirm: str
    cure: tuple[str, ...]
    outcome: dict[str, OutcomeText]
    covers: tuple[str, ...] = ()


class Manager(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package manager: the command that installs {packages}."""

    command: str


class _Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    check: dict[str, CheckText]
    manager: dict[str, Manager]
    package: dict[str, dict[str, str]]


@functools.cache
def _read() -> _Checks:
    text = Path(__file__).with_name("checks.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, _Checks, name="checks.toml", code="checks")


def checks() -> dict[str, CheckText]:
    """Every check's words by its code, in the order in which they are shown."""
    return _read().check


def managers() -> dict[str, Manager]:
    """The package managers that are known, by the name of their program."""
    return _read().manager


def install_command(manager: str, need: str, *, root: bool) -> str:
    """The command by which `manager` installs what is needed; in words where no manager is known."""
    packages = _read().package[need]
    if manager not in packages:
        return f"install {next(iter(packages.values()))}"
    command = managers()[manager].command.format(packages=packages[manager])
    return command if root else f"sudo {command}"
