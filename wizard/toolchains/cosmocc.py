"""cosmocc (version 3 and later) as a C toolchain: wrapper scripts over its own, and one that fuses programs.

Source: its README (tool/cosmocc/README.md of Cosmopolitan): BIN/<arch>-unknown-cosmo-cc compiles and links,
BIN/<arch>-linux-cosmo-* are the GNU tools below it, BIN/apelink makes one file of programs for several machines.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from wizard.catalogue.model import Component, Toolchain
from wizard.catalogue.presets import Lock
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine
from wizard.steps import actions as a
from wizard.steps.script import Line, Lines, filled
from wizard.steps.sources import component_digests, component_records
from wizard.toolchains.api import Provider, Request, Setup
from wizard.toolchains.cosmopolitan_library import STARTUP, startup_object
from wizard.toolchains.options import options
from wizard.toolchains.wrapper import (
    A_FILE,
    CHOICE,
    COMMENT,
    EACH_WORD,
    EMPTY,
    FAILS,
    KEEPS_Z,
    LAST_Z,
    LOOP_END,
    ONE_WORD,
    OTHER_OPTION,
    OTHER_Z,
    OWN_TOOL,
    PARTIAL,
    PARTIAL_BY_GCC,
    PUTS_BACK,
    QUESTION,
    REFUSED,
    SAYS_WHY,
    TAKES_WORD,
    VALUE_OF_Z,
    VALUE_READ,
    WHICH_WORD,
    Script,
    framed,
    written,
)

NAME = "cosmocc"
"""Of the component, and what the folder that is kept begins with."""

_LOCATIONS: Lines = (
    Line("# The toolchain, which all switches share; and what belongs to this switch.", COMMENT),
    Line("bin={bin}", "The programs of cosmocc, which is kept once for all switches."),
    Line("switch=${{0%/*}}/..", "The switch's own folder: the one above the script's."),
)

_READ: Lines = (
    Line(
        "# What is asked for: link, compile, partial, or nothing but an answer. The words keep their order.",
        COMMENT,
    ),
    Line("mode='' startup='' after='' output='' source='' sources=0", EMPTY),
    Line("for word do", EACH_WORD),
    Line("  shift", TAKES_WORD),
    Line('  if [ "$after" = -z ]; then', VALUE_OF_Z),
    Line("    after=''", VALUE_READ),
    Line("    case $word in", WHICH_WORD),
    Line(
        "      {startup}) startup=yes ;;",
        "`-z caml-startup` comes from ocamlopt: the program needs OCaml's start-up object, which fills "
        "in Cosmopolitan's tables.",
    ),
    Line('      *) set -- "$@" "-Wl,-z,$word" ;;', OTHER_Z),
    Line("    esac", CHOICE),
    Line("    continue", CHOICE),
    Line("  fi", CHOICE),
    Line("  after=''", "The word before was not -z: this one is looked at by itself."),
    Line("  case $word in", WHICH_WORD),
    Line("    -z) after=-z; continue ;;", KEEPS_Z),
    Line("    -z{startup}) startup=yes; continue ;;", ONE_WORD),
    Line("    -c | -S | -E | -M | -MM | -fsyntax-only)", "With one of these it is only compiled, not linked."),
    Line("      mode=compile", "Remembers that nothing is linked."),
    Line(
        '      [ "$word" != -c ] || output=${{output:-object}}',
        "-c without -o makes an object beside the source: its name is needed below.",
    ),
    Line("      ;;", CHOICE),
    Line('    -r) [ "$mode" = compile ] || mode=partial ;;', PARTIAL),
    Line("    -shared | -static-pie | -pie)", REFUSED),
    Line('      echo "${{0##*/}}: $word: Cosmopolitan makes static programs only" >&2', SAYS_WHY),
    Line("      exit 1", FAILS),
    Line("      ;;", CHOICE),
    Line('    -o*) output=named; [ "$word" != -o ] || mode=${{mode:-link}} ;;', "The output has a name already."),
    Line("    *.c | *.S | *.s)", "A source file."),
    Line("      source=$word sources=$((sources + 1))", "Remembers which source, and how many there are."),
    Line("      mode=${{mode:-link}}", A_FILE),
    Line("      ;;", CHOICE),
    Line("    -?*) ;;", OTHER_OPTION),
    Line("    *) mode=${{mode:-link}} ;;", A_FILE),
    Line("  esac", CHOICE),
    Line('  set -- "$@" "$word"', PUTS_BACK),
    Line("done", LOOP_END),
    Line('[ -z "$after" ] || set -- "$@" -z', LAST_Z),
    Line("# cosmocc looks its objects through (fixupobj) where it is told their name.", COMMENT),
    Line(
        'if [ "$output" = object ] && [ "$sources" = 1 ]; then',
        "One source, compiled to an object without a name: the usual call of OCaml's build.",
    ),
    Line("  name=${{source##*/}}", "The object's name is that of the source, without its folder."),
    Line('  set -- "$@" -o "${{name%.*}}.o"', "The name that the compiler would choose by itself, said aloud."),
    Line("fi", CHOICE),
)

_CALLS: Lines = (
    Line("case $mode in", CHOICE),
    Line('  \'\') exec "$bin/{arch}-linux-cosmo-gcc" "$@" ;;', QUESTION),
    Line(
        '  compile) exec "$bin/{arch}-unknown-cosmo-cc" -isystem "$switch/sysroot/include" "$@" ;;',
        "Only compiled: by cosmocc, with the headers that you put into the switch's sysroot.",
    ),
    Line(
        '  partial) exec "$bin/{arch}-linux-cosmo-gcc" -nostdlib -no-pie "$@" ;;',
        PARTIAL_BY_GCC,
        options("-nostdlib", "-no-pie"),
    ),
    Line("esac", CHOICE),
    Line("# The start-up object comes first. The C library follows by itself.", COMMENT),
    Line(
        '[ -z "$startup" ] || set -- "$switch/cosmopolitan/{startup}.o" "$@"',
        "Where it was asked for: the start-up object comes first.",
    ),
    Line(
        'exec "$bin/{arch}-unknown-cosmo-cc" -isystem "$switch/sysroot/include" "$@" -L"$switch/sysroot/lib"',
        "A program: linked by cosmocc, with the libraries of the switch's sysroot.",
    ),
)

_FUSE: Lines = (
    Line(
        "# One file of linked programs, one for each processor: it starts on Linux, macOS, Windows and the BSDs.",
        COMMENT,
    ),
    Line('if [ "$1" != -o ] || [ $# -lt 3 ]; then', "An output and at least one program are needed."),
    Line(
        '  echo "usage: ${{0##*/}} -o hello.com PROGRAM [PROGRAM for the other processor]" >&2',
        "Says how it is called.",
    ),
    Line("  exit 2", "The exit code of a wrong call."),
    Line("fi", CHOICE),
    Line("out=$2", "The portable program's name."),
    Line("shift 2", "What is left are the programs."),
    Line("# apelink takes the loaders of those processors that there is a program for, and no others.", COMMENT),
    Line("x86_64='' aarch64=''", "No program has been seen yet; the loop below looks at each."),
    Line("for program do", "Looks at each program."),
    Line(
        '  case $(od -An -tu1 -j18 -N1 "$program") in # e_machine',
        "The byte of an ELF file that names its processor.",
    ),
    Line("    *62) x86_64=yes ;;", "62 is x86-64."),
    Line("    *183) aarch64=yes ;;", "183 is 64-bit ARM."),
    Line("    *)", "Any other processor, or no ELF file."),
    Line('      echo "${{0##*/}}: $program is no program for x86_64 or aarch64" >&2', SAYS_WHY),
    Line("      exit 1", FAILS),
    Line("      ;;", CHOICE),
    Line("  esac", CHOICE),
    Line("done", LOOP_END),
    Line(
        '[ -z "$aarch64" ] || set -- -l "$bin/ape-aarch64.elf" -M "$bin/ape-m1.c" "$@"',
        "The loader for 64-bit ARM, and the source of the one for Macs with Apple's processors.",
    ),
    Line('[ -z "$x86_64" ] || set -- -l "$bin/ape-x86_64.elf" "$@"', "The loader for x86-64."),
    Line('"$bin/apelink" -o "$out" "$@" || exit', "Makes one file of loaders and programs."),
    Line("# What is for x86_64 is a program for Windows, too.", COMMENT),
    Line(
        '[ -z "$x86_64" ] || [ ! -f "$bin/pecheck" ] || "$bin/pecheck" "$out"',
        "Looks the Windows part of the file through, as Windows will.",
    ),
)

_PLAIN = {
    "ld": "links objects partially (-r)",
    "as": "assembles what ocamlopt writes",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
    "nm": "lists symbols",
    "objcopy": "copies parts of objects",
}


def wrapper_scripts(triplet: str, arch: str, folder: str) -> tuple[Script, ...]:
    """The wrapper scripts.

    folder: where cosmocc is kept, an absolute path. Its own programs start on several systems and so
    are started by a shell, which is what these scripts are for.
    """
    locations = filled(_LOCATIONS, bin=shlex.quote(f"{folder}/bin"))
    comment = "# The toolchain, which all switches share."
    short: Lines = (Line(comment, COMMENT), *(line for line in locations if line.text.startswith("bin=")))
    cc = (*locations, *filled(_READ, startup=STARTUP), *filled(_CALLS, arch=arch, startup=STARTUP))
    bodies: dict[str, tuple[str, Lines]] = {
        "cc": ("compiles and links C with Cosmopolitan", cc),
        "gcc": ("the same compiler under its other usual name", cc),
        "fuse": ("makes one portable program (.com) of linked ones (apelink)", (*short, *filled(_FUSE))),
    }
    for tool, purpose in _PLAIN.items():
        bodies[tool] = (purpose, (*short, Line(f'exec "$bin/{arch}-linux-cosmo-{tool}" "$@"', OWN_TOOL)))
    return tuple(framed(f"{triplet}-{tool}", purpose, "", lines) for tool, (purpose, lines) in bodies.items())


def kept_folder(resolved: ResolvedSelection, toolchains: str, lock: Lock | None) -> str:
    """Where cosmocc is kept for all switches: by its archive's digest, so that another one has another folder."""
    return f"{toolchains}/{NAME}-{component_digests([_component(resolved)], lock)[0][:12]}"


