"""Proves a switch: asks its compiler, audits what it makes, and runs that on the target."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec

from wizard.catalogue.model import Machine, Release
from wizard.catalogue.store import catalogue
from wizard.constraints.constants import expected_config, predicted, shown
from wizard.constraints.situation import Situation, situation
from wizard.errors import InputError, ProofError
from wizard.selection import Selection, load_preset
from wizard.surroundings import LOCK_FILE, Surroundings, parse_config, survey
from wizard.verify.elf import read_elf
from wizard.verify.report import Comparison, Report, compare

REPORT_FILE = Path("share") / "ocaml-cross" / "proof.json"

COMPILE_SECONDS = 300
RUN_SECONDS = 120


class _Program(msgspec.Struct, frozen=True):
    """A program of the proof: its source's name, and the options of the libraries it uses."""

    name: str
    options: tuple[str, ...] = ()


def _programs(release: Release) -> list[_Program]:
    five = release.version >= (5,)
    libraries = (
        ("-I", "+unix", "-I", "+str", "-I", "+threads", "unix.cmxa", "str.cmxa", "threads.cmxa")
        if five
        else ("-I", "+threads", "unix.cmxa", "str.cmxa", "threads.cmxa")
    )
    programs = [_Program("constants"), _Program("jumps"), _Program("libraries", libraries)]
    return [*programs, _Program("multicore")] if release.multicore else programs


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
        raise InputError(
            "not-a-switch", f"{prefix} is no cross switch", f"it holds no {LOCK_FILE}", "name a switch's prefix"
        )
    preset = load_preset(lock, known)
    selection = preset.selection
    here = survey(known)
    place = situation(selection, known, here)
    proof = _Proof(
        prefix=prefix,
        built_for=built_for,
        env=dict(os.environ if env is None else env),
        log=log,
        here=here,
        target=place.target,
        release=place.release,
        static=place.libc.static,
        runs_here=place.runs_here(place.target),
        emulator_options=_libraries_of(place),
    )
    comparisons = proof.run()
    return Report(
        prefix=built_for or str(prefix),
        triplet=_triplet(selection),
        release=selection.release,
        runner=proof.runner_words,
        not_run=proof.not_run,
        how_to_run=f"sudo apt-get install {proof.target.emulator_package}" if proof.not_run else "",
        comparisons=tuple(comparisons),
        seconds=round(time.monotonic() - begin, 2),
    )


