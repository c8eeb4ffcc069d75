"""A diagnosis as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.faces.text.folding import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.doctor.build_diagnosis import BuildDiagnosis
    from wizard.logs.diagnosis import Diagnosis, LogLine, Remedy


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """A diagnosis: what it is, the user's own lines, what it means, how to see it, what to do."""
    if diagnosis.outcome == "nothing":
        return f"nothing in {diagnosis.file or 'the log'} speaks of a failure"
    if diagnosis.outcome == "unknown":
        head = "unknown: this failure is none that the wizard knows"
        parts = [head, _lines(diagnosis), *_suspects(diagnosis)]
        return "\n\n".join(part for part in parts if part)
    parts = [f"cause[{diagnosis.code}]: {diagnosis.what}", _lines(diagnosis)]
    parts += [f"What it means\n  {folded(diagnosis.meaning)}", f"Check it yourself\n  {diagnosis.confirm}"]
    parts.append("What to do\n" + "\n".join(_fix(n, fix) for n, fix in enumerate(diagnosis.fixes, 1)))
    return "\n\n".join(parts)


def build_text(build_diagnosis: BuildDiagnosis) -> str:
    """The diagnosis of a build: where it stands, what is wrong, how to continue."""
    parts = [
        f"build {build_diagnosis.build}: {build_diagnosis.state}"
        + (f", stage {build_diagnosis.stage}" if build_diagnosis.stage else "")
    ]
    if build_diagnosis.told is not None:
        parts.append(build_diagnosis.told.render())
        parts.append(f"More: ocaml-cross-wizard explain {build_diagnosis.told.code}")
    elif build_diagnosis.state in ("done", "running") and build_diagnosis.diagnosis.outcome != "known":
        return parts[0] + ("" if build_diagnosis.state == "running" else "; nothing failed")
    else:
        parts.append(diagnosis_text(build_diagnosis.diagnosis))
    if build_diagnosis.state in ("failed", "stopped", "cancelled"):
        parts.append(
            "Then\n"
            f"  ocaml-cross-wizard shell {build_diagnosis.build}   a shell where it failed\n"
            f"  ocaml-cross-wizard resume {build_diagnosis.build}  continue at this stage"
        )
    return "\n\n".join(parts)


def _lines(diagnosis: Diagnosis) -> str:
    """The line that names the cause, with its neighbours and what it led to."""
    width = len(str(max((line.number for line in diagnosis.context), default=0)))
    shown = [
        f"  {'>' if line.number == diagnosis.line else ' '} {line.number:>{width}} | {line.text}"
        for line in diagnosis.context
    ]
    if diagnosis.led_to and diagnosis.led_to not in [line.text for line in diagnosis.context]:
        shown.append(f"  and so: {diagnosis.led_to}")
    return "\n".join([f"{diagnosis.file}, line {diagnosis.line}", *shown])


def _suspects(diagnosis: Diagnosis) -> Iterable[str]:
    known = {line.number for line in diagnosis.context}
    more: list[LogLine] = [line for line in diagnosis.suspects if line.number not in known]
    if more:
        yield "Other lines that look like errors\n" + "\n".join(f"  {line.number} | {line.text}" for line in more)


def _fix(number: int, fix: Remedy) -> str:
    lines = [f"  {number}. {folded(fix.text, 5)}"]
    if fix.command:
        lines.append(f"       {fix.command}")
    if fix.changes and fix.selection is not None:
        lines.append("     in the selection: " + ", ".join(f"{name} = {to}" for name, to in fix.changes.items()))
    return "\n".join(lines)
