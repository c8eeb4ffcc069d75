"""`--source cosmopolitan=PATH`: a folder or an archive of the user's, each file compared before any is used."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from tests.fetch.test_zip_archive import Entry, entry, zipped
from tests.support.commands import Ocw
from tests.support.fakes import HERE, REAL, UNIKERNEL
from tests.support.trees import names
from wizard.base import digests
from wizard.base.digests import MAX_NAMED, differences, sha256_of
from wizard.base.errors import MissingError
from wizard.builder.execute import Executor
from wizard.builds.journal import Journal
from wizard.catalogue.model import Source
from wizard.catalogue.presets import Preset, load_preset
from wizard.catalogue.selection import Selection
from wizard.machine.processes import Stop
from wizard.plan.model import Plan
from wizard.session.session import Session
from wizard.steps import actions as a

FILES = {
    "cosmopolitan.h": b"#define COSMOPOLITAN\n", "cosmopolitan.a": b"!<arch>\n", "crt.o": b"\x7fELF crt",
    "ape.o": b"\x7fELF ape", "ape-no-modify-self.o": b"\x7fELF", "ape.lds": b"SECTIONS {}\n",
}  # fmt: skip
CHOSEN = Selection(target="x86_64-linux", libc="cosmopolitan", release="4.14.1")
GCC = {"x86_64-linux-gnu": "/usr/bin/x86_64-linux-gnu-gcc"}
READY = msgspec.structs.replace(HERE, compilers=GCC, compiler_versions={"x86_64-linux-gnu": "12.2.0"})
SOURCE_ACTIONS = a.FetchSource | a.UnpackSource | a.CheckFiles


@pytest.fixture
def here(folders: object) -> Session:
    """A session whose catalogue knows the files above as Cosmopolitan's."""
    session = Session(folders, READY)  # type: ignore[arg-type]
    known = session.catalogue.components["cosmopolitan"]
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}
    small = msgspec.structs.replace(known, files=digests)
    session.catalogue = msgspec.structs.replace(session.catalogue, components={"cosmopolitan": small})
    return session


def folder(path: Path, files: Mapping[str, bytes] = FILES) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def archived(path: Path, *more: Entry, files: Mapping[str, bytes] = FILES) -> Path:
    path.write_bytes(zipped(*(entry(name, data) for name, data in files.items()), *more))
    return path


def planned(session: Session, tmp_path: Path, source: Path) -> Plan:
    selection = msgspec.structs.replace(CHOSEN, sources=(f"cosmopolitan={source}",))
    return session.plan(session.check(Preset(selection), tmp_path / "prefix"))


def executor_of(plan: Plan) -> Executor:
    folder = Path(plan.build_folder)
    folder.mkdir(parents=True, exist_ok=True)
    return Executor(plan, plan.id, None, offline=True, journal=Journal(folder), stop=Stop())


def unpacked(plan: Plan) -> Path:
    """Carry out what the plan does with Cosmopolitan before anything of it is run; where its files are then."""
    executor = executor_of(plan)
    for stage in (plan.stage("fetch"), plan.stage("toolchain")):
        for action in stage.actions:
            if not isinstance(action, SOURCE_ACTIONS):
                if stage.id == "toolchain":
                    return Path(plan.staging, "cosmopolitan")
            elif "OCaml" not in getattr(action, "name", ""):
                executor.execute(action, stage, Path(plan.build_folder, "log"))
    raise AssertionError("nothing follows in the stage")


def left(plan: Plan) -> list[str]:
    """What is there of the switch that was to grow."""
    return [name for name in names(Path(plan.staging)) if name] if Path(plan.staging).exists() else []


# ---------------------------------------------------------------- what is right


def test_a_folder_and_an_archive_of_any_name_will_do(here: Session, tmp_path: Path) -> None:
    inner = zipped(*(entry(f"cosmopolitan-2.2/{name}", data) for name, data in FILES.items()))
    (tmp_path / "with a top.zip").write_bytes(inner)
    sources = [folder(tmp_path / "my cosmo"), archived(tmp_path / "c.zip"), tmp_path / "with a top.zip"]
    ids = set()
    for source in sources:
        plan = planned(here, tmp_path, source)
        into = unpacked(plan)
        assert {path.name: path.read_bytes() for path in into.iterdir()} == FILES
        ids.add(plan.id)
    assert len(ids) == len(sources), "each is another build, whose lock file has another digest"


