"""Shows a build on a plain terminal: one line a stage, and one that changes while it runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import msgspec

from wizard.builds import journal as j
from wizard.builds.estimates import estimates_for, past_stages
from wizard.builds.progress import Progress, duration, transfer_words
from wizard.faces.cli.changing_line import ChangingLine
from wizard.faces.text.plans import table
from wizard.plan.batch import Job
from wizard.plan.host_part import makes_host_only
from wizard.plan.model import Plan
from wizard.prove.report import REPORT_FILE, load_report, render, verdict


def show_json(event: j.AnyEvent) -> None:
    """One event as a JSON line, flushed at once."""
    click.echo(msgspec.json.encode(event).decode())
    sys.stdout.flush()


def watch(plan: Job, folder: Path, *, as_json: bool, cancel_on_interrupt: bool) -> None:
    """Show a build to its end and leave with its exit code."""
    from wizard.base.errors import BuildError
    from wizard.builder.launch import cancel, follow

    progress = Progress(plan, {} if as_json else estimates_for(plan, past_stages(folder.parent, folder)))
    monitor = LineMonitor(plan, progress, live=not as_json)
    try:
        for event in follow(folder):
            if event is None:
                monitor.tick()
                continue
            progress.take(event)
            show_json(event) if as_json else monitor.show(event)
    except KeyboardInterrupt:
        monitor.clear()
        if not cancel_on_interrupt:
            click.echo(f"left it running; `ocaml-cross-wizard attach {plan.id}` shows it again", err=True)
            sys.exit(0)
        click.echo("cancelling …", err=True)
        cancel(folder)
        for event in follow(folder):
            if event is not None:
                progress.take(event)
    monitor.clear()
    if progress.error is not None:
        raise progress.error
    if progress.outcome is None:
        raise BuildError("builder-vanished", build=plan.id)
    if not as_json:
        click.echo(monitor.result())


class LineMonitor:
    """Writes to standard output; the changing line only where that is a terminal."""

    def __init__(self, plan: Job, progress: Progress, *, live: bool = True) -> None:
        self._plan = plan
        self._progress = progress
        self._live = live and sys.stdout.isatty()
        self._changing = ChangingLine()
        self._ticked = -1.0
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
            case j.OlderSwitchMoved():
                self._line(event.words)
            case j.StageStarted(resumed=True):
                self._line(f"{self._head(event.stage)}  continues where it was stopped")
            case j.SwitchEnded():
                self._line(
                    f"{event.triplet}: {event.outcome}" + (f", {event.prefix}" if event.outcome == "done" else "")
                )
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
        now, tick = time.time(), time.monotonic()
        if not self._live or not self._progress.current or tick - self._ticked < 0.5:
            return
        self._ticked = tick
        state = self._progress.stages[self._progress.current]
        transfer = self._progress.transfer
        detail = duration(max(0.0, now - state.began))
        if transfer:
            detail = transfer_words(transfer.file, transfer.got, transfer.total, transfer.note)
        part, left = self._progress.part(now=now), duration(self._progress.remaining(now=now))
        head = f"[{self._numbers[state.id]:>2}/{len(self._numbers)}] {state.title}"
        self._changing.show(f"{head}  {detail}  {part:4.0%}, about {left} left")

    def clear(self) -> None:
        """Take the changing line away."""
        self._changing.clear()

    def result(self) -> str:
        """The proof and what to type next; of a batch, where each switch is."""
        plan = self._plan.single
        if plan is None:
            return "\n" + table(("switch", "proof"), [_proved(part) for part in self._plan.plans])
        prefix = plan.prefix
        if makes_host_only(plan):
            return f"\nThe host compiler is in {prefix}: every switch that needs it finds it there."
        report = load_report(Path(prefix) / REPORT_FILE)
        proof = render(report) if report else ""
        return (
            f"\n{proof}\n\nThe switch is in {prefix}. Next:\n"
            f"  . {prefix}/env.sh\n  {plan.first_command}\n"
            f"  ocaml-cross-wizard verify {prefix}"
        )


def _proved(plan: Plan) -> tuple[str, str]:
    """Prefix and verdict of one switch of a batch."""
    report = load_report(Path(plan.prefix) / REPORT_FILE)
    return plan.prefix, verdict(report) if report else "not proved"
