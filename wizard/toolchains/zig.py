"""zig as a C toolchain: the wheel that comes with the wizard, which compiles for every target and carries musl.

Its wrapper scripts call the compiler and the linker inside zig without zig's own driver, which would take
three times as long for a small file and compile the C library again for some options.
"""

from __future__ import annotations

import shlex

import msgspec

from wizard.base.folders import Folders
from wizard.catalogue.model import Toolchain
from wizard.check.findings import Fix, way
from wizard.check.resolved import ResolvedSelection
from wizard.machine.survey import BuildMachine
from wizard.steps import actions as a
from wizard.steps.script import Line, Lines, filled
from wizard.steps.scripts import run_script
from wizard.toolchains.api import Compiler, Provider, Request, Setup
from wizard.toolchains.options import explained, options
from wizard.toolchains.wrapper import (
    CHOICE,
    COMMENT,
    EACH_WORD,
    EMPTY,
    LOOP_END,
    OUTPUT,
    SYSROOT,
    WHICH_WORD,
    Script,
    assembles,
    framed,
    written,
)

_CACHE: Lines = (
    Line("# zig keeps what it compiles in a cache; the wizard's own, where it can be written.", COMMENT),
    Line("cache={cache}", "The wizard's cache: zig finds there what it has compiled before."),
    Line('if [ -w "$cache" ]; then', "Where it may be written; somebody else's switch leaves zig its own."),
    Line(
        '  : "${{ZIG_GLOBAL_CACHE_DIR:=$cache}}" "${{ZIG_LOCAL_CACHE_DIR:=$cache}}"',
        "A cache that you have named yourself is used instead.",
    ),
    Line("  export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR", "zig reads them from its environment."),
    Line("fi", CHOICE),
)

_LINKS: Lines = (
    Line("# A static program: start-up object and C library as zig has compiled them, by its linker.", COMMENT),
    Line("# The stack size is what musl gives to threads.", COMMENT),
    Line("case $link in", CHOICE),
    Line("  yes)", CHOICE),
    Line(
        '    set -- -nostdlib -static -Wl,-z,stack-size=16777216 -Wl,--gc-sections "$libc/crt1.o" "$@" \\',
        "A program: start-up object, the caller's words, then the C library. zig's own driver would do "
        "the same, three times as slowly.",
        options("-nostdlib", "-static", "-Wl,-z,stack-size=16777216", "-Wl,--gc-sections"),
    ),
    Line(
        '      -L"$sysroot/lib" -L"$libc" -lc -lzigc -lcompiler_rt',
        "The C library comes last: it has what all others refer to.",
    ),
    Line("    ;;", CHOICE),
    Line(
        '  partial) set -- -nostdlib "$@" ;;',
        "Objects joined to one object: without the C library.",
        options("-nostdlib"),
    ),
    Line("esac", CHOICE),
)

_COMPILES: Lines = (
    Line("# -O2 comes first, so that the caller's -O wins.", COMMENT),
    Line(
        'exec "$zig/zig" clang {clang} --no-default-config --ld-path="${{0%/*}}/{linker}" \\',
        "The compiler inside zig, called directly; the lines below are the rest of the command.",
        options("--no-default-config"),
    ),
    Line(
        '  -nostdinc -isystem "$sysroot/include" -isystem "$zig/lib/include"{headers} \\',
        "Headers from the switch's sysroot first, then the compiler's own; none of the build machine's.",
        options("-nostdinc"),
    ),
    Line(
        '  -O2 -fno-pic -fno-pie {quiet} "$@"',
        "The usual options of the target's code; the caller's words (`\"$@\"`) come last and win.",
        options("-O2", "-fno-pic", "-fno-pie"),
    ),
)

_QUIET = "-Wno-unused-command-line-argument"
"""Not every option means something to every call of a wrapper."""

_STRIP: Lines = (
    Line(
        "# zig 0.17 cannot strip (its objcopy destroys the file when it is asked to): files stay as they are.",
        COMMENT,
    ),
    Line("# For smaller programs let the linker leave the symbols out: ocamlopt -ccopt -s", COMMENT),
    Line("out=''", EMPTY),
    Line("file=''", EMPTY),
    Line("take=''", EMPTY),
    Line("for word do", EACH_WORD),
    Line('  if [ -n "$take" ]; then', CHOICE),
    Line("    out=$word", OUTPUT),
    Line("    take=''", "The output's name is read: the next word is an ordinary one."),
    Line("    continue", CHOICE),
    Line("  fi", CHOICE),
    Line("  case $word in", WHICH_WORD),
    Line("    -o) take=yes ;;", OUTPUT),
    Line("    -*) ;;", CHOICE),
    Line("    *) file=$word ;;", "Remembers the file that is to be stripped."),
    Line("  esac", CHOICE),
    Line("done", LOOP_END),
    Line(
        '[ -z "$out" ] || exec cp "$file" "$out"',
        "With -o the output has to be there all the same: a copy, as it is.",
    ),
    Line("exit 0", "A success: make install goes on, and the file is left as it is."),
)

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

