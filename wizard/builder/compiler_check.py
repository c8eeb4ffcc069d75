"""Asks a C compiler what it compiles for, and checks the answer: reads its first object and its first program."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from wizard.base.errors import BuildError, MissingError
from wizard.binaries.elf import section_size
from wizard.binaries.facts import ObjectFacts, machine_words
from wizard.binaries.objects import read_object_file
from wizard.catalogue.model import Machine
from wizard.catalogue.store import catalogue
from wizard.machine.processes import Stop, run_logged
from wizard.steps.actions import CheckCompiler

_PROGRAM = """\
#include <stdio.h>
int main(void) { printf("%d\\n", (int) sizeof(void *)); return 0; }
"""


def without_vendor(triplet: str) -> str:
    """A triplet without its vendor: aarch64-unknown-linux-musl is aarch64-linux-musl."""
    parts = triplet.strip().split("-")
    return "-".join([parts[0], *parts[2:]]) if len(parts) == 4 else "-".join(parts)


def check_compiler(action: CheckCompiler, env: Mapping[str, str], log: Path, stop: Stop) -> None:
    """Run the check. Raises MissingError where the compiler is absent, BuildError where it is another's."""
    try:
        answer = subprocess.run(
            [action.compiler, "-dumpmachine"], env=dict(env), capture_output=True, text=True,
            errors="replace", timeout=60, check=False, stdin=subprocess.DEVNULL,
        ).stdout.strip()  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingError("compiler-not-started", compiler=action.compiler, reason=error) from None
    if without_vendor(answer) != without_vendor(action.answer):
        raise _wrong(action, f"-dumpmachine answers {answer or 'nothing'!r}, not {action.answer!r}")
    target = catalogue().machines[action.target]
    scratch = Path(action.scratch)
    scratch.mkdir(parents=True, exist_ok=True)
    source, object_ = scratch / "first.c", scratch / "first.o"
    program = scratch / f"first{target.program_suffix}"
    for left in (object_, program):
        left.unlink(missing_ok=True)
    source.write_text(_PROGRAM, encoding="utf-8")
    for argv in (
        (action.compiler, "-O2", "-c", str(source), "-o", str(object_)),
        (action.compiler, "-O2", str(object_), "-o", str(program)),
    ):
        if run_logged(argv, cwd=scratch, env=env, log=log, stop=stop) != 0:
            raise BuildError("compiler-broken", compiler=action.compiler, log=log)
    _check_facts(action, target, read_object_file(object_), "its first object")
    if target.jump_size:
        _check_jumps(action, target.jump_size, scratch, env, log, stop)
    facts = read_object_file(program)
    _check_facts(action, target, facts, "its first program")
    if action.static and facts.linked != "static":
        raise _wrong(
            action, f"its first program is dynamic: {facts.interpreter} {', '.join(facts.needed)}".rstrip()
        )


def _check_jumps(
    action: CheckCompiler, jump_size: int, scratch: Path, env: Mapping[str, str], log: Path, stop: Stop
) -> None:
    """Assemble two jumps: their size shows whether the assembler compresses (RISC-V's C extension)."""
    source, object_ = scratch / "jumps.s", scratch / "jumps.o"
    source.write_text("\t.text\nfirst:\n\tj first\n\tj first\n", encoding="utf-8")
    for assembler in ((action.assembler,), (action.compiler, "-c")):
        object_.unlink(missing_ok=True)
        argv = (*assembler, str(source), "-o", str(object_))
        if run_logged(argv, cwd=scratch, env=env, log=log, stop=stop) != 0:
            raise BuildError("compiler-broken", "jumps", compiler=assembler[0], log=log)
        size = section_size(object_, ".text")
        if size != 2 * jump_size:
            raise BuildError(
                "assembler-compresses", "found", assembler=assembler[0], size=size, wanted=2 * jump_size
            )


def _check_facts(action: CheckCompiler, target: Machine, facts: ObjectFacts, what: str) -> None:
    if not facts.fits(target):
        raise _wrong(action, f"{what} is {facts.words}, not {machine_words(target)}")


def _wrong(action: CheckCompiler, why: str) -> BuildError:
    return BuildError("compiler-wrong", compiler=action.compiler, triplet=action.triplet, reason=why)
