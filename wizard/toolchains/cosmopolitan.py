"""Cosmopolitan's amalgamation as a C toolchain: header shims, start-up object, wrapper scripts."""

from __future__ import annotations

import functools
import shlex
from pathlib import Path

import msgspec

from wizard.base import tomlfile
from wizard.catalogue.model import Toolchain

FOLDER = "cosmopolitan"
"""The folder of a switch that holds the amalgamation and what is laid over it."""
STARTUP = "caml-startup"
"""The name of the start-up object, and the word after -z that asks for it."""


class Constants(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Constants that the library has and its header does not name: their C type and names."""

    type: str
    names: tuple[str, ...]


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """OCaml's tables that are filled in when a program starts."""

    tables: tuple[str, ...]


class Overlay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What cosmopolitan.toml says of the amalgamation's files, and what is laid over them."""

    header: str
    objects: tuple[str, ...]
    script: str
    library: str
    wanted: tuple[str, ...]
    empty_libraries: tuple[str, ...]
    headers: tuple[str, ...]
    more: dict[str, tuple[str, ...]]
    constants: dict[str, Constants]
    late: Late

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the amalgamation that a program is made with."""
        return (self.header, *self.objects, self.script, self.library)


@functools.cache
def overlay() -> Overlay:
    """cosmopolitan.toml, read once in a process."""
    text = Path(__file__).with_name("cosmopolitan.toml").read_text(encoding="utf-8")
    return tomlfile.parse(text, Overlay, name="cosmopolitan.toml", code="toolchain")


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


def startup_text() -> str:
    """The C source of the start-up object."""
    tables = overlay().late.tables
    declared = "".join(f"extern fill caml_late_{table} __attribute__((weak));\n" for table in tables)
    called = "".join(f"  if (caml_late_{table}) caml_late_{table}();\n" for table in tables)
    return _STARTUP.format(declared=declared, called=called)


_STARTUP = """\
/* The start-up object of OCaml's programs: fills in, before main, the tables of constants known only then.
   The functions are beside their tables; of a library that a program does not use, there are none. */
typedef void fill(void);

{declared}
static void __attribute__((constructor)) caml_fill_late_tables(void)
{{
{called}}}
"""

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

_PLACE = """\
# The switch: Cosmopolitan, and headers and libraries that you install yourself.
cosmopolitan=${0%/*}/../cosmopolitan
sysroot=${0%/*}/../sysroot
"""

_READ = """\
# What is asked for: link, compile, partial, or nothing but an answer. The words keep their order.
mode=''
startup=''
after=''
for word do
  shift
  if [ "$after" = -z ]; then
    after=''
    case $word in
      caml-startup) startup=yes ;;
      *) set -- "$@" -z "$word" ;;
    esac
    continue
  fi
  case $word in
    -z) after=-z; continue ;;
    -zcaml-startup) startup=yes; continue ;;
{cases}    -?*) ;;
    *) mode=${{mode:-link}} ;;
  esac
  set -- "$@" "$word"
done
[ -z "$after" ] || set -- "$@" -z
[ -z "$startup" ] || startup=$cosmopolitan/caml-startup.o
"""

_COMPILER_CASES = """\
    -c | -S | -E | -M | -MM | -fsyntax-only) mode=compile ;;
    -r) [ "$mode" = compile ] || mode=partial ;;
    -shared | -static-pie | -pie)
      echo "${0##*/}: $word: Cosmopolitan makes static programs only" >&2
      exit 1
      ;;
"""

_LINKER_CASES = """\
    -r | -i | --relocatable) mode=partial ;;
    -shared | -Bshareable | -pie)
      echo "${0##*/}: $word: Cosmopolitan makes static programs only" >&2
      exit 1
      ;;
