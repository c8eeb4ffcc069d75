"""What went wrong in a build: the first real cause in the log, what it means, and what can be done by one key."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from wizard.base.errors import WizardError
from wizard.builder.failures import MEANING
from wizard.doctor.build_diagnosis import BuildDiagnosis
from wizard.faces.tui.hanging_indent import hanging_text
from wizard.faces.tui.render import MUTED, join, text
from wizard.faces.tui.widgets.pane import Pane
from wizard.logs.diagnosis import Diagnosis, Remedy

HEAD = 12
"""Cells of a row's name."""

KEY = "bold $text-accent"
MOST_SUSPECTS = 3


class Trouble(Pane):
    """Which stage, the first error, why, what to do, where the full log is. Tab reaches it, to scroll it."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="trouble-text", markup=False)

    def show(
        self,
        error: WizardError,
        stage: str,
        log: str,
        found: BuildDiagnosis | None = None,
        *,
        compact: bool = False,
    ) -> None:
        """Show how a build ended that did not succeed; with its diagnosis, once that is there.

        compact: on a low screen less of the log around the error.
        """
        cancelled = error.exit_code == 130
        self.border_title = "■ The build was stopped" if cancelled else "✗ The build failed"
        self.set_class(cancelled, "-cancelled")
        known = found is not None and found.told is None and found.diagnosis.outcome != "nothing"
        if known and found is not None and not cancelled:
            rows = _diagnosed(error, stage, log, found.diagnosis, 1 if compact else len(found.diagnosis.context))
        else:
            rows = _told(error, stage, log)
        self.query_one("#trouble-text", Static).update(hanging_text(*rows, _keys(), hang=HEAD))


def _row(name: str, value: Content | str) -> Content:
    return join(text(f"{name:<{HEAD}}", "bold"), value)


def _told(error: WizardError, stage: str, log: str) -> list[Content]:
    """The builder's own words: what, why, what to do."""
    # A failed stage's reason is the line of its log that names the cause; where that is known, what it means.
    reason = "First error" if error.why.startswith("line ") else "Why"
    why, _, meaning = error.why.partition(MEANING)
    whole = f"the full log is {log}"
    rows = [
        ("Stage", stage),
        ("What", f"{error.what}  [{error.code}]"),
        (reason, why),
        ("It means", meaning),
        # Where the log is is shown below.
        ("What to do", error.fix.removesuffix(whole).rstrip("; ")),
        ("Full log", log),
    ]
    return [_row(name, value) for name, value in rows if value]


def _diagnosed(error: WizardError, stage: str, log: str, diagnosis: Diagnosis, around: int) -> list[Content]:
    """The line that names the cause among its neighbours, what it means, the fixes in order."""
    unknown = "none that the wizard knows: these are the first lines that look like errors"
    what = (
        f"{diagnosis.what}  [{diagnosis.code}]" if diagnosis.outcome == "known" else f"{unknown}  [{error.code}]"
    )
    where = f"line {diagnosis.line} of {Path(diagnosis.file or log).name}"
    rows = [_row("Stage", stage), _row("First error", where), *_lines(diagnosis, around)]
    rows.append(_row("What", what))
    meaning = [_row("It means", diagnosis.meaning)] if diagnosis.meaning else []
    fixes = [row for number, fix in enumerate(diagnosis.fixes, 1) for row in _fix(number, fix)]
    # On a low screen what can be done is in sight without scrolling.
    rows += [*fixes, *meaning] if around <= 1 else [*meaning, *fixes]
    rows += [_row("To see it", diagnosis.confirm)] if diagnosis.confirm else []
    if not diagnosis.fixes:
        rows.append(_row("What to do", "look at the log, or send `ocaml-cross-wizard diagnose --bundle FILE`"))
    return [*rows, _row("Full log", log)]


def _lines(diagnosis: Diagnosis, around: int) -> list[Content]:
    """The user's own lines, some before and after; of an unknown failure further suspicious ones, too."""
    shown = {line.number: line.text for line in diagnosis.context if abs(line.number - diagnosis.line) <= around}
    more = [line for line in diagnosis.suspects if line.number not in shown][: MOST_SUSPECTS - 1]
    width = len(str(max([*shown, *(line.number for line in more)], default=0)))
    rows = [_line(number, words, width, pointed=number == diagnosis.line) for number, words in shown.items()]
    rows += [_line(line.number, line.text, width, pointed=False) for line in more]
    if diagnosis.led_to and diagnosis.led_to not in shown.values() and around > 1:
        rows.append(join(" " * HEAD, text(f"followed by, line {diagnosis.led_line}: {diagnosis.led_to}", MUTED)))
    return rows


def _line(number: int, words: str, width: int, *, pointed: bool) -> Content:
    sign, style = ("▶", "$text-error bold") if pointed else (" ", MUTED)
    return join(" " * (HEAD - 2), text(f"{sign} {number:>{width}} │ {words}", style))


def _fix(number: int, fix: Remedy) -> list[Content]:
    head = "What to do" if number == 1 else ""
    key = text(f"{number} ", KEY)
    does = text("   ⏎ applies it and continues".replace("⏎", str(number)), MUTED) if fix.applies else Content("")
    rows = [_row(head, join(key, fix.text, does))]
    if fix.changes and fix.selection is not None:
        changes = ", ".join(f"{name} = {value}" for name, value in fix.changes.items())
        rows.append(join(" " * (HEAD + 2), text(f"in the selection: {changes}", MUTED)))
    if fix.environment:
        changes = ", ".join(f"{name}={value}" for name, value in fix.environment.items())
        rows.append(join(" " * (HEAD + 2), text(f"for this build: {changes}", MUTED)))
    if fix.command and not fix.applies:
        rows.append(join(" " * (HEAD + 2), fix.command, text(f"   {number} copies it", MUTED)))
    return rows


def _keys() -> Content:
    pairs = (
        ("r", "try again"),
        ("b", "earlier stage"),
        ("s", "shell"),
        ("x", "explain"),
        ("Y", "copy log path"),
    )
    parts = [part for key, words in pairs for part in ("   ", text(key, KEY), f" {words}")]
    return join(*parts[1:])
