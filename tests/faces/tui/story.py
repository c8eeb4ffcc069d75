"""Writes a build's journal and logs as a builder would."""

from __future__ import annotations

from pathlib import Path

from wizard.base.errors import BuildError
from wizard.builds import journal as j
from wizard.builds.stage_logs import stage_log
from wizard.plan.model import Plan
from wizard.prove.report import Comparison, Report

BEGAN = 1_700_000_000.0


def report_of(plan: Plan, *comparisons: Comparison, ran: bool = True, seconds: float = 1.5) -> Report:
    """A proof of the plan's switch; ran: whether its programs were run, else why not and what would."""
    return Report(
        prefix=plan.prefix,
        triplet=plan.triplet,
        release=plan.release,
        runner="under qemu-aarch64" if ran else "",
        not_run="" if ran else "qemu-aarch64 was not found",
        how_to_run="" if ran else "sudo apt-get install qemu-user",
        hint="" if ran else "Fedora: qemu-user",
        comparisons=comparisons,
        seconds=seconds,
    )


class Story:
    """Writes a build's journal and logs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._journal = j.Journal(Path(plan.build_folder))
        self._journal.add(
            j.BuildStarted(
                at=BEGAN, build=plan.id, digest=plan.digest, pid=1, stages=tuple(s.id for s in plan.stages)
            )
        )

    def done_until(self, stage: str) -> None:
        """All stages before `stage` are done, ten seconds each."""
        for planned in self.plan.stages:
            if planned.id == stage:
                return
            self.begin(planned.id)
            self.add(j.StageEnded(stage=planned.id, outcome="done", seconds=10.0, lines=1))

    def begin(self, stage: str, log: str = "") -> None:
        self.add(j.StageStarted(at=BEGAN, stage=stage, log=log or str(stage_log(self.plan, stage))))

    def fail(self, stage: str, why: str) -> None:
        error = BuildError.from_texts(
            "stage-failed", f"stage {stage} failed: make ended with exit status 2", why, "read the log"
        )
        self.add(j.StageEnded(stage=stage, outcome="failed", seconds=5.0, lines=4))
        self.add(
            j.BuildEnded(
                at=BEGAN + 95, outcome="failed", prefix=self.plan.prefix, error=error.as_dict(), stage=stage
            )
        )

    def end(self) -> None:
        self.add(j.BuildEnded(at=BEGAN + 300, outcome="done", prefix=self.plan.prefix))

    def add(self, event: j.AnyEvent) -> None:
        self._journal.add(event)

    def write(self, stage: str, text: str | bytes) -> None:
        log = stage_log(self.plan, stage)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)
