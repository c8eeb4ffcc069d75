"""What the tests share: folders below a temporary one, a fixed build machine, no way to the network.

Every run of any test imports this file, so its fixtures import what they need when they are asked for.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.paths import ROOT
from tests.support.shells import SHELLS

if TYPE_CHECKING:
    from tests.support.building import PlanOf
    from tests.support.commands import Ocw
    from tests.support.exported import Exported
    from wizard.base.folders import Folders
    from wizard.catalogue.model import Catalogue
    from wizard.machine.survey import BuildMachine
    from wizard.plan.model import Plan
    from wizard.session.session import Session

SCREENS = ROOT / "tests" / "faces" / "tui"
PICTURES = ("syrupy", "pytest_textual_snapshot")
"""The plugins that compare pictures of screens. pyproject.toml has them off: they import Textual and Rich."""


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the plugins that compare pictures, with their options, where tests of screens are among the asked."""
    config = pluginmanager.get_plugin("pytestconfig")
    assert config
    start = config.invocation_params.dir
    words = config.known_args_namespace.file_or_dir or ["."]
    paths = [Path(os.path.normpath(start / word.partition("::")[0])) for word in words]
    if any(SCREENS.is_relative_to(path) or path.is_relative_to(SCREENS) for path in paths):
        for module in PICTURES:
            pluginmanager.register(importlib.import_module(module), f"pictures:{module}")


# The tests start hundreds of Pythons. With this variable each of them would compile all modules anew, as would
# each run of the tests.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    sys.dont_write_bytecode = False

# A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n`, real builds are one group, the last: they share folders, and each needs all cores for itself."""
    items.sort(key=lambda item: item.get_closest_marker("build") is not None)
    for item in items:
        if item.get_closest_marker("build"):
            item.add_marker(pytest.mark.xdist_group("builds"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where no test has used hypothesis: its plugin has nothing to sum up, but would import it for that."""
    plugins = session.config.pluginmanager
    if "hypothesis" not in sys.modules and not plugins.hasplugin("dsession"):
        plugins.unregister(name="hypothesispytest")


@pytest.fixture
def known() -> Catalogue:
    from wizard.catalogue.store import catalogue

    return catalogue()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    from wizard.base.folders import Folders

    home = tmp_path / "ocw"
    return Folders(home / "cache", home / "data", home / "state")


@pytest.fixture
def build_machine() -> BuildMachine:
    """An ordinary x86_64 Linux with make and a C compiler, and no OCaml."""
    from wizard.machine.survey import ordinary_linux

    return ordinary_linux()


@pytest.fixture
def session(folders: Folders, build_machine: BuildMachine) -> Session:
    from wizard.session.session import Session

    return Session(folders, build_machine)


@pytest.fixture
def plan_of(session: Session, tmp_path: Path) -> Iterator[PlanOf]:
    """Makes small builds, and ends whatever is left running of them."""
    from tests.support.building import small_plan
    from wizard.builder.launch import cancel
    from wizard.machine.processes import end_processes_of

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
    from tests.support.commands import Ended
    from wizard.faces import cli

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
    from tests.support.exported import Exported

    return Exported(tmp_path, request.param)


@pytest.fixture
def once(tmp_path: Path) -> Exported:
    """The same, by one shell."""
    from tests.support.exported import Exported

    return Exported(tmp_path)
