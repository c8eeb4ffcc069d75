"""Why a stage failed: the line of its log that names the cause, which is not make's last, and what it means."""

from __future__ import annotations

import errno
import re
import signal
from pathlib import Path

from wizard.base.errors import BuildError, FolderError, InputError, WizardError
from wizard.logs.diagnosis import Diagnosis, diagnose_file, first_words
from wizard.logs.matchers import BuildFacts
from wizard.machine.disk_space import SpaceWatch, write_error


def first_error(log: Path) -> str:
    """`line N: text` of the line of `log` that names the cause; make's own complaint where there is none."""
    try:
        return _line_words(diagnose_file(log), log)
    except InputError:
        return ""


def _line_words(diagnosis: Diagnosis, log: Path) -> str:
    """`line N: text` in the log; where configure's own log says why, that after it."""
    if diagnosis.outcome == "nothing":
        return "no line of the log names an error"
    cause = f"line {diagnosis.line}: {diagnosis.text}"
    if Path(diagnosis.file) != log:
        return f"line {diagnosis.led_line}: {diagnosis.led_to}; {Path(diagnosis.file).name}, {cause}"
    return cause


def command_failed(
    stage: str,
    program: str,
    status: int,
    log: Path,
    space: SpaceWatch,
    *,
    facts: BuildFacts | None = None,
    folder: Path | None = None,
) -> WizardError:
    """Why a stage's command ended with `status` (negative: a signal).

    facts: what is known of the build. folder: where the command ran. A FolderError where there was no space to
    write, else a BuildError with the line that names the cause; where a matcher knows it, with that matcher's
    code, meaning and first fix.
    """
    how = f"exit status {status}" if status > 0 else f"signal {-status}{_SIGNALS.get(-status, '')}"
    try:
        diagnosis = diagnose_file(log, facts, folder / "config.log" if folder else None)
        why = _line_words(diagnosis, log)
    except InputError:
        diagnosis, why = Diagnosis("nothing"), ""
    failed = BuildError("stage-failed", stage=stage, program=program, how=how, reason=why, log=log)
    try:
        space.check()
    except FolderError as full:
        return FolderError.from_texts("disk-full", failed.what, f"{full.what}; {why}", f"{full.fix}; {failed.fix}")
    for code, signs, fix in _NO_SPACE:
        if signs.search(why.encode()) or (code == "file-size-limit" and status in _TOO_LARGE):
            return FolderError.from_texts(code, failed.what, why, f"{fix}; {failed.fix}")
    if diagnosis.outcome != "known":
        return failed
    more = f"`ocaml-cross-wizard explain {diagnosis.code}` says more"
    fix = f"{first_words(diagnosis.fixes[0])}; {more}; {failed.fix}"
    return BuildError.from_texts(diagnosis.code, failed.what, f"{why}{MEANING}{diagnosis.what}", fix)


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

_NO_SPACE = tuple(
    (problem.code, re.compile(signs), problem.fix)
    for problem, signs in (
        (write_error(OSError(errno.ENOSPC, "")), rb"No space left on device|Disk quota exceeded"),
        (write_error(OSError(errno.EFBIG, "")), rb"File too large|[Ff]ile ?size limit exceeded"),
        (write_error(OSError(errno.EROFS, "")), rb"Read-only file system"),
        (write_error(OSError(errno.EIO, "")), rb"Input/output error"),
    )
)
