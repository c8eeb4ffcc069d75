"""Finds the first real error in a stage's log: the line that names the cause, not make's last word."""

from __future__ import annotations

import re
from pathlib import Path

READ_LIMIT = 64 << 20

_REAL = re.compile(
    rb"(?:^|[\s:])(?:fatal error|error|Error|ERROR|Fatal error|undefined reference|undefined symbol)\b[: ]"
    rb"|: not found$|command not found|No such file or directory|cannot execute|Exec format error"
    rb"|No space left on device|Permission denied|Segmentation fault|Killed$|out of memory"
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
            for number, line in enumerate(file, 1):
                if file.tell() > READ_LIMIT:
                    break
                text = line[:2000].rstrip()
                if not fallback and (made := _MAKE.search(text)):
                    fallback = f"line {number}: {made.group(0).decode(errors='replace')}"
                if _REAL.search(text) and not _NOT_REAL.search(text):
                    return f"line {number}: {text.decode(errors='replace')[:400]}"
    except OSError:
        return ""
    return fallback or "no line of the log names an error"
