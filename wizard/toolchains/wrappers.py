"""The wrapper scripts: how OCaml's build, and later ocamlopt, see the target's C toolchain."""

from __future__ import annotations

import shlex

from wizard.catalogue.model import Toolchain

_CACHE = """\
# zig keeps what it compiles in a cache; the wizard's own, where it can be written.
cache={cache}
if [ -w "$cache" ]; then
  : "${{ZIG_GLOBAL_CACHE_DIR:=$cache}}" "${{ZIG_LOCAL_CACHE_DIR:=$cache}}"
  export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
fi
"""

SYSROOT = """\
# Headers and libraries for the target that you install yourself go into the switch's sysroot.
sysroot=${0%/*}/../sysroot
link=''
for word do
  case $word in
    -c | -S | -E | -M | -MM | -fsyntax-only | -dumpmachine | --version) link=no ;;
    -r) [ "$link" = no ] || link=partial ;;
    -?*) ;;
    *) link=${link:-yes} ;;
  esac
done
"""

_LIBRARIES = """\
[ "$link" != yes ] || set -- "$@" -L"$sysroot/lib"
C_INCLUDE_PATH=$sysroot/include
CPLUS_INCLUDE_PATH=$sysroot/include
export C_INCLUDE_PATH CPLUS_INCLUDE_PATH
"""

_ZIG_LINKS = """\
# A static program: start-up object and C library as zig has compiled them, by its linker.
# The stack size is what musl gives to threads.
case $link in
  yes)
    set -- -nostdlib -static -Wl,-z,stack-size=16777216 -Wl,--gc-sections "$libc/crt1.o" "$@" \\
      -L"$sysroot/lib" -L"$libc" -lc -lzigc -lcompiler_rt
    ;;
  partial) set -- -nostdlib "$@" ;;
esac
"""

_ZIG_COMPILES = """\
# -O2 comes first, so that the caller's -O wins.
exec "$zig/zig" clang {clang} --no-default-config --ld-path="${{0%/*}}/{linker}" \\
  -nostdinc -isystem "$sysroot/include" -isystem "$zig/lib/include"{headers} \\
  -O2 -fno-pic -fno-pie {quiet} "$@"
"""

_QUIET = "-Wno-unused-command-line-argument"
"""Not every option means something to every call of a wrapper."""

ASSEMBLES = """\
# OCaml's code counts on what the assembler leaves as it is written: {options}.
for word do
  case ${{link:-no}}$word in
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


def wrapper_texts(toolchain: Toolchain, triplet: str, folder: str, libc: str) -> dict[str, tuple[str, str]]:
    """The wrapper scripts of a zig toolchain: tool name -> (text of a POSIX sh script, purpose).

    They call the compiler and the linker inside zig without zig's own driver, which would take
    three times as long for a small file and compile the C library again for some options.
    folder holds the zig program and its headers, libc the compiled C library (see LIBC_SCRIPT).
    Paths may hold any character but NUL: they are quoted.
    """
    clang = shlex.join(toolchain.clang[triplet])
    options = "".join(f" {shlex.quote(option)}" for option in toolchain.assembler.get(triplet, ()))
    headers = "".join(f' \\\n  -isystem "$zig/lib/libc/include/{name}"' for name in toolchain.headers[triplet])
    compiler = (
        SYSROOT
        + assembles(toolchain, triplet)
        + _ZIG_LINKS
        + _ZIG_COMPILES.format(clang=clang, linker=f"{triplet}-ld", headers=headers, quiet=_QUIET)
    )
    bodies = {
        "gcc": (compiler, "compiles and links C for the target"),
        "cc": (compiler, "the same compiler under its other usual name"),
        "as": (
            f'exec "$zig/zig" clang {clang}{options} {_QUIET} -x assembler -c "$@"\n',
            "assembles what ocamlopt writes",
        ),
        "ld": ('exec "$zig/zig" ld.lld "$@"\n', "links objects, partially with -r"),
        "ar": ('exec "$zig/zig" ar "$@"\n', "makes archives (.a)"),
        "ranlib": ('exec "$zig/zig" ranlib "$@"\n', "writes an archive's index"),
        "strip": (_STRIP, "leaves files as they are"),
    }
    return {
        f"{triplet}-{tool}": (_script(f"{triplet}-{tool}", toolchain, purpose, folder, libc, body), purpose)
        for tool, (body, purpose) in bodies.items()
    }


LIBC_SCRIPT = """\
set -e
zig=$1 into=$2 cache=$3
shift 3
[ ! -f "$into/libc.a" ] || exit 0
ZIG_GLOBAL_CACHE_DIR=$cache ZIG_LOCAL_CACHE_DIR=$cache
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
new=$into.$$
trap 'rm -rf "$new"' EXIT
mkdir -p "$new"
echo 'int main(void) { return 0; }' >"$new/first.c"
# zig compiles the C library when it links the first program, and -v says which files it is.
# nice: a host compiler that is built meanwhile goes first, since everything else waits for that.
nice -n 10 "$zig/zig" cc "$@" -O2 -fno-sanitize=undefined -v "$new/first.c" -o "$new/first" 2>"$new/said" || {
  cat "$new/said"
  exit 1
}
for word in $(grep '^ld.lld ' "$new/said" | tail -n 1); do
  case $word in
    */crt1.o | */lib*.a) cp "$word" "$new/" ;;
  esac
