"""cosmocc (version 3 and later) as a C toolchain: wrapper scripts over its own, and one that fuses programs.

Source: its README (tool/cosmocc/README.md of Cosmopolitan): BIN/<arch>-unknown-cosmo-cc compiles and links,
BIN/<arch>-linux-cosmo-* are the GNU tools below it, BIN/apelink makes one file of programs for several machines.
"""

from __future__ import annotations

import shlex

from wizard.catalogue.model import Toolchain
from wizard.toolchains.cosmopolitan import STARTUP

NAME = "cosmocc"
"""Of the component, and what the folder that is kept begins with."""

_PLACE = """\
# The toolchain, which all switches share; and what belongs to this switch.
bin={bin}
switch=${{0%/*}}/..
"""

_READ = """\
# What is asked for: link, compile, partial, or nothing but an answer. The words keep their order.
mode='' startup='' after='' output='' source='' sources=0
for word do
  shift
  if [ "$after" = -z ]; then
    after=''
    case $word in
      {startup}) startup=yes ;;
      *) set -- "$@" "-Wl,-z,$word" ;;
    esac
    continue
  fi
  after=''
  case $word in
    -z) after=-z; continue ;;
    -z{startup}) startup=yes; continue ;;
    -c | -S | -E | -M | -MM | -fsyntax-only)
      mode=compile
      [ "$word" != -c ] || output=${{output:-object}}
      ;;
    -r) [ "$mode" = compile ] || mode=partial ;;
    -shared | -static-pie | -pie)
      echo "${{0##*/}}: $word: Cosmopolitan makes static programs only" >&2
      exit 1
      ;;
    -o*) output=named; [ "$word" != -o ] || mode=${{mode:-link}} ;;
    *.c | *.S | *.s)
      source=$word sources=$((sources + 1))
      mode=${{mode:-link}}
      ;;
    -?*) ;;
    *) mode=${{mode:-link}} ;;
  esac
  set -- "$@" "$word"
done
[ -z "$after" ] || set -- "$@" -z
# cosmocc looks its objects through (fixupobj) where it is told their name.
if [ "$output" = object ] && [ "$sources" = 1 ]; then
  name=${{source##*/}}
  set -- "$@" -o "${{name%.*}}.o"
fi
"""

_DO = """\
case $mode in
  '') exec "$bin/{arch}-linux-cosmo-gcc" "$@" ;;
  compile) exec "$bin/{arch}-unknown-cosmo-cc" -isystem "$switch/sysroot/include" "$@" ;;
  partial) exec "$bin/{arch}-linux-cosmo-gcc" -nostdlib -no-pie "$@" ;;
esac
# The start-up object comes first. The C library follows by itself.
[ -z "$startup" ] || set -- "$switch/cosmopolitan/{startup}.o" "$@"
exec "$bin/{arch}-unknown-cosmo-cc" -isystem "$switch/sysroot/include" "$@" -L"$switch/sysroot/lib"
"""

_FUSE = """\
# One file of linked programs, one for each processor: it starts on Linux, macOS, Windows and the BSDs.
if [ "$1" != -o ] || [ $# -lt 3 ]; then
  echo "usage: ${{0##*/}} -o hello.com PROGRAM [PROGRAM for the other processor]" >&2
  exit 2
fi
out=$2
shift 2
# apelink takes the loaders of those processors that there is a program for, and no others.
x86_64='' aarch64=''
for program do
  case $(od -An -tu1 -j18 -N1 "$program") in # e_machine
    *62) x86_64=yes ;;
    *183) aarch64=yes ;;
    *)
      echo "${{0##*/}}: $program is no program for x86_64 or aarch64" >&2
      exit 1
      ;;
  esac
done
[ -z "$aarch64" ] || set -- -l "$bin/ape-aarch64.elf" -M "$bin/ape-m1.c" "$@"
[ -z "$x86_64" ] || set -- -l "$bin/ape-x86_64.elf" "$@"
"$bin/apelink" -o "$out" "$@" || exit
# What is for x86_64 is a program for Windows, too.
[ -z "$x86_64" ] || [ ! -f "$bin/pecheck" ] || "$bin/pecheck" "$out"
"""

_PLAIN = {
    "ld": "links objects partially (-r)",
    "as": "assembles what ocamlopt writes",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
    "nm": "lists symbols",
    "objcopy": "copies parts of objects",
}


def portable_argv(toolchain: Toolchain, triplet: str, program: str, portable: str) -> tuple[str, ...]:
    """The command that makes a portable program of a linked one; its first word is a wrapper script's name."""
    if toolchain.provider == NAME:
        return (f"{triplet}-fuse", "-o", portable, program)
    return (f"{triplet}-objcopy", "-S", "-O", "binary", program, portable)


def cosmocc_wrapper_texts(triplet: str, arch: str, folder: str) -> dict[str, tuple[str, str]]:
    """The wrapper scripts: tool name -> (text of a POSIX sh script, purpose).

    folder: where cosmocc is kept, an absolute path. Its own programs start on several systems and so
    are started by a shell, which is what these scripts are for.
    """
    place = _PLACE.format(bin=shlex.quote(f"{folder}/bin"))
    short = place.replace("; and what belongs to this switch", "").replace("switch=${0%/*}/..\n", "")
    cc = place + _READ.format(startup=STARTUP) + _DO.format(arch=arch, startup=STARTUP)
    bodies = {
        "cc": (cc, "compiles and links C with Cosmopolitan"),
        "gcc": (cc, "the same compiler under its other usual name"),
        "fuse": (short + _FUSE.format(), "makes one portable program (.com) of linked ones (apelink)"),
    }
    for tool, purpose in _PLAIN.items():
        bodies[tool] = (f'{short}exec "$bin/{arch}-linux-cosmo-{tool}" "$@"\n', purpose)
    return {
        f"{triplet}-{tool}": (f"#!/bin/sh\n# {triplet}-{tool}: {purpose}.\n{text}", purpose)
        for tool, (text, purpose) in bodies.items()
    }
