"""Switches with Cosmopolitan's amalgamation: the real one where it is at hand, and a stand-in made from musl.

The stand-in has the archive's layout and takes the whole way of the plan, but it is musl: its programs run on
Linux only. What it shows is the wizard's part of the way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import msgspec
import pytest

from tests.real_builds.command import Wizard
from tests.real_builds.proved import is_proved, was_proved
from tests.real_builds.shortened import folders_below
from tests.support.building import to_end
from tests.support.cosmopolitan_stand_in import TRIPLET as STAND_IN_LIBC
from tests.support.cosmopolitan_stand_in import make_stand_in
from wizard.base.digests import sha256_of
from wizard.binaries.ape import read_portable
from wizard.builder.launch import start
from wizard.builds.folder import Options
from wizard.builds.journal import BuildEnded
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Preset, find_preset
from wizard.catalogue.store import catalogue
from wizard.session.session import Session
from wizard.toolchains.zig import LIBC_SCRIPT, libc_options

pytestmark = [pytest.mark.build, pytest.mark.timeout(3600)]

TRIPLET = "x86_64-esperanto-none-static"
GCC = "x86_64-linux-gnu-gcc"
PROGRAMS = ("constants", "jumps", "libraries", "portable")
GROUPS = {"config", *PROGRAMS, *(f"{name}.com" for name in PROGRAMS)}
EXTRACT = Path(__file__).parent / "programs" / "extract.ml"


@pytest.fixture
def session(home: Path) -> Session:
    if shutil.which(GCC) is None:
        pytest.skip(f"{GCC} is not installed")
    return Session(folders_below(home))


def built(session: Session, prefix: Path) -> Path:
    """The switch of the preset, built by the builder with the session's catalogue."""
    preset = Preset(find_preset("x86_64-cosmopolitan", session.catalogue).selection)
    plan = session.plan(session.check(preset, prefix))
    last = to_end(start(plan, Options(sources=os.environ.get("OCW_SOURCES", ""))), seconds=1800)[-1]
    assert isinstance(last, BuildEnded)
    assert last.outcome == "done", last.error
    return prefix


def made_portable(prefix: Path, source: Path, *options: str) -> Path:
    """A program compiled by the switch as its user does it, and made portable."""
    name = source.stem
    script = (
        f'. "{prefix}/env.sh" && ocamlopt {" ".join(options)} {source.name} -o {name} &&'
        f" {TRIPLET}-objcopy -S -O binary {name} {name}.com"
    )
    subprocess.run(["sh", "-c", script], cwd=source.parent, check=True)
    facts = read_portable(source.with_suffix(".com"))
    assert facts.machines == ("EM_X86_64",)
    return source.with_suffix(".com")