def test_it_is_said_that_each_file_is_compared(ocw: Ocw, here: Session, tmp_path: Path) -> None:
    path = folder(tmp_path / "cosmo")
    checked = here.check_selection(msgspec.structs.replace(CHOSEN, sources=(f"cosmopolitan={path}",)))
    assert "source-compared" in {finding.code for finding in checked.findings}
    assert "source-unpinned" not in {finding.code for finding in checked.findings}
    words = ("--target", "x86_64-linux", "--libc", "cosmopolitan", "--release", "4.14.1")
    output = ocw("check", *words, "--source", f"cosmopolitan={path}").out
    assert "compared with the catalogue's digest" in output
    assert "unpinned" not in output


def test_a_lock_file_takes_it_for_what_was_published(here: Session, tmp_path: Path) -> None:
    plan = planned(here, tmp_path, folder(tmp_path / "cosmo"))
    unpacked(plan)
    executor = executor_of(plan)
    record = Path(plan.build_folder, "source.json")
    record.write_text('{"kind":"npm","file":"o.tgz","sha256":"1","path":"/x"}', encoding="utf-8")
    lock = tmp_path / "lock.toml"
    components = {"cosmopolitan": f"{plan.build_folder}/cosmopolitan.json"}
    executor.execute(a.WriteLock(str(lock), str(record), components), plan.stage("switch"), tmp_path / "log")
    pins = load_preset(lock, here.catalogue).lock
    assert pins is not None
    assert not pins.components["cosmopolitan"].unpinned


def test_an_archive_that_is_the_published_one_needs_no_warning(here: Session, tmp_path: Path) -> None:
    archive = archived(tmp_path / "solo5.zip")
    known = REAL.components["solo5"]
    for digest_of, code in ((sha256_of(archive), "source-published"), ("0" * 64, "source-unpinned")):
        solo5 = msgspec.structs.replace(known, sources=(Source("official", "solo5.tar.gz", digest_of),))
        here.catalogue = msgspec.structs.replace(REAL, components={**REAL.components, "solo5": solo5})
        checked = here.check_selection(msgspec.structs.replace(UNIKERNEL, sources=(f"solo5={archive}",)))
        codes = {finding.code for finding in checked.findings}
        assert code in codes
        assert len({"source-published", "source-unpinned"} & codes) == 1


# ---------------------------------------------------------------- what is wrong, by name

WRONG = {
    "missing": ({name: data for name, data in FILES.items() if name != "crt.o"}, "missing: crt.o"),
    "changed": ({**FILES, "ape.lds": b"SECTIONS { }\n"}, "not what it should be: ape.lds"),
    "extra": ({**FILES, "bin/run": b"#!/bin/sh\n"}, "not expected: bin/run"),
}


@pytest.mark.parametrize(("files", "why"), WRONG.values(), ids=WRONG.keys())
def test_wrong_files_of_a_folder_are_named_before_there_is_a_plan(
    here: Session, tmp_path: Path, files: dict[str, bytes], why: str
) -> None:
    path = folder(tmp_path / "cosmo", files)
    with pytest.raises(MissingError) as raised:
        planned(here, tmp_path, path)
    assert raised.value.code == "files-wrong"
    assert why in raised.value.why
    assert {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()} == set(files)


@pytest.mark.parametrize(("files", "why"), WRONG.values(), ids=WRONG.keys())
def test_wrong_files_of_an_archive_are_named_and_nothing_is_left(
    here: Session, tmp_path: Path, files: dict[str, bytes], why: str
) -> None:
    plan = planned(here, tmp_path, archived(tmp_path / "c.zip", files=files))
    with pytest.raises(MissingError) as raised:
        unpacked(plan)
    assert raised.value.code == "files-wrong"
    assert why in raised.value.why
    assert left(plan) == []
    assert (tmp_path / "c.zip").is_file(), "the user's own archive stays"


