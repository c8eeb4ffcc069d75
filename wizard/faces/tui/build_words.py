"""How a build stands, in a line: on the screen, and in the terminal's title."""

from __future__ import annotations

from textual.content import Content

from wizard.builds.progress import Progress, transfer_words
from wizard.faces.tui.render import MUTED, STATES, clock, join, text
from wizard.plan.batch import Job


def times(progress: Progress, now: float, left: float, *, running: bool, short: bool) -> str:
    """How long it has taken and will take; `learned` where earlier builds on this machine tell it."""
    so_far = clock(progress.elapsed(now))
    if not running:
        return f"took {so_far}" if progress.outcome else ""
    source = " (as in earlier builds)" if progress.from_history and not short else ""
    return f"{so_far} so far, about {clock(left)} left{source}"


def state_words(plan: Job, progress: Progress, *, starting: bool, running: bool) -> Content:
    """What the build does now, or how it ended."""
    current = progress.stages.get(progress.current)
    if starting and not progress.began:
        return text("starting the builder …", MUTED)
    if progress.outcome == "done":
        return join(text("✓ done: ", "$text-success bold"), f"the switch is in {plan.prefix}")
    if not running and progress.outcome == "failed":
        what = progress.error.what if progress.error is not None else "see below"
        return join(text("✗ failed: ", "$text-error bold"), what)
    if not running:
        return text("■ not running", "$text-warning bold")
    if current is None:
        return text("waiting for the builder …", MUTED)
    sign, word, style = STATES[current.state]
    # The folder of a command, `cd … && `, is in the review and in the log.
    folder, _, command = current.action.partition(" && ")
    detail = command if folder.startswith("cd ") else current.action
    moved = progress.transfer
    if moved is not None:
        detail = transfer_words(moved.file, moved.got, moved.total, moved.note)
    return join(text(f"{sign} {word}: ", style), current.title, text(f"  {detail}", MUTED))


def title_words(plan: Job, progress: Progress, part: float, *, running: bool) -> str:
    """The terminal's title."""
    what = f"OCaml {plan.release} for {plan.triplet}"
    if running:
        return f"{int(part * 100)} % {what}"
    return f"{progress.outcome or 'stopped'}: {what}"
