"""Checks of the folders that the wizard uses, and of the file systems below them."""

from __future__ import annotations

import shlex

from wizard.check.resolved import path_problem
from wizard.doctor.facts import Disk, Facts
from wizard.doctor.outcome import Outcome, outcome, size_words
from wizard.machine.disk_space import BUILD_MB

TEMPORARY = "temporary files"
"""The use of the folder that is not the wizard's own."""

BUILD_FILES = 26_000
"""Files and folders of a first build. Measured: zig 20,800, host compiler 2,200, switch 2,100, a build tree."""

REMOTE = (
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "v9fs", "drvfs", "virtiofs", "vboxsf", "prl_fs", "afs", "ceph",
    "lustre", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "fuse.vmhgfs-fuse",
)  # fmt: skip
"""File systems that are not on a disk of this machine."""


def _disks(facts: Facts, *, own: bool = True) -> list[Disk]:
    """The wizard's own folders, with own=False the one for temporary files."""
    assert facts.disks is not None
    return [disk for disk in facts.disks if (disk.use != TEMPORARY) == own]


def room(facts: Facts) -> Outcome:
    """There is room for a first build."""
    least = min(_disks(facts), key=lambda disk: disk.free_mb)
    names: dict[str, str | int] = {"free": size_words(least.free_mb), "path": least.place, "needed": BUILD_MB}
    if least.free_mb < BUILD_MB:
        return Outcome("full", names)
    return Outcome("little" if least.free_mb < 2 * BUILD_MB else "enough", names)


def inodes(facts: Facts) -> Outcome:
    """There is room for as many files as a first build makes."""
    counted = [(disk.free_files, disk) for disk in _disks(facts) if disk.free_files is not None]
    if not counted:
        return outcome("unlimited")
    free, least = min(counted, key=lambda pair: pair[0])
    names: dict[str, str | int] = {"free": f"{free:,}", "path": least.place, "needed": f"{BUILD_FILES:,}"}
    return Outcome("few" if free < BUILD_FILES else "enough", names)


def writable(facts: Facts) -> Outcome:
    """The wizard's folders, and that for temporary files, can be written."""
    disks = [*_disks(facts), *_disks(facts, own=False)]
    refused = next((disk for disk in disks if disk.refused), None)
    if refused is None:
        return outcome("all", names=", ".join(disk.use for disk in disks))
    command = "OCW_HOME=/path/elsewhere ocaml-cross-wizard"
    if refused.use == TEMPORARY:
        command = "TMPDIR=/var/tmp ocaml-cross-wizard"
    elif refused.refused.endswith("for you"):
        command = f'sudo chown -R "$USER" {shlex.quote(refused.place)}'
    return outcome("refused", path=refused.place, problem=refused.refused, command=command)


def noexec(facts: Facts) -> Outcome:
    """What is made there can be run."""
    for own, word in ((True, "mounted"), (False, "temporary")):
        found = next((disk for disk in _disks(facts, own=own) if disk.noexec), None)
        if found is not None:
            return outcome(word, path=found.place)
    return outcome("none")


def file_names(facts: Facts) -> Outcome:
    """A and a are different names."""
    disks = _disks(facts)
    same = next((disk for disk in disks if disk.folds_case), None)
    if same is not None:
        return outcome("same", path=same.place, kind=same.kind)
    unseen = next((disk for disk in disks if disk.folds_case is None), None)
    return outcome("unseen", kind=unseen.kind) if unseen else outcome("distinct")


def paths(facts: Facts) -> Outcome:
    """make and a shell can carry the paths."""
    for own, word in ((True, "unsafe"), (False, "temporary")):
        for disk in _disks(facts, own=own):
            problem = path_problem(disk.path)
            if problem:
                return outcome(word, path=disk.path, found=problem)
    odd = next((disk for disk in _disks(facts) if not disk.path.isascii()), None)
    return outcome("letters", path=odd.path) if odd else outcome("plain")


def file_system(facts: Facts) -> Outcome:
    """The folders are on a disk of this machine."""
    disks = _disks(facts)
    remote = next((disk for disk in disks if disk.kind in REMOTE), None)
    if remote is not None:
        return outcome("remote", path=remote.place, kind=remote.kind)
    return outcome("local", kind=", ".join(dict.fromkeys(disk.kind for disk in disks)))


CHECKS = {
    "room": room,
    "inodes": inodes,
    "writable": writable,
    "noexec": noexec,
    "file-names": file_names,
    "paths": paths,
    "file-system": file_system,
}
