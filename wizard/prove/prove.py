"""Proves a switch: asks its compiler, audits what it makes, and runs that on the target."""

from __future__ import annotations

import fnmatch
import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from wizard.base.errors import InputError, ProofError
from wizard.binaries.ape import read_portable
from wizard.binaries.facts import FORMATS, ObjectFacts
from wizard.binaries.objects import read_object_file
from wizard.catalogue.model import Libc
from wizard.catalogue.presets import load_preset
from wizard.catalogue.selection import Selection
from wizard.catalogue.store import catalogue
from wizard.check.constants import expected_config
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.machine.survey import LOCK_FILE, parse_config, survey
from wizard.prove.proof_programs import Program, expected_output, programs
from wizard.prove.report import Comparison, Report, compare
from wizard.prove.runner import START_SECONDS, runner_for
from wizard.prove.unikernels import RUN_BINDINGS, Unikernels, refused
from wizard.toolchains.registry import provider_of

REPORT_FILE = Path("share") / "ocaml-cross" / "proof.json"

COMPILE_SECONDS = 300
RUN_SECONDS = 120


def prove(
    prefix: Path,
    env: Mapping[str, str] | None = None,
    *,
    built_for: str | None = None,
    log: Path | None = None,
) -> Report:
    """Prove the switch in `prefix`, with the environment `env` (default: this process's own).

    `built_for` is the prefix where the switch will stand, where that is another one yet.
    Programs are made in a temporary folder; nothing of the switch is changed. Raises
    InputError where `prefix` is no switch. What is not right is in the report, not raised.
    """
    begin = time.monotonic()
    known = catalogue()
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        raise InputError("not-a-switch", prefix=prefix, lock=LOCK_FILE)
    preset = load_preset(lock, known)
    selection = preset.selection
    here = survey(known)
    resolved = resolve(selection, known, here)
    with tempfile.TemporaryDirectory(prefix="ocaml-cross-proof-", ignore_cleanup_errors=True) as folder:
        proof = _Proof(
            prefix=prefix,
            built_for=built_for,
            env=dict(os.environ if env is None else env),
            log=log,
            resolved=resolved,
            folder=Path(folder),
        )
        comparisons = proof.run()
    return Report(
        prefix=built_for or str(prefix),
        triplet=_triplet(selection),
        release=selection.release,
        runner=proof.runner.words if proof.runner else "",
        not_run=proof.not_run,
        how_to_run=proof.how_to_run,
        hint=proof.hint,
        comparisons=tuple(comparisons),
        seconds=round(time.monotonic() - begin, 2),
    )


def _triplet(selection: Selection) -> str:
    return catalogue().triplet(selection.target, selection.libc) or ""


