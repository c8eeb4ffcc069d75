"""A diagnosis as text."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.doctor.of_build import BuildDiagnosis
    from wizard.logs.diagnosis import Diagnosis, LogLine, Remedy

WIDTH = 88


def diagnosis_text(one: Diagnosis) -> str:
    """A diagnosis: what it is, the user's own lines, what it means, how to see it, what to do."""
    if one.outcome == "nothing":
        return f"nothing in {one.file or 'the log'} speaks of a failure"
    if one.outcome == "unknown":
        head = "unknown: this failure is none that the wizard knows"
        parts = [head, _lines(one), *_suspects(one)]
        return "\n\n".join(part for part in parts if part)
    parts = [f"cause[{one.code}]: {one.what}", _lines(one)]
    parts += [f"What it means\n  {folded(one.meaning)}", f"To see it yourself\n  {one.confirm}"]
    parts.append("What to do\n" + "\n".join(_fix(n, fix) for n, fix in enumerate(one.fixes, 1)))
    return "\n\n".join(parts)


def build_text(one: BuildDiagnosis) -> str:
    """The diagnosis of a build: where it stands, what is wrong, how to go on."""
    parts = [f"build {one.build}: {one.state}" + (f", stage {one.stage}" if one.stage else "")]
    if one.told is not None:
        parts.append(one.told.render())
        parts.append(f"More: ocaml-cross-wizard explain {one.told.code}")
    elif one.state in ("done", "running") and one.diagnosis.outcome != "known":
        return parts[0] + ("" if one.state == "running" else "; nothing failed")
    else:
        parts.append(diagnosis_text(one.diagnosis))
    if one.state in ("failed", "stopped", "cancelled"):
        parts.append(
            "Then\n"
            f"  ocaml-cross-wizard shell {one.build}   a shell where it failed\n"
            f"  ocaml-cross-wizard resume {one.build}  go on at this stage"
        )
    return "\n\n".join(parts)


def _lines(one: Diagnosis) -> str:
    """The line that names the cause, with its neighbours and what it led to."""
    width = len(str(max((line.number for line in one.context), default=0)))
    shown = [
        f"  {'>' if line.number == one.line else ' '} {line.number:>{width}} | {line.text}" for line in one.context
    ]
    if one.led_to and one.led_to not in [line.text for line in one.context]:
        shown.append(f"  and so: {one.led_to}")
    return "\n".join([f"{one.file}, line {one.line}", *shown])


def _suspects(one: Diagnosis) -> Iterable[str]:
    known = {line.number for line in one.context}
    more: list[LogLine] = [line for line in one.suspects if line.number not in known]
    if more:
        yield "Other lines that look like errors\n" + "\n".join(f"  {line.number} | {line.text}" for line in more)


def _fix(number: int, fix: Remedy) -> str:
    lines = [f"  {number}. {folded(fix.text, 5)}"]
    if fix.command:
        lines.append(f"       {fix.command}")
    if fix.changes and fix.selection is not None:
        lines.append("     in the selection: " + ", ".join(f"{name} = {to}" for name, to in fix.changes.items()))
    return "\n".join(lines)


def opened(words: str) -> str:
    """Words with their {names} shown as <names>."""
    import re

    return re.sub(r"\{(\w+)\}", r"<\1>", words)


def folded(words: str, indent: int = 2) -> str:
    """Words in lines of at most WIDTH characters, all but the first indented."""
    return f"\n{' ' * indent}".join(textwrap.wrap(words, WIDTH - indent, break_on_hyphens=False))
