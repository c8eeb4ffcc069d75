"""What the doctor sees of what the wizard has made: locks, builds, switches, host compilers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import filelock
import msgspec
import pytest

from tests.machine.test_survey import script
from wizard.base.folders import Folders
from wizard.builds.folder import LOCK
from wizard.catalogue.model import Catalogue
from wizard.doctor import gather_wizard as made
from wizard.machine.processes import BUILD_MARK
from wizard.machine.survey import LOCK_FILE

pytestmark = pytest.mark.usefixtures("_patient")

change = msgspec.structs.replace


# ---------------------------------------------------------------- what the wizard has made


def test_nothing_made_is_nothing_seen(folders: Folders, known: Catalogue) -> None:
    for seen in (made.locks, made.builds, made.hosts):
        assert seen(folders) == ()
    assert made.switches(folders, known, None) == ()


def test_a_lock_names_its_holder_as_the_kernel_does(folders: Folders) -> None:
    build = folders.builds / "b1"
    build.mkdir(parents=True)
    with filelock.FileLock(build / LOCK):
        (found,) = made.locks(folders)
    assert found.pids == (os.getpid(),)
    assert f"process {os.getpid()}" in found.holders[0]
    assert not found.building  # a test is no builder
    assert made.locks(folders) == ()


def test_a_holder_that_was_stopped_is_seen(folders: Folders) -> None:
    build = folders.builds / "b1"
    build.mkdir(parents=True)
    code = (
        f"import filelock, os, signal\nlock = filelock.FileLock({str(build / LOCK)!r})\nlock.acquire()\n"
        "print('held', flush=True)\nos.kill(os.getpid(), signal.SIGSTOP)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            holder.stdout.readline()
            os.waitid(os.P_PID, holder.pid, os.WSTOPPED | os.WNOWAIT)
            (found,) = made.locks(folders)
        finally:
            holder.kill()
    assert (found.stopped, found.building, found.pids) == (True, False, (holder.pid,))


def test_a_lock_whose_holder_cannot_be_seen_is_not_complained_of(folders: Folders, tmp_path: Path) -> None:
    build = folders.builds / "b1"
    build.mkdir(parents=True)
    with filelock.FileLock(build / LOCK):
        (found,) = made.locks(folders, tmp_path / "no table")
    assert (found.pids, found.building) == ((), True)


def test_processes_of_a_build_without_a_builder_are_counted(folders: Folders) -> None:
    name = f"doctor-test-{os.getpid()}"
    (folders.builds / name).mkdir(parents=True)
    (folders.builds / name / LOCK).write_text("")
    with subprocess.Popen(["sleep", "60"], env={**os.environ, BUILD_MARK: name}) as left:
        try:
            (found,) = made.builds(folders)
        finally:
            left.kill()
    assert (found.id, found.left) == (name, 1)


LOCK_TEXT = """\
title = "x"

[selection]
target = "aarch64-linux"
libc = "musl"
release = "5.3.0"
toolchain = "zig"
"""


def switch(prefix: Path, *, release: str = "5.3.0") -> Path:
    """A switch as it stands after a build, its compilers made of shell."""
    (prefix / "lib" / "ocaml").mkdir(parents=True)
    (prefix / "lib" / "ocaml" / "stdlib.cmxa").write_text("")
    (prefix / LOCK_FILE).write_text(LOCK_TEXT, encoding="utf-8")
    config = f"version: {release}\nstandard_library: {prefix}/lib/ocaml\n"
    script(prefix / "bin", "ocamlopt", f"cat <<'END'\n{config}END\n")
    script(prefix / "wrappers", "aarch64-linux-musl-gcc", "echo clang 21")
    from wizard.prove.report import Report, compare, save_report

    comparisons = (compare("config", "version", "5.3.0", "5.3.0"),)
    report = Report(str(prefix), "aarch64-linux-musl", "5.3.0", "", "", "", comparisons, 1.0)
    save_report(report, prefix / "share" / "ocaml-cross" / "proof.json")
    return prefix


def test_a_whole_switch_has_no_problem(tmp_path: Path, known: Catalogue) -> None:
    found = made.switch_at(switch(tmp_path / "arm"), known)
    assert (found.problem, found.failed, found.proved, found.changed) == ("", 0, True, ())
    assert found.words == "OCaml 5.3.0 for aarch64-linux-musl"


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda p: (p / LOCK_FILE).unlink(), "no cross switch"),
        (lambda p: (p / LOCK_FILE).write_text("[", encoding="utf-8"), "lock file cannot be read"),
        (lambda p: (p / "bin" / "ocamlopt").unlink(), "bin/ocamlopt is gone"),
        (lambda p: script(p / "bin", "ocamlopt", "echo no library >&2; exit 2"), "no library (exit status 2)"),
        (lambda p: (p / "bin" / "ocamlopt").chmod(0o644), "gives no answer: Permission denied"),
        (lambda p: script(p / "bin", "ocamlopt", "echo version: 4.14.1"), "of release 4.14.1"),
        (lambda p: (p / "lib" / "ocaml" / "stdlib.cmxa").unlink(), "standard library is gone"),
        (
            lambda p: script(p / "bin", "ocamlopt", "echo version: 5.3.0; echo standard_library: /x"),
            "another place",
        ),
        (lambda p: (p / "wrappers" / "aarch64-linux-musl-gcc").unlink(), "aarch64-linux-musl-gcc is gone"),
        (lambda p: script(p / "wrappers", "aarch64-linux-musl-gcc", "exec /no/zig cc"), "C compiler does not run"),
    ],
)
def test_a_broken_switch_says_what_is_broken(broken: object, words: str, tmp_path: Path, known: Catalogue) -> None:
    prefix = switch(tmp_path / "arm")
    assert callable(broken)
    broken(prefix)
    assert words in made.switch_at(prefix, known).problem


def test_files_that_are_newer_than_the_proof_were_changed(tmp_path: Path, known: Catalogue) -> None:
    prefix = switch(tmp_path / "arm")
    later = time.time() + 60
    os.utime(prefix / "wrappers" / "aarch64-linux-musl-gcc", (later, later))
    (prefix / "lib" / "mine").mkdir()
    (prefix / "lib" / "mine" / "mine.cmxa").write_text("")
    os.utime(prefix / "lib" / "mine" / "mine.cmxa", (later, later))
    assert made.switch_at(prefix, known).changed == ("wrappers/aarch64-linux-musl-gcc",)


def test_switches_are_those_that_are_known_or_the_one_that_was_named(
    tmp_path: Path, folders: Folders, known: Catalogue
) -> None:
    own, other = switch(folders.switches / "arm"), switch(tmp_path / "other")
    assert [one.prefix for one in made.switches(folders, known, None)] == [str(own)]
    assert [one.prefix for one in made.switches(folders, known, other)] == [str(other)]


def test_host_compilers_are_started(folders: Folders) -> None:
    script(folders.hosts / "5.3.0-x86_64-linux-1" / "prefix" / "bin", "ocamlopt", "echo 5.3.0")
    script(folders.hosts / "5.4.1-x86_64-linux-2" / "prefix" / "bin", "ocamlopt", "exit 127")
    (folders.hosts / "5.5.0-x86_64-linux-3" / "seed").mkdir(parents=True)  # is being built
    found = {host.says: host.problem for host in made.hosts(folders)}
    assert found == {"5.3.0-x86_64-linux": "", "5.4.1-x86_64-linux": "exit status 127"}
