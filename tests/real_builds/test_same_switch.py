"""One switch made three times: by the wizard, by an exported script without Python, from its lock file."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.real_builds.command import BUILD_SECONDS, Wizard
from wizard.catalogue.store import catalogue
from wizard.machine.survey import LOCK_FILE
from wizard.prove.compare import compare_switches

pytestmark = [pytest.mark.build, pytest.mark.timeout(3600)]

PRESET = "x86_64-linux-musl"
NO_PYTHON = ("python", "pip", "pydoc", "py3")


def path_without_python(folder: Path) -> Path:
    """A folder of links to every program on PATH but Python's."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / program.name
            if not program.name.startswith(NO_PYTHON) and not link.exists() and os.access(program, os.X_OK):
                link.symlink_to(program)
    assert shutil.which("python3", path=str(folder)) is None
    return folder


@dataclass(frozen=True)
class Made:
    """A switch that the wizard has built for `prefix`, and that was put aside; its lock file."""

    prefix: Path
    aside: Path
    lock: Path


@pytest.fixture(scope="module")
def made(wizard: Wizard, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("same")
    prefix, lock = folder / "switch", folder / "lock.toml"
    wizard.events(PRESET, "--host-compiler", "build", "--prefix", prefix)
    shutil.copy(prefix / LOCK_FILE, lock)
    return Made(prefix, prefix.rename(folder / "by-the-wizard"), lock)


@pytest.fixture
def place(made: Made) -> Iterator[Path]:
    """The prefix of the switch, free before and after: a compiler knows the path that it was built for."""
    assert not made.prefix.exists()
    yield made.prefix
    shutil.rmtree(made.prefix, ignore_errors=True)


def test_the_script_makes_the_same_switch_as_the_wizard_without_python(
    wizard: Wizard, home: Path, made: Made, place: Path, tmp_path: Path
) -> None:
    script = tmp_path / "switch.sh"
    ended = wizard.run("export", "script", made.lock, "--prefix", place, "-o", script)
    assert ended.returncode == 0, ended.stderr
    work = home / "script"
    shutil.rmtree(work / "state", ignore_errors=True)  # host compilers last, builds do not
    env = {
        **os.environ,
        "PATH": str(path_without_python(tmp_path / "bin")),
        "OCW_WORK": str(work),
        "OCW_SOURCES": os.environ.get("OCW_SOURCES", str(home / "cache" / "sources")),
        "OCW_ZIG": str(home / "data" / "toolchains" / f"zig-{catalogue().toolchains['zig'].version}"),
        "OCW_ZIG_CACHE": str(home / "cache" / "zig"),
    }
    argv = ["/bin/sh", str(script)]
    built = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert built.returncode == 0, built.stderr
    found = compare_switches(made.aside, place)
    assert found.unexplained == ()
    assert found.same > 1000
    again = subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert again.stdout.count(": done already") == len(again.stdout.splitlines()) - 2
    ended = wizard.run("verify", place)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.skipif(
    "OCW_TEST_LONG" not in os.environ,
    reason="OCW_TEST_LONG is not set: a third host compiler; the script above is made from the lock file, too",
)
def test_the_lock_file_makes_the_same_switch_on_a_second_machine_folder(
    home: Path, made: Made, place: Path
) -> None:
    second = Wizard(home / "second")
    second.home.mkdir(exist_ok=True)
    shutil.rmtree(second.home / "state", ignore_errors=True)
    sources = os.environ.get("OCW_SOURCES", str(home / "cache" / "sources"))
    second.events(made.lock, "--prefix", place, "--sources", sources, "--offline")
    found = compare_switches(made.aside, place)
    assert found.unexplained == ()
    assert found.same > 1000
    assert (place / LOCK_FILE).read_bytes() == made.lock.read_bytes()
