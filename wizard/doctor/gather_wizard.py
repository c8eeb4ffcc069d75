"""Tasks at what the wizard has made: locks, builds, switches, host compilers. Writes nothing."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from wizard.base.errors import WizardError
from wizard.base.folders import Folders
from wizard.builder.launch import BUILDER
from wizard.builds.folder import LOCK, START_LOCK
from wizard.builds.listing import list_builds
from wizard.builds.locks import HOME_LOCK, is_held
from wizard.builds.switches import known_prefixes
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import load_preset
from wizard.doctor.concurrency import ask
from wizard.doctor.facts import Build, Host, Lock, Switch
from wizard.doctor.gather_tools import each
from wizard.fetch.finder import PARTS
from wizard.machine.processes import BUILD_MARK
from wizard.machine.survey import LOCK_FILE, config_output, parse_config
from wizard.prove.report import REPORT_FILE, load_report

LATER_SECONDS = 2.0
"""A file that is newer than the proof by so much was changed after it."""

_OWN = ("bin", "libexec", "wrappers", "target/bin", "lib/ocaml", "lib/ocaml/unix", "lib/ocaml/str",
        "lib/ocaml/threads", "lib/ocaml/dynlink", "lib/ocaml/compiler-libs", "lib/ocaml/caml")  # fmt: skip
"""The folders of a switch in which the wizard put everything; libraries that a user adds go elsewhere."""


def locks(folders: Folders, table: Path = Path("/proc/locks")) -> tuple[Lock, ...]:
    """Every lock of the wizard's that is held, and by whom."""
    held = [path for path in _lock_files(folders) if is_held(path)]
    if not held:
        return ()
    holders = _holders(table)
    return tuple(_lock(path, holders) for path in held)


def _lock_files(folders: Folders) -> Iterator[Path]:
    for build in sorted(folders.builds.glob("*/")):
        yield from (build / LOCK, build / START_LOCK)
    for host in sorted(folders.hosts.glob("*/")):
        yield host / HOME_LOCK
    yield from sorted((folders.sources / PARTS).glob("*.lock"))
    yield folders.toolchains / ".lock"


def _holders(table: Path) -> dict[tuple[int, int, int], list[int]]:
    """By device and inode of a file the processes that hold a lock on it, as the kernel lists them."""
    found: dict[tuple[int, int, int], list[int]] = {}
    try:
        lines = table.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return found
    for words in map(str.split, lines):
        if len(words) >= 6 and words[1] == "FLOCK" and words[4].isdigit():
            major, minor, inode = words[5].split(":")
            found.setdefault((int(major, 16), int(minor, 16), int(inode)), []).append(int(words[4]))
    return found


def _lock(path: Path, holders: dict[tuple[int, int, int], list[int]]) -> Lock:
    known = path.stat()
    pids = [
        pid for pid in holders.get((os.major(known.st_dev), os.minor(known.st_dev), known.st_ino), []) if pid > 0
    ]
    names, stopped, strangers = [], 0, 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            words = process.cmdline()
            stopped += process.status() == psutil.STATUS_STOPPED
            strangers += path.name == LOCK and BUILDER not in words
            names.append(f"{process.name()} (process {pid})")
        except psutil.Error:
            continue
    # Only what can be seen to be wrong is: the holder may be of another user, or outside this container.
    alone = bool(names) and (stopped == len(names) or strangers == len(names))
    return Lock(str(path), tuple(names), tuple(pids), building=not alone, stopped=bool(stopped))


def builds(folders: Folders) -> tuple[Build, ...]:
    """The builds, and what still runs of those that have no builder."""
    found = list_builds(folders)
    marks = _marks() if found else Counter[str]()
    return tuple(
        Build(build.id, build.state, 0 if build.state == "running" else marks[build.id]) for build in found
    )


def _marks() -> Counter[str]:
    """How many living processes carry the mark of each build, but for this one and those above it."""
    above = {process.pid for process in psutil.Process().parents()} | {os.getpid()}
    marks: Counter[str] = Counter()
    for process in psutil.process_iter():
        try:
            if process.pid not in above and process.status() != psutil.STATUS_ZOMBIE:
                marks[process.environ().get(BUILD_MARK, "")] += 1
        except (psutil.Error, OSError):
            continue
    return marks


def switches(folders: Folders, catalogue: Catalogue, wanted: Path | None) -> tuple[Switch, ...]:
    """The switches that are known, or only the one that is wanted."""
    prefixes = [wanted] if wanted else known_prefixes(folders)
    return tuple(each(lambda prefix: switch_at(prefix, catalogue), prefixes))


def switch_at(prefix: Path, catalogue: Catalogue) -> Switch:
    """One switch: its lock file, its compilers, its proof, and what was changed since."""
    path = str(prefix)
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        return Switch(path, "", f"it is no cross switch: it holds no {LOCK_FILE}")
    try:
        preset = load_preset(lock, catalogue)
    except WizardError as error:
        return Switch(path, "", f"its lock file cannot be read: {error.what}")
    triplet = catalogue.triplet(preset.selection.target, preset.selection.libc) or ""
    words = f"OCaml {preset.selection.release} for {triplet}"
    report_file = prefix / REPORT_FILE
    report = load_report(report_file)
    return Switch(
        prefix=path,
        words=words,
        problem=_problem(prefix, preset.selection.release, triplet),
        failed=len(report.failed) if report else 0,
        proved=report is not None,
        changed=_changed(prefix, report_file.stat().st_mtime) if report else (),
    )


def _problem(prefix: Path, release: str, triplet: str) -> str:
    """Why a switch is of no use, "" where its compilers answer."""
    compiler = prefix / "bin" / "ocamlopt"
    if not compiler.is_file():
        return "bin/ocamlopt is gone"
    config = parse_config(config_output(compiler))
    if not config:
        return f"bin/ocamlopt gives no answer: {ask(compiler, '-config').problem or 'it says nothing'}"
    if config.get("version") != release:
        return f"bin/ocamlopt is of release {config.get('version', '?')}, and the lock file says {release}"
    library = Path(config.get("standard_library", ""))
    if not Path(os.path.realpath(library)).is_relative_to(os.path.realpath(prefix)):
        return f"bin/ocamlopt answers for another place: its library is {library}"
    if not (library / "stdlib.cmxa").is_file():
        return f"its standard library is gone: {library}"
    gcc = prefix / "wrappers" / f"{triplet}-gcc"
    if not gcc.is_file():
        return f"wrappers/{gcc.name} is gone"
    answer = ask(gcc, "--version")
    return f"its C compiler does not run: {answer.problem}" if answer.problem else ""


def _changed(prefix: Path, proved: float) -> tuple[str, ...]:
    """The files of the switch itself that are newer than its proof."""
    found: list[str] = []
    for folder in _OWN:
        with contextlib.suppress(OSError), os.scandir(prefix / folder) as entries:
            found += [f"{folder}/{entry.name}" for entry in entries if _later(entry, proved + LATER_SECONDS)]
    return tuple(sorted(found))


def _later(entry: os.DirEntry[str], time: float) -> bool:
    """True for a file that was written after `time`."""
    return entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_mtime > time


def hosts(folders: Folders) -> tuple[Host, ...]:
    """The host compilers that are whole."""
    prefixes = [path / "prefix" for path in sorted(folders.hosts.glob("*/")) if (path / "prefix" / "bin").is_dir()]

    def look(prefix: Path) -> Host:
        answer = ask(prefix / "bin" / "ocamlopt", "-version")
        return Host(str(prefix.parent), prefix.parent.name.rpartition("-")[0], answer.problem)

    return tuple(each(look, prefixes))
