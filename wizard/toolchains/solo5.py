"""Solo5 as a C toolchain: its own C compiler over the system's gcc, with OpenLibm and nolibc (of ocaml-solo5).

Two sets of wrapper scripts: over the build's folders, by which OCaml is built, over the switch's own, for good.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from wizard.catalogue.model import Toolchain
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.drafts import Draft
from wizard.steps.recipes import recipe_stages, recipes
from wizard.steps.script import Line, Lines, filled
from wizard.steps.sources import component_records
from wizard.toolchains.api import Provider, Request, Setup
from wizard.toolchains.options import explained, options
from wizard.toolchains.wrapper import (
    CHOICE,
    COMMENT,
    EACH_WORD,
    LOOP_END,
    NOT_LINKED,
    OWN_TOOL,
    WHICH_WORD,
    Script,
    framed,
)

SOLO5, LIBC = "solo5", "ocaml-solo5"
"""The components it is built from, by name."""

TOOLS = Path("solo5") / "bin"
"""Solo5's elftool and tenders, below the prefix."""
PARTS = Path("share") / "ocaml-cross" / "unikernel"
"""The parts of every unikernel's project, below the prefix."""
STARTUP, MANIFEST = "startup.c", "manifest.json"

_STARTUP = """\
/* Start-up code of an OCaml unikernel: Solo5 calls it. It gives nolibc the memory, and starts OCaml. */
#define CAML_NAME_SPACE /* else OCaml 4 takes heap_start for a name of its own */
#include <solo5.h>
#include <caml/callback.h>

void _nolibc_init(uintptr_t start, size_t size);

int solo5_app_main(const struct solo5_start_info *info)
{
  static char *arguments[] = { "unikernel", NULL };
  _nolibc_init(info->heap_start, info->heap_size);
  caml_startup(arguments);
  return SOLO5_EXIT_SUCCESS;
}
"""

_MANIFEST = """\
{
  "type": "solo5.manifest",
  "version": 1,
  "devices": [ ]
}
"""

# What MirageOS 3 asked pkg-config for: flags for C stubs, and what a program is linked with.
_PKG_CONFIG = """\
prefix={prefix}
includedir=${{prefix}}/sysroot/include
libdir=${{prefix}}/sysroot/lib
ocamldir=${{prefix}}/lib/ocaml
solo5_bindings={bindings}
cc=${{prefix}}/wrappers/{triplet}-gcc

Name: {name}
Description: nolibc and OpenLibm of the cross switch {triplet}
Version: {version}
Cflags: -I${{includedir}} -include _solo5/overrides.h -D__BSD_VISIBLE=0 -D__XSI_VISIBLE=0
Libs: -L${{libdir}} -L${{ocamldir}} -lasmrun -lnolibc -lopenlibm
"""

# What libraries of MirageOS ask findlib for, to tell a unikernel from a program of an ordinary system.
_PACKAGES = {
    "is_solo5": "present where programs are unikernels of Solo5",
    "nolibc": "the C library that every program of this switch is linked with",
    "threads": "empty: a unikernel has no threads, and who only names them may still be compiled",
}


class Locations(msgspec.Struct, frozen=True):
    """Where Solo5's wrapper scripts are (in `solo5`/bin), and the folders of nolibc and OpenLibm.

    A path that begins with `$switch` is below the folder above the wrapper script's own.
    """

    solo5: str
    includes: tuple[str, ...]
    libraries: tuple[str, ...]


_SWITCH: Lines = (Line("switch=${0%/*}/..", "The switch's own folder: the one above the script's."),)

_COMPILER: Lines = (
    Line("link=yes", "Without another word on the command line, what is asked for is a program."),
    Line("for word do", EACH_WORD),
    Line("  case $word in", WHICH_WORD),
    Line("    -c | -S | -E | -M | -MM | -r | -fsyntax-only | -dumpmachine | --version) link=no ;;", NOT_LINKED),
    Line("  esac", CHOICE),
    Line("done", LOOP_END),
    Line(
        "# The libraries come last, and refer to each other. What is linked for which bindings says -z "
        "solo5-abi=...",
        COMMENT,
    ),
    Line(
        '[ "$link" = no ] || set -- "$@" {libraries} -Wl,--start-group -lnolibc -lopenlibm{more} -Wl,--end-group',
        "For a program: OCaml's libraries first, then nolibc and OpenLibm, which refer to each other.",
        options("-Wl,--start-group", "-Wl,--end-group"),
    ),
    Line(
        "exec {cc} {includes} \\",
        "Solo5's own C compiler, with the headers of nolibc and OpenLibm; the line below is the rest of "
        "the command.",
    ),
    Line(
        '  -include _solo5/overrides.h -D__BSD_VISIBLE=0 -D__XSI_VISIBLE=0 "$@"',
        'What nolibc wants to be known before every file; the caller\'s words (`"$@"`) come last.',
        options("-D__BSD_VISIBLE=0", "-D__XSI_VISIBLE=0"),
    ),
)

