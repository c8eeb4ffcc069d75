"""A small complete unikernel, as a project of one's own begins: written, built with a switch, and run."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from wizard.base.errors import BuildError, FolderError, InputError
from wizard.check.resolved import ResolvedSelection, path_problem
from wizard.machine.survey import LOCK_FILE
from wizard.prove.runners.api import Absent, programs_of
from wizard.prove.runners.registry import choose
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS

NAME = "hello"
MEGABYTES = 16
BUILD_SECONDS = 300
RUN_SECONDS = 60
WHOLE_PROGRAM = "hello from OCaml"
"""What the example prints at the beginning of its line."""

_PROGRAM = """\
(* A program without an operating system. What it prints goes to the console of what runs it. *)
let () =
  Printf.printf "hello from OCaml %s on Solo5, %d-bit words\\n" Sys.ocaml_version Sys.word_size
"""

_BUILD = """\
#!/bin/sh
# build.sh [BINDINGS]: makes {name}.BINDINGS from {name}.ml, without dune. BINDINGS: {able} (usual: {usual}).
set -e
switch=${{OCAML_CROSS_SWITCH:-{prefix}}}
bindings=${{1:-{usual}}}
case $0 in */*) cd -- "${{0%/*}}" ;; esac
# In a folder of its own, which dune passes over.
mkdir -p _plain
cp {name}.ml {startup} {manifest} _plain
cd _plain

# The manifest names the unikernel's devices; a tender reads it from the program, and refuses one without.
"$switch/{tools}/solo5-elftool" gen-manifest {manifest} manifest.c
"$switch/wrappers/{triplet}-gcc" -c manifest.c -o manifest.o
# The start-up code is what Solo5 calls, and what calls OCaml.
"$switch/wrappers/{triplet}-gcc" -I "$switch/lib/ocaml" -c {startup} -o startup.o
# The bindings say what the program stands on: without them it links, and no tender takes it.
"$switch/bin/ocamlopt" {name}.ml startup.o manifest.o -cclib "-z solo5-abi=$bindings" -o "../{name}.$bindings"
"""

_RUN = """\
#!/bin/sh
# run.sh: runs {name}.spt by its tender, on a Linux with the unikernel's processor. --mem is in megabytes.
switch=${{OCAML_CROSS_SWITCH:-{prefix}}}
case $0 in */*) cd -- "${{0%/*}}" || exit 1 ;; esac
exec "$switch/{tools}/solo5-spt" --mem={megabytes} -- {name}.spt "$@"
"""

_DUNE_PROJECT = "(lang dune 2.8)\n"

_DUNE = """\
; The same as build.sh does, for the context {context} of dune-workspace.
(executable
 (name {name})
 (enabled_if (= %{{context_name}} {context}))
 (link_flags (-cclib "-z solo5-abi={usual}"))
 (foreign_stubs (language c) (names startup manifest)))

(rule
 (targets manifest.c)
 (deps {manifest})
 (enabled_if (= %{{context_name}} {context}))
 (action (run solo5-elftool gen-manifest {manifest} manifest.c)))
"""

_README = """\
# {name}: a unikernel in OCaml

Made for the cross switch {prefix} ({triplet}).

    sh build.sh            # makes {name}.{usual}, without dune; sh build.sh hvt for other bindings
    sh run.sh              # runs {name}.spt by the tender solo5-spt
    dune build ./{name}.exe --workspace dune-workspace    # _build/{context}/{name}.exe, the same program

| file | what it is for |
| --- | --- |
| `{name}.ml` | the program |
| `{manifest}` | the devices it has: none (see below) |
| `{startup}` | what Solo5 calls: gives the C library its memory, and starts OCaml |
| `build.sh`, `run.sh` | plain commands |
| `dune-project`, `dune`, `dune-workspace` | the same with dune |

With a network card the manifest has `"devices": [ {{ "name": "service", "type": "NET_BASIC" }} ]`, and the tender
needs `--net:service=tap100`.

