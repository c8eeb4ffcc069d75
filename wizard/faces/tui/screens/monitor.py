"""Step 6: the build, watched live. The build is a process of its own: this screen only looks at its journal."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import OptionList, ProgressBar, Static
from textual.worker import get_current_worker

from wizard.base.errors import BuildError, CancelledError, WizardError
from wizard.builder import launch
from wizard.builds import journal as j
from wizard.builds.estimates import estimates_for, past_stages
from wizard.builds.progress import Progress
from wizard.builds.stage_logs import stage_log
from wizard.faces.tui.build_words import state_words, times, title_words
from wizard.faces.tui.garbage import set_aside
from wizard.faces.tui.keys import BACK, HELP, QUIT
from wizard.faces.tui.messages import Explained, Failed, Learned, Seen, Started
from wizard.faces.tui.port import ShownBuild
from wizard.faces.tui.screens.repair import RepairScreen
from wizard.faces.tui.steps import Step
from wizard.faces.tui.watch import BuildWatch
from wizard.faces.tui.widgets.log_view import LOG_KEYS, LogView
from wizard.faces.tui.widgets.machine_line import MachineLine
from wizard.faces.tui.widgets.stage_list import StageList
from wizard.faces.tui.widgets.trouble import Trouble
from wizard.plan.batch import Job

if TYPE_CHECKING:
    from wizard.builds.estimates import Estimate
    from wizard.builds.folder import Options

LOOK_SECONDS = 0.05
CLOCK_SECONDS = 0.5
ROOMY = 100
"""Columns from which there is room for more words."""
LOW = 36
"""Lines of a screen below which only the most important of a failure is shown at once."""

LOG_BINDINGS = [
    Binding(key.key, f"log({key.action!r})", key.description, show=key.key == "slash", key_display=key.key_display)
    for key in LOG_KEYS
    if key.action != "follow"
]
"""The log's keys, wherever the cursor is."""