LIBC_FILES = ("crt1.o", "libc.a", "libzigc.a", "libcompiler_rt.a")
"""What LIBC_SCRIPT leaves, in the order of a link."""

_FOLDER = Line(
    "zig={folder}",
    "The folder of zig that this switch uses: an absolute path, so that nothing has to be on PATH.",
)
_LIBC = Line("libc={libc}", "The C library as zig has compiled it for this triplet, once for all switches.")
_HEADERS = "Headers of the C library for this target, which zig keeps in several folders: the special ones first."
_ASSEMBLER = "The assembler that is inside clang: it reads what ocamlopt writes."
_ARCHIVER = "The archiver inside zig: it takes objects of every target."
_LINKER = "The linker inside zig."
_BUILD_COMPILER = "zig's own driver: what it makes here is static, so it runs on any Linux of this processor."


def kept_zig(folders: Folders, version: str) -> str:
    """The folder in which zig is kept for all switches."""
    return str(folders.toolchains / f"zig-{version}")


def kept_libc(zig: str, triplet: str) -> str:
    """The folder that holds the C library which the zig in `zig` has compiled for a triplet."""
    return f"{zig}-{triplet}"


def libc_options(toolchain: Toolchain, triplet: str) -> tuple[str, ...]:
    """The options by which zig compiles the C library of a triplet."""
    return ("-target", toolchain.targets[triplet], *toolchain.cpu.get(triplet, ()))


def wrapper_scripts(toolchain: Toolchain, triplet: str, folder: str, libc: str) -> tuple[Script, ...]:
    """The wrapper scripts for a triplet.

    folder holds the zig program and its headers, libc the compiled C library (see LIBC_SCRIPT).
    Paths may hold any character but NUL: they are quoted.
    """
    clang, special = toolchain.clang[triplet], toolchain.assembler.get(triplet, ())
    more = "".join(f" {shlex.quote(option)}" for option in special)
    compiler = (*SYSROOT, *assembles(toolchain, triplet), *_LINKS, *_compiles(toolchain, triplet))
    assembler = Line(
        f'exec "$zig/zig" clang {shlex.join(clang)}{more} {_QUIET} -x assembler -c "$@"',
        _ASSEMBLER,
        explained((*clang, *special, _QUIET)),
    )
    bodies: dict[str, tuple[str, Lines]] = {
        "gcc": ("compiles and links C for the target", compiler),
        "cc": ("the same compiler under its other usual name", compiler),
        "as": ("assembles what ocamlopt writes", (assembler,)),
        "ld": ("links objects, partially with -r", (Line('exec "$zig/zig" ld.lld "$@"', _LINKER),)),
        "ar": ("makes archives (.a)", (Line('exec "$zig/zig" ar "$@"', _ARCHIVER),)),
        "ranlib": ("writes an archive's index", (Line('exec "$zig/zig" ranlib "$@"', _ARCHIVER),)),
        "strip": ("leaves files as they are", _STRIP),
    }
    return tuple(
        _script(f"{triplet}-{tool}", toolchain, purpose, folder, libc, body)
        for tool, (purpose, body) in bodies.items()
    )


def _compiles(toolchain: Toolchain, triplet: str) -> Lines:
    """The last command of the compiler's wrapper: clang with the target's options and the C library's headers."""
    clang, folders = toolchain.clang[triplet], toolchain.headers[triplet]
    ends = [" \\", *(" \\" for _ in folders)]
    headers = [f'  -isystem "$zig/lib/libc/include/{name}"{end}' for name, end in zip(folders, ends, strict=False)]
    first, call, include, last = filled(
        _COMPILES, clang=shlex.join(clang), linker=f"{triplet}-ld", headers="", quiet=_QUIET
    )
    call = msgspec.structs.replace(call, options=(*explained((*clang, f"--ld-path={triplet}-ld")), *call.options))
    last = msgspec.structs.replace(last, options=(*last.options, *explained((_QUIET,))))
    return (first, call, include, *(Line(text, _HEADERS) for text in headers), last)


def build_tool_scripts(toolchain: Toolchain, arch: str, folder: str, cache: str) -> tuple[Script, ...]:
    """The tools of a C toolchain for the build machine itself, under their plain names, where it has none.

    arch is the build machine's architecture; what zig makes here is static (musl), so it
    runs on any Linux of that architecture.
    """
    target = f"{arch}-linux-musl"
    call = Line(
        f'exec "$zig/zig" cc -target {target} -O2 -fno-sanitize=undefined "$@"', _BUILD_COMPILER, options("-O2")
    )
    compiler = (*filled(_CACHE, cache=shlex.quote(cache)), call)
    assembler = Line(
        f'exec "$zig/zig" clang --target={target} -x assembler -c "$@"', _ASSEMBLER, options(f"--target={target}")
    )
    bodies: dict[str, tuple[str, Lines]] = {
        "gcc": ("compiles C for this machine", compiler),
        "cc": ("the same compiler under its other usual name", compiler),
        "as": ("assembles for this machine", (assembler,)),
        "ld": ("links for this machine", (Line('exec "$zig/zig" ld.lld "$@"', _LINKER),)),
        "ar": ("makes archives (.a)", (Line('exec "$zig/zig" ar "$@"', _ARCHIVER),)),
        "ranlib": ("writes an archive's index", (Line('exec "$zig/zig" ranlib "$@"', _ARCHIVER),)),
        "strip": ("leaves files as they are", _STRIP),
    }
    return tuple(_script(name, toolchain, purpose, folder, "", body) for name, (purpose, body) in bodies.items())


