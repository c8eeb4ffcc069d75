"""What the tests share: folders below a temporary one, a fixed build machine, no way to the network."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.building import PlanOf, small_plan
from tests.support.commands import Ended, Ocw
from tests.support.exported import Exported
from tests.support.scripts import SHELLS
from wizard.base.folders import Folders
from wizard.builder.launch import cancel
from wizard.catalogue.model import Catalogue
from wizard.catalogue.store import catalogue
from wizard.faces import cli
from wizard.machine.processes import end_processes_of
from wizard.machine.survey import BuildMachine, ordinary_linux
from wizard.plan.model import Plan
from wizard.session.session import Session

# `repeatable` draws the same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones.
_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "repeatable", max_examples=60, deadline=None, derandomize=True, suppress_health_check=_QUIET
)
settings.register_profile("explore", max_examples=500, deadline=None, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n`, real builds are one group, the last: they share folders, and each needs all cores for itself."""
    items.sort(key=lambda item: item.get_closest_marker("build") is not None)
    for item in items:
        if item.get_closest_marker("build"):
            item.add_marker(pytest.mark.xdist_group("builds"))


@pytest.fixture
def known() -> Catalogue:
    return catalogue()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    home = tmp_path / "ocw"
    return Folders(home / "cache", home / "data", home / "state")


@pytest.fixture
def build_machine() -> BuildMachine:
    """An ordinary x86_64 Linux with make and a C compiler, and no OCaml."""
    return ordinary_linux()


@pytest.fixture
def session(folders: Folders, build_machine: BuildMachine) -> Session:
    return Session(folders, build_machine)


@pytest.fixture
def plan_of(session: Session, tmp_path: Path) -> Iterator[PlanOf]:
    """Makes small builds, and ends whatever is left running of them."""
    made: list[Plan] = []

    def make(*scripts: tuple[str, str], publish: bool = True) -> Plan:
        made.append(small_plan(session, tmp_path / "prefix", *scripts, publish=publish))
        return made[-1]

    yield make
    for plan in made:
        cancel(Path(plan.build_folder))
        end_processes_of(plan.id)


@pytest.fixture
def ocw(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ocw:
    """Runs a command in this process, as its entry point does. No defect may be reported."""
    reports = tmp_path / "reports"
    reports.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(reports))

    def run(*words: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["ocaml-cross-wizard", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        out, err = capsys.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        for report in reports.iterdir():
            pytest.fail(f"{words} met a defect:\n{report.read_text(encoding='utf-8')}")
        assert "Traceback" not in out + err
        return Ended(code, out, err)

    return run


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor waits longer than a user would, so that a loaded machine changes no test."""
    monkeypatch.setattr("wizard.doctor.concurrency.ANSWER_SECONDS", 60.0)
    monkeypatch.setattr("wizard.doctor.gather.LOCAL_SECONDS", 90.0)


@pytest.fixture(autouse=True)
def _kept_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test touches the user's own folders, and only those marked `build` may leave this machine."""
    if request.node.get_closest_marker("build"):
        return
    monkeypatch.setenv("OCW_HOME", str(tmp_path / "ocw"))
    monkeypatch.delenv("OCW_SOURCES", raising=False)
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        inside = self.family not in (socket.AF_INET, socket.AF_INET6) or address[0] in (
            "127.0.0.1",
            "::1",
            "localhost",
        )
        if not inside:
            pytest.fail(f"this test tries to reach {address}: only tests marked `build` may leave this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)


@pytest.fixture(params=SHELLS)
def exported(request: pytest.FixtureRequest, tmp_path: Path) -> Exported:
    """Where an exported script is run, by each shell in turn."""
    return Exported(tmp_path, request.param)


@pytest.fixture
def once(tmp_path: Path) -> Exported:
    """The same, by one shell."""
    return Exported(tmp_path)
