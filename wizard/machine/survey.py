"""What the build machine is and has: the facts a plan depends on, looked up once and passed as a value."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

import msgspec

from wizard.catalogue.model import Catalogue

LOCK_FILE = "ocaml-cross.lock.toml"
"""The file by which a cross switch is recognized, and from which it can be built again."""

# Tools that a build or its proof may use; the value is the first name found on PATH.
TOOLS: dict[str, tuple[str, ...]] = {
    "make": ("make", "gmake"),
    "cc": ("gcc", "cc", "clang"),
    "sh": ("sh",),
    "npm": ("npm",),
    "apt-get": ("apt-get",),
    "zsh": ("zsh",),
}

# Variables that change what a C or OCaml build does without anybody asking for it.
SCRUBBED_NAMES = (
    "CC", "CXX", "CPP", "AS", "AR", "LD", "NM", "RANLIB", "STRIP", "OBJCOPY",
    "CFLAGS", "CPPFLAGS", "CXXFLAGS", "LDFLAGS", "LIBS", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "GNUMAKEFLAGS", "CONFIG_SITE",
    "OCAMLLIB", "CAMLLIB", "OCAMLPARAM", "OCAMLRUNPARAM", "CAML_LD_LIBRARY_PATH", "CAMLRUNPARAM",
)  # fmt: skip
SCRUBBED_PREFIXES = ("OCAMLFIND_", "OPAM", "ZIG_")


class OcamlOnPath(msgspec.Struct, frozen=True):
    """An OCaml compiler found on PATH, as its `ocamlopt -config` describes itself."""

    release: str
    bin: str
    lib: str
    architecture: str
    target: str


class Zig(msgspec.Struct, frozen=True):
    """An installed zig: the folder that holds `zig` and `lib`, and its version."""

    folder: str
    version: str


class BuildMachine(msgspec.Struct, frozen=True):
    """The build machine: the facts that a plan depends on. `machine` is a catalogue id, or "" for an unknown one.

    tools: name -> absolute path, only the installed ones. scrubbed: variables that are set and that
    a build removes. seccomp: pkg-config finds the library that Solo5's tenders are built with.
    path: PATH as it was. compilers: the name of an installed cross gcc (aarch64-linux-gnu) ->
    absolute path, compiler_versions: its version. takes_mz: the entries of binfmt_misc by which
    the kernel gives what begins with MZ to another program.
    """

    machine: str
    uname: str
    triplet: str
    cores: int
    path: str
    tools: dict[str, str]
    emulators: dict[str, str]
    scrubbed: tuple[str, ...]
    zig: Zig | None = None
    ocaml: OcamlOnPath | None = None
    compilers: dict[str, str] = {}
    compiler_versions: dict[str, str] = {}
    takes_mz: tuple[str, ...] = ()
    seccomp: bool = False


def ordinary_linux() -> BuildMachine:
    """An x86_64 Linux with make, a C compiler and zig: what examples and pictures use instead of this machine."""
    return BuildMachine(
        machine="x86_64-linux",
        uname="x86_64",
        triplet="x86_64-pc-linux-gnu",
        cores=2,
        path="/usr/local/bin:/usr/bin:/bin",
        tools={"make": "/usr/bin/make", "cc": "/usr/bin/gcc", "sh": "/usr/bin/sh"},
        emulators={},
        scrubbed=(),
        zig=Zig("/opt/ziglang", "0.17.0"),
    )


def survey(catalogue: Catalogue, environ: dict[str, str] | None = None) -> BuildMachine:
    """The facts of this machine. Runs `ocamlopt -config` where there is an OCaml; changes nothing."""
    environ = dict(os.environ) if environ is None else environ
    path = environ.get("PATH", os.defpath)
    machine = this_machine(catalogue)
    emulators: dict[str, str] = {}
    for id_, target in catalogue.machines.items():
        if not target.emulator:
            continue
        emulator = shutil.which(target.emulator, path=path) or shutil.which(f"{target.emulator}-static", path=path)
        if emulator:
            emulators[id_] = emulator
    compilers = _cross_compilers(catalogue, path)
    return BuildMachine(
        machine=machine,
        uname=platform.machine().lower(),
        triplet=catalogue.machines[machine].build_triplet if machine else "",
        cores=usable_cores(),
        path=path,
        tools=_tools(path),
        emulators=emulators,
        scrubbed=tuple(sorted(name for name in environ if _is_scrubbed(name))),
        zig=find_zig(),
        ocaml=find_ocaml(path),
        compilers=compilers,
        compiler_versions={name: _version_of(program) for name, program in compilers.items()},
        takes_mz=entries_for_mz(BINFMT),
        seccomp=_has_seccomp(path),
    )


def _is_scrubbed(name: str) -> bool:
    """True for a variable that changes a build, so that no command of a build gets it."""
    return name in SCRUBBED_NAMES or name.startswith(SCRUBBED_PREFIXES)


def usable_cores() -> int:
    """How many cores this process may use: fewer than the machine has where it is bound to some of them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


