"""How the proof makes unikernels: the parts of each, and what it is linked for."""

from __future__ import annotations

from pathlib import Path

from wizard.check.resolved import ResolvedSelection
from wizard.prove.commands import said
from wizard.prove.report import Comparison
from wizard.prove.runners.api import Call
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS

RUN_BINDINGS = "spt"
"""Of the bindings those that the programs which are run are linked for: no hardware virtualisation is needed."""


def linked_bindings(resolved: ResolvedSelection) -> tuple[str, ...]:
    """What is linked: what is run first, then what was chosen, then the others."""
    able = resolved.libc.bindings[resolved.target.id]
    return tuple(dict.fromkeys((RUN_BINDINGS, resolved.bindings, *able)))


def make_parts(prefix: Path, triplet: str, folder: Path, call: Call) -> list[Comparison]:
    """Make the manifest and the start-up object in `folder`, as every project does, by the switch in `prefix`."""
    gcc = str(prefix / "wrappers" / f"{triplet}-gcc")
    parts = prefix / PARTS
    elftool = str(prefix / TOOLS / "solo5-elftool")
    library = str(prefix / "lib" / "ocaml")
    commands = {
        "manifest": (elftool, "gen-manifest", str(parts / MANIFEST), "manifest.c"),
        "manifest object": (gcc, "-c", "manifest.c", "-o", "manifest.o"),
        "start-up object": (gcc, "-I", library, "-c", str(parts / STARTUP), "-o", "startup.o"),
    }
    found: list[Comparison] = []
    for name, argv in commands.items():
        ended = call(argv, folder)
        made = ended.returncode == 0
        found.append(Comparison("parts", name, "yes", "yes" if made else said(ended), "pass" if made else "fail"))
    return found


def link_options(bindings: str) -> tuple[str, ...]:
    """What ocamlopt needs beside the source."""
    return ("startup.o", "manifest.o", "-cclib", f"-z solo5-abi={bindings}")
