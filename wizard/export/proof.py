"""The proof of a switch as lines of POSIX sh: what its compiler answers, what it makes, what that prints."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.catalogue.store import catalogue
from wizard.check.constants import expected_config
from wizard.export.machine_facts import facts, interpreter, unames_of, unames_that_run
from wizard.export.quoting import Quoter, here_document
from wizard.plan.model import Plan
from wizard.prove.proof_programs import Program, expected_output, programs
from wizard.prove.runner import WINE
from wizard.prove.unikernels import MEGABYTES, RUN_BINDINGS
from wizard.steps import actions as a
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS


class ProofLines:
    """Renders the proof of one plan."""

    def __init__(self, plan: Plan, quoter: Quoter, action: a.Prove) -> None:
        data = catalogue()
        self._plan, self._quoter, self._action = plan, quoter, action
        self._target, self._release = data.machines[plan.target], data.releases[plan.release]
        self._libc = data.libcs[plan.selection.libc]
        supported = self._libc.bindings.get(plan.target, ())
        first = (RUN_BINDINGS, plan.selection.bindings or supported[0]) if supported else ()
        self._bindings = tuple(dict.fromkeys((*first, *supported)))

    def lines(self) -> Iterator[str]:
        """All lines, in the order in which the wizard's own proof goes."""
        action, plan = self._action, self._plan
        yield "# Looked at only by `ocaml-cross-wizard verify`: shared libraries, calling conventions, .com files."
        yield "runner='' after='' tender='' not_run='' advice=''"
        yield from self._runner()
        yield f"begin_proof {self._words(action.prefix, f'{plan.build_folder}/proof')}"
        config = expected_config(self._target, self._release)
        if action.final:
            config["standard_library_default"] = f"{action.final}/lib/ocaml"
        for name, value in config.items():
            yield f"answers {self._words(name, value)}"
        if self._bindings:
            yield from self._parts()
        unikernels, portable = bool(self._bindings), bool(self._libc.portable)
        for program in programs(self._release, unikernels=unikernels, portable=portable):
            yield from self._program(program, program.name, RUN_BINDINGS if unikernels else "")
            pairs = expected_output(program.name, self._target, self._release).items()
            yield "prints \\\n    " + " \\\n    ".join(self._words(*pair) for pair in pairs)
        for bindings in self._bindings[1:]:
            yield from self._program(Program("constants"), f"constants-{bindings}", bindings)
        yield f"end_proof {self._words(action.report, action.final, plan.triplet, plan.release, self._how())}"

    def _words(self, *texts: str) -> str:
        return self._quoter.words(texts)

    def _parts(self) -> Iterator[str]:
        """The object of the manifest and that of the start-up code, as every project of a unikernel makes them."""
        prefix = PurePosixPath(self._action.prefix)
        gcc = f"{prefix}/wrappers/{self._plan.triplet}-gcc"
        elftool, parts = f"{prefix / TOOLS}/solo5-elftool", prefix / PARTS
        startup = ("-I", f"{prefix}/lib/ocaml", "-c", f"{parts / STARTUP}", "-o", "startup.o")
        yield f"part {self._words('manifest', elftool, 'gen-manifest', f'{parts / MANIFEST}', 'manifest.c')}"
        yield f"part {self._words('manifest object', gcc, '-c', 'manifest.c', '-o', 'manifest.o')}"
        yield f"part {self._words('start-up object', gcc, *startup)}"

    def _program(self, program: Program, name: str, bindings: str) -> Iterator[str]:
        """A program compiled and inspected; of a unikernel also the notes that a tender reads."""
        more = ("startup.o", "manifest.o", "-cclib", f"-z solo5-abi={bindings}") if bindings else ()
        expected = (facts(self._target), interpreter(self._target, self._libc))
        words = (name, self._target.program_suffix, *expected, *program.options, *more)
        yield f"compiles {self._words(*words)} {here_document(program.source)}"
        if bindings:
            yield f"noted {bindings}"

    def _runner(self) -> Iterator[str]:
        """Sets `runner`: `here`, an emulator's command, a tender's, or nothing."""
        target = self._target
        if target.emulator == WINE:
            yield "# `ocaml-cross-wizard verify` runs programs for Windows, under Wine; this script does not."
            return
        if target.tender:
            here = "|".join(f"Linux-{uname}" for uname in unames_of(target.arch))
            run = f"tender {self._words(f'{self._action.prefix}/{TOOLS}/{target.tender}', str(MEGABYTES))}"
            other = f"not_run='a tender runs on {target.arch}'"
        else:
            here = "|".join(f"Linux-{uname}" for uname in unames_that_run(target))
            run = "runner=here ran='on this machine'"
            other = ":"
            if target.emulator:
                other = shlex.join(["emulated", target.emulator, *target.emulator_options])
        yield 'case "$(uname -s)-$(uname -m)" in'
        yield f"  {here}) {run} ;;"
        yield f"  *) {other} ;;"
        yield "esac"
        names = catalogue().toolchains[self._plan.selection.toolchain].targets
        if not self._libc.static:
            yield f"libraries /usr/{names.get(self._plan.triplet, '-')}"

    def _how(self) -> str:
        """What would make it possible to run the programs."""
        target = self._target
        if target.emulator == WINE:
            return f"ocaml-cross-wizard verify {self._action.final}"
        if target.tender:
            return f"copy a program to a machine with {target.arch} and Solo5"
        return f"sudo apt-get install {target.emulator_package}" if target.emulator_package else ""