"""

_COMPILES = """\
# Its headers only; a program for several systems is none for Linux. Code stands at a fixed place, uses no red
# zone, and counts on no stack protector of another C library.
compile() {{
  exec {gcc} -nostdinc -isystem "$sysroot/include" -isystem "$cosmopolitan/include" -isystem "$cosmopolitan" \\
    -U__linux__ -U__linux -U__gnu_linux__ -Ulinux \\
    -fno-pic -fno-pie -mno-red-zone -fno-omit-frame-pointer -mno-tls-direct-seg-refs -fno-stack-protector "$@"
}}
case $mode in
  '') exec {gcc} "$@" ;;
  compile) compile "$@" ;;
  partial) exec {gcc} -nostdlib -no-pie "$@" ;;
esac
# The start-up object comes first, Cosmopolitan last. The script names symbols for which the library is searched:
# it has to come before, and gcc itself would put -T last.
compile -static -no-pie -nostdlib -fuse-ld=bfd {options} \\
  -Xlinker -T -Xlinker "$cosmopolitan/{script}" ${{startup:+"$startup"}} "$@" \\
  -x none -L"$sysroot/lib" -L"$cosmopolitan/lib" \\
  {files}
"""

_LINKS = """\
case $mode in
  link) ;;
  *) exec {ld} "$@" ;;
esac
# The start-up object comes first, Cosmopolitan last.
exec {ld} -static -nostdlib {options} \\
  -T "$cosmopolitan/{script}" ${{startup:+"$startup"}} "$@" \\
  -L"$sysroot/lib" -L"$cosmopolitan/lib" \\
  {files}
"""

_LINK_OPTIONS = ("--gc-sections", "--build-id=none", "-z,noexecstack", "-z,max-page-size=0x1000")

_OBJCOPY = """\
# `-S -O binary` makes the portable program of a linked one; without -S its symbols would be lost bytes in it.
strip=''
before=''
for word do
  case $before$word in
    -Obinary | --output-target=binary) strip=-S ;;
  esac
  before=''
  [ "$word" != -O ] || before=-O
done
exec {objcopy} ${{strip:+"$strip"}} "$@"
"""


def wrapper_texts(toolchain: Toolchain, triplet: str, compiler: str) -> dict[str, tuple[str, str]]:
    """The wrapper scripts: tool name -> (text of a POSIX sh script, purpose).

    compiler is the absolute path of a gcc for x86_64; its binutils are beside it under the same
    name. The scripts find Cosmopolitan beside themselves, so that a switch can be moved.
    """
    known = overlay()
    below = f"{compiler[: compiler.rindex('/')]}/{toolchain.targets[triplet]}"
    files = " ".join(f'"$cosmopolitan/{name}"' for name in (*known.objects, known.library))
    options = (*_LINK_OPTIONS, *(f"-u,{symbol}" for symbol in known.wanted))
    driven = " ".join(f"-Wl,{option}" for option in options)
    gcc = _PLACE + _READ.format(cases=_COMPILER_CASES)
    gcc += _COMPILES.format(gcc=shlex.quote(compiler), options=driven, script=known.script, files=files)
    ld = _PLACE + _READ.format(cases=_LINKER_CASES)
    ld += _LINKS.format(
        ld=shlex.quote(f"{below}-ld.bfd"),
        options=" ".join(option.replace(",", " ") for option in options),
        script=known.script,
        files=files,
    )
    bodies = {
        "cc": (gcc, "compiles and links C with Cosmopolitan"),
        "gcc": (gcc, "the same compiler under its other usual name"),
        "ld": (ld, "links objects with Cosmopolitan, partially with -r"),
        "objcopy": (
            _OBJCOPY.format(objcopy=shlex.quote(f"{below}-objcopy")),
            "makes the portable program (.com) of a linked one",
        ),
    }
    for tool, purpose in _PLAIN.items():
        bodies[tool] = (f'exec {shlex.quote(f"{below}-{tool}")} "$@"\n', purpose)
    return {
        f"{triplet}-{tool}": (f"#!/bin/sh\n# {triplet}-{tool}: {purpose}.\n{text}", purpose)
        for tool, (text, purpose) in bodies.items()
    }


_PLAIN = {
    "as": "assembles what ocamlopt writes",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
    "nm": "lists symbols",
}