_BINUTILS = {
    "ar": "makes archives (.a)",
    "nm": "lists symbols",
    "objdump": "shows what is in an object",
    "ranlib": "writes an archive's index",
    "readelf": "shows an ELF file's headers",
    "strip": "takes the symbols out",
}

_ASSEMBLES = "Solo5's C compiler assembles, too: it hands assembler files to the right assembler."


def wrapper_scripts(
    toolchain: Toolchain, triplet: str, name: str, gcc: str, locations: Locations
) -> tuple[Script, ...]:
    """The wrapper scripts of one set.

    name is what Solo5 calls its own scripts, but for the end; gcc the absolute path of the
    compiler below them, whose binutils are beside it.
    """
    cc = _quoted(f"{locations.solo5}/bin/{name}-cc")
    more = " -lgcc" if triplet.startswith("aarch64-") else ""  # what its compiler calls for atomics
    compiler = filled(
        _COMPILER,
        cc=cc,
        includes=" ".join(f"-I{_quoted(folder)}" for folder in locations.includes),
        libraries=" ".join(f"-L{_quoted(folder)}" for folder in locations.libraries),
        more=more,
    )
    if more:
        compiler = tuple(
            msgspec.structs.replace(line, options=(*line.options, *explained(("-lgcc",))))
            if "-lopenlibm" in line.text
            else line
            for line in compiler
        )
    bodies: dict[str, tuple[str, Lines]] = {
        "gcc": ("compiles and links C for unikernels", compiler),
        "cc": ("the same compiler under its other usual name", compiler),
        "as": ("assembles what ocamlopt writes", (Line(f'exec {cc} -c "$@"', _ASSEMBLES),)),
    }
    for tool, purpose in {"ld": "links objects, partially with -r", "objcopy": "copies parts of objects"}.items():
        call = f'exec {_quoted(f"{locations.solo5}/bin/{name}-{tool}")} "$@"'
        bodies[tool] = (purpose, (Line(call, OWN_TOOL),))
    binutils = gcc.removesuffix("-gcc")
    for tool, purpose in _BINUTILS.items():
        call = f'exec {shlex.quote(f"{binutils}-{tool}")} "$@"'
        bodies[tool] = (purpose, (Line(call, OWN_TOOL),))
    return tuple(
        _script(f"{triplet}-{tool}", toolchain, purpose, body) for tool, (purpose, body) in bodies.items()
    )


def _script(name: str, toolchain: Toolchain, purpose: str, body: Lines) -> Script:
    switch = _SWITCH if any("$switch" in line.text for line in body) else ()
    return framed(name, purpose, toolchain.title, (*switch, *body))


def _quoted(path: str) -> str:
    """A path as a word of sh; `$switch` at its beginning stays the variable."""
    if path.startswith("$switch/"):
        return f'"$switch"/{shlex.quote(path.removeprefix("$switch/"))}'
    return shlex.quote(path)


def unikernel_files(resolved: ResolvedSelection, staging: str, prefix: str, triplet: str) -> Iterator[a.WriteFile]:
    """The files, written into `staging` as they will stand below `prefix`."""
    yield a.WriteFile(f"{staging}/{PARTS}/{STARTUP}", _STARTUP, "start-up code of a unikernel")
    yield a.WriteFile(f"{staging}/{PARTS}/{MANIFEST}", _MANIFEST, "a unikernel's manifest: it has no devices")
    version = next((component.version for component in resolved.components if component.name == "ocaml-solo5"), "")
    for name in ("ocaml-solo5", "ocaml-freestanding"):
        text = _PKG_CONFIG.format(
            prefix=prefix,
            triplet=triplet,
            bindings=" ".join(resolved.libc.bindings[resolved.target.id]),
            name=name,
            version=version if version[:1].isdigit() else "0",
        )
        yield a.WriteFile(f"{staging}/lib/pkgconfig/{name}.pc", text, "what pkg-config says of the C library")
    for name, description in _PACKAGES.items():
        text = f'description = "{description}"\nversion = "{resolved.release.id}"\n'
        yield a.WriteFile(f"{staging}/lib/{name}/META", text, f"the findlib package {name}")