class _Proof:
    """One proof under way: where things are, and the log of every command."""

    def __init__(
        self,
        *,
        prefix: Path,
        built_for: str | None,
        env: dict[str, str],
        log: Path | None,
        resolved: ResolvedSelection,
        folder: Path,
    ) -> None:
        self._unikernels = Unikernels(resolved, prefix, folder) if resolved.target.tender else None
        self.runner = self._unikernels.runner() if self._unikernels else runner_for(resolved, folder)
        self.not_run, self.how_to_run, self.hint = "", "", ""
        if self.runner is None:
            self.not_run, self.how_to_run = _why_not(resolved)
        self._target = resolved.target
        self._release = resolved.release
        self._libc = resolved.libc
        self._toolchain = resolved.toolchain
        self._triplet = resolved.triplet or ""
        self._prefix = prefix
        self._built_for = built_for
        self._env = env
        self._log = log
        self._folder = folder

    def run(self) -> list[Comparison]:
        """All comparisons, from the compiler's word to the program's run."""
        comparisons = self._config()
        unikernels = self._unikernels
        if unikernels:
            comparisons += unikernels.prepare(self._call)
        stop = self._start()
        try:
            unikernels_only, portable = bool(unikernels), bool(self._libc.portable)
            for program in programs(self._release, unikernels=unikernels_only, portable=portable):
                comparisons += self._program(program)
            for bindings in unikernels.bindings[1:] if unikernels else ():
                comparisons += self._linked_for(bindings)
        finally:
            if stop:
                self._call(stop, self._folder)
        return comparisons

    def _linked_for(self, bindings: str) -> list[Comparison]:
        """A program for other bindings than those whose tender runs it here: audited only."""
        assert self._unikernels is not None
        name = f"constants-{bindings}"
        executable = self._folder / name
        failed = self._compiled(Program("constants"), executable, self._unikernels.options(bindings))
        if failed:
            return failed
        return [*self._audit(name, executable), *self._unikernels.audit(name, executable, bindings)]

    def _start(self) -> tuple[str, ...]:
        """Start what runs the programs, where it has to be; the command that stops it again."""
        runner = self.runner
        if runner is None or not runner.start:
            return ()
        ended = self._call(runner.start, self._folder, seconds=START_SECONDS)
        if ended.returncode != 0:
            self.runner = None
            self.not_run = f"{Path(runner.argv[0]).name} did not start: {_said(ended)}"
            self.how_to_run, self.hint = shlex.join(runner.start), "says why it does not start"
        return runner.stop

    def _config(self) -> list[Comparison]:
        ended = self._call((str(self._prefix / "bin" / "ocamlopt"), "-config"), self._prefix)
        if ended.returncode != 0:
            return [Comparison("config", "ocamlopt", "answers", _said(ended), "fail")]
        config = parse_config(ended.stdout)
        expected = expected_config(self._target, self._release)
        if self._built_for:
            expected["standard_library_default"] = f"{self._built_for}/lib/ocaml"
        return [compare("config", name, value, config.get(name, "")) for name, value in expected.items()]

    def _program(self, program: Program) -> list[Comparison]:
        executable = self._folder / f"{program.name}{self._target.program_suffix}"
        unikernels = self._unikernels
        failed = self._compiled(program, executable, unikernels.options(RUN_BINDINGS) if unikernels else ())
        if failed:
            return failed
        notes = unikernels.audit(program.name, executable, RUN_BINDINGS) if unikernels else []
        found = [*self._audit(program.name, executable), *notes, *self._output(program.name, executable)]
        return found + self._portable(program.name, executable) if self._libc.portable else found

    def _compiled(self, program: Program, executable: Path, more: tuple[str, ...]) -> list[Comparison]:
        """Compile a program with further options; what is wrong with that, nothing where it is there."""
        source = self._folder / f"{program.name}.ml"
        source.write_text(program.source, encoding="utf-8")
        argv = (
            str(self._prefix / "bin" / "ocamlopt"),
            *program.options,
            source.name,
            *more,
            "-o",
            executable.name,
        )
        ended = self._call(argv, self._folder)
        if ended.returncode == 0 and executable.exists():
            return []
        return [Comparison(executable.stem, "compiles", "yes", _said(ended), "fail")]

    def _audit(self, name: str, executable: Path) -> list[Comparison]:
        kind = FORMATS[self._target.object_format]
        try:
            facts = read_object_file(executable)
        except ProofError as error:
            return [Comparison(name, f"is a program ({kind})", "yes", error.why or error.what, "fail")]
        machine = (self._target.elf_machine, facts.machine)
        found = [
            compare(name, "format", kind, FORMATS[facts.format]),
            compare(name, "machine", *(machine if machine[0] else (self._target.ocaml_arch, facts.architecture))),
            compare(name, "class", f"{self._target.word_size} bits", f"{facts.bits} bits"),
            compare(name, "byte order", self._target.byte_order, facts.byte_order),
        ]
        if self._libc.static:
            found.append(
                compare(name, "interpreter", self._libc.interpreter or "none", facts.interpreter or "none")
            )
            found.append(compare(name, "needed libraries", "none", ", ".join(facts.needed) or "none"))
        elif self._libc.system_libraries:
            foreign = foreign_libraries(facts, self._libc)
            found.append(compare(name, "libraries that the system lacks", "none", ", ".join(foreign) or "none"))
        return found

    def _output(self, name: str, executable: Path) -> list[Comparison]:
        """Run a program and compare what it prints."""
        return self._printed(name, name, self._ran(executable))

    def _printed(
        self, program: str, label: str, ended: subprocess.CompletedProcess[str] | None
    ) -> list[Comparison]:
        """What a program should print against what it printed, or "not run" for each where nothing ran it."""
        expected = expected_output(program, self._target, self._release)
        if ended is None:
            return [Comparison(label, key, value, "not run", "not-run") for key, value in expected.items()]
        output = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
        comparisons = [compare(label, "exit status", "0", str(ended.returncode))]
        return comparisons + [compare(label, key, text, output.get(key, "")) for key, text in expected.items()]

    def _ran(self, executable: Path) -> subprocess.CompletedProcess[str] | None:
        """What came of running a program, None where nothing here runs it."""
        if self.runner is None:
            return None
        ended = self._call(self.runner.command(executable), executable.parent, seconds=RUN_SECONDS)
        why = refused(ended, self._unikernels.tender.name) if self._unikernels else ""
        if not why:
            return ended
        self.runner = None
        self.not_run = why
        self.how_to_run = "run it where seccomp is allowed (outside of a container that forbids it)"
        return None

    def _portable(self, name: str, executable: Path) -> list[Comparison]:
        """Make the portable program of a linked one, look at it, and run it as a shell does."""
        made = executable.with_suffix(self._libc.portable)
        provider = provider_of(self._toolchain)
        script, *words = provider.portable_argv(self._toolchain, self._triplet, executable.name, made.name)
        ended = self._call((str(self._prefix / "wrappers" / script), *words), self._folder)
        if ended.returncode != 0 or not made.exists():
            return [Comparison(made.name, f"{script.rpartition('-')[2]} makes it", "yes", _said(ended), "fail")]
        try:
            facts = read_portable(made)
        except ProofError as error:
            return [Comparison(made.name, "is a portable executable", "yes", error.why or error.what, "fail")]
        here = self.runner is not None and not self.runner.argv  # an emulator starts no shell script
        ran = self._call(("sh", str(made)), self._folder, seconds=RUN_SECONDS) if here else None
        return [
            compare(made.name, "is a portable executable", "yes", "yes"),
            compare(made.name, "holds ELF programs for", self._target.elf_machine, ", ".join(facts.machines)),
            *self._printed(name, made.name, ran),
        ]

    def _call(
        self, argv: tuple[str, ...], cwd: Path, seconds: int = COMPILE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run one command, its words and output into the log; a time-out is an exit status like another.

        The output goes through files: a pipe would stay open as long as the server that wine starts.
        """
        env = self.runner.environment(self._env) if self.runner else self._env
        if self._libc.portable:  # such a program keeps its loader there, and else at home
            env = {**env, "TMPDIR": str(self._folder)}
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
            try:
                status = subprocess.run(
                    argv, cwd=cwd, env=env, stdout=output, stderr=complaint,
                    stdin=subprocess.DEVNULL, timeout=seconds, check=False,
                ).returncode  # fmt: skip
                why = ""
            except subprocess.TimeoutExpired:
                status, why = 124, f"no end after {seconds} s"
            except OSError as error:
                status, why = 127, str(error)
            ended = subprocess.CompletedProcess(argv, status, _read(output), _read(complaint) + why)
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"+ {shlex.join(argv)}\n{ended.stdout}{ended.stderr}")
        return ended


def _why_not(resolved: ResolvedSelection) -> tuple[str, str]:
    """Why no program is run here, and what would make it possible."""
    if not resolved.target.tender:
        return (
            f"{resolved.target.emulator} was not found",
            f"sudo apt-get install {resolved.target.emulator_package}",
        )
    if resolved.builds_here:
        return (
            "the switch was built without a tender",
            "sudo apt-get install libseccomp-dev pkg-config, and build again",
        )
    return (
        f"a tender runs on {resolved.target.arch}",
        f"copy a program to a machine with {resolved.target.arch} and Solo5",
    )


def foreign_libraries(facts: ObjectFacts, libc: Libc) -> tuple[str, ...]:
    """The shared libraries a program needs that not every target machine has."""
    patterns = libc.system_libraries
    return tuple(
        name
        for name in facts.needed
        if not any(fnmatch.fnmatchcase(name.casefold(), pattern) for pattern in patterns)
    )


def _read(file: IO[bytes]) -> str:
    """All that was written to a file, with line ends of one kind."""
    file.seek(0)
    return file.read().decode(errors="replace").replace("\r\n", "\n")


def _said(ended: subprocess.CompletedProcess[str]) -> str:
    """The end of what a failed command said, on one line."""
    lines = (ended.stderr + ended.stdout).strip().splitlines()
    return f"exit status {ended.returncode}: {' / '.join(lines[-3:])[-300:]}"
