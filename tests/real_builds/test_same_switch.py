"""One switch made twice, by the wizard and by an exported script without Python: they are the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.real_builds.command import BUILD_SECONDS, Wizard
from wizard.catalogue.store import catalogue
from wizard.verify.comparison import compare_switches

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


def exported(wizard: Wizard, prefix: Path, tmp_path: Path) -> Path:
    """The script that makes the switch of PRESET at `prefix`."""
    script = tmp_path / "switch.sh"
    words = ("export", "script", PRESET, "--host-compiler", "build", "--prefix", prefix, "-o", script)
    ended = wizard.run(*words)
    assert ended.returncode == 0, ended.stderr
    return script


def test_the_script_makes_the_same_switch_as_the_wizard_without_python(
    wizard: Wizard, home: Path, tmp_path: Path
) -> None:
    prefix = tmp_path / "switch"
    wizard.events(PRESET, "--host-compiler", "build", "--prefix", prefix)
    script = exported(wizard, prefix, tmp_path)
    by_wizard = prefix.rename(tmp_path / "by-the-wizard")
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
    ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    assert ended.returncode == 0, ended.stderr
    found = compare_switches(by_wizard, prefix)
    assert found.unexplained == ()
    assert "toolchain-place" not in {one.reason for one in found.differences}
    assert found.same > 1000
    again = subprocess.run(argv, env=env, capture_output=True, text=True, check=True, timeout=60)
    assert again.stdout.count(": done already") == len(again.stdout.splitlines()) - 2
    ended = wizard.run("verify", prefix)
    assert ended.returncode == 0, ended.stdout
