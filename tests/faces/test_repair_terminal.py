"""A build that really failed, fixed in a real terminal: a shell where it broke, then one key."""

from __future__ import annotations

import os
import sys

import pytest

from tests.support.building import PlanOf, to_end, wait_until
from tests.support.paths import ROOT
from tests.support.terminal import Terminal
from wizard.base.folders import Folders
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import describe_build

WATCH = "import sys; from wizard.faces.tui.run import run; sys.exit(run(attach=sys.argv[1]))"
BREAKS = 'echo "$MARK"; test -e ../fixed || { echo "frob.c:3: error: no frobs"; exit 1; }'
SECONDS = 90


@pytest.mark.timeout(300)
def test_a_shell_where_it_failed_and_then_again(plan_of: PlanOf, folders: Folders) -> None:
    folder = start(plan_of(("breaks", BREAKS)), Options())
    to_end(folder)
    wait_until(lambda: not running(folder))
    env = {**os.environ, "OCW_HOME": str(folders.state.parent), "PYTHONPATH": str(ROOT), "MINE": "not passed on"}
    argv = [sys.executable, "-c", WATCH, folder.name]
    with Terminal(argv, env, columns=100, lines=30) as terminal:
        terminal.wait_for("The build failed", "frob.c:3: error: no frobs", "Earlier stage", seconds=SECONDS)
        terminal.press("s")
        terminal.wait_for("stage breaks, in", "leave with `exit`", seconds=SECONDS)
        terminal.press('echo "mine: $MINE."; touch ../fixed', "enter")
        terminal.wait_for("mine: .", seconds=SECONDS)
        wait_until((folder / "fixed").exists, seconds=SECONDS)
        terminal.press("exit", "enter")
        terminal.wait_for("OCaml 5.3.0 for", "The build failed", seconds=SECONDS)  # drawn over the shell
        terminal.press("r")
        wait_until(lambda: describe_build(folder).state == "done", seconds=SECONDS)
    starts = [event for event in j.read_events(folder) if isinstance(event, j.BuildStarted)]
    assert len(starts) == 2
