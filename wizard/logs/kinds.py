"""What a suspicious line is: an error, the end that an error brought, or one of the many that only look so."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["error", "end", "ignored", "plain", "noise"]
"""end: a program says that it gives up because of something above. ignored: what was above did no harm.
plain: only a matcher can make an error of it. noise: a command, a piece of source, a warning."""

_IGNORED = re.compile(rb"^\S*make(?:\[\d+\])?: .*\(ignored\)$")

_END = re.compile(
    rb"^(?:\S*make(?:\.exe)?(?:\[\d+\])?|\S*Makefile\S*:\d+): \*\*\* "
    rb"|^ninja: build stopped|^configure: error: (?!in [`'])|^configure:\d+: error: (?!in [`'])"
)

_NOISE = re.compile(
    rb"^\+ |^\w+=|^configure: error: in [`']|^configure: WARNING|^configure: (?:creating|loading|running)"
    rb"|^\s*(?:CC|AR|LD|LINK\w*|OCAML\w*|GEN\w*|MK\w+|ASM|MKLIB) +\S+$"
    rb"|^\S*(?:gcc|cc|g\+\+|clang|ocaml\w*(?:\.opt)?|ocamlrun|ar|ranlib|ld|rm|cp|mv|ln|install|mkdir|sed|echo|printf)"
    rb" (?!.*: error:)(?!.*: Error:)|^\S*make(?:\[\d+\])?: (?:Entering|Leaving|Nothing|\[|Circular|warning:)"
    rb"|^\s*\d+ \||^\| |^\s*\^|^\s*[|~]|: warning: |: note: |^Warning |^In file included from|^\s+from \S+:\d+"
    rb"|^libtool: |^config\.status: |^\s*rm -f |^# |^mv -f |^test "
)

_ERROR = re.compile(
    rb"(?:^|[\s:(\[])(?:fatal error|[Ee]rror|ERROR|Fatal error)(?: \[[\w-]+\]| \(\w[^)]*\))?: "
    rb"|: fatal: |^\*\* |^Error \(|^Alert|^Unhandled|^Fatal error"
    rb"|undefined reference|undefined symbol|[Uu]ndefined variable|multiple definition"
    rb"|: not found\.?$|command not found|No such file or directory|cannot execute|Exec format error"
    rb"|No space left on device|Permission denied|Segmentation fault|Illegal instruction|Bus error|Aborted"
    rb"|(?:^|[\s:])Killed|Out of memory|[Oo]ut of memory|[Cc]annot allocate memory|memory exhausted"
    rb"|Disk quota exceeded|File too large|[Ff]ile ?size limit exceeded|Read-only file system|Input/output error"
    rb"|Too many open files|Argument list too long|File name too long|Text file busy|Connection refused"
    rb"|Relocations in generic ELF|[Ff]ile in wrong format|[Uu]nable to recogni[sz]e the format"
    rb"|missing destination file|file format not recogni[sz]ed|bad interpreter"
    rb"|Syntax error:|Unterminated quoted string|unexpected end of file|unrecogni[sz]ed (?:command-line )?option"
    rb"|[Cc]annot find |cannot open |cannot stat |cannot create |cannot run |[Cc]ould not "
    rb"|uncaught target signal|ABORT|: abort: |FAILED at|patch does not apply|[Ii]nvalid configuration "
    rb"|exception |invalid executable|Executable is not for",
)


def kind_of(line: bytes) -> Kind:
    """What a line is that holds one of the suspicious words."""
    if _IGNORED.search(line):
        return "ignored"
    if _END.search(line):
        return "end"
    if _NOISE.search(line):
        return "noise"
    return "error" if _ERROR.search(line) and not line.startswith(b"checking ") else "plain"