def extracts(prefix: Path, archive: Path, work: Path) -> None:
    """The extractor, compiled by the switch, takes the archive apart that the switch was made of."""
    shutil.copy(EXTRACT, work / "extract.ml")
    program = made_portable(prefix, work / "extract.ml", "unix.cmxa")
    env = {**os.environ, "TMPDIR": str(work)}
    with zipfile.ZipFile(archive) as file:
        file.extractall(work / "expected")
    names = sorted(path.name for path in (work / "expected").iterdir())
    digests = work / "digests"
    digests.write_text("".join(f"{sha256_of(work / 'expected' / name)} {name}\n" for name in names))
    argv = [str(word) for word in ("sh", program, archive, digests, work / "found")]
    subprocess.run(argv, check=True, env=env, capture_output=True)
    assert {path.name: sha256_of(path) for path in (work / "found").iterdir()} == {
        name: sha256_of(work / "expected" / name) for name in names
    }
    digests.write_text(digests.read_text(encoding="utf-8").replace("crt.o", "other.o"), encoding="utf-8")
    ended = subprocess.run([*argv[:4], str(work / "none")], check=False, env=env, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "crt.o is not expected" in ended.stderr
    assert not (work / "none").exists()


# ---------------------------------------------------------------- the stand-in


@pytest.fixture
def stand_in(session: Session, tmp_path: Path) -> Path:
    """The stand-in's archive, for which the session's catalogue has the digests now."""
    zig = session.build_machine.zig
    assert zig is not None
    toolchains, cache = session.folders.toolchains, session.folders.cache / "zig"
    libc = toolchains / f"zig-{zig.version}-{STAND_IN_LIBC}"
    toolchains.mkdir(parents=True, exist_ok=True)
    options = libc_options(catalogue().toolchains["zig"], STAND_IN_LIBC)
    subprocess.run(["sh", "-c", LIBC_SCRIPT, "sh", zig.folder, libc, cache, *options], check=True)
    archive = make_stand_in(Path(zig.folder), libc, tmp_path / "stand-in")
    with zipfile.ZipFile(archive) as file:
        file.extractall(tmp_path / "its files")
    component = msgspec.structs.replace(
        session.catalogue.components["cosmopolitan"],
        title="A stand-in made from musl",
        version="0",
        sources=(Source("pinned", archive.name, sha256_of(archive)),),
        files={path.name: sha256_of(path) for path in (tmp_path / "its files").iterdir()},
    )
    session.catalogue = msgspec.structs.replace(session.catalogue, components={"cosmopolitan": component})
    session.folders.sources.mkdir(parents=True, exist_ok=True)
    shutil.copy(archive, session.folders.sources / archive.name)
    return archive


def test_a_stand_in_made_from_musl_goes_the_whole_way(session: Session, stand_in: Path, tmp_path: Path) -> None:
    prefix = built(session, tmp_path / "switch")
    was_proved(prefix, GROUPS, "sh")
    extracts(prefix, stand_in, tmp_path)


@pytest.mark.usefixtures("stand_in")
def test_a_file_that_is_another_than_the_catalogue_says_stops_it_before_anything_is_run(
    session: Session, tmp_path: Path
) -> None:
    component = session.catalogue.components["cosmopolitan"]
    wrong = msgspec.structs.replace(component, files={**component.files, "crt.o": "0" * 64, "more.o": "1" * 64})
    session.catalogue = msgspec.structs.replace(session.catalogue, components={"cosmopolitan": wrong})
    preset = Preset(find_preset("x86_64-cosmopolitan", session.catalogue).selection)
    plan = session.plan(session.check(preset, tmp_path / "switch"))
    only = msgspec.structs.replace(plan, stages=plan.stages[:2])
    last = to_end(start(only, Options(sources=os.environ.get("OCW_SOURCES", ""))), seconds=600)[-1]
    assert isinstance(last, BuildEnded)
    assert last.outcome == "failed"
    said = str(last.error)
    assert "files-wrong" in said
    assert "crt.o" in said
    assert "more.o" in said
    assert not Path(plan.staging, "cosmopolitan").exists()
    assert not Path(plan.staging, "wrappers").exists()


# ---------------------------------------------------------------- the real one


@pytest.fixture
def amalgamation(session: Session) -> Path:
    """The real archive, which OCW_TEST_COSMOPOLITAN names, where a build finds it."""
    known = session.catalogue.components["cosmopolitan"].sources[0]
    place = Path(os.environ.get("OCW_TEST_COSMOPOLITAN", ""))
    archive = place / known.file if place.is_dir() else place
    if not os.environ.get("OCW_TEST_COSMOPOLITAN") or not archive.is_file():
        pytest.skip(f"OCW_TEST_COSMOPOLITAN names no {known.file} (sha256 {known.sha256})")
    session.folders.sources.mkdir(parents=True, exist_ok=True)
    shutil.copy(archive, session.folders.sources / known.file)
    return archive


def test_the_real_one_makes_programs_for_several_systems(
    session: Session, wizard: Wizard, amalgamation: Path, tmp_path: Path
) -> None:
    prefix = built(session, tmp_path / "switch")
    is_proved(wizard, prefix, GROUPS, "sh")
    extracts(prefix, amalgamation, tmp_path)
    shutil.copy(tmp_path / "extract.com", tmp_path / "assimilated")
    subprocess.run(["sh", "./assimilated", "--assimilate"], cwd=tmp_path, check=True)
    assert (tmp_path / "assimilated").read_bytes()[:4] == b"\x7fELF", "it is a program of this system now"
