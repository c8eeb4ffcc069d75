"""Cosmopolitan's amalgamation as a C toolchain: header shims, scripts over the system's gcc."""

from __future__ import annotations

import shlex
from pathlib import Path

import msgspec

from wizard.catalogue.model import Toolchain
from wizard.check.resolved import ResolvedSelection
from wizard.steps import actions as a
from wizard.steps.script import Line, Lines, filled
from wizard.steps.scripts import run_script
from wizard.steps.sources import component_records
from wizard.toolchains.api import Provider, Request, Setup
from wizard.toolchains.cosmopolitan_library import FOLDER, Constants, overlay, startup_object
from wizard.toolchains.options import explained, options
from wizard.toolchains.wrapper import (
    A_FILE,
    CHOICE,
    COMMENT,
    EACH_WORD,
    EMPTY,
    FAILS,
    FOUND_BESIDE,
    KEEPS_Z,
    LAST_Z,
    LIBRARY_FOLDERS,
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


def shim_texts() -> dict[str, str]:
    """The usual headers by name. Each includes the one header of the amalgamation."""
    known = overlay()
    return {
        name: _shim(known.header, known.more.get(name, ()), known.constants.get(name)) for name in known.headers
    }


def _shim(header: str, more: tuple[str, ...], constants: Constants | None) -> str:
    lines = [f'#include "{header}"', *more]
    for name in constants.names if constants else ():
        lines += [
            f"#ifndef {name}",
            f"extern const {constants.type if constants else ''} {name};",
            f"#define {name} {name}",
            "#endif",
        ]
    return "\n".join(lines) + "\n"


EMPTY_LIBRARIES = """\
set -e
ar=$1 into=$2
shift 2
mkdir -p "$into"
for name do
  rm -f "$into/lib$name.a"
  "$ar" rcs "$into/lib$name.a"
done
"""
"""Makes archives without anything in them. Arguments: ar, the folder, the libraries' names."""

_LOCATIONS: Lines = (
    Line("# The switch: Cosmopolitan, and headers and libraries that you install yourself.", COMMENT),
    Line(
        "cosmopolitan=${0%/*}/../cosmopolitan",
        "Cosmopolitan's files in the switch, found beside the script itself, so that a switch that is "
        "moved still works.",
    ),
    Line("sysroot=${0%/*}/../sysroot", FOUND_BESIDE),
)

_READ: Lines = (
    Line(
        "# What is asked for: link, compile, partial, or nothing but an answer. The words keep their order.",
        COMMENT,
    ),
    Line("mode=''", EMPTY),
    Line("startup=''", EMPTY),
    Line("after=''", EMPTY),
    Line("for word do", EACH_WORD),
    Line("  shift", TAKES_WORD),
    Line('  if [ "$after" = -z ]; then', VALUE_OF_Z),
    Line("    after=''", VALUE_READ),
    Line("    case $word in", WHICH_WORD),
    Line(
        "      caml-startup) startup=yes ;;",
        "`-z caml-startup` comes from ocamlopt: the program wants OCaml's start-up object, which fills "
        "in Cosmopolitan's tables.",
    ),
    Line('      *) set -- "$@" -z "$word" ;;', OTHER_Z),
    Line("    esac", CHOICE),
    Line("    continue", CHOICE),
    Line("  fi", CHOICE),
    Line("  case $word in", WHICH_WORD),
    Line("    -z) after=-z; continue ;;", KEEPS_Z),
    Line("    -zcaml-startup) startup=yes; continue ;;", ONE_WORD),
    Line("    -?*) ;;", OTHER_OPTION),
    Line("    *) mode=${{mode:-link}} ;;", A_FILE),
    Line("  esac", CHOICE),
    Line('  set -- "$@" "$word"', PUTS_BACK),
    Line("done", LOOP_END),
    Line('[ -z "$after" ] || set -- "$@" -z', LAST_Z),
    Line(
        '[ -z "$startup" ] || startup=$cosmopolitan/caml-startup.o',
        "Where it was asked for: the start-up object's file.",
    ),
)

_COMPILER_CASES: Lines = (
    Line(
        "    -c | -S | -E | -M | -MM | -fsyntax-only) mode=compile ;;",
        "With one of these it is only compiled, not linked.",
    ),
    Line('    -r) [ "$mode" = compile ] || mode=partial ;;', PARTIAL),
    Line("    -shared | -static-pie | -pie)", REFUSED),
    Line('      echo "${0##*/}: $word: Cosmopolitan makes static programs only" >&2', SAYS_WHY),
    Line("      exit 1", FAILS),
    Line("      ;;", CHOICE),
)

_LINKER_CASES: Lines = (
    Line("    -r | -i | --relocatable) mode=partial ;;", PARTIAL),
    Line("    -shared | -Bshareable | -pie)", REFUSED),
    Line('      echo "${0##*/}: $word: Cosmopolitan makes static programs only" >&2', SAYS_WHY),
    Line("      exit 1", FAILS),
    Line("      ;;", CHOICE),
)

_COMPILES: Lines = (
    Line(
        "# Its headers only; a program for several systems is none for Linux. Code stands at a fixed "
        "place, uses no red",
        COMMENT,
    ),
    Line("# zone, and counts on no stack protector of another C library.", COMMENT),
    Line("compile() {{", "Everything that is compiled or linked against Cosmopolitan goes through here."),
    Line(
        '  exec {gcc} -nostdinc -isystem "$sysroot/include" -isystem "$cosmopolitan/include" -isystem '
        '"$cosmopolitan" \\',
        "Your distribution's gcc, with Cosmopolitan's headers instead of Linux's.",
        options("-nostdinc"),
    ),
    Line(
        "    -U__linux__ -U__linux -U__gnu_linux__ -Ulinux \\",
        "gcc is one for Linux and says so by these names; the program is for several systems, and must "
        "not take Linux's ways.",
    ),
    Line(
        "    -fno-pic -fno-pie -mno-red-zone -fno-omit-frame-pointer -mno-tls-direct-seg-refs "
        '-fno-stack-protector "$@"',
        "Cosmopolitan's rules for code: it is linked at a fixed place, and signal handlers of every "
        "system may use the stack below.",
        options(
            "-fno-pic",
            "-fno-pie",
            "-mno-red-zone",
            "-fno-omit-frame-pointer",
            "-mno-tls-direct-seg-refs",
            "-fno-stack-protector",
        ),
    ),
    Line("}}", CHOICE),
    Line("case $mode in", CHOICE),
    Line("  '') exec {gcc} \"$@\" ;;", QUESTION),
    Line('  compile) compile "$@" ;;', "Only compiled: with the options above."),
    Line('  partial) exec {gcc} -nostdlib -no-pie "$@" ;;', PARTIAL_BY_GCC, options("-nostdlib", "-no-pie")),
    Line("esac", CHOICE),
    Line(
        "# The start-up object comes first, Cosmopolitan last. The script names symbols for which the "
        "library is searched:",
        COMMENT,
    ),
    Line("# it has to come before, and gcc itself would put -T last.", COMMENT),
    Line(
        "compile -static -no-pie -nostdlib -fuse-ld=bfd {options} \\",
        "A program: static, by GNU ld, of which Cosmopolitan's linker script is.",
        options("-static", "-no-pie", "-nostdlib", "-fuse-ld=bfd"),
    ),
    Line(
        '  -Xlinker -T -Xlinker "$cosmopolitan/{script}" ${{startup:+"$startup"}} "$@" \\',
        "The linker script, the start-up object where it was asked for, then the caller's words.",
    ),
    Line('  -x none -L"$sysroot/lib" -L"$cosmopolitan/lib" \\', LIBRARY_FOLDERS),
    Line("  {files}", "Cosmopolitan itself: its start-up objects, then the library."),
)

_LINKS: Lines = (
    Line("case $mode in", CHOICE),
    Line("  link) ;;", CHOICE),
    Line('  *) exec {ld} "$@" ;;', "Not a program: GNU ld with the caller's words and nothing else."),
    Line("esac", CHOICE),
    Line("# The start-up object comes first, Cosmopolitan last.", COMMENT),
    Line(
        "exec {ld} -static -nostdlib {options} \\",
        "A program: static, by GNU ld, of which Cosmopolitan's linker script is.",
        options("-static", "-nostdlib"),
    ),
    Line(
        '  -T "$cosmopolitan/{script}" ${{startup:+"$startup"}} "$@" \\',
        "The linker script, the start-up object where it was asked for, then the caller's words.",
    ),
    Line('  -L"$sysroot/lib" -L"$cosmopolitan/lib" \\', LIBRARY_FOLDERS),
    Line("  {files}", "Cosmopolitan itself: its start-up objects, then the library."),
)

_OBJCOPY: Lines = (
    Line(
        "# `-S -O binary` makes the portable program of a linked one; without -S its symbols would be "
        "lost bytes in it.",
        COMMENT,
    ),
    Line("strip=''", EMPTY),
    Line("before=''", EMPTY),
    Line("for word do", EACH_WORD),
    Line(
        "  case $before$word in",
        "Both ways to write it are understood: -Obinary, and -O with binary as the next word.",
    ),
    Line(
        "    -Obinary | --output-target=binary) strip=-S ;;",
        "The portable program is asked for: what is not part of it is left out.",
    ),
    Line("  esac", CHOICE),
    Line("  before=''", "Only the word that comes right after -O counts."),
    Line('  [ "$word" != -O ] || before=-O', "Remembers a -O: the next word says of which kind the output is."),
    Line("done", LOOP_END),
    Line(
        'exec {objcopy} ${{strip:+"$strip"}} "$@"', "The real objcopy, with -S where the portable program is made."
    ),
)

_LINK_OPTIONS = ("--gc-sections", "--build-id=none", "-z,noexecstack", "-z,max-page-size=0x1000")

_PLAIN = {
    "as": "assembles what ocamlopt writes",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
    "nm": "lists symbols",
}


def _reads(cases: Lines) -> Lines:
    """The lines that read the command line, with a compiler's or a linker's own cases among the others."""
    lines = filled(_READ)
    at = next(number for number, line in enumerate(lines) if line.text == "    -?*) ;;")
    return (*lines[:at], *cases, *lines[at:])


def _with_options(lines: Lines, start: str, more: tuple[str, ...]) -> Lines:
    """The lines; the one that begins with `start` has these options, too."""
    return tuple(
        msgspec.structs.replace(line, options=(*line.options, *explained(more)))
        if line.text.startswith(start)
        else line
        for line in lines
    )


def wrapper_scripts(toolchain: Toolchain, triplet: str, compiler: str) -> tuple[Script, ...]:
    """The wrapper scripts.

    compiler is the absolute path of a gcc for x86_64; its binutils are beside it under the same
    name. The scripts find Cosmopolitan beside themselves, so that a switch can be moved.
    """
    known = overlay()
    below = f"{compiler[: compiler.rindex('/')]}/{toolchain.targets[triplet]}"
    files = " ".join(f'"$cosmopolitan/{name}"' for name in (*known.objects, known.library))
    link_options = (*_LINK_OPTIONS, *(f"-u,{symbol}" for symbol in known.wanted))
    driven = tuple(f"-Wl,{option}" for option in link_options)
    direct = " ".join(option.replace(",", " ") for option in link_options)
    compiles = filled(
        _COMPILES, gcc=shlex.quote(compiler), options=" ".join(driven), script=known.script, files=files
    )
    links = filled(_LINKS, ld=shlex.quote(f"{below}-ld.bfd"), options=direct, script=known.script, files=files)
    gcc = (*_LOCATIONS, *_reads(_COMPILER_CASES), *_with_options(compiles, "compile -static", driven))
    ld = (
        *_LOCATIONS,
        *_reads(_LINKER_CASES),
        *_with_options(links, f"exec {shlex.quote(f'{below}-ld.bfd')} -static", tuple(direct.split())),
    )
    bodies: dict[str, tuple[str, Lines]] = {
        "cc": ("compiles and links C with Cosmopolitan", gcc),
        "gcc": ("the same compiler under its other usual name", gcc),
        "ld": ("links objects with Cosmopolitan, partially with -r", ld),
        "objcopy": (
            "makes the portable program (.com) of a linked one",
            filled(_OBJCOPY, objcopy=shlex.quote(f"{below}-objcopy")),
        ),
    }
    for tool, purpose in _PLAIN.items():
        call = f'exec {shlex.quote(f"{below}-{tool}")} "$@"'
        bodies[tool] = (purpose, (Line(call, OWN_TOOL),))
    return tuple(framed(f"{triplet}-{tool}", purpose, "", lines) for tool, (purpose, lines) in bodies.items())


def unpacked(resolved: ResolvedSelection, staging: str, folder: str) -> tuple[a.AnyAction, ...]:
    """The actions that put it into the switch growing in `staging`, every file checked, with its headers."""
    own = [component for component in resolved.components if resolved.toolchain.id in component.toolchains]
    into = f"{staging}/{FOLDER}"
    actions: list[a.AnyAction] = []
    for component in own:
        record = component_records([component], Path(folder))[component.name]
        actions += [a.UnpackSource(record, into), a.CheckFiles(into, component.files)]
    return (*actions, *_shims(into))


def _shims(into: str) -> list[a.WriteFile]:
    return [
        a.WriteFile(f"{into}/include/{name}", text, f"the header {name}: includes {overlay().header}")
        for name, text in shim_texts().items()
    ]


def empty_libraries(staging: str, triplet: str, folder: str) -> tuple[a.AnyAction, ...]:
    """The actions that make libraries by name only, once there are wrapper scripts."""
    into = f"{staging}/{FOLDER}"
    names = (f"{staging}/wrappers/{triplet}-ar", f"{into}/lib", *overlay().empty_libraries)
    why = "libraries that are in the one library: their names are there for who asks for them"
    return run_script(f"{folder}/scripts", "empty-libraries.sh", EMPTY_LIBRARIES, names, cwd=into, why=why)


class Cosmopolitan(Provider):
    """The provider `cosmopolitan`."""

    def set_up(self, request: Request) -> Setup:
        """The amalgamation is unpacked into the switch, which then needs nothing but gcc."""
        resolved, staging, triplet = request.resolved, request.staging, request.triplet
        scripts = wrapper_scripts(resolved.toolchain, triplet, resolved.compiler)
        return Setup(
            wrappers=written(scripts, f"{staging}/wrappers"),
            build_wrappers=f"{staging}/wrappers",
            before=unpacked(resolved, staging, request.folder),
            after=(*empty_libraries(staging, triplet, request.folder), *startup_object(staging, triplet)),
        )


PROVIDER: Provider = Cosmopolitan()
