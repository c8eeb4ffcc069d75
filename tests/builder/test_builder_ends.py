"""How a builder ends, and where it continues after what no builder can notice: a reboot, a clock that was set."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.support.building import PlanOf, builder_process, small_stage, to_end, wait_until
from tests.support.paths import ROOT
from wizard.base.errors import FolderError
from wizard.base.folders import Folders
from wizard.builder import freshness
from wizard.builder.launch import start
from wizard.builds import journal as j
from wizard.builds.cache import set_limit
from wizard.builds.folder import PLAN, Options, running
from wizard.builds.listing import last_error
from wizard.builds.stage_logs import stage_log
from wizard.machine.processes import processes_of
from wizard.machine.survey import LOCK_FILE
from wizard.plan.model import Plan
from wizard.steps import actions as a

ONCE = "if [ -e ../second ]; then echo finished; else touch ../second; exec sleep 600; fi"
"""A script that hangs the first time."""


def ended(folder: Path) -> j.BuildEnded:
    last = to_end(folder)[-1]
    assert isinstance(last, j.BuildEnded), f"it ended without a word after {last}"
    return last


def killed(plan: Plan) -> Path:
    folder = start(plan, Options())
    wait_until(lambda: (folder / "second").exists())
    builder_process(folder).kill()
    wait_until(lambda: not running(folder) and not processes_of(plan.id))
    return folder


def begun_stages(plan: Plan) -> list[str]:
    """The stages that run when the build is started again."""
    return [event.stage for event in to_end(start(plan, Options())) if isinstance(event, j.StageStarted)]


# ---------------------------------------------------------------- where it continues


def test_killed_it_continues_in_that_stage(plan_of: PlanOf) -> None:
    plan = plan_of(("before", "true"), ("hangs", ONCE))
    killed(plan)
    assert begun_stages(plan)[0] == "hangs"


def _boot_again(folder: Path) -> None:
    path = freshness.mark_path(folder)
    mark = msgspec.json.decode(path.read_bytes(), type=freshness.ClockMark)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(mark, boot="another run of the machine")))


def _set_the_clock(folder: Path) -> None:
    path = freshness.mark_path(folder)
    mark = msgspec.json.decode(path.read_bytes(), type=freshness.ClockMark)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(mark, ahead=mark.ahead - 3600)))


@pytest.mark.parametrize("happened", [_boot_again, _set_the_clock], ids=["a reboot", "the clock was set"])
def test_where_the_tree_is_not_fresh_it_starts_from_its_source(happened: object, plan_of: PlanOf) -> None:
    plan = plan_of(("before", "true"), ("hangs", ONCE))
    folder = killed(plan)
    assert callable(happened)
    happened(folder)
    assert begun_stages(plan)[:3] == ["make-tree", "before", "hangs"]


def test_what_ended_orderly_is_on_the_disk_and_fresh_after_a_reboot(plan_of: PlanOf) -> None:
    plan = plan_of(("fails", "exit 1"))
    folder = start(plan, Options())
    ended(folder)
    _boot_again(folder)
    assert freshness.is_fresh(folder)
    assert begun_stages(plan) == ["fails"]


def test_half_an_object_is_made_again_though_the_logs_are_gone(plan_of: PlanOf) -> None:
    script = (
        f"[ -e ../second ] || echo half > object; {ONCE}; [ -e object ] || echo whole > object; cp object ../seen"
    )
    plan = plan_of(("compiles", script))
    folder = killed(plan)
    shutil.rmtree(folder / "logs")
    begun_stages(plan)
    assert (folder / "seen").read_text() == "whole\n"


def test_killed_after_publishing_nothing_is_built_again(plan_of: PlanOf) -> None:
    """The work tree goes in the stage that publishes: without it the stages before do not look complete."""
    base = plan_of(("before", "true"))
    tree = f"{base.build_folder}/tree"
    made = msgspec.structs.replace(base.stages[0], outputs=(f"{tree}/README",))
    kill = a.Run(
        ("sh", "-c", f"rm {tree}/README; [ -e ../killed ] || {{ touch ../killed; kill -9 $PPID; }}"), tree
    )
    last = base.stages[-1]
    last = msgspec.structs.replace(last, actions=(*last.actions, kill))
    plan = msgspec.structs.replace(base, stages=(made, *base.stages[1:-1], last))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "killed").exists() and not running(folder))
    assert begun_stages(plan) == ["publish"]


def test_a_prefix_that_another_build_has_taken_is_not_there_already(plan_of: PlanOf) -> None:
    plan = plan_of(("one", "true"))
    ended(start(plan, Options()))
    shutil.rmtree(plan.prefix)
    shutil.copytree(ROOT / "tests" / "benchmarks", Path(plan.prefix) / "bin" / "program")
    (Path(plan.prefix) / LOCK_FILE).write_text("of another build")
    assert "publish" in begun_stages(plan)
    assert (Path(plan.prefix) / LOCK_FILE).read_text() == "ready\n"


def test_what_was_added_to_the_switch_before_is_moved_aside_and_reported(plan_of: PlanOf) -> None:
    plan = plan_of(("one", "true"))
    package = Path(plan.prefix) / "lib" / "fmt"
    package.mkdir(parents=True)
    (Path(plan.prefix) / LOCK_FILE).write_text("older")
    os.utime(Path(plan.prefix) / LOCK_FILE, (1000, 1000))
    (package / "META").write_text("version = 1\n")
    folder = start(plan, Options())
    ended(folder)
    (moved,) = j.moved_switches(folder)
    assert moved.added == ("lib",)
    assert (Path(moved.path) / "lib" / "fmt" / "META").read_text() == "version = 1\n"
    assert moved.path in stage_log(plan, "publish").read_text()
    assert (Path(plan.prefix) / LOCK_FILE).read_text() == "ready\n"


# ---------------------------------------------------------------- how it ends


def test_a_defect_ends_the_build_with_a_word(plan_of: PlanOf, tmp_path: Path) -> None:
    base = plan_of()
    check = a.CheckCompiler("/bin/true", "", "", "no-such-machine", True, str(tmp_path / "scratch"), "as")
    plan = msgspec.structs.replace(base, stages=(*base.stages[:1], small_stage(base, "check", check, digest="c")))
    folder = start(plan, Options())
    assert ended(folder).outcome == "failed"
    error = last_error(folder)
    assert error is not None
    assert error.code == "defect"
    assert "no-such-machine" in error.what + error.why
    assert "Traceback" in (folder / "builder.out").read_text()


def test_a_file_that_the_builder_itself_may_not_write_has_its_own_code(plan_of: PlanOf) -> None:
    base = plan_of(("waits", "touch ../begun; until [ -e ../go ]; do sleep 0.05; done"), publish=False)
    large = a.WriteFile(f"{base.build_folder}/tree/large", "x" * 2_000_000, "too large")
    plan = msgspec.structs.replace(base, stages=(*base.stages, small_stage(base, "large", large, digest="l")))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "begun").exists())
    builder_process(folder).rlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    (folder / "go").touch()
    assert ended(folder).outcome == "failed"
    error = last_error(folder)
    assert isinstance(error, FolderError)
    assert error.code == "file-size-limit"


ESCAPED = "(trap '' HUP; exec setsid sleep 600) &"


@pytest.mark.parametrize("script", [f"{ESCAPED} exit 1", f"{ESCAPED} true"], ids=["failed", "done"])
def test_nothing_of_a_build_runs_on_after_its_end(script: str, plan_of: PlanOf) -> None:
    plan = plan_of(("forks", script))
    ended(start(plan, Options()))
    assert not processes_of(plan.id)


def test_nothing_runs_on_where_the_system_shuts_down(plan_of: PlanOf) -> None:
    """The builder alone gets the signal; nobody calls `cancel`."""
    plan = plan_of(("forks", f"{ESCAPED} touch ../begun; exec sleep 600"))
    folder = start(plan, Options())
    wait_until(lambda: (folder / "begun").exists())
    builder_process(folder).terminate()
    assert ended(folder).outcome == "cancelled"
    assert not processes_of(plan.id)


@pytest.mark.parametrize("left", [None, b"", b"{"], ids=["gone", "empty", "truncated"])
def test_a_builder_without_a_plan_says_so(left: bytes | None, tmp_path: Path) -> None:
    if left is not None:
        (tmp_path / PLAN).write_bytes(left)
    builder = subprocess.run(
        [sys.executable, "-m", "wizard.builder.builder", tmp_path], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ},
    )  # fmt: skip
    assert builder.returncode == 3
    assert "Traceback" not in builder.stderr
    assert "error[" in builder.stderr


def test_the_limit_holds_after_a_build(plan_of: PlanOf, folders: Folders) -> None:
    old = folders.hosts / "4.14.1-old"
    old.mkdir(parents=True)
    (old / "file").write_bytes(b"x" * 1_000_000)
    os.utime(old, (1_000_000_000, 1_000_000_000))
    set_limit(folders, "100kB")
    ended(start(plan_of(), Options()))
    wait_until(lambda: not old.exists())  # it is kept once the build is no longer held
