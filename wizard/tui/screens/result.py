"""The end: what was proved, and what to type next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from wizard.plan.model import Plan
from wizard.tui.hanging import hanging
from wizard.tui.keys import HELP, QUIT
from wizard.tui.render import MUTED, join, lines, text
from wizard.tui.screens.base import WizardScreen
from wizard.tui.steps import Step
from wizard.tui.widgets.choice_list import ViList
from wizard.tui.widgets.proof_table import ProofTable
from wizard.verify.prove import REPORT_FILE
from wizard.verify.report import Report, load_report


class CommandList(ViList):
    """Commands to copy."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "Copy", key_display="⏎")]


class ResultScreen(WizardScreen):
    """The report of the proof as a table, and the commands to go on with."""

    STEP = Step.BUILD
    FINISHED = True
    BACK_WORD = "← Build log"
    NEXT_WORD = "Copy"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Build log", id="back"),
        Binding("c,y", "next", "Copy command", show=False, id="copy"),
        Binding("w", "welcome", "Another switch", id="welcome"),
        HELP,
        QUIT,
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self.report = load_report(Path(plan.prefix) / REPORT_FILE)
        self.commands = next_commands(plan, self.report)

    def body(self) -> ComposeResult:
        """Verdict, commands, table."""
        yield Static(id="verdict", markup=False)
        with Horizontal(id="result"):
            with Vertical(id="next-steps"):
                yield CommandList(
                    *(
                        Option(hanging(text(command, "bold"), text(f"  {what}", MUTED), hang=4), str(number))
                        for number, (command, what) in enumerate(self.commands)
                    ),
                    id="commands",
                    markup=False,
                )
            yield ProofTable(self.report)

    def on_mount(self) -> None:
        """Fill the table."""
        self.set_title(f"OCaml {self.plan.release} for {self.plan.triplet}")
        self.query_one("#next-steps").border_title = "What to type next (⏎ copies)"
        self.query_one("#verdict", Static).update(verdict(self.report, self.plan))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter copies."""
        event.stop()
        self.action_next()

    def action_next(self) -> None:
        """Copy the command under the cursor."""
        index = self.query_one("#commands", ViList).highlighted
        if index is not None:
            self.wizard.copy(self.commands[index][0])

    def action_back(self) -> None:
        """The stages and logs of this build."""
        from wizard.tui.screens.build import BuildScreen

        self.wizard.show(BuildScreen(self.plan, stay=True))

    def action_welcome(self) -> None:
        """Begin another switch."""
        self.wizard.go(Step.WELCOME)


def verdict(report: Report | None, plan: Plan) -> Content:
    """The proof in one or two lines."""
    if report is None:
        return join(
            text("✓ The cross switch is built.  ", "bold $text-success"),
            f"No report of its proof lies in {plan.prefix}; ocaml-cross-wizard verify makes one.",
        )
    if report.failed:
        head = text(f"✗ The cross switch is not right: {len(report.failed)} checks failed.", "bold $text-error")
    else:
        head = text(f"✓ The cross switch works: {report.passed} checks passed.", "bold $text-success")
    if report.not_run:
        how = f"The programs were audited but not run: {report.not_run}. To run them: {report.how_to_run}"
    else:
        how = f"The programs ran {report.runner}."
    return lines(join(head, f"  Proved in {report.seconds:.1f} s."), text(how, MUTED))


def next_commands(plan: Plan, report: Report | None) -> tuple[tuple[str, str], ...]:
    """What to type next: command and what it does."""
    prefix = plan.prefix

    def inside(path: str) -> str:
        return shlex.quote(f"{prefix}/{path}")

    commands = [
        (f". {inside('env.sh')}", "puts this switch on the PATH of your shell"),
        (plan.first_command, "compiles a program for the target"),
        (f"dune build --workspace {inside('etc/dune-workspace')}", "a dune project; the file shows the context"),
        (f"OCAMLFIND_CONF={inside('etc/findlib.conf')} ocamlfind -toolchain {plan.triplet} ocamlopt -version",
         f"findlib; or copy etc/findlib.conf.d/{plan.triplet}.conf to your own"),
        (f"ocaml-cross-wizard verify {shlex.quote(prefix)}", "proves the switch again"),
    ]  # fmt: skip
    if report is not None and report.not_run:
        install = report.how_to_run.split("    (")[0]
        commands.insert(2, (install, f"installs what runs the programs here ({report.how_to_run})"))
    return tuple(commands)
