"""Why a stage failed: the first real error of its log, which is the line that names the cause, not make's last."""

from __future__ import annotations

import errno
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from wizard.build.space import SpaceWatch, place_error
from wizard.errors import BuildError, PlaceError, WizardError
from wizard.plainline import plain_line

READ_LIMIT = 64 << 20
PIECE = 1 << 20
MOST_SHOWN = 400
SEARCHED = 2000
"""Bytes of a line in which an error is looked for."""

_REAL = re.compile(
    rb"(?:^|[\s:])(?:fatal error|error|Error|ERROR|Fatal error|undefined reference|undefined symbol)\b[: ]"
    rb"|: not found$|command not found|No such file or directory|cannot execute|Exec format error"
    rb"|No space left on device|Permission denied|Segmentation fault|Killed$|out of memory"
    rb"|Disk quota exceeded|File too large|[Ff]ile ?size limit exceeded|Read-only file system|Input/output error"
    rb"|Relocations in generic ELF|file in wrong format|Unable to recognise the format|missing destination file"
    rb"|Syntax error:|Unterminated quoted string",
)
_NOT_REAL = re.compile(
    rb"^\+ |\bmake(?:\[\d+\])?: \*\*\*|^checking |^\s*(?:CC|OCAMLC|OCAMLOPT|LINK\w*) |^\S*(?:gcc|cc) .*-Werror"
    rb"|ignored\)$"
)
_MAKE = re.compile(rb"(?:\bmake(?:\[\d+\])?|^\S*Makefile\S*:\d+): \*\*\* (.*)")


def first_error(log: Path) -> str:
    """`line N: text` of the first line of `log` that names an error; make's own complaint where there is none."""
    fallback = ""
    try:
        with log.open("rb") as file:
            for number, line in _lines(file):
                if not fallback and (made := _MAKE.search(line)):
                    fallback = f"line {number}: {_shown(made.group(0))}"
                if _REAL.search(line) and not _NOT_REAL.search(line):
                    return f"line {number}: {_shown(line)}"
    except OSError:
        return ""
    return fallback or "no line of the log names an error"


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The number and the beginning of each line within READ_LIMIT. A line without end does not fill the memory."""
    number, begins, length = 1, True, 0
    while length < READ_LIMIT and (piece := file.readline(PIECE)):
        length += len(piece)
        if begins:
            line = piece[:SEARCHED].rstrip()
            yield number, plain_line(line.decode(errors="replace")).encode() if b"\x1b" in line else line
        begins = piece.endswith(b"\n")
        number += begins


def _shown(line: bytes) -> str:
    """A line of a log as a message may hold it: nothing in it moves a terminal's cursor."""
    return plain_line(line.decode(errors="replace"))[:MOST_SHOWN]


def command_failed(stage: str, program: str, status: int, log: Path, space: SpaceWatch) -> WizardError:
    """Why a stage's command ended with `status` (negative: a signal).

    A PlaceError where it had no room to write, else a BuildError with the log's first error.
    """
    how = f"exit status {status}" if status > 0 else f"signal {-status}{_SIGNALS.get(-status, '')}"
    what, why = f"stage {stage} failed: {program} ended with {how}", first_error(log)
    whole = f"the whole log is {log}"
    try:
        space.check()
    except PlaceError as full:
        return PlaceError("disk-full", what, f"{full.what}; {why}", f"{full.fix}; {whole}")
    for code, signs, fix in _NO_ROOM:
        if signs.search(why.encode()) or (code == "file-size-limit" and status in _TOO_LARGE):
            return PlaceError(code, what, why, f"{fix}; {whole}")
    return BuildError("stage-failed", what, why, whole)


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
