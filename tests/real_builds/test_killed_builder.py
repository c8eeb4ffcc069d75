"""The builder of a real, shortened build is killed at many instants; the switch is that of an undisturbed build.

OCW_FAULT_KILLS: how many instants (54). OCW_FAULT_SEED: where they lie. OCW_FAULT_ONLY: one build with these
instants, as a failure prints it: its number, which says how it is killed, and them: `3 runtime@1.234 library@0.5`.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.real_builds.shortened import built_host, contents, folders_below, shortened_plan
from tests.support.building import to_end, wait_until
from wizard.builder.launch import builder_of, start
from wizard.builds import journal as j
from wizard.builds.folder import Options, running
from wizard.builds.listing import describe_build, last_error
from wizard.builds.records import started_path
from wizard.machine.processes import processes_of
from wizard.machine.survey import LOCK_FILE
from wizard.plan.model import Plan

pytestmark = [pytest.mark.build, pytest.mark.timeout(2400)]

KILLS = int(os.environ.get("OCW_FAULT_KILLS", "54"))
SEED = int(os.environ.get("OCW_FAULT_SEED", "6"))
ONLY = os.environ.get("OCW_FAULT_ONLY", "")
BUILDS = 4
"""The instants are shared out among so many builds; each is killed every so often, and started again."""


@dataclass(frozen=True)
class Instant:
    """Seconds after a stage has begun."""

    stage: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.stage}@{self.seconds:.3f}"


@dataclass(frozen=True)
class Undisturbed:
    """The plan, what it builds, and how long each stage takes."""

    plan: Plan
    options: Options
    switch: dict[str, tuple[str, str]]
    seconds: dict[str, float]

    @property
    def prefix(self) -> Path:
        return Path(self.plan.prefix)

    @property
    def folder(self) -> Path:
        return Path(self.plan.build_folder)

    def begin(self, *, older: bool) -> None:
        """Nothing of an earlier build is left; an older switch is, where one is wanted."""
        wait_until(lambda: not running(self.folder))
        for folder in (self.folder, self.prefix):
            shutil.rmtree(folder, ignore_errors=True)
        if older:
            (self.prefix / "bin").mkdir(parents=True)
            (self.prefix / "bin" / "ocamlopt").write_text("an older switch\n")
            (self.prefix / LOCK_FILE).write_text("older\n")


@pytest.fixture(scope="module")
def undisturbed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Built twice: the first time configure has to find its answers, the second gives the times."""
    scratch = tmp_path_factory.mktemp("killed")
    folders = folders_below(home)
    shutil.rmtree(built_host(folders, scratch).build_folder, ignore_errors=True)
    plan = shortened_plan(folders, scratch / "place" / "switch", scratch / "config.cache", scratch)
    options = Options(sources=str(scratch / "sources"), offline=True)
    made = []
    for _ in range(2):
        found = Undisturbed(plan, options, {}, {})
        found.begin(older=False)
        events = to_end(start(plan, options), seconds=600)
        assert isinstance(events[-1], j.BuildEnded)
        assert events[-1].outcome == "done", events[-1].error
        seconds = {event.stage: event.seconds for event in events if isinstance(event, j.StageEnded)}
        made.append(Undisturbed(plan, options, contents(found.prefix), seconds))
    assert differences(made[0].switch, made[1].switch) == []
    return made[1]


def differences(one: dict[str, tuple[str, str]], other: dict[str, tuple[str, str]]) -> list[str]:
    names = sorted(one.keys() | other.keys())
    return [f"{name}: {one.get(name)} / {other.get(name)}" for name in names if one.get(name) != other.get(name)]


def spread(seconds: dict[str, float], count: int, seed: int) -> list[Instant]:
    """Instants over a whole build, evenly but for a little chance."""
    chance, whole, instants = random.Random(seed), sum(seconds.values()), []
    for number in range(count):
        place = (number + chance.random()) * whole / count
        for stage, length in seconds.items():
            if place < length:
                instants.append(Instant(stage, place))
                break
            place -= length
    return instants


def builds(seconds: dict[str, float]) -> dict[int, list[Instant]]:
    """By the number of each build its instants, in the order in which they come."""
    if ONLY:
        number, *words = ONLY.split()
        parts = [word.partition("@") for word in words]
        return {int(number): [Instant(stage, float(when)) for stage, _, when in parts]}
    instants = spread(seconds, KILLS, SEED)
    return {number: instants[number::BUILDS] for number in range(BUILDS)}


