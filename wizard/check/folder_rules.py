"""The rules of folders: may a switch stand under a prefix, and can the wizard build in its own folders?"""

from __future__ import annotations

import shutil
from pathlib import Path

from wizard.base.folders import Folders
from wizard.check.findings import Finding, Fix, finding
from wizard.check.resolved import path_problem
from wizard.machine.disk_space import BUILD_MB, why_not_writable
from wizard.machine.survey import LOCK_FILE


def prefix_findings(prefix: Path) -> tuple[Finding, ...]:
    """What speaks against a prefix: its characters, what stands there, who may write there."""
    found = [*unsafe_prefix_findings(prefix)]
    try:
        prefix.exists()
    except OSError as error:
        reason = error.strerror or str(error)
        return (finding("prefix-not-writable", (), ("shorter",), path=str(prefix), reason=reason),)
    if prefix.exists() and not (prefix / LOCK_FILE).exists() and not _empty_folder(prefix):
        fix = Fix("choose a folder that does not exist yet", command="--prefix PATH")
        found.append(finding("prefix-taken", (fix,), path=str(prefix)))
    reason = why_not_writable(prefix)
    if reason:
        found.append(finding("prefix-not-writable", (), ("writable",), path=str(prefix), reason=reason))
    return tuple(found)


def unsafe_prefix_findings(prefix: Path) -> tuple[Finding, ...]:
    """What speaks against the characters of a prefix. Does not look at the disk."""
    problem = path_problem(str(prefix))
    if not problem:
        return ()
    return (finding("prefix-unsafe", (), ("letters",), path=str(prefix), found=problem),)


def folder_findings(folders: Folders) -> tuple[Finding, ...]:
    """What speaks against the wizard's own folders, in which OCaml is built."""
    for folder in (folders.builds, folders.hosts, folders.toolchains):
        problem = path_problem(str(folder))
        if problem:
            return (finding("folder-unsafe", (), ("elsewhere",), path=str(folder), found=problem),)
    existing = next((parent for parent in (folders.builds, *folders.builds.parents) if parent.exists()), Path("/"))
    free = shutil.disk_usage(existing).free // 10**6
    if free < BUILD_MB:
        return (finding("disk-space", (), ("elsewhere",), path=str(existing), free=free, needed=BUILD_MB),)
    return ()


def _empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())
