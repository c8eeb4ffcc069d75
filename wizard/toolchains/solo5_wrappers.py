"""The wrapper scripts of unikernels: Solo5's own C compiler with nolibc's headers and libraries."""

from __future__ import annotations

import shlex

import msgspec

from wizard.catalogue.model import Toolchain


class LibcPlace(msgspec.Struct, frozen=True):
    """Where Solo5's wrapper scripts are (in `solo5`/bin), and the folders of nolibc and OpenLibm.

    A path that begins with `$switch` is below the folder above the wrapper script's own.
    """

    solo5: str
    includes: tuple[str, ...]
    libraries: tuple[str, ...]


_SWITCH = """\
switch=${0%/*}/..
"""

_COMPILER = """\
link=yes
for word do
  case $word in
    -c | -S | -E | -M | -MM | -r | -fsyntax-only | -dumpmachine | --version) link=no ;;
  esac
done
# The libraries come last, and refer to each other. What is linked for which bindings says -z solo5-abi=...
[ "$link" = no ] || set -- "$@" {libraries} -Wl,--start-group -lnolibc -lopenlibm{more} -Wl,--end-group
exec {cc} {includes} \\
  -include _solo5/overrides.h -D__BSD_VISIBLE=0 -D__XSI_VISIBLE=0 "$@"
"""

_BINUTILS = {
    "ar": "makes archives (.a)",
    "nm": "lists symbols",
    "objdump": "shows what is in an object",
    "ranlib": "writes an archive's index",
    "readelf": "shows an ELF file's headers",
    "strip": "takes the symbols out",
}


def solo5_wrapper_texts(
    toolchain: Toolchain, triplet: str, name: str, gcc: str, place: LibcPlace
) -> dict[str, tuple[str, str]]:
    """The wrapper scripts: tool name -> (text of a POSIX sh script, purpose).

    name is what Solo5 calls its own scripts, but for the end; gcc the absolute path of the
    compiler below them, whose binutils are beside it.
    """
    cc = _quoted(f"{place.solo5}/bin/{name}-cc")
    compiler = _COMPILER.format(
        cc=cc,
        includes=" ".join(f"-I{_quoted(folder)}" for folder in place.includes),
        libraries=" ".join(f"-L{_quoted(folder)}" for folder in place.libraries),
        more=" -lgcc" if triplet.startswith("aarch64-") else "",  # what its compiler calls for atomics
    )
    bodies = {
        "gcc": (compiler, "compiles and links C for unikernels"),
        "cc": (compiler, "the same compiler under its other usual name"),
        "as": (f'exec {cc} -c "$@"\n', "assembles what ocamlopt writes"),
    }
    for tool, purpose in {"ld": "links objects, partially with -r", "objcopy": "copies parts of objects"}.items():
        bodies[tool] = (f'exec {_quoted(f"{place.solo5}/bin/{name}-{tool}")} "$@"\n', purpose)
    binutils = gcc.removesuffix("-gcc")
    for tool, purpose in _BINUTILS.items():
        bodies[tool] = (f'exec {shlex.quote(f"{binutils}-{tool}")} "$@"\n', purpose)
    return {
        f"{triplet}-{tool}": (_script(f"{triplet}-{tool}", toolchain, purpose, body), purpose)
        for tool, (body, purpose) in bodies.items()
    }


def _script(name: str, toolchain: Toolchain, purpose: str, body: str) -> str:
    switch = _SWITCH if "$switch" in body else ""
    return f"#!/bin/sh\n# {name}: {purpose}, by {toolchain.title}.\n{switch}{body}"


def _quoted(path: str) -> str:
    """A path as a word of sh; `$switch` at its beginning stays the variable."""
    if path.startswith("$switch/"):
        return f'"$switch"/{shlex.quote(path.removeprefix("$switch/"))}'
    return shlex.quote(path)