BINFMT = Path("/proc/sys/fs/binfmt_misc")
"""Where the kernel shows its entries (Linux Documentation/admin-guide/binfmt-misc.rst)."""


def entries_for_mz(folder: Path) -> tuple[str, ...]:
    """The enabled entries of binfmt_misc for files that begin with MZ, except that of portable executables."""
    names = []
    try:
        for entry in sorted(folder.iterdir()):
            lines = entry.read_text(errors="replace").splitlines() if entry.is_file() else []
            magic = next((line.removeprefix("magic ") for line in lines if line.startswith("magic ")), "")
            if lines[:1] == ["enabled"] and "offset 0" in lines and magic == "4d5a":
                names.append(entry.name)
    except OSError:
        return ()
    return tuple(names)


def this_machine(catalogue: Catalogue) -> str:
    """The catalogue's id of the machine this runs on, "" where it has none for it."""
    uname = platform.machine().lower()
    if platform.system() != "Linux":
        return ""
    return next((id_ for id_, machine in catalogue.machines.items() if uname in machine.uname), "")


def _cross_compilers(catalogue: Catalogue, path: str) -> dict[str, str]:
    """The installed compilers that the catalogue's toolchains name, for toolchains that bring no compiler."""
    compilers: dict[str, str] = {}
    for toolchain in catalogue.toolchains.values():
        if toolchain.installed:
            for name in toolchain.targets.values():
                program = shutil.which(f"{name}-gcc-posix", path=path) or shutil.which(f"{name}-gcc", path=path)
                if program:
                    compilers[name] = program
    return compilers


def _has_seccomp(path: str) -> bool:
    """True where pkg-config knows libseccomp, which Solo5's configure asks for on Linux."""
    program = shutil.which("pkg-config", path=path)
    if program is None:
        return False
    try:
        ended = subprocess.run([program, "--exists", "libseccomp"], timeout=10, check=False, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0


def _version_of(program: str) -> str:
    """What a gcc answers to -dumpfullversion; "" where it does not."""
    try:
        return subprocess.run(
            [program, "-dumpfullversion"], capture_output=True, text=True, timeout=10, check=True,
            stdin=subprocess.DEVNULL,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def _tools(path: str) -> dict[str, str]:
    installed: dict[str, str] = {}
    for tool, names in TOOLS.items():
        for name in names:
            program = shutil.which(name, path=path)
            if program:
                installed[tool] = program
                break
    return installed


def find_zig() -> Zig | None:
    """The zig inside the `ziglang` wheel, found without running or importing it.

    The version is read off the wheel's metadata folder: importlib.metadata would cost more
    time than all the rest of a check.
    """
    from importlib.util import find_spec  # lazy: commands that make no plan need none of it

    spec = find_spec("ziglang")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    metadata = [path.name for path in folder.parent.glob("ziglang-*.dist-info")]
    if not (folder / "zig").is_file() or not metadata:
        return None
    return Zig(str(folder), metadata[0].removeprefix("ziglang-").removesuffix(".dist-info"))


def find_ocaml(path: str) -> OcamlOnPath | None:
    """The first native OCaml compiler on `path` that answers and makes code for this machine.

    Cross switches are skipped: whoever has sourced the env.sh of one has its launchers first on PATH.
    """
    for folder in (Path(word).absolute() for word in path.split(os.pathsep) if word):
        program = next((p for n in ("ocamlopt.opt", "ocamlopt") if os.access(p := folder / n, os.X_OK)), None)
        if program is None or (folder.parent / LOCK_FILE).exists():
            continue
        config = _config_of(program)
        if config.get("version") and config.get("host", "") == config.get("target", ""):
            return OcamlOnPath(
                release=config["version"],
                bin=str(folder),
                lib=config.get("standard_library", ""),
                architecture=config.get("architecture", ""),
                target=config.get("target", ""),
            )
    return None


def _config_of(program: Path) -> dict[str, str]:
    """What `ocamlopt -config` answers; nothing where it does not."""
    return parse_config(config_output(program))


def config_output(program: Path) -> str:
    """The text of `ocamlopt -config`; "" where the program does not answer."""
    try:
        return subprocess.run(
            [program, "-config"], capture_output=True, text=True, timeout=10, check=True, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""


def parse_config(text: str) -> dict[str, str]:
    """The `name: value` lines of `ocamlopt -config` as a dictionary; other lines are skipped."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon and " " not in name.strip()}