_STAND_IN_PKG_CONFIG = """\
#!/bin/sh
# Stands in for pkg-config: Solo5's configure asks for libseccomp, which only its tenders need, and none is built.
case $* in
  *--cflags*) echo "-I{folder}" ;;
esac
"""
_SECCOMP_H = "/* Stands in for libseccomp's header: no tender is built, so nothing uses it. */\n"


_VERSION = (
    "[ -e include/version.h.distrib ] || "
    r"""printf '#ifndef __VERSION_H__\n#define __VERSION_H__\n#define SOLO5_VERSION "%s"\n#endif\n' "$1" """
    ">include/version.h.distrib"
)


def _solo5_name(resolved: ResolvedSelection) -> str:
    """Solo5's own name for its C toolchain (its configure.sh, CONFIG_TARGET_TRIPLE)."""
    return f"{resolved.target.arch}-solo5-none-static"


def _build_set(request: Request) -> tuple[str, Locations]:
    """The folder of the scripts with which OCaml is built, and what they call."""
    libc = f"{request.folder}/{LIBC}"
    locations = Locations(
        f"{request.folder}/{SOLO5}/toolchain",
        (f"{libc}/nolibc/include", f"{libc}/openlibm/include", f"{libc}/openlibm/src"),
        (f"{libc}/nolibc", f"{libc}/openlibm"),
    )
    return f"{request.folder}/wrappers", locations


_SWITCH_SET = Locations("$switch/solo5", ("$switch/sysroot/include",), ("$switch/sysroot/lib",))


def _wrappers(request: Request, folder: str, locations: Locations, where: str) -> tuple[a.WriteFile, ...]:
    resolved = request.resolved
    scripts = wrapper_scripts(
        resolved.toolchain, request.triplet, _solo5_name(resolved), resolved.compiler, locations
    )
    return tuple(script.written(folder, f", {where}") for script in scripts)


def _without_seccomp(request: Request) -> tuple[a.WriteFile, ...]:
    folder = f"{request.folder}/stand-in"
    return (
        a.WriteFile(
            f"{folder}/pkg-config",
            _STAND_IN_PKG_CONFIG.format(folder=folder),
            "stands in for libseccomp, which only the tenders need",
            0o755,
        ),
        a.WriteFile(f"{folder}/seccomp.h", _SECCOMP_H, "stands in for libseccomp's header"),
    )


class Solo5(Provider):
    """The provider `solo5`."""

    def set_up(self, request: Request) -> Setup:
        """Both sets of scripts, and what a switch for unikernels holds beside OCaml."""
        resolved, gcc = request.resolved, request.resolved.compiler
        build_folder, build_locations = _build_set(request)
        pkg_config = "pkg-config" if resolved.builds_tender else f"{request.folder}/stand-in/pkg-config"
        return Setup(
            wrappers=(
                *_wrappers(request, build_folder, build_locations, "in the build's folders"),
                *_wrappers(request, f"{request.staging}/wrappers", _SWITCH_SET, "in the switch"),
            ),
            build_wrappers=build_folder,
            words={
                "gcc": gcc,
                "binutils": gcc.removesuffix("-gcc"),
                "solo5-tool": f"{request.folder}/{SOLO5}/toolchain/bin/{_solo5_name(resolved)}",
                "pkg-config": pkg_config,
            },
            files=tuple(unikernel_files(resolved, request.staging, request.prefix, request.triplet)),
            tools=str(TOOLS),
            unpacks=True,
        )

    def stages(self, request: Request, words: Mapping[str, str]) -> list[Draft]:
        """Solo5, OpenLibm and nolibc, unpacked and built."""
        resolved, folder = request.resolved, request.folder
        tree = f"{folder}/{SOLO5}"
        records = component_records(resolved.components, Path(folder))
        version = next(part.sources[0].file for part in resolved.components if part.name == SOLO5)
        unpack = Draft(
            "solo5-source",
            "Unpack Solo5 and nolibc",
            "What stands in the place of an operating system and its C library.",
            (
                a.Run(("rm", "-rf", f"{request.staging}/solo5"), folder, "left from an earlier try"),
                *(a.UnpackSource(record, f"{folder}/{name}") for name, record in records.items()),
                # An archive of a release has the file; a folder of Git's has it made by Git.
                a.Run(("sh", "-c", _VERSION, "sh", version), tree, "Solo5's version, where no release says it"),
                *(() if resolved.builds_tender else _without_seccomp(request)),
            ),
            tuple(f"{folder}/{name}" for name in records),
        )
        recipe = recipes()["solo5-tender" if resolved.builds_tender else "solo5"]
        return [unpack, *recipe_stages(recipe, words, (), tree)]


PROVIDER: Provider = Solo5()