def wait_for(instant: Instant, plan: Plan) -> bool:
    """Wait until the build has come to an instant or is past it; False where it has ended before."""
    order = [stage.id for stage in plan.stages]
    folder, deadline = Path(plan.build_folder), time.monotonic() + 300
    tail, now, began = j.JournalTail(folder), "", 0.0
    while time.monotonic() < deadline:
        for event in tail.new():
            if isinstance(event, j.BuildStarted):
                now = ""
            elif isinstance(event, j.StageStarted):
                now, began = event.stage, event.at
            elif isinstance(event, j.BuildEnded) and now:
                return False
        if now and order.index(now) > order.index(instant.stage):
            return True
        if now == instant.stage and time.time() - began >= instant.seconds:
            return True
        time.sleep(0.001)
    pytest.fail(f"the build did not come to {instant}")


def kill(plan: Plan, *, all_of_it: bool) -> None:
    """kill -9 of the builder; of everything the build runs, at once, where the machine loses its power."""
    builder = builder_of(Path(plan.build_folder))
    if builder is None:
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        if all_of_it:
            builder.suspend()  # so that it begins nothing more
            for child in builder.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        builder.kill()


def cut_off(plan: Plan) -> None:
    """What the interrupted stage wrote last is half a file, as where its writer was interrupted in the middle."""
    tree = Path(plan.build_folder) / "tree"
    for stage in plan.stages:
        if not started_path(stage).exists() or not tree.is_dir():
            continue
        began = started_path(stage).stat().st_mtime
        files = [path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()]
        newest = max(files, key=lambda path: path.stat().st_mtime_ns, default=tree)
        found = newest.stat()
        if newest != tree and found.st_mtime > began and found.st_size > 1:
            os.truncate(newest, found.st_size // 2)
            os.utime(newest, ns=(found.st_atime_ns, found.st_mtime_ns))


def check_between(found: Undisturbed, *, older: bool) -> None:
    """Right after a kill: the locks are free, the journal can be read, the prefix is whole or not there."""
    folder = found.folder
    wait_until(lambda: not running(folder))
    assert describe_build(folder).state in ("stopped", "done")
    lines = (folder / j.JOURNAL).read_bytes().split(b"\n")
    assert [line for line in lines[:-1] if line and j.decode_line(line) is None] == []
    if not found.prefix.exists():
        assert not older, "the older switch is gone"
    elif (found.prefix / LOCK_FILE).read_text() != "older\n":
        assert differences(found.switch, contents(found.prefix)) == [], "the new switch is not whole"
    else:
        assert older
        assert (found.prefix / "bin" / "ocamlopt").read_text() == "an older switch\n"


def check_end(found: Undisturbed) -> None:
    """The switch is that of an undisturbed build, and nothing else is left."""
    assert differences(found.switch, contents(found.prefix)) == []
    wait_until(lambda: not running(found.folder))
    assert not processes_of(found.plan.id)
    assert [path.name for path in found.prefix.parent.iterdir()] == [found.prefix.name]
    left = {path.name for path in found.folder.iterdir()}
    assert not left & {"tree", "tree.unpacking", "staging", "scratch"}, left


def through_kills(found: Undisturbed, number: int, instants: list[Instant], done: list[str]) -> None:
    """One build through all its kills to its end; those that have been are added to `done`."""
    older, all_of_it = number in (1, 2), number % 2 == 1
    found.begin(older=older)
    left = list(instants)
    while left:
        start(found.plan, found.options)
        if not wait_for(
            left[0], found.plan
        ):  # it was faster this time: once more from the beginning, a little sooner
            found.begin(older=older)
            left[0] = Instant(left[0].stage, left[0].seconds * 0.6)
            continue
        kill(found.plan, all_of_it=all_of_it)
        done.append(str(left.pop(0)))
        check_between(found, older=older)
        if all_of_it:
            cut_off(found.plan)
    last = to_end(start(found.plan, found.options), seconds=600)[-1]
    assert isinstance(last, j.BuildEnded)
    error = last_error(found.folder)
    assert last.outcome == "done", error.render() if error else last
    check_end(found)


def test_killed_at_many_instants_the_switch_is_the_same(undisturbed: Undisturbed) -> None:
    planned, kills = builds(undisturbed.seconds), 0
    for number, instants in planned.items():
        done: list[str] = []
        try:
            through_kills(undisturbed, number, instants, done)
        except AssertionError as failed:
            how = "all processes" if number % 2 else "the builder alone"
            what = f"seed {SEED}, build {number}: {how} killed at {', '.join(done)}"
            again = f"again with OCW_FAULT_ONLY='{number} {' '.join(done)}'"
            raise AssertionError(f"{what}; {again}\n{failed}") from None
        kills += len(done)
    print(f"{kills} kills over {sum(undisturbed.seconds.values()):.1f} s of building")
    assert kills == sum(map(len, planned.values()))
