"""The C code that is asked about: objects, archives and C files, which are compiled first."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from wizard.base.errors import InputError
from wizard.base.lines import plain_line
from wizard.binaries.reading import is_folder, printable
from wizard.link.c_library import CLibrary
from wizard.link.libraries import Unit, units_of

SOURCES = (".c", ".S", ".s")
OBJECTS = (".o", ".a")

# What nobody declares is looked for all the same: it is what the answer is about.
_TOLERANT = ("-w", "-Wno-implicit-function-declaration", "-Wno-int-conversion")


class NotCompiled(msgspec.Struct, frozen=True):
    """A C file that the compiler refused, with the first error it reported."""

    file: str
    error: str


def code_files(names: Iterable[Path]) -> Iterator[Path]:
    """The files to read: of a folder its C files, or where it has none its objects and archives.

    Raises InputError for a folder that has none of them.
    """
    for name in names:
        if not is_folder(name):
            yield name
            continue
        inside = sorted(path for path in name.iterdir() if path.is_file())
        found = [p for p in inside if p.suffix in SOURCES] or [p for p in inside if p.suffix in OBJECTS]
        if not found:
            raise InputError("coverage-empty", folder=printable(str(name)), endings=", ".join(SOURCES + OBJECTS))
        yield from found


def read_code(
    files: Sequence[Path], library: CLibrary | None, options: Sequence[str], scratch: Path
) -> tuple[list[Unit], tuple[NotCompiled, ...]]:
    """The objects of all files, and the C files that do not compile. scratch: a folder for what is compiled.

    options: for the compiler. Raises InputError where a file cannot be read, or there is no compiler for it.
    """
    units: list[Unit] = []
    refused: list[NotCompiled] = []
    for number, file in enumerate(files):
        if file.suffix not in SOURCES:
            units += units_of(file)
            continue
        if library is None or not library.compiler:
            raise InputError("coverage-no-compiler", file=printable(str(file)))
        into = scratch / f"{number}.o"
        error = _compile(file, library, options, into)
        if error is None:
            units += units_of(into, printable(file.name))
        else:
            refused.append(NotCompiled(printable(str(file)), error))
    return units, tuple(refused)


def _compile(file: Path, library: CLibrary, options: Sequence[str], into: Path) -> str | None:
    """Compile one file; None where it went well, else the first error."""
    folders = [str(file.parent.absolute()), *([library.headers] if library.headers else [])]
    words = [
        *library.compiler, *_TOLERANT, *(f"-I{folder}" for folder in folders), *options,
        "-c", str(file.absolute()), "-o", str(into),
    ]  # fmt: skip
    try:
        ended = subprocess.run(
            words, cwd=into.parent, env=library.environment, capture_output=True, text=True, errors="replace",
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        return printable(str(error))
    if ended.returncode == 0 and into.is_file():
        return None
    lines = [plain_line(line) for line in ended.stderr.splitlines() if line.strip()]
    first = next((line for line in lines if "error" in line), lines[0] if lines else "the compiler says nothing")
    return first.removeprefix(f"{file.absolute()}:")