def test_a_link_is_no_file_wherever_it_leads(here: Session, tmp_path: Path) -> None:
    path = folder(tmp_path / "cosmo", {name: data for name, data in FILES.items() if name != "crt.o"})
    (tmp_path / "crt.o").write_bytes(FILES["crt.o"])
    (path / "crt.o").symlink_to(tmp_path / "crt.o")
    with pytest.raises(MissingError, match="cosmo") as raised:
        planned(here, tmp_path, path)
    assert "not what it should be: crt.o" in raised.value.why


def test_of_very_many_wrong_files_some_are_named(tmp_path: Path) -> None:
    text = differences(folder(tmp_path / "many", {f"{n}": b"" for n in range(MAX_NAMED + 5)}), {})
    assert text.startswith("not expected: 0, 1, ")
    assert text.endswith("and 5 more")


# ---------------------------------------------------------------- archives and folders that are none

ODD = {
    "climbs": (entry("../evil", b"x"),),
    "is absolute": (entry("/tmp/evil", b"x"),),
    "links out": (entry("evil", b"/etc/passwd", stat.S_IFLNK | 0o777),),
    "is twice": (entry("crt.o", b"x"),),
}


@pytest.mark.parametrize("more", ODD.values(), ids=ODD.keys())
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_that_reaches_out_is_refused_and_nothing_is_left(
    here: Session, tmp_path: Path, more: tuple[Entry, ...]
) -> None:
    before = set(names(tmp_path))
    plan = planned(here, tmp_path, archived(tmp_path / "c.zip", *more))
    with pytest.raises(MissingError) as raised:
        unpacked(plan)
    assert raised.value.code == "archive-damaged"
    assert left(plan) == []
    assert not [name for name in set(names(tmp_path)) - before if "evil" in name]


def test_a_truncated_archive_is_refused_and_nothing_is_left(here: Session, tmp_path: Path) -> None:
    archive = archived(tmp_path / "c.zip")
    archive.write_bytes(archive.read_bytes()[:-40])
    plan = planned(here, tmp_path, archive)
    with pytest.raises(MissingError) as raised:
        unpacked(plan)
    assert raised.value.code == "archive-damaged"
    assert left(plan) == []


def test_an_archive_that_would_unpack_to_too_much_is_refused(
    here: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wizard.fetch.archives.MAX_UNPACKED", 10_000)
    plan = planned(here, tmp_path, archived(tmp_path / "c.zip", entry("bomb", b"\0" * 20_000)))
    with pytest.raises(MissingError, match="unpacks to more"):
        unpacked(plan)
    assert left(plan) == []


def refused_path(session: Session, tmp_path: Path, source: Path) -> str:
    with pytest.raises(MissingError) as raised:
        planned(session, tmp_path, source)
    assert raised.value.code == "source-unreadable"
    return raised.value.why


def test_a_folder_with_too_much_in_it_is_refused_before_it_is_read(
    here: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(tmp_path / "cosmo")
    with (path / "huge").open("wb") as file:
        file.truncate(digests.MAX_BYTES + 1)
    assert "more than" in refused_path(here, tmp_path, path)
    (path / "huge").unlink()
    monkeypatch.setattr(digests, "MAX_FILES", 3)
    assert "more than 3 files" in refused_path(here, tmp_path, path)


def test_a_pipe_is_no_source_and_is_not_waited_for(here: Session, tmp_path: Path) -> None:
    path = folder(tmp_path / "cosmo")
    os.mkfifo(path / "pipe")
    os.mkfifo(tmp_path / "c.zip")
    for source in (path, tmp_path / "c.zip"):
        assert "neither a file nor a folder" in refused_path(here, tmp_path, source)


def test_a_file_that_is_no_archive_is_refused_and_nothing_is_left(here: Session, tmp_path: Path) -> None:
    (tmp_path / "c.zip").write_text("not an archive\n", encoding="utf-8")
    plan = planned(here, tmp_path, tmp_path / "c.zip")
    with pytest.raises(MissingError) as raised:
        unpacked(plan)
    assert raised.value.code == "archive-damaged"
    assert left(plan) == []


def test_what_changed_after_the_plan_was_made_is_noticed(here: Session, tmp_path: Path) -> None:
    archive = archived(tmp_path / "c.zip")
    plan = planned(here, tmp_path, archive)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("evil", "x")
    with pytest.raises(MissingError) as raised:
        unpacked(plan)
    assert raised.value.code == "source-changed"
    assert left(plan) == []
