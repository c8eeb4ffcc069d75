"""Where the C library is that code is to be linked with, and the C compiler for it.

It is that of a built switch, of a C compiler, or of the catalogue (as a C toolchain here provides it).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec

from wizard.base.errors import InputError, MissingError
from wizard.base.folders import Folders
from wizard.base.spelling import did_you_mean
from wizard.catalogue.model import Catalogue
from wizard.catalogue.presets import load_preset
from wizard.check.findings import Fix
from wizard.link.closure import Coverage
from wizard.link.libraries import Libraries
from wizard.link.link_line import linked_files
from wizard.machine.survey import (
    LOCK_FILE,
    SCRUBBED_NAMES,
    SCRUBBED_PREFIXES,
    BuildMachine,
    config_output,
    parse_config,
)  # fmt: skip
from wizard.prove.expectation import understood as expect
from wizard.toolchains.api import Compiler
from wizard.toolchains.registry import provider_of
from wizard.toolchains.zig import LIBC_FILES, kept_libc, kept_zig

RUNTIME = "libasmrun.a"
"""OCaml's runtime for native programs, which C stubs call."""


class CLibrary(msgspec.Struct, frozen=True):
    """A C library as a program is linked with it, and how C code is compiled for it.

    title: for messages. files: in the order in which they are linked. compiler: its call, () where none is known;
    environment: the variables for it; headers: the folder of OCaml's own headers, "" where there is none.
    """

    title: str
    files: tuple[Path, ...]
    compiler: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    headers: str = ""


def of_switch(prefix: Path, known: Catalogue) -> CLibrary:
    """The C library of a built switch, OCaml's runtime before it. Raises InputError, MissingError."""
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        raise InputError("not-a-switch", "folder", prefix=prefix, lock=LOCK_FILE)
    preset = load_preset(lock, known)
    triplet = known.triplet(preset.selection.target, preset.selection.libc) or ""
    if preset.lock is not None:
        triplet = preset.lock.triplet
    compiler = (str(prefix.absolute() / "wrappers" / f"{triplet}-gcc"),)
    config = parse_config(config_output(prefix / "bin" / "ocamlopt"))
    libraries = config.get("native_c_libraries", "").split()
    headers = prefix.absolute() / "lib" / "ocaml"
    runtime = [path for path in (headers / RUNTIME,) if path.is_file()]
    title = f"{known.libcs[preset.selection.libc].title} for {triplet}, of the switch {prefix}"
    environment = clean_environment()
    files = (*runtime, *linked_files(compiler, environment, libraries))
    return CLibrary(title, files, compiler, environment, str(headers))


def of_compiler(compiler: str, title: str = "") -> CLibrary:
    """The C library that a C compiler links with, and its part for mathematics. Raises MissingError."""
    program = shutil.which(compiler)
    if program is None:
        raise MissingError("compiler-silent", "absent", compiler=compiler)
    call, environment = (str(Path(program).absolute()),), clean_environment()
    files = linked_files(call, environment)
    if any(path.name.startswith("libc.") for path in files):  # OCaml links with -lm where there is one
        files = linked_files(call, environment, ("-lm",))
    return CLibrary(title or f"what {compiler} links with", files, call, environment)


def of_catalogue(
    target: str,
    libc: str,
    known: Catalogue,
    build_machine: BuildMachine,
    folders: Folders,
    say: Callable[[str], None] = lambda _: None,
) -> CLibrary:
    """A C library of the catalogue, by a C toolchain that is here; zig compiles it where it has not yet.

    say: called with what is being done when that takes a minute. Raises InputError where the pair does not exist,
    MissingError where nothing here has it.
    """
    triplet = known.triplet(target, libc)
    title = known.libcs[libc].title
    if triplet is None:
        raise InputError(
            "libc-machine", "coverage", libc=title, target=target, triplets=", ".join(known.libcs[libc].triplets)
        )
    if known.machines[target].object_format != "elf":
        raise InputError("coverage-format", title=title)
    for toolchain in known.toolchains.values():
        compiler = provider_of(toolchain).compiler(toolchain, triplet, build_machine, folders)
        if compiler is not None and compiler.files:
            return _made(compiler, triplet, title, folders, say)
        if compiler is not None:
            return of_compiler(compiler.argv[0], f"{title} for {triplet}, of {compiler.by}")
    raise MissingError("coverage-libc", title=title, triplet=triplet)


def understood(word: str, libc: str | None, known: Catalogue) -> tuple[str, str]:
    """(machine id, C library id) that a user means by --target and --libc. Raises InputError."""
    expected = expect(word, known, option="--target")
    if libc is not None and libc not in known.libcs:
        raise InputError("value-unknown", key="--libc", value=libc, hint=did_you_mean(libc, known.libcs))
    machine = expected.machine.id
    fitting = [id_ for id_ in known.libcs if known.triplet(machine, id_)]
    return machine, libc or expected.libc or next(iter(fitting), next(iter(known.libcs)))


def compiled_libc(triplet: str, version: str, folders: Folders) -> Path:
    """The folder of the C library for a triplet that zig has compiled, shared by all switches."""
    return Path(kept_libc(kept_zig(folders, version), triplet))


def musl_instead(found: Coverage, known: Catalogue, folders: Folders) -> Fix | None:
    """How much of what the code lacks musl has, where zig has compiled it here; None where that is nothing."""
    missing = [need.symbol for need in found.missing if need.objects]
    machines = (id_ for id_, machine in known.machines.items() if machine.elf_machine == found.machine)
    for machine in machines if missing and found.library != "musl" else ():
        triplet = known.triplet(machine, "musl")
        folder = compiled_libc(triplet or "", known.embedded.version, folders)
        if triplet is None or not (folder / "libc.a").is_file():
            continue
        musl = Libraries(folder / name for name in LIBC_FILES)
        has = sum(musl.find(symbol) is not None for symbol in missing)
        if has:
            how_many = "all of this" if has == len(missing) else f"{has} of these {len(missing)}"
            command = f"ocaml-cross-wizard coverage FILE --target {machine} --libc musl"
            return Fix(f"musl has {how_many}", command=command)
    return None


def clean_environment() -> dict[str, str]:
    """This process's variables without those that change what a C compiler does."""
    harmless = {
        n: v for n, v in os.environ.items() if n not in SCRUBBED_NAMES and not n.startswith(SCRUBBED_PREFIXES)
    }
    return harmless | {"LC_ALL": "C"}


def _made(compiler: Compiler, triplet: str, title: str, folders: Folders, say: Callable[[str], None]) -> CLibrary:
    """A C library whose files a C toolchain makes once and keeps for all switches."""
    by = compiler.by
    environment = clean_environment() | compiler.environment
    files = tuple(map(Path, compiler.files))
    if not all(file.is_file() for file in files):
        say(f"{by} compiles {title} for {triplet}, once for all switches: a minute")
        folders.toolchains.mkdir(parents=True, exist_ok=True)
        for folder in compiler.environment.values():
            Path(folder).mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            compiler.made_by,
            cwd=folders.toolchains, env=clean_environment(), capture_output=True, text=True, errors="replace",
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if ended.returncode:
            last = (ended.stdout + ended.stderr).strip().splitlines()[-1:]
            raise MissingError("coverage-libc", "compile", by=by, title=title, triplet=triplet, said="".join(last))
    return CLibrary(f"{title} for {triplet}, as {by} compiles it", files, compiler.argv, environment)