def _component(resolved: ResolvedSelection) -> Component:
    return next(component for component in resolved.components if component.name == NAME)


class Cosmocc(Provider):
    """The provider `cosmocc`."""

    def version(self, resolved: ResolvedSelection, triplet: str) -> str:
        """The one that the catalogue pins: nothing of the system's is used."""
        del triplet
        return resolved.toolchain.version

    def set_up(self, request: Request) -> Setup:
        """cosmocc is unpacked once for all switches; the switch holds scripts and the start-up object."""
        resolved, staging, triplet = request.resolved, request.staging, request.triplet
        folder = kept_folder(resolved, str(request.folders.toolchains), request.lock)
        component = _component(resolved)
        record = component_records([component], Path(request.folder))[component.name]
        scripts = wrapper_scripts(triplet, resolved.target.arch, folder)
        return Setup(
            wrappers=written(scripts, f"{staging}/wrappers"),
            build_wrappers=f"{staging}/wrappers",
            before=(a.KeepSource(record, folder, component.files),),
            after=startup_object(staging, triplet),
            outputs=(f"{folder}/bin",),
        )

    def found(self, toolchain: Toolchain, machine: BuildMachine) -> str:
        """Nothing of it is installed by a system's packages."""
        del toolchain, machine
        return "fetched with the switch, or taken from a folder of yours (--source)"

    def portable_argv(self, toolchain: Toolchain, triplet: str, program: str, portable: str) -> tuple[str, ...]:
        """Fused by apelink, which takes programs for both processors."""
        del toolchain
        return (f"{triplet}-fuse", "-o", portable, program)


PROVIDER: Provider = Cosmocc()
