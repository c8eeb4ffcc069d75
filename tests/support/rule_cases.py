"""Cases of the rules: code of a finding -> a resolved selection that has it, and one like it that has not."""

from __future__ import annotations

import msgspec

from tests.support.fakes import ARM, CHOSEN, CYGWIN, HERE, I386, MSVC, OCAML, REAL, WINDOWS, X86, placed
from tests.support.unikernel_cases import CASES as UNIKERNELS
from wizard.catalogue.model import Patch
from wizard.catalogue.selection import Selection
from wizard.check.resolved import ResolvedSelection

OLD = "4.14.2"
assert HERE.zig is not None
OLD_ZIG = msgspec.structs.replace(HERE.zig, version="0.15.1")


def on(host: str, target: str, release: str = "5.3.0", libc: str = "auto") -> ResolvedSelection:
    """Host and target, the wizard running on that host."""
    return placed(Selection(target=target, host=host, release=release, libc=libc), machine=host)


def of(
    target: str, libc: str = "auto", release: str = "5.3.0", toolchain: str = "auto", **here: object
) -> ResolvedSelection:
    """The resolved selection of a target on an ordinary x86_64 Linux."""
    return placed(Selection(target=target, libc=libc, release=release, toolchain=toolchain), REAL, HERE, **here)


def patched(release: str, *, target: str = "aarch64-linux", chosen: bool) -> ResolvedSelection:
    """A selection on a catalogue with a patch for 4.14.2 on ARM, chosen by the user or not."""
    patch = Patch(
        "Short labels",
        "The assembler needs them.",
        "x",
        (OLD,),
        ("armv7-linux",),
        ("zig",),
        wanted_by="every program",
        required=True,
        without="It stops.",
        id="short",
    )
    known = msgspec.structs.replace(REAL, patches={"short": patch})
    files = ("/home/me/short.patch",) if chosen else ()
    return placed(Selection(target=target, release=release, patches=files), known)


def lacking_options() -> ResolvedSelection:
    """RISC-V with a toolchain whose assembler is told nothing."""
    zig = msgspec.structs.replace(REAL.toolchains["zig"], assembler={})
    known = msgspec.structs.replace(REAL, toolchains={**REAL.toolchains, "zig": zig})
    return placed(Selection(target="riscv64-linux"), known)


PATH_COMPILER = msgspec.structs.replace(CHOSEN, host_compiler="path")
PORTABLE = Selection(target=X86.id, libc="cosmopolitan", release="5.4.1")
ARM64 = "aarch64-linux"
GCC = {"aarch64-linux-gnu": "/usr/bin/aarch64-linux-gnu-gcc"}

# code of a finding -> a resolved selection that has it, and one like it that has not
CASES: dict[str, tuple[ResolvedSelection, ResolvedSelection]] = {
    "cygwin": (of(CYGWIN.id), of(WINDOWS.id)),
    "msvc": (of(MSVC.id), of(WINDOWS.id)),
    "backend-type": (of("wasm32-wasi"), of("aarch64-android")),
    "machine-closed": (of("aarch64-macos"), of("aarch64-linux")),
    "recipe-missing": (of("x86_64-unikraft"), of("x86_64-solo5")),
    "word-size": (on(X86.id, ARM.id, OLD), on(I386.id, ARM.id, OLD)),
    "ostype-unix": (of(WINDOWS.id, release="5.3.0"), of(WINDOWS.id, release="5.4.1")),
    "ostype-win32": (of(WINDOWS.id, release="5.3.0"), of(CYGWIN.id)),
    "ostype-cygwin": (of(CYGWIN.id, release="5.4.1"), of(WINDOWS.id)),
    "object-format": (on(WINDOWS.id, "aarch64-linux"), on(WINDOWS.id, WINDOWS.id)),
    "flexdll-objects": (on(WINDOWS.id, "i686-windows", OLD), on(WINDOWS.id, WINDOWS.id)),
    "native-back-end": (on(I386.id, ARM.id, "5.3.0"), on(I386.id, ARM.id, OLD)),
    "host-back-end": (on(I386.id, ARM.id, "5.3.0"), on(I386.id, ARM.id, OLD)),
    "libc-machine": (of("armv6-linux", "glibc", OLD), of("armv7-linux", "glibc", OLD)),
    "libc-os": (of(WINDOWS.id, "musl"), of(WINDOWS.id, "mingw-w64")),
    "toolchain-target": (of(ARM64, "glibc", toolchain="zig"), of(ARM64, "glibc", toolchain="gcc")),
    "assembler-told": (of("riscv64-linux"), of("aarch64-linux")),
    "assembler-compresses": (lacking_options(), of("riscv64-linux")),
    "patch-release": (patched("5.3.0", chosen=True), patched(OLD, chosen=True)),
    "patch-applied": (patched(OLD, target="armv7-linux", chosen=False), patched(OLD, chosen=False)),
    "compiler-missing": (of("aarch64-linux", "glibc"), of("aarch64-linux", "glibc", compilers=GCC)),
    "toolchain-missing": (placed(zig=None), of("aarch64-linux", "glibc", zig=None)),
    "toolchain-version": (placed(zig=OLD_ZIG), placed()),
    "host-runnable": (placed(Selection(target=X86.id, host="aarch64-linux")), of("armv7-linux", release=OLD)),
    "host-static": (
        placed(Selection(target=ARM.id, host=I386.id, release=OLD)),
        placed(Selection(target="aarch64-linux", host=X86.id)),
    ),
    "build-machine": (placed(machine="", uname="sparc64", triplet=""), placed()),
    "release-equal": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, release="5.4.1")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-missing": (placed(PATH_COMPILER), placed(PATH_COMPILER, ocaml=OCAML)),
    "host-compiler-foreign": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, architecture="arm64")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-unsafe": (
        placed(PATH_COMPILER, ocaml=msgspec.structs.replace(OCAML, bin="/my switch/bin")),
        placed(PATH_COMPILER, ocaml=OCAML),
    ),
    "host-compiler-found": (
        placed(ocaml=OCAML),
        placed(Selection(target="aarch64-linux", host_compiler="build"), ocaml=OCAML),
    ),
    "make-missing": (placed(tools={"cc": "/usr/bin/cc"}), placed()),
    "cc-missing": (placed(tools={"make": "/usr/bin/make"}), placed()),
    "emulator-missing": (placed(emulators={}), of(I386.id)),
    "environment-scrubbed": (placed(scrubbed=("CC", "OCAMLLIB")), placed()),
    "library-lacking": (placed(), of(WINDOWS.id)),
    "libc-release": (placed(PORTABLE), placed(msgspec.structs.replace(PORTABLE, release=OLD))),
    "toolchain-unproved": (placed(msgspec.structs.replace(PORTABLE, toolchain="cosmocc")), placed(PORTABLE)),
    "ape-exec": (placed(PORTABLE), placed()),
    "ape-zsh": (placed(PORTABLE, tools={"zsh": "/bin/zsh"}), placed(PORTABLE)),
    "ape-binfmt": (placed(PORTABLE, takes_mz=("WSLInterop",)), placed(PORTABLE)),
    **UNIKERNELS,
}
