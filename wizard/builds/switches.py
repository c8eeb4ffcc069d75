"""The cross switches that the wizard knows of, and what each still uses of the wizard's folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from wizard.base.files import write_durably
from wizard.base.folders import Folders
from wizard.builds.folder import raw_plan
from wizard.machine.survey import LOCK_FILE

KNOWN = "switches.json"
"""In the state folder: prefixes of switches whose build was cleaned away."""


def known_prefixes(folders: Folders) -> list[Path]:
    """The prefix of every existing switch: named by a build or by `remember`, or in the wizard's own folder."""
    prefixes = {Path(str(raw_plan(build).get("prefix") or "/")) for build in folders.builds.glob("*/")}
    prefixes |= set(folders.switches.glob("*/")) | set(_remembered(folders))
    return sorted(prefix for prefix in prefixes if is_switch(prefix))


def is_switch(prefix: Path) -> bool:
    """True where there is a finished switch."""
    try:
        return (prefix / LOCK_FILE).is_file()
    except OSError:
        return False


def remember(folders: Folders, prefix: Path) -> None:
    """Note the prefix of a switch, because the build that names it is removed."""
    prefixes = {str(known) for known in (*_remembered(folders), prefix) if is_switch(known)}
    write_durably(folders.state / KNOWN, msgspec.json.encode(sorted(prefixes)))


def _remembered(folders: Folders) -> list[Path]:
    try:
        prefixes = msgspec.json.decode((folders.state / KNOWN).read_bytes(), type=list[str])
    except (OSError, msgspec.DecodeError):
        return []
    return [Path(prefix) for prefix in prefixes]


def switches_that_name(paths: Iterable[Path], prefixes: Iterable[Path]) -> dict[Path, list[Path]]:
    """By path the switches whose wrapper scripts call something in it."""
    paths = list(paths)
    users: dict[Path, list[Path]] = {path: [] for path in paths}
    for prefix in prefixes:
        text = b"".join(_scripts(prefix / "wrappers"))
        for path in paths:
            if mentions(text, path):
                users[path].append(prefix)
    return users


def mentions(text: bytes, path: Path) -> bool:
    """True where `text` holds `path` or something in it; not only a longer name that begins alike."""
    return re.search(re.escape(os.fsencode(path)) + rb"(?![\w.+-])", text) is not None


def _scripts(folder: Path) -> Iterable[bytes]:
    try:
        for file in sorted(folder.iterdir()):
            if file.is_file() and file.stat().st_size < 1 << 20:
                yield file.read_bytes()
    except OSError:
        return