Bindings: {able}. Each has its own way to be run: `solo5-spt` (Linux, seccomp), `solo5-hvt` (KVM),
`solo5-virtio-run` (QEMU), Muen, Xen. There are no files, no processes, no threads and no Unix library.
"""


class Ran(msgspec.Struct, frozen=True):
    """What came of it. program: the unikernel. output: what it printed; not_run: why it was not run, else ""."""

    folder: str
    files: tuple[str, ...]
    program: str
    output: str
    not_run: str


def project_files(resolved: ResolvedSelection, prefix: Path, bindings: str) -> dict[str, str]:
    """The files of the project by name. prefix: the switch; bindings: those of the example."""
    able = resolved.libc.bindings[resolved.target.id]
    if bindings not in able:
        raise InputError(
            "bindings-machine",
            "option",
            bindings=bindings,
            target=resolved.target.id,
            able=", ".join(able),
            first=able[0],
        )
    words = {
        "name": NAME,
        "able": ", ".join(able),
        "usual": bindings,
        "prefix": str(prefix),
        "triplet": resolved.triplet or "",
        "tools": str(TOOLS),
        "manifest": MANIFEST,
        "startup": STARTUP,
        "context": resolved.libc.findlib,
        "megabytes": str(MEGABYTES),
    }
    shell = {**words, "prefix": shlex.quote(str(prefix))}
    return {
        f"{NAME}.ml": _PROGRAM,
        STARTUP: _part(prefix, STARTUP),
        MANIFEST: _part(prefix, MANIFEST),
        "build.sh": _BUILD.format(**shell),
        "run.sh": _RUN.format(**shell),
        "dune-project": _DUNE_PROJECT,
        "dune": _DUNE.format(**words),
        "dune-workspace": _read(prefix / "etc" / "dune-workspace"),
        "README.md": _README.format(**words),
    }


def _part(prefix: Path, name: str) -> str:
    return _read(prefix / PARTS / name)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError("switch-incomplete", path=path, reason=error.strerror or error) from None


def write_project(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files into the new or empty `folder`. Raises FolderError where that is not possible."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderError("project-taken", folder=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if name.endswith(".sh") else 0o644)
    except OSError as error:
        raise FolderError("project-not-written", folder=folder, reason=error.strerror or error) from None


def build_project(folder: Path, bindings: str) -> Path:
    """Run its build.sh. The unikernel. Raises BuildError with the end of what was said."""
    ended = _run(("sh", "build.sh", bindings), folder, BUILD_SECONDS)
    program = folder / f"{NAME}.{bindings}"
    if ended.returncode != 0 or not program.is_file():
        said = " / ".join((ended.stderr + ended.stdout).strip().splitlines()[-4:])
        raise BuildError("unikernel-not-built", folder=folder, said=said, quoted=shlex.quote(str(folder)))
    return program


def run_project(folder: Path, resolved: ResolvedSelection, prefix: Path, bindings: str) -> tuple[str, str]:
    """(what the unikernel printed, why it was not run). Raises BuildError where it ran and said something else."""
    programs = programs_of(resolved, prefix, bindings)
    choice = choose(programs, resolved.build_machine)
    if isinstance(choice, Absent):
        return "", choice.not_run
    found = choice.runner.in_script(programs)
    if found is None:
        return "", f"{choice.runner.title} runs it, and no script"
    ended = _run(("sh", "run.sh", *found.after), folder, RUN_SECONDS)
    why = found.refusal.why(ended) if found.refusal else ""
    if why:
        return "", why
    if ended.returncode != 0 or not ended.stdout.startswith(WHOLE_PROGRAM):
        said = " / ".join((ended.stdout + ended.stderr).strip().splitlines()[-4:])
        raise BuildError("unikernel-failed", status=ended.returncode, said=said, quoted=shlex.quote(str(folder)))
    return ended.stdout, ""


def _run(argv: tuple[str, ...], folder: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "LC_ALL": "C"}
    env.pop("OCAML_CROSS_SWITCH", None)  # the project names its own
    try:
        return subprocess.run(
            argv, cwd=folder, env=env, capture_output=True, text=True, errors="replace", check=False,
            stdin=subprocess.DEVNULL, timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(argv, 124, "", f"no end after {seconds} s")


def refuse_unsafe(folder: Path) -> None:
    """Raise FolderError for a path that make and Solo5's own scripts cannot carry."""
    problem = path_problem(str(folder))
    if problem:
        raise FolderError("project-unsafe", folder=folder, found=problem)


def example(
    folder: Path, resolved: ResolvedSelection, prefix: Path, bindings: str, *, build: bool, run: bool
) -> Ran:
    """Write the project, and build and run it as far as asked. Raises what the steps raise."""
    if not (prefix / LOCK_FILE).is_file():
        raise InputError("not-a-switch", "option", prefix=prefix)
    refuse_unsafe(folder)
    files = project_files(resolved, prefix, bindings)
    write_project(folder, files)
    program, output, not_run = "", "", "not asked for"
    if build:
        program = str(build_project(folder, bindings))
        if run:
            output, not_run = run_project(folder, resolved, prefix, bindings)
    return Ran(str(folder), tuple(files), program, output, not_run)
