"""What every runner must keep to, and a runner that is no part of the product, from the proof to the evidence."""

from __future__ import annotations

import ast
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import pytest

from tests.support.exported import portable_plan
from tests.support.fake_switch import Fake
from tests.support.fakes import CHOSEN, HERE, REAL, placed
from tests.support.scripts import write
from tests.support.toy_runner import COMMAND, ToyBoard
from wizard.catalogue.model import Machine
from wizard.catalogue.presets import Lock, Preset
from wizard.doctor.gather_tools import emulators
from wizard.export.jobs import job
from wizard.export.shell_script import script
from wizard.machine.packages import install_command
from wizard.prove import runners as package
from wizard.prove.evidence import evidence_of
from wizard.prove.proof import prove
from wizard.prove.report import render
from wizard.prove.runners.api import Absent, Programs, Ready, Runner, RunnerTool, Workspace
from wizard.prove.runners.registry import Choice, choose, registered, runner_names, runners, serving
from wizard.session.questions import target_explained

FOLDER = Path(package.__file__).parent
SHARED = {"__init__", "api", "local", "registry"}
"""The files of the room that are no runner."""
EVERYTHING = msgspec.structs.replace(
    HERE,
    emulators={id_: f"/usr/bin/{machine.emulator}" for id_, machine in REAL.machines.items() if machine.emulator},
    seccomp=True,
)
NOTHING = msgspec.structs.replace(HERE, emulators={}, path="/nowhere")
OPEN = [machine for id_, machine in REAL.machines.items() if REAL.buildable(id_)]
ALL: tuple[Runner, ...] = (*runners(), ToyBoard())

each = pytest.mark.parametrize("runner", ALL, ids=lambda runner: runner.id)


def programs_for(target: Machine, prefix: Path | None = None) -> Programs:
    return Programs(target, REAL, "/usr/target", prefix)


def ready(runner: Runner) -> tuple[Programs, Ready]:
    """Programs that a runner can run, and what it says of them, on a machine that has everything."""
    for target in filter(runner.serves, OPEN):
        offer = runner.offer(programs_for(target), EVERYTHING)
        if isinstance(offer, Ready):
            return programs_for(target, Path("/switch")), offer
    return programs_for(REAL.machines["aarch64-linux"], Path("/switch")), Ready("", "", "/bin/toy-board")


class Recorder:
    """Stands in for the commands of a proof: notes them, and answers each in the same way."""

    def __init__(self, status: int = 3) -> None:
        self.calls: list[tuple[tuple[str, ...], float]] = []
        self.status = status

    def __call__(
        self, argv: tuple[str, ...], folder: Path, seconds: float = 1, changes: Mapping[str, str] = {}
    ) -> CompletedProcess[str]:
        assert folder.is_absolute()
        assert all(isinstance(value, str) for value in changes.values())
        self.calls.append((argv, seconds))
        starts = "hello" not in " ".join(argv)
        return CompletedProcess(argv, 0 if starts else self.status, "" if starts else "said=yes\n", "")


# ---------------------------------------------------------------- every runner


@each
def test_a_runner_has_a_name_a_title_and_limits(runner: Runner) -> None:
    assert runner.id
    assert runner.title
    assert runner.limits.run > 0
    assert runner.limits.start > 0


@each
def test_a_runner_answers_for_every_target_that_it_serves_whatever_this_machine_has(runner: Runner) -> None:
    for target in filter(runner.serves, REAL.machines.values()):
        for here in (EVERYTHING, NOTHING):
            offer = runner.offer(programs_for(target), here)
            match offer:
                case Ready():
                    assert offer.words.split()[0] in ("on", "under")
                    assert offer.explained.endswith(".")
                case Absent():
                    assert offer.not_run
                    assert offer.how_to_run
                    assert offer.explained.endswith(".")
                case None:
                    assert runner.tools(target) == (), "what could be installed has to be said"


@each
def test_the_tools_of_a_runner_can_be_installed(runner: Runner) -> None:
    for target in filter(runner.serves, OPEN):
        for tool in runner.tools(target):
            assert tool.name
            assert tool.package
            assert tool.version
            assert "install" in install_command(tool.package, root=True)


@each
def test_what_an_exported_script_is_told_fits_into_a_shell(runner: Runner) -> None:
    for target in filter(runner.serves, OPEN):
        found = runner.in_script(programs_for(target, Path("/switch")))
        if found is None:
            continue
        words = (*(found.systems or ()), *found.names, *found.options, *found.after, found.libraries)
        assert not any(set(word) & set(" '\"$`\\") for word in words)
        assert found.words or found.missing, "programs that start by themselves have a name for the report"
        assert all(system.startswith("Linux-") for system in found.systems or ())


@each
def test_a_session_brings_the_exit_status_and_output_of_the_program_itself(runner: Runner, tmp_path: Path) -> None:
    programs, offer = ready(runner)
    call, program = Recorder(), tmp_path / "hello"
    with runner.open(programs, offer, Workspace(tmp_path, call)) as session:
        started = len(call.calls)
        ended = session.run(program)
    assert (ended.returncode, ended.stdout) == (3, "said=yes\n")
    mine = [(argv, seconds) for argv, seconds in call.calls[started:] if "hello" in " ".join(argv)]
    assert any(str(program) in argv for argv, _seconds in mine)
    assert {seconds for _argv, seconds in mine} == {runner.limits.run}


@each
def test_a_portable_program_is_started_by_a_shell(runner: Runner, tmp_path: Path) -> None:
    if not runner.has_shell:
        return
    programs, offer = ready(runner)
    call = Recorder()
    with runner.open(programs, offer, Workspace(tmp_path, call)) as session:
        session.run(tmp_path / "hello.com", by_shell=True)
    assert ("sh", str(tmp_path / "hello.com")) in {argv[-2:] for argv, _seconds in call.calls}


