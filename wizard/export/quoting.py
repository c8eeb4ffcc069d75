"""Words of a POSIX shell script: quoted, with folders that a user may choose as variables. Exports share it."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

_PLAIN = re.compile(r"[A-Za-z0-9_%+=:,./@-]+")
_LONGER = "[A-Za-z0-9_.+-]"
"""What makes the end of a path the beginning of a longer name: .../zig-0.17.0 and .../zig-0.17.0-musl."""


class FolderVariable(msgspec.Struct, frozen=True):
    """A folder of the plan for which the script has a variable."""

    path: str
    variable: str


class Quoter:
    """Quotes words, with these folders as variables. A folder may be inside another: the longest path counts."""

    def __init__(self, folders: Iterable[FolderVariable]) -> None:
        self._variables = {folder.path: folder.variable for folder in folders}
        longest = sorted(self._variables, key=len, reverse=True)
        self._pattern = re.compile(f"({'|'.join(map(re.escape, longest))})(?!{_LONGER})")

    def __contains__(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def word(self, text: str) -> str:
        """`text` as one word of the script: plain where the shell leaves it alone, else in double quotes."""
        if _PLAIN.fullmatch(text) and text not in self:
            return text
        parts = self._pattern.split(text)
        for number in range(0, len(parts), 2):
            parts[number] = re.sub(r'([\\"$`])', r"\\\1", parts[number])
        for number in range(1, len(parts), 2):
            after = parts[number + 1][:1]
            name = self._variables[parts[number]]
            parts[number] = f"${{{name}}}" if after.isalnum() or after == "_" else f"${name}"
        return f'"{"".join(parts)}"'

    def words(self, texts: Iterable[str]) -> str:
        """Several words, a space between them."""
        return " ".join(map(self.word, texts))

    def substitution(self, texts: Iterable[str]) -> str:
        """The sed command that replaces the folders in these texts by the variables' values."""
        named = {path for text in texts for path in self._pattern.findall(text)}
        edits = []
        for path in sorted(named, key=len, reverse=True):
            pattern = re.sub(r"[.*[\]^$\\|]", r"[\g<0>]", path)
            value = f"${self._variables[path]}"
            other = _LONGER.replace("[", "[^")
            edits.append(f'-e "s|{pattern}\\({other}\\)|{value}\\1|g" -e "s|{pattern}\\$|{value}|"')
        return " ".join(["sed", *edits])


def here_document(text: str, then: str = "") -> str:
    """`<<'END'` and the lines of a text that ends with a line break; the delimiter is none of these lines.

    `then` is put on the first line: where the text is piped to.
    """
    lines = set(text.split("\n"))
    end = "END"
    while end in lines:
        end += "_"
    return f"<<'{end}'{f' {then}' if then else ''}\n{text}{end}"
