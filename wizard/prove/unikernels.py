"""Proves unikernels: what they are linked with, what a tender will read of them, how they are run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

from wizard.base.errors import ProofError
from wizard.binaries.solo5_notes import read_notes
from wizard.check.resolved import ResolvedSelection
from wizard.prove.report import Comparison, compare
from wizard.prove.runner import Runner
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS

MEGABYTES = 64
"""Memory of the proof's unikernels; a small one starts with 8."""
RUN_BINDINGS = "spt"
"""Of the bindings those whose tender needs no hardware virtualisation."""

Call = Callable[[tuple[str, ...], Path], CompletedProcess[str]]


class Unikernels:
    """The unikernels of one proof: `prefix` is the switch, `folder` where they are made."""

    def __init__(self, resolved: ResolvedSelection, prefix: Path, folder: Path) -> None:
        self._resolved, self._prefix, self._folder = resolved, prefix, folder
        self.tender = prefix / TOOLS / resolved.target.tender

    @property
    def bindings(self) -> tuple[str, ...]:
        """What is linked: what runs here first, then what was chosen, then the others."""
        able = self._resolved.libc.bindings[self._resolved.target.id]
        return tuple(dict.fromkeys((RUN_BINDINGS, self._resolved.bindings, *able)))

    def prepare(self, call: Call) -> list[Comparison]:
        """Compile the start-up object and the manifest, as every project does."""
        gcc = str(self._prefix / "wrappers" / f"{self._resolved.triplet}-gcc")
        parts = self._prefix / PARTS
        elftool = str(self._prefix / TOOLS / "solo5-elftool")
        library = str(self._prefix / "lib" / "ocaml")
        commands = {
            "manifest": (elftool, "gen-manifest", str(parts / MANIFEST), "manifest.c"),
            "manifest object": (gcc, "-c", "manifest.c", "-o", "manifest.o"),
            "start-up object": (gcc, "-I", library, "-c", str(parts / STARTUP), "-o", "startup.o"),
        }
        return [_done(name, call(argv, self._folder)) for name, argv in commands.items()]

    def options(self, bindings: str) -> tuple[str, ...]:
        """What ocamlopt is told beside the source."""
        return ("startup.o", "manifest.o", "-cclib", f"-z solo5-abi={bindings}")

    def audit(self, name: str, executable: Path, bindings: str) -> list[Comparison]:
        """Compare the notes that a tender reads."""
        try:
            notes = read_notes(executable)
        except ProofError as error:
            return [Comparison(name, "notes", "Solo5's", error.why or error.what, "fail")]
        found = Comparison(
            name, "manifest", "well formed", notes.manifest, "pass" if notes.well_formed else "fail"
        )
        return [compare(name, "bindings", bindings, notes.bindings or "none"), found]

    def runner(self) -> Runner | None:
        """What runs them here, None where the switch has no tender."""
        if not self.tender.is_file() or not self._resolved.builds_here:
            return None
        argv = (str(self.tender), f"--mem={MEGABYTES}", "--")
        return Runner(argv, f"under {self.tender.name}", after=("--solo5:quiet",))


def refused(ended: CompletedProcess[str], tender: str) -> str:
    """Why the tender did not start a program at all, "" where it did: seccomp may be forbidden in a container."""
    if ended.returncode == 0:
        return ""
    lines = (ended.stderr + ended.stdout).splitlines()
    return next(
        (line for line in lines if line.startswith(f"{tender}:") and ("seccomp" in line or "permitted" in line)),
        "",
    )


def _done(name: str, ended: CompletedProcess[str]) -> Comparison:
    if ended.returncode == 0:
        return Comparison("parts", name, "yes", "yes", "pass")
    said = " / ".join((ended.stderr + ended.stdout).strip().splitlines()[-3:])[-300:]
    return Comparison("parts", name, "yes", f"exit status {ended.returncode}: {said}", "fail")
