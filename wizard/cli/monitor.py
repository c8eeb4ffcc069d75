"""Shows a build on a plain terminal: one line a stage, and one that changes while it runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from wizard.build import journal as j
from wizard.build.progress import Progress, duration
from wizard.plan.host_part import makes_host_only
from wizard.plan.model import Plan
from wizard.verify.prove import REPORT_FILE
from wizard.verify.report import load_report, render


def show_json(event: j.AnyEvent) -> None:
    """One event as a JSON line, flushed at once."""
    click.echo(msgspec.json.encode(event).decode())
    sys.stdout.flush()


class LineMonitor:
    """Writes to standard output; the changing line only where that is a terminal."""

    def __init__(self, plan: Plan, progress: Progress, *, live: bool = True) -> None:
        self._plan = plan
        self._progress = progress
        self._live = live and sys.stdout.isatty()
        self._shown = 0
        self._ticked = 0.0
        self._numbers = {stage.id: number for number, stage in enumerate(plan.stages, 1)}

    def show(self, event: j.AnyEvent) -> None:
        """Say what an event means, where it means something to a person."""
        match event:
            case j.BuildStarted():
                self._line(f"building {self._plan.release} for {self._plan.triplet} into {self._plan.prefix}")
            case j.StageSkipped():
                self._line(f"{self._head(event.stage)}  there already")
            case j.StageEnded():
                how = "" if event.outcome == "done" else f"  {event.outcome.upper()}"
                self._line(f"{self._head(event.stage)}  {duration(event.seconds)}{how}")
            case j.StageStarted(resumed=True):
                self._line(f"{self._head(event.stage)}  goes on where it was stopped")
            case j.ActionStarted() if event.text.startswith("waiting"):
                self._line(f"{self._head(event.stage)}  {event.text}")

    def _head(self, stage: str) -> str:
        title = self._progress.stages[stage].title
        return f"[{self._numbers[stage]:>2}/{len(self._numbers)}] {title:<40}"

    def _line(self, text: str) -> None:
        self.clear()
        click.echo(text)
        sys.stdout.flush()

    def tick(self) -> None:
        """Bring the changing line up to date, at most twice a second."""
        now = time.time()
        if not self._live or not self._progress.current or now - self._ticked < 0.5:
            return
        self._ticked = now
        state = self._progress.stages[self._progress.current]
        transfer = self._progress.transfer
        detail = f"{transfer.file} {transfer.got >> 10} KiB" if transfer else duration(now - state.began)
        part, left = self._progress.part(now=now), duration(self._progress.remaining(now=now))
        head = f"[{self._numbers[state.id]:>2}/{len(self._numbers)}] {state.title}"
        text = f"{head}  {detail}  {part:4.0%}, about {left} left"
        text = text[: _columns() - 1]
        self.clear()
        click.echo(text, nl=False)
        sys.stdout.flush()
        self._shown = len(text)

    def clear(self) -> None:
        """Take the changing line away."""
        if self._shown:
            click.echo("\r" + " " * self._shown + "\r", nl=False)
            self._shown = 0

    def result(self) -> str:
        """The proof and what to type next."""
        prefix = self._plan.prefix
        if makes_host_only(self._plan):
            return f"\nThe host compiler is in {prefix}: every switch that needs it finds it there."
        report = load_report(Path(prefix) / REPORT_FILE)
        proof = render(report) if report else ""
        return (
            f"\n{proof}\n\nThe switch is in {prefix}. Next:\n"
            f"  . {prefix}/env.sh\n  {self._plan.first_command}\n"
            f"  ocaml-cross-wizard verify {prefix}"
        )


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns
