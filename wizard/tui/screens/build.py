"""Step 6: the build, watched live. The build is a process of its own: this screen only looks at its journal."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, ProgressBar, Static
from textual.worker import get_current_worker

from wizard.build import launch
from wizard.build.progress import Progress, transfer_words
from wizard.errors import BuildError, CancelledError, WizardError
from wizard.plan.batch import AnyJob
from wizard.plan.model import Plan
from wizard.tui.keys import BACK, HELP, QUIT
from wizard.tui.messages import Failed, Seen, Started
from wizard.tui.render import MUTED, STATES, clock, join, text
from wizard.tui.screens.base import WizardScreen
from wizard.tui.steps import Step
from wizard.tui.watch import BuildWatch
from wizard.tui.widgets.live_log import LiveLog
from wizard.tui.widgets.stage_list import StageList
from wizard.tui.widgets.trouble import Trouble

LOOK_SECONDS = 0.05
CLOCK_SECONDS = 0.5


class BuildScreen(WizardScreen):
    """Stages, progress, the live log; at a failure what to do about it.

    options: given where the build is to be started or resumed at once; None only watches.
    stay: do not go on to the result when the build is (or becomes) done.
    """

    STEP = Step.BUILD
    BACK_WORD = ""
    NEXT_WORD = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("c", "cancel", "Stop the build", id="cancel"),
        Binding("r", "resume", "Try again", id="resume"),
        Binding("e", "first_error", "First error", id="first-error"),
        Binding("w", "result", "Result", id="result"),
        Binding("f", "follow", "Follow", id="follow"),
        Binding("y", "copy_log", "Copy log path", show=False),
        HELP,
        Binding("q", "leave", "Quit, it goes on", id="leave"),
        QUIT,
    ]

    def __init__(self, plan: AnyJob, *, start: bool = False, stay: bool = False) -> None:
        super().__init__()
        self.plan = plan
        self.folder = Path(plan.build_folder)
        self.progress = Progress(plan)
        self.running = True
        self.over = False
        self._start, self._stay = start, stay
        self._lines = 0
        self._watch = BuildWatch(plan, self.folder)
        self._taken = threading.Event()
        self._pointed = ""
        self._shown_state: tuple[bool, str | None] = (True, None)

    def body(self) -> ComposeResult:
        """State, progress, trouble, stages and log."""
        yield Static(id="state", markup=False)
        with Horizontal(id="progress-row"):
            yield ProgressBar(total=1.0, show_eta=False)
            yield Static(id="times", markup=False)
        yield Trouble()
        with Horizontal(id="watching"):
            yield StageList()
            yield LiveLog()

    def on_mount(self) -> None:
        """Start or only watch."""
        self.set_title(f"OCaml {self.plan.release} for {self.plan.triplet}")
        self.show_progress()
        self.query_one(StageList).focus()
        self.set_interval(CLOCK_SECONDS, self.show_progress)
        if self._start:
            self.start_builder()
        self.watch_build()

    # --- workers: they post messages and touch no widget -------------------------------------------------

    @work(thread=True, group="start")
    def start_builder(self) -> None:
        """Start the builder; it may take a moment until it speaks."""
        try:
            self.post_message(Started(launch.start(self.plan, self.wizard.options_for(self.plan))))
        except WizardError as error:
            self.post_message(Failed(error))

    @work(thread=True, group="cancel")
    def stop_builder(self) -> None:
        """Stop the build orderly; its journal tells when it has ended."""
        try:
            launch.cancel(self.folder)
        except OSError as error:
            self.post_message(Failed(BuildError("cancel-failed", "the build could not be stopped", str(error))))

    @work(thread=True, exclusive=True, group="watch")
    def watch_build(self) -> None:
        """Look at the build at most 20 times a second, and only when the screen has taken the last look."""
        worker = get_current_worker()
        over = False
        while not worker.is_cancelled:
            glimpse = self._watch.look()
            if glimpse.events or glimpse.lines or glimpse.fresh or glimpse.over != over:
                over = glimpse.over
                self._taken.clear()
                self.post_message(Seen(glimpse))
                while not worker.is_cancelled and not self._taken.wait(0.2):
                    pass
            time.sleep(LOOK_SECONDS)

    # --- what they tell -------------------------------------------------------------------------------------

    def on_started(self) -> None:
        """The builder is at work."""
        self._start = False

    def on_failed(self, event: Failed) -> None:
        """The builder could not be started or stopped."""
        self._start = False
        self.wizard.tell(event.error)
        self.show_progress()

    def on_seen(self, event: Seen) -> None:
        """Take one look: events, then lines."""
        glimpse = event.glimpse
        for one in glimpse.events:
            self.progress.take(one)
        self.over = glimpse.over
        if glimpse.stage == self.progress.current:
            self._lines = glimpse.count
        title = self.progress.stages[glimpse.stage].title if glimpse.stage else ""
        self.query_one(LiveLog).take(glimpse, title)
        if glimpse.events or glimpse.over:
            self.show_progress()
        self._taken.set()
        if self.progress.outcome == "done" and not self._stay:
            self._stay = True
            self.action_result()

    # --- what is shown --------------------------------------------------------------------------------------

    def show_progress(self) -> None:
        """Draw the states, the times and, where it failed, the trouble."""
        now = time.time()
        progress = self.progress
        self.running = self._start or not self.over
        stages = self.query_one(StageList)
        stages.show(progress, now)
        if progress.current != self._pointed:
            self._pointed = progress.current
            stages.point_at(progress.current)
        part = progress.part(self._lines, now)
        self.query_one(ProgressBar).update(progress=part)
        self.query_one("#times", Static).update(self._times(now))
        self._show_state()
        error = self._error()
        trouble = self.query_one(Trouble)
        self.set_class(error is not None, "-trouble")
        if error is not None:
            state = progress.stages.get(progress.current)
            trouble.show(error, state.title if state else "before the first stage", state.log if state else "")
        if self._shown_state != (self.running, progress.outcome):
            # The footer is drawn anew only when other keys apply.
            self._shown_state = (self.running, progress.outcome)
            self.refresh_bindings()

    def _times(self, now: float) -> str:
        so_far = f"{clock(self.progress.elapsed(now))} so far"
        if not self.running:
            return f"took {clock(self.progress.elapsed(now))}" if self.progress.outcome else ""
        return f"{so_far}, about {clock(self.progress.remaining(self._lines, now))} left"

    def _show_state(self) -> None:
        progress = self.progress
        current = progress.stages.get(progress.current)
        if self._start and not progress.began:
            words = text("starting the builder …", MUTED)
        elif progress.outcome == "done":
            words = join(text("✓ done: ", "$text-success bold"), f"the switch is in {self.plan.prefix}")
        elif not self.running and progress.outcome == "failed":
            words = text("✗ failed: see below", "$text-error bold")
        elif not self.running:
            words = text("■ not running", "$text-warning bold")
        elif current is None:
            words = text("waiting for the builder …", MUTED)
        else:
            sign, word, style = STATES[current.state]
            # The folder of a command, `cd … && `, is in the review and in the log.
            folder, _, command = current.action.partition(" && ")
            detail = command if folder.startswith("cd ") else current.action
            moved = progress.transfer
            if moved is not None:
                detail = transfer_words(moved.file, moved.got, moved.total, moved.note)
            words = join(text(f"{sign} {word}: ", style), current.title, text(f"  {detail}", MUTED))
        self.query_one("#state", Static).update(words)

    def _error(self) -> WizardError | None:
        """How the build ended, where it did not succeed and does not run."""
        if self.running or self.progress.outcome == "done":
            return None
        if self.progress.error is not None:
            return self.progress.error
        if self.progress.outcome == "cancelled":
            return CancelledError("cancelled", "the build was stopped", "", "try again: it goes on at this stage")
        return BuildError(
            "builder-vanished",
            "the builder ended without a word",
            "it was killed, or the machine was restarted",
            "try again: it goes on at the stage it was in",
        )

    # --- keys -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop only what runs, resume only what does not."""
        if not super().check_action(action, parameters):
            return False
        done = self.progress.outcome == "done"
        match action:
            case "cancel" | "leave":
                return self.running
            case "app.quit":
                return not self.running
            case "first_error":
                return not self.running and self.error_line() > 0
            case "resume" | "copy_log":
                return not self.running and not done
            case "result":
                return done and isinstance(self.plan, Plan)
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a stage shows its log; of a finished build Enter shows the result."""
        event.stop()
        if event.option.id:
            self._watch.want(event.option.id)
            self.query_one(LiveLog).border_title = f"Log: {self.progress.stages[event.option.id].title}"

    def action_follow(self) -> None:
        """Show the running stage's log again."""
        self._watch.want("")
        self.query_one(StageList).point_at(self.progress.current)
        self.query_one(LiveLog).scroll_end(animate=False)

    def action_back(self) -> None:
        """To the review; a running build goes on and is found again on the welcome screen."""
        if self.running:
            self.notify("The build goes on. The welcome screen lists it.", markup=False)
        if isinstance(self.plan, Plan):
            self.wizard.review_of(self.plan)
        else:  # a batch is not what the wizard's questions are about
            self.wizard.go(Step.WELCOME)

    def action_cancel(self) -> None:
        """Ask, then stop."""
        from wizard.tui.screens.ask import Ask

        question = "What is done stays done: a later build goes on at the stage that runs now."
        answers = (("stay", "Let it run"), ("stop", "Stop the build"))
        self.app.push_screen(Ask("Stop the build?", question, answers), self._cancelled)

    def _cancelled(self, answer: str | None) -> None:
        if answer == "stop":
            self.notify("Stopping the build …", markup=False)
            self.stop_builder()

    def action_resume(self) -> None:
        """Start the builder again: it goes on at the stage it was in."""
        self._start, self.over, self._pointed = True, False, ""
        self._watch.want("")
        self.progress = Progress(self.plan)
        self.show_progress()
        self.start_builder()

    def action_result(self) -> None:
        """Show the proof; of a batch there is none of the whole."""
        if isinstance(self.plan, Plan):
            self.wizard.show_result(self.plan)

    def error_line(self) -> int:
        """The number of the log's line that names the first error, 0 where there is none."""
        error = self.progress.error
        words = error.why.partition(":")[0].split() if error else []
        return int(words[1]) if len(words) == 2 and words[0] == "line" and words[1].isdigit() else 0

    def action_first_error(self) -> None:
        """Show the first error in the log."""
        self._watch.want("")
        log = self.query_one(LiveLog)
        log.show_line(self.error_line(), self._lines)
        log.focus()

    def action_leave(self) -> None:
        """Quit; the build goes on."""
        self.app.run_worker(self.wizard.action_quit())

    def action_copy_log(self) -> None:
        """The path of the log into the clipboard."""
        state = self.progress.stages.get(self.progress.current)
        self.wizard.copy(state.log if state and state.log else str(self.folder))