@pytest.mark.parametrize("target", OPEN, ids=lambda machine: machine.id)
def test_every_target_that_can_be_built_has_a_runner(target: Machine) -> None:
    assert serving(target)
    tools = {tool.name for runner in serving(target) for tool in runner.tools(target)}
    assert tools == ({target.emulator} if target.emulator else set())
    found = choose(programs_for(target), EVERYTHING)
    assert isinstance(found, Absent if target.unikernel and target.arch != "x86_64" else Choice)


def test_a_target_that_no_runner_serves_is_told_so() -> None:
    found = choose(programs_for(OPEN[0]), HERE, among=())
    assert isinstance(found, Absent)
    assert OPEN[0].id in found.not_run


def test_the_registry_has_one_line_for_each_file_and_loads_what_it_names() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - SHARED
    assert {name.replace("-", "_") for name in runner_names()} == files
    assert tuple(runner.id for runner in runners()) == runner_names()


def test_runners_do_not_know_each_other() -> None:
    for path in FOLDER.glob("*.py"):
        modules = {
            node.module.rpartition(".")[2]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module and "runners" in node.module
        }
        assert modules <= SHARED, f"{path.name} imports {modules - SHARED}"


# ---------------------------------------------------------------- one that is no part of the product


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """A switch for aarch64 on a machine that has no emulator, but a toy board."""
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    switch = Fake(tmp_path)
    (switch.tools / "qemu-aarch64").unlink()
    write(switch.tools / "toy-board", COMMAND)
    return switch


@pytest.fixture
def toy() -> Iterator[None]:
    """The toy board among the runners, for one test."""
    with registered("toy-board", "tests.support.toy_runner"):
        yield


@pytest.mark.usefixtures("toy")
def test_a_registered_runner_proves_a_switch_and_is_in_the_report_and_the_evidence(fake: Fake) -> None:
    with fake.alone():
        report = prove(fake.prefix)
    assert report.failed == ()
    assert report.passed == len(report.comparisons)
    assert (report.runner, report.not_run, report.how_to_run) == ("on a toy board", "", "")
    assert "the programs ran on a toy board" in render(report)
    lock = Lock("0", "aarch64-linux-musl", "ocaml-5.3.0.tgz", "1" * 64, "0.17.0", "build")
    preset = Preset(CHOSEN, lock=lock)
    assert evidence_of(preset, placed(), report).ran == "on a toy board"
    assert (fake.tools / "switched-off").exists()


def test_runners_can_be_handed_to_a_proof(fake: Fake) -> None:
    with fake.alone():
        assert prove(fake.prefix, runners=(ToyBoard(),)).runner == "on a toy board"
        assert prove(fake.prefix).not_run == "qemu-aarch64 was not found"


def test_what_is_wrong_on_the_board_fails_the_proof(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARD_STATUS", "4")
    with fake.alone():
        failed = prove(fake.prefix, runners=(ToyBoard(),)).failed
    assert {(comparison.name, comparison.found) for comparison in failed} == {("exit status", "4")}


def test_a_board_that_does_not_start_runs_nothing_and_fails_nothing(fake: Fake) -> None:
    (fake.tools / "dead").touch()
    with fake.alone():
        report = prove(fake.prefix, runners=(ToyBoard(),))
    assert report.failed == ()
    assert (report.runner, report.not_run) == ("", "the toy board does not start")
    assert report.how_to_run == "look at its switch"
    assert not (fake.tools / "switched-off").exists()


def test_a_board_that_stops_answering_runs_no_more_and_is_switched_off(fake: Fake) -> None:
    (fake.tools / "libraries.breaks").touch()
    with fake.alone():
        report = prove(fake.prefix, runners=(ToyBoard(),))
    verdicts: dict[str, set[str]] = {}
    for comparison in report.comparisons:
        verdicts.setdefault(comparison.group, set()).add(comparison.verdict)
    assert report.failed == ()
    assert (verdicts["jumps"], verdicts["multicore"]) == ({"pass"}, {"pass", "not-run"})
    assert (report.runner, report.not_run) == ("", "the toy board does not answer")
    assert (fake.tools / "switched-off").exists()


@pytest.mark.usefixtures("toy")
def test_a_registered_runner_is_wherever_a_runner_is_asked_for(fake: Fake, tmp_path: Path) -> None:
    target = REAL.machines["aarch64-linux"]
    here = msgspec.structs.replace(NOTHING, path=str(fake.tools))
    explained = target_explained(target, "aarch64-linux-musl", here)
    assert ("To run them", "They run on the toy board.") in explained.parts
    plan = portable_plan()
    assert "toy-board-tools" in job(plan, tmp_path).packages
    assert "can run the programs by a toy board" in script(plan)
    asked = {emulator.name: emulator for emulator in emulators(NOTHING, REAL)}
    assert asked["toy-board"].machines == ("aarch64-linux",)


def test_nothing_of_it_is_left() -> None:
    assert "toy-board" not in runner_names()
    assert all(not isinstance(runner, ToyBoard) for runner in runners())
    assert RunnerTool("toy-board", "toy-board-tools") not in [
        tool for runner in serving(REAL.machines["aarch64-linux"]) for tool in runner.tools(OPEN[0])
    ]


def test_the_machine_itself_comes_before_an_emulator_of_it() -> None:
    found = choose(programs_for(REAL.machines["i686-linux"]), EVERYTHING)
    assert isinstance(found, Choice)
    assert found.ready.words == "on this machine"
