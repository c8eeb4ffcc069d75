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

_COMPILER = """\
# Headers and libraries for the target that you install yourself go into the switch's sysroot.
sysroot=${{0%/*}}/../sysroot
link=yes
for word do
  case $word in
    -c | -S | -E | -M | -MM | -fsyntax-only | -dumpmachine | --version) link=no ;;
  esac
done
[ "$link" = no ] || set -- "$@" -L"$sysroot/lib"
# -O2 comes first, so that the caller's -O wins: without any, zig makes a debug build.
# -fno-sanitize=undefined: zig would add traps that OCaml's runtime was not written for.
C_INCLUDE_PATH=$sysroot/include
CPLUS_INCLUDE_PATH=$sysroot/include
export C_INCLUDE_PATH CPLUS_INCLUDE_PATH
exec "$zig" cc -target {target} -O2 -fno-sanitize=undefined "$@"
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
    target = toolchain.targets[triplet]
    bodies = {
        "gcc": (_COMPILER.format(target=target), "compiles and links C for the target"),
        "cc": (_COMPILER.format(target=target), "the same compiler under its other usual name"),
        "as": (f'exec "$zig" cc -target {target} -x assembler -c "$@"\n', "assembles what ocamlopt writes"),
        "ld": (f'exec "$zig" cc -target {target} -nostdlib "$@"\n', "links objects, partially with -r"),
        "ar": ('exec "$zig" ar "$@"\n', "makes archives (.a)"),
        "ranlib": ('exec "$zig" ranlib "$@"\n', "writes an archive's index"),
        "strip": (_STRIP, "leaves files as they are"),
    }
    return {
        f"{triplet}-{tool}": (_script(f"{triplet}-{tool}", toolchain, purpose, folder, cache, body), purpose)
        for tool, (body, purpose) in bodies.items()
    }


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
