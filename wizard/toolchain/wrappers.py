"""The wrapper scripts: how OCaml's build, and later ocamlopt, see the target's C toolchain."""

from __future__ import annotations

import shlex

from wizard.catalogue.model import Toolchain

_CACHE = """\
# zig keeps compiled parts of the C library in a cache; the switch's own, where it can be written.
cache={cache}
if [ -w "$cache" ]; then
  : "${{ZIG_GLOBAL_CACHE_DIR:=$cache}}" "${{ZIG_LOCAL_CACHE_DIR:=$cache}}"
  export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
fi
"""

SYSROOT = """\
# Headers and libraries for the target that you install yourself go into the switch's sysroot.
sysroot=${0%/*}/../sysroot
link=yes
for word do
  case $word in
    -c | -S | -E | -M | -MM | -fsyntax-only | -dumpmachine | --version) link=no ;;
  esac
done
[ "$link" = no ] || set -- "$@" -L"$sysroot/lib"
C_INCLUDE_PATH=$sysroot/include
CPLUS_INCLUDE_PATH=$sysroot/include
export C_INCLUDE_PATH CPLUS_INCLUDE_PATH
"""

_COMPILER = """\
# -O2 comes first, so that the caller's -O wins: without any, zig makes a debug build.
# -fno-sanitize=undefined: zig would add traps that OCaml's runtime was not written for.
exec "$zig" cc -target {target} -O2 -fno-sanitize=undefined "$@"
"""

ASSEMBLES = """\
# OCaml's code counts on what the assembler leaves as it is written: {options}.
for word do
  case $link$word in
    no*.s | no*.S | noassembler*) set -- {options} "$@"; break ;;
  esac
done
"""

_STRIP = """\
# zig 0.17 cannot strip (its objcopy destroys the file when it is asked to): files stay as they are.
# For smaller programs let the linker leave the symbols out: ocamlopt -ccopt -s
out=''
file=''
take=''
for word do
  if [ -n "$take" ]; then
    out=$word
    take=''
    continue
  fi
  case $word in
    -o) take=yes ;;
    -*) ;;
    *) file=$word ;;
  esac
done
[ -z "$out" ] || exec cp "$file" "$out"
exit 0
"""


def wrapper_texts(toolchain: Toolchain, triplet: str, folder: str, cache: str) -> dict[str, tuple[str, str]]:
    """The wrapper scripts of a zig toolchain: tool name -> (text of a POSIX sh script, purpose).

    folder holds the zig program, cache is where it may keep what it compiles. Paths may
    hold any character but NUL: they are quoted.
    """
    target = " ".join((toolchain.targets[triplet], *toolchain.cpu.get(triplet, ())))
    options = shlex.join(toolchain.assembler.get(triplet, ()))
    compiler = SYSROOT + assembles(toolchain, triplet) + _COMPILER.format(target=target)
    bodies = {
        "gcc": (compiler, "compiles and links C for the target"),
        "cc": (compiler, "the same compiler under its other usual name"),
        "as": (
            f'exec "$zig" cc -target {" ".join((target, options)).strip()} -x assembler -c "$@"\n',
            "assembles what ocamlopt writes",
        ),
        "ld": (f'exec "$zig" cc -target {target} -nostdlib "$@"\n', "links objects, partially with -r"),
        "ar": ('exec "$zig" ar "$@"\n', "makes archives (.a)"),
        "ranlib": ('exec "$zig" ranlib "$@"\n', "writes an archive's index"),
        "strip": (_STRIP, "leaves files as they are"),
    }
    return {
        f"{triplet}-{tool}": (_script(f"{triplet}-{tool}", toolchain, purpose, folder, cache, body), purpose)
        for tool, (body, purpose) in bodies.items()
    }


def assembles(toolchain: Toolchain, triplet: str) -> str:
    """The lines of a compiler's wrapper that give the assembler its options, where the triplet has some."""
    options = toolchain.assembler.get(triplet, ())
    return ASSEMBLES.format(options=shlex.join(options)) if options else ""


def gcc_wrapper_texts(toolchain: Toolchain, triplet: str, compiler: str) -> dict[str, tuple[str, str]]:
    """The wrapper scripts of an installed gcc: same form as `wrapper_texts`.

    compiler is the absolute path of the gcc; its binutils are beside it under the same name.
    """
    name = toolchain.targets[triplet]
    binutils = f"{compiler[: compiler.rindex('/')]}/{name}"
    body = SYSROOT + assembles(toolchain, triplet) + f'exec {shlex.quote(compiler)} "$@"\n'
    options = shlex.join(toolchain.assembler.get(triplet, ()))
    bodies = {
        "gcc": (body, "compiles and links C for the target"),
        "cc": (body, "the same compiler under its other usual name"),
    }
    more_tools = {tool: _MORE_BINUTILS[tool] for tool in toolchain.tools.get(triplet, ())}
    for tool, purpose in (_BINUTILS | more_tools).items():
        more = f"{options} " if tool == "as" and options else ""
        bodies[tool] = (f'exec {shlex.quote(f"{binutils}-{tool}")} {more}"$@"\n', purpose)
    return {
        f"{triplet}-{tool}": (f"#!/bin/sh\n# {triplet}-{tool}: {purpose}, by {toolchain.title}.\n{text}", purpose)
        for tool, (text, purpose) in bodies.items()
    }


_BINUTILS = {
    "as": "assembles what ocamlopt writes",
    "ld": "links objects, partially with -r",
    "ar": "makes archives (.a)",
    "ranlib": "writes an archive's index",
    "strip": "takes the symbols out",
}

_MORE_BINUTILS = {"windres": "compiles resources of Windows programs"}


def _script(name: str, toolchain: Toolchain, purpose: str, folder: str, cache: str, body: str) -> str:
    head = f"#!/bin/sh\n# {name}: {purpose}, by {toolchain.title} {toolchain.version}.\n"
    if "$zig" not in body:
        return head + body
    return f"{head}zig={shlex.quote(folder + '/zig')}\n{_CACHE.format(cache=shlex.quote(cache))}{body}"


def build_tool_texts(toolchain: Toolchain, arch: str, folder: str, cache: str) -> dict[str, tuple[str, str]]:
    """The tools of a C toolchain for the build machine itself, under their plain names, where it has none.

    arch is the build machine's architecture; what zig makes here is static (musl), so it
    runs on any Linux of that architecture. Same form as `wrapper_texts`.
    """
    target = f"{arch}-linux-musl"
    compiler = f'exec "$zig" cc -target {target} -O2 -fno-sanitize=undefined "$@"\n'
    bodies = {
        "gcc": (compiler, "compiles C for this machine"),
        "cc": (compiler, "the same compiler under its other usual name"),
        "as": (f'exec "$zig" cc -target {target} -x assembler -c "$@"\n', "assembles for this machine"),
        "ld": ('exec "$zig" ld.lld "$@"\n', "links for this machine"),
        "ar": ('exec "$zig" ar "$@"\n', "makes archives (.a)"),
        "ranlib": ('exec "$zig" ranlib "$@"\n', "writes an archive's index"),
        "strip": (_STRIP, "leaves files as they are"),
    }
    return {
        name: (_script(name, toolchain, purpose, folder, cache, body), purpose)
        for name, (body, purpose) in bodies.items()
    }
