"""The functions that an exported script may call, read from shell/*.sh, and which of them a script calls."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

_FUNCTION = re.compile(r"(?:^#[^\n]*\n)*^([a-z]\w*)\(\) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_NO_CODE = re.compile(r"^\s*#[^\n]*|'[^'\n]*'", re.MULTILINE)
_WORD = re.compile(r"(?<![$/.{\w-])[a-z]\w*")


@functools.cache
def shell_functions() -> dict[str, str]:
    """Every function's text, with the comment above it, by its name; in the order of the files."""
    files = [Path(__file__).parent / "shell" / f"{name}.sh" for name in ("stages", "sources", "facts", "proof")]
    texts = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return {match.group(1): match.group(0) for match in _FUNCTION.finditer(texts)}


def used_functions(calls: Iterable[str]) -> list[str]:
    """The texts of the functions called, and of those that these call, in their order."""
    functions = shell_functions()
    used: set[str] = set()
    pending = list(calls)
    while pending:
        name = pending.pop()
        if name in functions and name not in used:
            used.add(name)
            code = _NO_CODE.sub("", functions[name].partition("() {")[2])
            pending += _WORD.findall(code)
    return [text for name, text in functions.items() if name in used]
