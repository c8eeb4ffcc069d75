"""Why a stage failed: the line of its log that names the cause, which is not make's last, and what it means."""

from __future__ import annotations

import errno
import re
import signal
from pathlib import Path

from wizard.base.errors import BuildError, InputError, PlaceError, WizardError
from wizard.logs.diagnosis import Diagnosis, diagnose_file, first_words
from wizard.logs.matchers import Facts
from wizard.machine.disk_space import SpaceWatch, place_error


def first_error(log: Path) -> str:
    """`line N: text` of the line of `log` that names the cause; make's own complaint where there is none."""
    try:
        return _named(diagnose_file(log), log)
    except InputError:
        return ""


def _named(found: Diagnosis, log: Path) -> str:
    """`line N: text` in the log; where configure's own log says why, that after it."""
    if found.outcome == "nothing":
        return "no line of the log names an error"
    here = f"line {found.line}: {found.text}"
    if Path(found.file) != log:
        return f"line {found.led_line}: {found.led_to}; {Path(found.file).name}, {here}"
    return here


def command_failed(
    stage: str,
    program: str,
    status: int,
    log: Path,
    space: SpaceWatch,
    *,
    facts: Facts | None = None,
    folder: Path | None = None,
) -> WizardError:
    """Why a stage's command ended with `status` (negative: a signal).

    facts: what is known of the build. folder: where the command ran. A PlaceError where it had no room to
    write, else a BuildError with the line that names the cause; where a matcher knows it, with that one's
    code, meaning and first fix.
    """
    how = f"exit status {status}" if status > 0 else f"signal {-status}{_SIGNALS.get(-status, '')}"
    what, whole = f"stage {stage} failed: {program} ended with {how}", f"the whole log is {log}"
    try:
        found = diagnose_file(log, facts, folder / "config.log" if folder else None)
        why = _named(found, log)
    except InputError:
        found, why = Diagnosis("nothing"), ""
    try:
        space.check()
    except PlaceError as full:
        return PlaceError("disk-full", what, f"{full.what}; {why}", f"{full.fix}; {whole}")
    for code, signs, fix in _NO_ROOM:
        if signs.search(why.encode()) or (code == "file-size-limit" and status in _TOO_LARGE):
            return PlaceError(code, what, why, f"{fix}; {whole}")
    if found.outcome != "known":
        return BuildError("stage-failed", what, why, whole)
    more = f"`ocaml-cross-wizard explain {found.code}` says more"
    return BuildError(
        found.code, what, f"{why}{MEANING}{found.what}", f"{first_words(found.fixes[0])}; {more}; {whole}"
    )


MEANING = "; this means: "
"""Stands in a failed stage's reason between the line of its log and what that means."""


_TOO_LARGE = (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)
"""How a command ends that wrote too large a file, and how a shell does whose command that was."""

_SIGNALS: dict[int, str] = {
    signal.SIGKILL: ": killed from outside, as the kernel does where memory runs out",
    signal.SIGXFSZ: ": a file grew larger than it may (ulimit -f)",
    signal.SIGSEGV: ": it crashed (SIGSEGV)",
    signal.SIGABRT: ": it gave up (SIGABRT)",
    signal.SIGBUS: ": it crashed (SIGBUS), or the disk is full",
    signal.SIGXCPU: ": it used more time than it may (ulimit -t)",
}

_NO_ROOM = tuple(
    (problem.code, re.compile(signs), problem.fix)
    for problem, signs in (
        (place_error(OSError(errno.ENOSPC, "")), rb"No space left on device|Disk quota exceeded"),
        (place_error(OSError(errno.EFBIG, "")), rb"File too large|[Ff]ile ?size limit exceeded"),
        (place_error(OSError(errno.EROFS, "")), rb"Read-only file system"),
        (place_error(OSError(errno.EIO, "")), rb"Input/output error"),
    )
)
