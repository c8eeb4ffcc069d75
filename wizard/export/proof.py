"""The proof of a switch as lines of POSIX sh: what its compiler answers, what it makes, what that prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wizard.catalogue.model import Machine
from wizard.catalogue.store import catalogue
from wizard.check.constants import expected_config
from wizard.export.machine_facts import facts, interpreter
from wizard.export.quoting import Quoter, here_document
from wizard.plan.model import Plan
from wizard.prove.proof_programs import Program, expected_output, programs
from wizard.prove.runners.api import Absent, InScript, Programs, library_folder
from wizard.prove.runners.registry import serving
from wizard.prove.unikernels import RUN_BINDINGS, link_options
from wizard.steps import actions as a
from wizard.toolchains.solo5 import MANIFEST, PARTS, STARTUP, TOOLS


def packages_in_script(target: Machine, prefix: str) -> tuple[str, ...]:
    """Debian's packages by which a script's proof can run the programs that the switch in `prefix` makes."""
    programs = Programs(target, catalogue(), prefix=Path(prefix))
    able = (runner for runner in serving(target) if runner.in_script(programs) is not None)
    return tuple(tool.package for runner in able for tool in runner.tools(target))


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
        yield f"end_proof {self._words(action.report, action.final, plan.triplet, plan.release)}"

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
        more = link_options(bindings) if bindings else ()
        expected = (facts(self._target), interpreter(self._target, self._libc))
        words = (name, self._target.program_suffix, *expected, *program.options, *more)
        yield f"compiles {self._words(*words)} {here_document(program.source)}"
        if bindings:
            yield f"noted {bindings}"

    def _runner(self) -> Iterator[str]:
        """Finds what runs the programs: the first runner that can, as each says for itself."""
        programs = self._runnable()
        yield "runner='' ran='' after='' refusal='' refused='' not_run='' advice=''"
        for runner in serving(self._target):
            found = runner.in_script(programs)
            if found is None:
                yield f"# `ocaml-cross-wizard verify` can run the programs by {runner.title}, this script cannot."
                yield f"advice={self._words(f'ocaml-cross-wizard verify {self._action.final}')}"
            else:
                yield from self._found(found, programs.libraries)

    def _runnable(self) -> Programs:
        """The programs as runners know them."""
        toolchain = catalogue().toolchains[self._plan.selection.toolchain]
        libraries = library_folder(toolchain, self._libc, self._plan.triplet)
        bindings = RUN_BINDINGS if self._bindings else ""
        return Programs(self._target, catalogue(), libraries, Path(self._action.prefix), bindings)

    def _found(self, found: InScript, libraries: str) -> Iterator[str]:
        """The lines by which one runner runs the programs, where it can and no other does."""
        if found.systems == ():
            return
        yield 'if [ -z "$runner" ]; then'
        if found.systems is None:
            yield from (f"  {line}" for line in self._start(found, libraries))
        else:
            yield f"  if system_is {self._words(*found.systems)}; then"
            yield from (f"    {line}" for line in self._start(found, libraries))
            if found.elsewhere:
                yield "  else"
                yield f"    lacking {self._why(found.elsewhere)}"
            yield "  fi"
        yield "fi"

    def _start(self, found: InScript, libraries: str) -> Iterator[str]:
        """On a machine where it can: the programs start by themselves, or by the first program that is there."""
        if not found.names:
            yield f"runner=here ran={self._words(found.words)}"
            return
        yield f"runs_by {self._words(' '.join(found.names), *found.options)}"
        yield 'if [ -n "$runner" ]; then'
        yield f"  after={self._words(' '.join(found.after))}"
        if found.libraries and libraries:
            yield f"  libraries {self._words(found.libraries, libraries)}"
        if found.refusal:
            lines = "; ".join(f"/^{found.refusal.begins}.*{word}/p" for word in found.refusal.words)
            yield f"  refusal={self._words(lines)} refused={self._words(found.refusal.how_to_run)}"
        if found.missing:
            yield "else"
            yield f"  lacking {self._why(found.missing)}"
        yield "fi"

    def _why(self, absent: Absent) -> str:
        return self._words(absent.not_run, absent.how_to_run)