done
# As in musl itself, all is in libc.a, and the other names are there for who asks for them.
for name in m pthread rt dl util crypt resolv xnet; do
  [ -f "$new/lib$name.a" ] || "$zig/zig" ar rcs "$new/lib$name.a"
done
rm -rf "$new/first" "$new/first.c" "$new/said"
for file in crt1.o libc.a libzigc.a libcompiler_rt.a; do
  [ -f "$new/$file" ] || { echo "error: zig has named no $file"; exit 1; }
done
mv "$new" "$into" || [ -f "$into/libc.a" ]
"""
"""Has zig compile its C library, and keeps it. Arguments: zig's folder, the new one, zig's cache, options."""


def libc_options(toolchain: Toolchain, triplet: str) -> tuple[str, ...]:
    """The options by which zig compiles the C library of a triplet."""
    return ("-target", toolchain.targets[triplet], *toolchain.cpu.get(triplet, ()))


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
    body = SYSROOT + assembles(toolchain, triplet) + _LIBRARIES + f'exec {shlex.quote(compiler)} "$@"\n'
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


def _script(name: str, toolchain: Toolchain, purpose: str, folder: str, libc: str, body: str) -> str:
    head = f"#!/bin/sh\n# {name}: {purpose}, by {toolchain.title} {toolchain.version}.\n"
    if "$zig" in body:
        head += f"zig={shlex.quote(folder)}\n"
    if "$libc" in body:
        head += f"libc={shlex.quote(libc)}\n"
    return head + body


def build_tool_texts(toolchain: Toolchain, arch: str, folder: str, cache: str) -> dict[str, tuple[str, str]]:
    """The tools of a C toolchain for the build machine itself, under their plain names, where it has none.

    arch is the build machine's architecture; what zig makes here is static (musl), so it
    runs on any Linux of that architecture. Same form as `wrapper_texts`.
    """
    target = f"{arch}-linux-musl"
    kept = _CACHE.format(cache=shlex.quote(cache))
    compiler = f'{kept}exec "$zig/zig" cc -target {target} -O2 -fno-sanitize=undefined "$@"\n'
    bodies = {
        "gcc": (compiler, "compiles C for this machine"),
        "cc": (compiler, "the same compiler under its other usual name"),
        "as": (f'exec "$zig/zig" clang --target={target} -x assembler -c "$@"\n', "assembles for this machine"),
        "ld": ('exec "$zig/zig" ld.lld "$@"\n', "links for this machine"),
        "ar": ('exec "$zig/zig" ar "$@"\n', "makes archives (.a)"),
        "ranlib": ('exec "$zig/zig" ranlib "$@"\n', "writes an archive's index"),
        "strip": (_STRIP, "leaves files as they are"),
    }
    return {
        name: (_script(name, toolchain, purpose, folder, "", body), purpose)
        for name, (body, purpose) in bodies.items()
    }
