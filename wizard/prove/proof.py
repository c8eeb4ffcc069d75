"""Proves a switch: asks its compiler, audits what it makes, and runs that on the target."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

from wizard.base.errors import InputError
from wizard.catalogue.presets import load_preset
from wizard.catalogue.store import catalogue
from wizard.check.constants import expected_config
from wizard.check.resolved import ResolvedSelection, resolve
from wizard.machine.survey import LOCK_FILE, parse_config, survey
from wizard.prove import unikernels
from wizard.prove.audit import audit_notes, audit_portable, audit_program
from wizard.prove.commands import Commands, said
from wizard.prove.proof_programs import Program, expected_output, programs
from wizard.prove.report import Comparison, Report, compare
from wizard.prove.run import ProgramRuns
from wizard.prove.runners.api import Runner, Workspace, programs_of
from wizard.prove.runners.registry import choose
from wizard.toolchains.registry import provider_of


def prove(
    prefix: Path,
    env: Mapping[str, str] | None = None,
    *,
    built_for: str | None = None,
    log: Path | None = None,
    runners: Sequence[Runner] | None = None,
) -> Report:
    """Prove the switch in `prefix`, with the environment `env` (default: this process's own).

    `built_for` is the prefix where the switch will stand, where that is another one yet; `runners` are asked
    to run the programs instead of those registered. Programs are made in a temporary folder; nothing of the
    switch is changed. Raises InputError where `prefix` is no switch. What is not right is in the report, not
    raised.
    """
    begin = time.monotonic()
    known = catalogue()
    lock = prefix / LOCK_FILE
    if not lock.is_file():
        raise InputError("not-a-switch", prefix=prefix, lock=LOCK_FILE)
    resolved = resolve(load_preset(lock, known).selection, known, survey(known))
    with tempfile.TemporaryDirectory(prefix="ocaml-cross-proof-", ignore_cleanup_errors=True) as folder:
        environment = dict(os.environ if env is None else env)
        if resolved.libc.portable:  # such a program puts its loader there, and else at home
            environment["TMPDIR"] = folder
        commands = Commands(environment, log)
        bindings = unikernels.RUN_BINDINGS if resolved.target.unikernel else ""
        subject = programs_of(resolved, prefix, bindings)
        choice = choose(subject, resolved.build_machine, runners)
        workspace = Workspace(Path(folder), commands.run)
        runs = ProgramRuns(choice, subject, workspace)
        proof = _Proof(prefix, built_for, resolved, Path(folder), commands, runs)
        comparisons = proof.run()
    return Report(
        prefix=built_for or str(prefix),
        triplet=resolved.triplet or "",
        release=resolved.release.id,
        runner=runs.words,
        not_run=runs.not_run,
        how_to_run=runs.how_to_run,
        comparisons=tuple(comparisons),
        seconds=round(time.monotonic() - begin, 2),
        hint=runs.hint,
    )


class _Proof:
    """One proof under way: the switch in `prefix`, the folder where programs are made, and how they are run."""

    def __init__(
        self,
        prefix: Path,
        built_for: str | None,
        resolved: ResolvedSelection,
        folder: Path,
        commands: Commands,
        runs: ProgramRuns,
    ) -> None:
        self._prefix, self._built_for, self._folder = prefix, built_for, folder
        self._target, self._release, self._libc = resolved.target, resolved.release, resolved.libc
        self._toolchain, self._triplet = resolved.toolchain, resolved.triplet or ""
        self._bindings = unikernels.linked_bindings(resolved) if resolved.target.unikernel else ()
        self._commands, self._runs = commands, runs

    def run(self) -> list[Comparison]:
        """All comparisons, from the compiler's answer to the program's run."""
        comparisons = self._config()
        if self._bindings:
            comparisons += unikernels.make_parts(self._prefix, self._triplet, self._folder, self._commands.run)
        made = programs(self._release, unikernels=bool(self._bindings), portable=bool(self._libc.portable))
        with self._runs:
            for program in made:
                comparisons += self._program(program)
        for bindings in self._bindings[1:]:
            comparisons += self._linked_for(bindings)
        return comparisons

    def _config(self) -> list[Comparison]:
        """What `ocamlopt -config` says."""
        ended = self._commands.run((str(self._prefix / "bin" / "ocamlopt"), "-config"), self._prefix)
        if ended.returncode != 0:
            return [Comparison("config", "ocamlopt", "answers", said(ended), "fail")]
        config = parse_config(ended.stdout)
        expected = expected_config(self._target, self._release)
        if self._built_for:
            expected["standard_library_default"] = f"{self._built_for}/lib/ocaml"
        return [compare("config", name, value, config.get(name, "")) for name, value in expected.items()]

    def _program(self, program: Program) -> list[Comparison]:
        """A program compiled, audited and run."""
        bindings = self._bindings[0] if self._bindings else ""
        executable = self._folder / f"{program.name}{self._target.program_suffix}"
        failed = self._compile(program, executable, bindings)
        if failed:
            return failed
        found = self._audit(program.name, executable, bindings)
        found += self._printed(program.name, program.name, self._runs.run(executable))
        return found + self._portable(program.name, executable) if self._libc.portable else found

    def _linked_for(self, bindings: str) -> list[Comparison]:
        """A program for other bindings than those that are run: audited only."""
        name = f"constants-{bindings}"
        executable = self._folder / name
        return self._compile(Program("constants"), executable, bindings) or self._audit(name, executable, bindings)

    def _compile(self, program: Program, executable: Path, bindings: str) -> list[Comparison]:
        """Compile a program; what is wrong with that, nothing where it is there."""
        source = self._folder / f"{program.name}.ml"
        source.write_text(program.source, encoding="utf-8")
        argv = (
            str(self._prefix / "bin" / "ocamlopt"),
            *program.options,
            source.name,
            *(unikernels.link_options(bindings) if bindings else ()),
            "-o",
            executable.name,
        )
        ended = self._commands.run(argv, self._folder)
        if ended.returncode == 0 and executable.exists():
            return []
        return [Comparison(executable.stem, "compiles", "yes", said(ended), "fail")]

    def _audit(self, name: str, executable: Path, bindings: str) -> list[Comparison]:
        found = audit_program(name, executable, self._target, self._libc)
        return [*found, *(audit_notes(name, executable, bindings) if bindings else ())]

    def _printed(self, program: str, group: str, ended: CompletedProcess[str] | None) -> list[Comparison]:
        """What a program should print against what it printed, or "not run" for each where nothing ran it."""
        expected = expected_output(program, self._target, self._release)
        if ended is None:
            return [Comparison(group, key, value, "not run", "not-run") for key, value in expected.items()]
        output = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
        comparisons = [compare(group, "exit status", "0", str(ended.returncode))]
        return comparisons + [compare(group, key, text, output.get(key, "")) for key, text in expected.items()]

    def _portable(self, program: str, executable: Path) -> list[Comparison]:
        """Make the portable program of a linked one, audit it, and run it as a shell does."""
        made = executable.with_suffix(self._libc.portable)
        provider = provider_of(self._toolchain)
        script, *words = provider.portable_argv(self._toolchain, self._triplet, executable.name, made.name)
        ended = self._commands.run((str(self._prefix / "wrappers" / script), *words), self._folder)
        if ended.returncode != 0 or not made.exists():
            return [Comparison(made.name, f"{script.rpartition('-')[2]} makes it", "yes", said(ended), "fail")]
        found = audit_portable(made.name, made, self._target)
        if found[0].verdict == "fail":
            return found
        return [*found, *self._printed(program, made.name, self._runs.run_portable(made))]