class BuildScreen(RepairScreen):
    """Stages, progress, the live log; at a failure what to do about it.

    options: the builder's, where they are not the draft's or the last run's.
    start: whether the build is to be started or resumed at once; else it is only watched.
    stay: do not continue to the result when the build is (or becomes) done.
    """

    STEP = Step.BUILD
    BACK_WORD = ""
    NEXT_WORD = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        BACK,
        Binding("c", "cancel", "Stop", id="cancel"),
        Binding("r", "resume", "Try again", id="resume"),
        Binding("b", "go_back", "Earlier stage", id="go-back"),
        Binding("s", "shell", "Shell", id="shell"),
        Binding("x", "explain", "Explain", show=False, id="explain"),
        Binding("v", "result", "Result", id="result"),
        Binding("f", "follow", "Follow", id="follow"),
        *LOG_BINDINGS,
        *(Binding(str(n), f"fix({n})", f"Apply or copy fix {n}", show=False) for n in range(1, 10)),
        Binding("Y", "copy_log", "Copy the log's path", show=False),
        HELP,
        Binding("q", "leave", "Quit, it continues", id="leave"),
        QUIT,
    ]

    def __init__(
        self, plan: Job, *, start: bool = False, stay: bool = False, options: Options | None = None
    ) -> None:
        super().__init__()
        self.plan = plan
        self.folder = Path(plan.build_folder)
        self.progress = Progress(plan)
        self.running = True
        self.over = False
        self._start, self._stay, self._options = start, stay, options
        self._seen_running = start
        self._lines = 0
        self._watch = BuildWatch(plan, self.folder)
        self._taken = threading.Event()
        self._pointed = ""
        self._logged = ""
        self._expected: dict[str, Estimate] = {}
        self._shown_state: tuple[bool, str | None] = (True, None)

    def body(self) -> ComposeResult:
        """State, progress, trouble, stages and log."""
        yield Static(id="state", markup=False)
        with Horizontal(id="progress-row"):
            yield ProgressBar(total=1.0, show_eta=False)
            yield Static(id="times", markup=False)
        yield MachineLine()
        yield Trouble()
        with Horizontal(id="watching"):
            yield StageList()
            yield LogView()

    @property
    def shown_build(self) -> ShownBuild:
        """The one that is watched, and how it ended."""
        return ShownBuild(self.plan, self.progress.error)

    @property
    def log_view(self) -> LogView:
        """The log."""
        return self.query_one(LogView)

    def on_mount(self) -> None:
        """Start or only watch."""
        self.set_title(f"OCaml {self.plan.release} for {self.plan.triplet}")
        self.show_progress()
        self.query_one(StageList).focus()
        self.set_interval(CLOCK_SECONDS, self.show_progress)
        if self._start:
            self.start_builder()
        self.watch_build()
        self.learn()
        if not self.app.is_headless:  # one of many apps in a process has no say in how that collects
            self.call_after_refresh(set_aside)

    def on_unmount(self) -> None:
        """The terminal's title is its own again."""
        self.wizard.notice.forget()

    # --- workers: they post messages and touch no widget -------------------------------------------------

    @work(thread=True, group="start")
    def start_builder(self) -> None:
        """Start the builder; it may take a moment until it speaks."""
        try:
            options = self._options or self.wizard.options_for(self.plan)
            self.post_message(Started(launch.start(self.plan, options)))
        except WizardError as error:
            self.post_message(Failed(error))

    @work(thread=True, group="cancel")
    def stop_builder(self) -> None:
        """Stop the build orderly; its journal tells when it has ended."""
        try:
            launch.cancel(self.folder)
        except OSError as error:
            self.post_message(Failed(BuildError("cancel-failed", reason=error)))

    @work(thread=True, group="learn")
    def learn(self) -> None:
        """Read how long earlier builds took."""
        self.post_message(Learned(estimates_for(self.plan, past_stages(self.folder.parent, self.folder))))

    @work(thread=True, exclusive=True, group="watch")
    def watch_build(self) -> None:
        """Look at the build at most 20 times a second, and only when the screen has taken the last look."""
        worker = get_current_worker()
        shown: tuple[str, bool] = ("", False)
        while not worker.is_cancelled:
            glimpse = self._watch.look()
            if glimpse.events or (glimpse.stage, glimpse.over) != shown:
                shown = (glimpse.stage, glimpse.over)
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

    def on_learned(self, event: Learned) -> None:
        """Better numbers of what stages take."""
        self._expected = event.expected
        self.progress.use_estimates(self._expected)
        self.show_progress()

    def on_seen(self, event: Seen) -> None:
        """Take one look: events, and whose log is to be shown."""
        glimpse = event.glimpse
        for progressed in glimpse.events:
            self.progress.take(progressed)
        self.over = glimpse.over
        self._seen_running = self._seen_running or not glimpse.over
        begun = {event.stage for event in glimpse.events if isinstance(event, j.StageStarted)}
        if glimpse.stage and (glimpse.stage != self._logged or glimpse.stage in begun):
            self._logged = glimpse.stage
            title = self.progress.stages[glimpse.stage].title
            self.log_view.open(stage_log(self.plan, glimpse.stage), title)
        if glimpse.events or glimpse.over:
            self.show_progress()
        self._taken.set()
        if self.progress.outcome == "done" and not self._stay:
            self._stay = True
            self.action_result()

    def on_log_view_grown(self) -> None:
        """The log of the stage that runs tells how far it is."""
        if self._logged == self.progress.current:
            self._lines = self.log_view.index.whole

    def on_explained(self, event: Explained) -> None:
        """Why it failed: the log shows the line that names the cause."""
        self.diagnosis = event.diagnosis
        found = event.diagnosis.diagnosis
        line = found.line if found.file == event.diagnosis.log else found.led_line
        if event.diagnosis.stage == self._logged and line > 0:
            self.log_view.point_at(line - 1)
        self.show_progress()

    # --- what is shown --------------------------------------------------------------------------------------

    def show_progress(self) -> None:
        """Draw the states, the times and, where it failed, the trouble."""
        now, progress, narrow = time.time(), self.progress, self.app.size.width < ROOMY
        self.running = self._start or not self.over
        left = progress.remaining(self._lines, now) if self.running else 0.0
        stages = self.query_one(StageList)
        stages.show(progress, now, left)
        if progress.current != self._pointed:
            self._pointed, self._lines = progress.current, 0
            stages.point_at(progress.current)
        part = progress.part(self._lines, now)
        self.query_one(ProgressBar).update(progress=part)
        self.query_one("#times", Static).update(times(progress, now, left, running=self.running, short=narrow))
        self.query_one(MachineLine).display = self.running
        words = state_words(self.plan, progress, starting=self._start, running=self.running)
        self.query_one("#state", Static).update(words)
        self.wizard.notice.show(title_words(self.plan, progress, part, running=self.running))
        self._show_trouble()
        if self._shown_state != (self.running, progress.outcome):
            # The footer is drawn again only when other keys apply.
            ended = self._shown_state[0] and not self.running
            self._shown_state = (self.running, progress.outcome)
            self.refresh_bindings()
            if ended:
                self._on_end()

    def _show_trouble(self) -> None:
        error = None if self.running or self.progress.outcome == "done" else self._error()
        self.set_class(error is not None, "-trouble")
        if error is not None:
            state = self.progress.stages.get(self.progress.current)
            title = f"{state.title} ({state.id})" if state else "before the first stage"
            log, compact = state.log if state else "", self.app.size.height < LOW
            self.query_one(Trouble).show(error, title, log, self.diagnosis, compact=compact)

    def _error(self) -> WizardError:
        """How the build ended that did not succeed and does not run."""
        if self.progress.error is not None:
            return self.progress.error
        if self.progress.outcome == "cancelled":
            return CancelledError("cancelled")
        return BuildError("builder-vanished", "watched")

    def _on_end(self) -> None:
        """The build has ended: say so to one who looks elsewhere, and find out why where it failed."""
        if self._seen_running:
            self.wizard.notice.ring()
        if self.progress.outcome == "failed":
            self.diagnose()

    # --- keys -----------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Stop only what runs, resume only what does not."""
        if not super().check_action(action, parameters):
            return False
        done = self.progress.outcome == "done"
        match action:
            case "cancel" | "leave" | "follow":
                return self.running
            case "app.quit":
                return not self.running
            case "resume" | "copy_log" | "go_back" | "shell" | "explain":
                return not self.running and not done
            case "fix":
                return not self.running and not done and int(str(parameters[0])) <= len(self.fixes)
            case "result":
                return done and self.plan.single is not None
        return True

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a stage shows its log."""
        event.stop()
        if event.option.id:
            self._watch.want(event.option.id)

    async def action_log(self, action: str) -> None:
        """One of the log's keys."""
        await self.log_view.action_named(action)

    def action_follow(self) -> None:
        """Show the end of the running stage's log; where it is shown, stay or continue following."""
        elsewhere = self._logged != self.progress.current
        self._watch.want("")
        self.query_one(StageList).point_at(self.progress.current)
        if not elsewhere:
            self.log_view.action_follow()

    def action_back(self) -> None:
        """To the review; a running build continues and is found again on the welcome screen."""
        if self.running:
            self.notify("The build continues. The welcome screen lists it.", markup=False)
        if self.plan.single is not None:
            self.wizard.review_of(self.plan.single)
        else:  # a batch is not what the wizard's questions are about
            self.wizard.go(Step.WELCOME)

    def action_cancel(self) -> None:
        """Ask, then stop."""
        from wizard.faces.tui.screens.ask import Ask

        question = "What is done stays done: a later build continues at the stage that runs now."
        answers = (("stay", "Let it run"), ("stop", "Stop the build"))
        self.app.push_screen(Ask("Stop the build?", question, answers), self._cancelled)

    def _cancelled(self, answer: str | None) -> None:
        if answer == "stop":
            self.notify("Stopping the build …", markup=False)
            self.stop_builder()

    def action_resume(self) -> None:
        """Start the builder again: it continues at the stage it was in."""
        self.resume()

    def resume(self, environment: dict[str, str] | None = None) -> None:
        """Start the builder again, with further variables for its commands."""
        options = self._options or self.wizard.options_for(self.plan)
        self._options = msgspec.structs.replace(options, environment=options.environment | (environment or {}))
        self._start, self.over, self._pointed, self._logged, self.diagnosis = True, False, "", "", None
        self._seen_running = True
        self._watch.want("")
        self.progress = Progress(self.plan, self._expected)
        self.show_progress()
        self.start_builder()

    def action_result(self) -> None:
        """Show the proof; of a batch there is none of the whole."""
        if self.plan.single is not None:
            self.wizard.show_result(self.plan.single)

    def action_leave(self) -> None:
        """Quit; the build continues."""
        self.app.run_worker(self.wizard.action_quit())

    def action_explain(self) -> None:
        """All that is known of the code of the failure."""
        known = self.diagnosis.diagnosis.code if self.fixes and self.diagnosis else ""
        self.wizard.explain_codes(known or self._error().code)

    def action_copy_log(self) -> None:
        """The path of the log into the clipboard."""
        state = self.progress.stages.get(self.progress.current)
        self.wizard.copy(state.log if state and state.log else str(self.folder))
