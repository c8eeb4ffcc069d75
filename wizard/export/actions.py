"""Each kind of action as lines of POSIX sh. What an action does here is what the builder does."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from typing import assert_never

from wizard.catalogue.model import Machine
from wizard.catalogue.store import catalogue
from wizard.constraints.constants import expected_config
from wizard.export.words import Places, here_document
from wizard.plan import actions as a
from wizard.plan.lock import lock_preset
from wizard.plan.model import Plan
from wizard.selection import Pin, preset_text
from wizard.verify.platforms import platforms
from wizard.verify.proof_programs import expected_output, programs
from wizard.verify.runner import WINE

PLANNED = "planned"
"""The shell function that runs a command in the plan's environment."""


class Renderer:
    """Renders the actions of one plan. Each text is a call of a shell function, with its here-document."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan = plan
        self._places = places
        self._word = places.word
        fetches = (
            action for stage in plan.stages for action in stage.actions if isinstance(action, a.FetchSource)
        )
        self.fetches = {action.record: action for action in fetches}

    def action(self, action: a.AnyAction) -> Iterator[str]:
        """The lines of one action."""
        match action:
            case a.Run():
                yield from self._run(action)
            case a.WriteFile():
                yield f"# {action.purpose}"
                yield self._write(action.path, action.text, action.mode)
            case a.FetchSource():
                yield self.fetch_name(action.record)
            case a.UnpackSource():
                name = self.fetch_name(action.record)
                yield f"unpack {name} {self._words(action.record, action.into)}"
            case a.ApplyPatch():
                yield self._patch(action)
            case a.PlaceToolchain():
                version = action.into.rsplit("-", 1)[-1]
                yield f"place_toolchain {self._words(action.source, version)}"
            case a.CheckCompiler():
                yield from self._check_compiler(action)
            case a.CheckMakefileConfig():
                for name, value in action.expected.items():
                    yield f"configured {self._words(action.path, name, value)}"
            case a.WriteLock():
                yield from self._write_lock(action)
            case a.Prove():
                yield from self._prove(action)
            case a.Publish():
                yield f"publish {self._words(action.source, action.into)}"
            case _:
                assert_never(action)

    def fetch_name(self, record: str) -> str:
        """The shell function that fetches the source of that record."""
        return f"source_{list(self.fetches).index(record) + 1}"

    def fetch(self, action: a.FetchSource) -> str:
        """The body of that function."""
        words = [self._words(action.name, action.record, self._plan.sources_folder)]
        for source in action.sources:
            place = source.address or source.package
            words.append(self._words(source.kind, source.file, source.sha256, place))
        return "fetch " + " \\\n    ".join(words)

    def _words(self, *texts: str) -> str:
        return self._places.words(texts)

    def _run(self, action: a.Run) -> Iterator[str]:
        if action.why:
            yield f"# {action.why}"
        assignments = (f"{name}={value}" for name, value in action.env.items())
        yield f"run {self._words(action.cwd, *assignments, *action.argv)}"

    def _write(self, path: str, text: str, mode: int = 0o644) -> str:
        call = f"write_file {mode:o} {self._word(path)}"
        if not text.endswith("\n"):  # a here-document would end it with a line break
            return f"printf '%s' {self._word(text)} | {call}"
        if text in self._places:
            return f"placed {here_document(text, f'| {call}')}"
        return f"{call} {here_document(text)}"

    def _patch(self, action: a.ApplyPatch) -> str:
        text = action.text if action.text.endswith("\n") else f"{action.text}\n"
        return f"apply_patch {self._words(action.name, action.tree, *patched_files(text))} {here_document(text)}"

    def _check_compiler(self, action: a.CheckCompiler) -> Iterator[str]:
        target = catalogue().machines[action.target]
        linked = "none" if action.static and target.object_format == "elf" else "any"
        if catalogue().toolchains[self._plan.selection.toolchain].provider == "gcc":
            yield f"check_version {self._words(action.compiler, self._plan.toolchain_version)}"
        words = (action.compiler, action.answer, facts(target), linked, action.scratch, target.program_suffix)
        yield f"check_compiler {self._words(*words)}"
        if target.jump_size:
            yield f"check_jumps {self._words(action.compiler, action.assembler, action.scratch)}"

    def _write_lock(self, action: a.WriteLock) -> Iterator[str]:
        """The lock file of each combination of archives that may have been taken."""
        records = {"": action.record, **action.components}
        taken = "/".join(f"$(sed -n 1p {self._word(record)})" for record in records.values())
        yield f'case "{taken}" in'
        for sources in itertools.product(*(self.fetches[record].sources for record in records.values())):
            pins = {id_: Pin(one.file, one.sha256) for id_, one in zip(records, sources, strict=True)}
            text = preset_text(lock_preset(self._plan, pins.pop(""), pins))
            names = "/".join(f"{one.sha256} {one.file}" for one in sources)
            yield f"  {self._word(names)})"
            yield self._write(action.path, text)
            yield "  ;;"
        yield "esac"

    def _prove(self, action: a.Prove) -> Iterator[str]:
        plan = self._plan
        target, release = catalogue().machines[plan.target], catalogue().releases[plan.release]
        libc = catalogue().libcs[plan.selection.libc]
        linked = "none" if libc.static and target.object_format == "elf" else "any"
        yield "# Not looked at here, but by `ocaml-cross-wizard verify`: shared libraries, calling conventions."
        yield from self._runner(target, libc.static)
        yield f"begin_proof {self._words(action.prefix, f'{plan.build_folder}/proof')}"
        config = expected_config(target, release)
        if action.final:
            config["standard_library_default"] = f"{action.final}/lib/ocaml"
        for name, value in config.items():
            yield f"answers {self._words(name, value)}"
        for program in programs(release):
            words = (program.name, target.program_suffix, facts(target), linked, *program.options)
            yield f"compiles {self._words(*words)} {here_document(program.source)}"
            pairs = (self._words(*pair) for pair in expected_output(program.name, target, release).items())
            yield "prints \\\n    " + " \\\n    ".join(pairs)
        how = f"sudo apt-get install {target.emulator_package}" if target.emulator_package else ""
        if target.emulator == WINE:
            how = f"ocaml-cross-wizard verify {action.final}"
        yield f"end_proof {self._words(action.report, action.final, plan.triplet, plan.release, how)}"

    def _runner(self, target: Machine, static: bool) -> Iterator[str]:
        """Sets `runner`: `here`, an emulator's command, or nothing."""
        yield "runner=''"
        if target.emulator == WINE:
            yield "# `ocaml-cross-wizard verify` runs programs for Windows, under Wine; this script does not."
            return
        here = "|".join(f"Linux-{uname}" for uname in unames_that_run(target))
        emulate = shlex.join(["emulated", target.emulator, *target.emulator_options]) if target.emulator else ":"
        yield 'case "$(uname -s)-$(uname -m)" in'
        yield f"  {here}) runner=here ran='on this machine' ;;"
        yield f"  *) {emulate} ;;"
        yield "esac"
        names = catalogue().toolchains[self._plan.selection.toolchain].targets
        if not static:
            yield f"libraries /usr/{names.get(self._plan.triplet, '-')}"


def facts(machine: Machine) -> str:
    """What the shell function `facts` says of an object for `machine`."""
    from elftools.elf.enums import ENUM_E_MACHINE

    if machine.object_format == "elf":
        number = ENUM_E_MACHINE[machine.elf_machine]
        return f"ELF machine {number}, {machine.word_size} bits, {machine.byte_order} endian"
    (number,) = platforms().architecture[machine.ocaml_arch].coff.values()
    return f"PE/COFF machine {number}"


def unames_that_run(machine: Machine) -> list[str]:
    """What `uname -m` says where the kernel runs static programs of `machine`."""
    runs = (one for one in catalogue().machines.values() if machine.id in (one.id, *one.also_runs))
    return [uname for one in runs if one.os == "linux" for uname in one.uname]


def patched_files(diff: str) -> list[str]:
    """The files that a unified diff changes, their first folder stripped as `patch -p1` does."""
    files = []
    for old, new in re.findall(r"^--- ([^\t\n]+).*\n\+\+\+ ([^\t\n]+)", diff, re.MULTILINE):
        name = old if new.strip() == "/dev/null" else new
        files.append(name.strip().partition("/")[2])
    return files