def _libraries_of(place: Situation) -> tuple[str, ...]:
    """The options by which qemu finds the shared libraries of a dynamic program, as Debian installs them."""
    folder = Path("/usr") / place.toolchain.targets.get(place.triplet or "", "-")
    return () if place.libc.static or not folder.is_dir() else ("-L", str(folder))


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
        here: Surroundings,
        target: Machine,
        release: Release,
        static: bool,
        runs_here: bool,
        emulator_options: tuple[str, ...],
    ) -> None:
        self.target = target
        self._prefix = prefix
        self._built_for = built_for
        self._env = env
        self._log = log
        self._release = release
        self._static = static
        self._runner: list[str] | None = None
        if runs_here:
            self._runner = []
        elif target.id in here.emulators:
            self._runner = [here.emulators[target.id], *emulator_options]
        self.runner_words = (
            "" if self._runner is None
            else f"under {Path(self._runner[0]).name}" if self._runner
            else "on this machine"
        )  # fmt: skip
        self.not_run = "" if self._runner is not None else f"{target.emulator} was not found"

    def run(self) -> list[Comparison]:
        """All comparisons, from the compiler's word to the program's run."""
        comparisons = self._config()
        with tempfile.TemporaryDirectory(prefix="ocaml-cross-proof-") as folder:
            for program in _programs(self._release):
                comparisons += self._program(program, Path(folder))
        return comparisons

    def _config(self) -> list[Comparison]:
        ended = self._call([str(self._prefix / "bin" / "ocamlopt"), "-config"], self._prefix)
        if ended.returncode != 0:
            return [Comparison("config", "ocamlopt", "answers", _said(ended), "fail")]
        config = parse_config(ended.stdout)
        expected = expected_config(self.target, self._release)
        if self._built_for:
            expected["standard_library_default"] = f"{self._built_for}/lib/ocaml"
        return [compare("config", name, value, config.get(name, "")) for name, value in expected.items()]

    def _program(self, program: _Program, folder: Path) -> list[Comparison]:
        source = folder / f"{program.name}.ml"
        source.write_text(_text(f"{program.name}.ml"), encoding="utf-8")
        executable = folder / program.name
        argv = [str(self._prefix / "bin" / "ocamlopt"), *program.options, source.name, "-o", executable.name]
        ended = self._call(argv, folder)
        if ended.returncode != 0 or not executable.exists():
            return [Comparison(program.name, "compiles", "yes", _said(ended), "fail")]
        return [*self._audit(program.name, executable), *self._output(program.name, executable)]

    def _audit(self, name: str, executable: Path) -> list[Comparison]:
        try:
            facts = read_elf(executable)
        except ProofError as error:
            return [Comparison(name, "is an ELF file", "yes", error.why, "fail")]
        found = [
            compare(name, "machine", self.target.elf_machine, facts.machine),
            compare(name, "class", f"{self.target.word_size} bits", f"{facts.bits} bits"),
            compare(name, "byte order", self.target.byte_order, facts.byte_order),
        ]
        if self._static:
            found.append(compare(name, "interpreter", "none", facts.interpreter or "none"))
            found.append(compare(name, "needed libraries", "none", ", ".join(facts.needed) or "none"))
        return found

    def _output(self, name: str, executable: Path) -> list[Comparison]:
        expected = self._expected(name)
        if self._runner is None:
            return [Comparison(name, key, value, "not run", "not-run") for key, value in expected.items()]
        try:
            ended = self._call([*self._runner, str(executable)], executable.parent, seconds=RUN_SECONDS)
        except OSError as error:
            return [Comparison(name, "runs", "yes", str(error), "fail")]
        output = dict(line.split("=", 1) for line in ended.stdout.splitlines() if "=" in line)
        comparisons = [compare(name, "exit status", "0", str(ended.returncode))]
        return comparisons + [compare(name, key, text, output.get(key, "")) for key, text in expected.items()]

    def _expected(self, name: str) -> dict[str, str]:
        if name != "constants":
            return dict(line.split("=", 1) for line in _text(f"{name}.expected").splitlines())
        constants = msgspec.to_builtins(predicted(self.target))
        del constants["naked_pointers_checked"]
        return {
            "version": self._release.id,
            "ostype": self.target.ostype,
            "big_endian": shown(self.target.byte_order == "big"),
            "max_int": str(2 ** (self.target.word_size - 2) - 1),
            "literal": "123456789abcdef",
            **{key: shown(value) for key, value in constants.items()},
        }

    def _call(
        self, argv: list[str], cwd: Path, seconds: int = COMPILE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run one command, its words and output into the log; a time-out is an exit status like another."""
        try:
            ended = subprocess.run(
                argv, cwd=cwd, env=self._env, capture_output=True, text=True, errors="replace",
                stdin=subprocess.DEVNULL, timeout=seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            ended = subprocess.CompletedProcess(argv, 124, "", f"no end after {seconds} s")
        except OSError as error:
            ended = subprocess.CompletedProcess(argv, 127, "", str(error))
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as log:
                log.write(f"+ {shlex.join(argv)}\n{ended.stdout}{ended.stderr}")
        return ended


def _said(ended: subprocess.CompletedProcess[str]) -> str:
    """The end of what a failed command said, on one line."""
    lines = (ended.stderr + ended.stdout).strip().splitlines()
    return f"exit status {ended.returncode}: {' / '.join(lines[-3:])[-300:]}"


def _text(name: str) -> str:
    return (Path(__file__).parent / "programs" / name).read_text(encoding="utf-8")
