"""What a C compiler would link a program with: asked of the compiler itself, which shows the call of its linker.

`-###` makes gcc, clang and the wrapper scripts around them print what they would run, and run nothing.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from wizard.base.errors import MissingError

PROBE = "ocw-probe.o"
"""The object that the program would consist of."""

# Options of GNU ld and lld whose value is a word of its own, beside -o, -T, -L and -l.
_WITH_VALUE = frozenset((
    "-plugin", "-dynamic-linker", "--dynamic-linker", "-m", "-z", "-e", "--entry", "-soname", "-rpath",
    "-rpath-link", "-u", "--undefined", "-Map", "-a", "-A", "-b", "--format", "-c", "-f", "-F", "-h", "-I", "-G",
    "-R", "-y", "-Y", "--defsym", "--sysroot", "--version-script", "--dynamic-list", "-init", "-fini", "-mllvm",
))  # fmt: skip


class LinkLine(msgspec.Struct, frozen=True):
    """What a linker is called with. items: ("file", path), ("library", name) or ("script", path), in their order.

    folders: where libraries are looked for. static: no shared library is taken.
    """

    items: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]
    static: bool


def parse_link_line(words: Sequence[str]) -> LinkLine:
    """What the words of a linker's call name. Other options are passed over."""
    items: list[tuple[str, str]] = []
    folders: list[str] = []
    static = False
    rest = iter(words[1:])
    for word in rest:
        if word in _WITH_VALUE or word == "-o":
            next(rest, "")
        elif word.startswith("-L"):
            folders.append(word[2:] or next(rest, ""))
        elif word.startswith("-l"):
            items.append(("library", word[2:] or next(rest, "")))
        elif word.startswith("--library="):
            items.append(("library", word.partition("=")[2]))
        elif word in ("-T", "--script", "-dT"):
            items.append(("script", next(rest, "")))
        elif word in ("-static", "-Bstatic", "-dn", "-non_shared"):
            static = True
        elif word in ("-Bdynamic", "-dy", "-call_shared"):
            static = False
        elif word and not word.startswith(("-", "@")):
            items.append(("file", word))
    return LinkLine(
        tuple(item for item in items if item[1]), tuple(folder for folder in folders if folder), static
    )


def found_files(line: LinkLine, folder: Path) -> tuple[Path, ...]:
    """The files that a linker would use for a line, each once; those that it would not find are left out.

    folder: where it would be called.
    """
    folders = [folder / path for path in line.folders]
    found: dict[Path, None] = {}
    for kind, name in line.items:
        path = folder / name
        if kind == "library":
            exact = name[1:] if name.startswith(":") else ""
            names = [exact] if exact else [f"lib{name}.a"] if line.static else [f"lib{name}.so", f"lib{name}.a"]
            path = _first((folder / name for folder in folders for name in names), path)
        elif kind == "script" and not path.is_file():
            path = _first((folder / name for folder in folders), path)
        if path.is_file() and path.name != PROBE:
            found[Path(os.path.normpath(path))] = None
    return tuple(found)


def linked_files(
    compiler: Sequence[str], environment: Mapping[str, str], libraries: Iterable[str] = ()
) -> tuple[Path, ...]:
    """What `compiler` links every program with; `libraries` are options such as -lm that come with it.

    Raises MissingError where it cannot be run or does not say it.
    """
    with tempfile.TemporaryDirectory(prefix="ocw-link-") as name:
        folder = Path(name)
        (folder / PROBE).touch()
        words = [*compiler, "-###", PROBE, "-o", "program", *libraries]
        try:
            ended = subprocess.run(
                words, cwd=folder, env=dict(environment), capture_output=True, text=True, errors="replace",
                timeout=60, check=False, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            raise MissingError("compiler-silent", "refused", compiler=shlex.join(compiler), reason=error) from None
        for line in reversed(ended.stderr.splitlines()):
            found = _call(line)
            if PROBE in found:
                return found_files(parse_link_line(found), folder)
    raise MissingError(
        "compiler-silent", compiler=shlex.join(compiler), reason=next(iter(ended.stderr.splitlines()), "")
    )


def _call(line: str) -> list[str]:
    """The words of a line in which a compiler shows a call; [] for another line."""
    if not line.startswith(" "):  # others name the version, the target, the options
        return []
    try:
        return shlex.split(line)
    except ValueError:
        return []


def _first(paths: Iterable[Path], otherwise: Path) -> Path:
    return next((path for path in paths if path.is_file()), otherwise)