def _script(name: str, toolchain: Toolchain, purpose: str, folder: str, libc: str, body: Lines) -> Script:
    """A script with the folders that its lines name."""
    used = "".join(line.text for line in body)
    first = filled((_FOLDER,), folder=shlex.quote(folder)) if "$zig" in used else ()
    second = filled((_LIBC,), libc=shlex.quote(libc)) if "$libc" in used else ()
    return framed(name, purpose, f"{toolchain.title} {toolchain.version}", (*first, *second, *body))


def place_zig(machine: BuildMachine, folders: Folders) -> tuple[a.AnyAction, ...]:
    """The actions that put zig into its own folder, once for all switches; none where there is no zig."""
    if machine.zig is None:
        return ()
    return (
        a.PlaceToolchain(machine.zig.folder, kept_zig(folders, machine.zig.version)),
        a.WriteFile(f"{folders.cache / 'zig'}/README", "zig's cache: safe to delete.\n", "zig's cache"),
    )


def compile_libc(
    toolchain: Toolchain, triplet: str, zig: str, cache: str, scripts: str
) -> tuple[a.AnyAction, ...]:
    """Have the zig in `zig` compile the C library of a triplet, where that was not done yet.

    scripts: the folder for the script that does it.
    """
    arguments = (zig, kept_libc(zig, triplet), cache, *libc_options(toolchain, triplet))
    why = f"the C library for {triplet}, once for all switches"
    return run_script(scripts, f"libc-{triplet}.sh", LIBC_SCRIPT, arguments, cwd=scripts, why=why)


class Zig(Provider):
    """The provider `zig`."""

    def version(self, resolved: ResolvedSelection, triplet: str) -> str:
        """That of the wheel that is installed here."""
        del triplet
        return resolved.build_machine.zig.version if resolved.build_machine.zig else ""

    def answer(self, toolchain: Toolchain, triplet: str) -> str:
        """clang answers with the target it was called for."""
        return toolchain.clang[triplet][0].removeprefix("--target=")

    def set_up(self, request: Request) -> Setup:
        """zig compiles its C library for the triplet; the wrapper scripts name both."""
        toolchain, triplet, folders = request.resolved.toolchain, request.triplet, request.folders
        zig = kept_zig(folders, self.version(request.resolved, triplet))
        scripts = wrapper_scripts(toolchain, triplet, zig, kept_libc(zig, triplet))
        cache = str(folders.cache / "zig")
        return Setup(
            wrappers=written(scripts, f"{request.staging}/wrappers"),
            build_wrappers=f"{request.staging}/wrappers",
            before=compile_libc(toolchain, triplet, zig, cache, f"{request.folder}/scripts"),
        )

    def found(self, toolchain: Toolchain, machine: BuildMachine) -> str:
        """Which wheel, and where."""
        del toolchain
        return f"version {machine.zig.version} in {machine.zig.folder}" if machine.zig else "not installed"

    def pinned(self, version: str) -> tuple[Fix, ...]:
        """The wheel of that version, by pip."""
        return (way("lock-toolchain", "install", package="ziglang", version=version),)

    def compiler(
        self, toolchain: Toolchain, triplet: str, machine: BuildMachine, folders: Folders
    ) -> Compiler | None:
        """zig's own driver, and its C library, which a script compiles where it has not been yet."""
        if triplet not in toolchain.targets or machine.zig is None:
            return None
        placed = folders.toolchains / f"zig-{toolchain.version}"
        zig = str(placed if (placed / "zig").is_file() else machine.zig.folder)
        into, cache = f"{placed}-{triplet}", str(folders.cache / "zig")
        chosen = libc_options(toolchain, triplet)
        return Compiler(
            argv=(f"{zig}/zig", "cc", *chosen, "-fno-sanitize=undefined"),
            environment={"ZIG_GLOBAL_CACHE_DIR": cache, "ZIG_LOCAL_CACHE_DIR": cache},
            by="zig",
            files=tuple(f"{into}/{name}" for name in LIBC_FILES),
            made_by=("/bin/sh", "-c", LIBC_SCRIPT, "libc", zig, into, cache, *chosen),
        )


PROVIDER: Provider = Zig()
