"""What the doctor sees of a machine: of this one for real, and of trees, programs and servers made for it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from tests.machine.test_survey import script
from tests.support.machines import this_machine
from tests.support.mounts import read_only, small_disk
from wizard.base.folders import Folders
from wizard.catalogue.store import catalogue
from wizard.doctor import gather_machine as machine
from wizard.doctor import gather_tools as tools
from wizard.doctor.concurrency import Answer, TimedOutError, ask, run_tasks
from wizard.doctor.facts import Facts
from wizard.doctor.gather import Request, gather
from wizard.doctor.verdict import examine
from wizard.machine.survey import LOCK_FILE

pytestmark = pytest.mark.usefixtures("_patient")

change = msgspec.structs.replace


# ---------------------------------------------------------------- this very machine


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Facts:
    home = tmp_path_factory.mktemp("home")
    folders = Folders(home / "cache", home / "data", home / "state")
    with pytest.MonkeyPatch.context() as patch:  # as _patient does for single tests
        patch.setattr("wizard.doctor.concurrency.ANSWER_SECONDS", 60.0)
        patch.setattr("wizard.doctor.gather.LOCAL_SECONDS", 90.0)
        found = gather(Request(catalogue(), this_machine(), folders, dict(os.environ), offline=True))
    assert sorted(home.rglob("*")) == []
    return found


def test_everything_but_the_network_is_seen(facts: Facts) -> None:
    assert facts.unseen == {"network": "the network was not asked (offline)"}
    missing = [name for name in Facts.__struct_fields__ if getattr(facts, name) is None]
    assert missing == ["network", "chosen"]


def test_every_check_has_an_answer_for_this_machine(facts: Facts) -> None:
    found = examine(facts)
    assert {one.code for one in found.skipped} == {"reach-official", "reach-npm", "reach-debian"}
    assert all(result.evidence for result in found.results)


def test_what_is_seen_is_what_other_ways_say(facts: Facts) -> None:
    here = this_machine()
    assert facts.limits is not None
    assert facts.memory is not None
    assert facts.person is not None
    assert facts.clock is not None
    assert facts.disks is not None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert (facts.limits.open_files, facts.limits.open_files_most) == (soft, hard)
    assert 0 < facts.memory.available_mb <= facts.memory.total_mb
    assert facts.person.uid == os.geteuid()
    assert abs(facts.clock.now - time.time()) < 60
    for disk in facts.disks:
        known = os.statvfs(disk.place)
        assert disk.whole_mb == known.f_blocks * known.f_frsize // 10**6
        assert disk.kind != "?"
        assert disk.refused == ""
    if "make" in here.tools:
        assert facts.tools is not None
        assert facts.tools["make"].says in subprocess.run(
            [here.tools["make"], "--version"], capture_output=True, text=True, check=True
        ).stdout  # fmt: skip


def test_looking_again_leaves_no_file_anywhere_temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found = this_machine()
    tools.tools(found)
    tools.compilers(found, catalogue())
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- many looks at once


def test_looks_are_made_at_the_same_time() -> None:
    meet = threading.Barrier(3, timeout=20)
    found = run_tasks({str(number): (meet.wait, 20.0) for number in range(3)})
    assert set(found.values) == {"0", "1", "2"}


def test_a_look_that_fails_is_left_out_with_its_reason() -> None:
    def fails() -> object:
        raise ValueError("odd")

    found = run_tasks({"good": (lambda: 1, 20.0), "bad": (fails, 20.0)})
    assert found.values == {"good": 1}
    assert found.unseen == {"bad": "it could not be looked at: ValueError: odd"}


def test_a_look_that_is_late_is_not_waited_for() -> None:
    let_go = threading.Event()
    try:
        found = run_tasks({"late": (let_go.wait, 0.05), "good": (lambda: 1, 20.0)})
    finally:
        let_go.set()
    assert found.unseen == {"late": "it did not answer in 0 s"}
    assert found.values == {"good": 1}


def test_a_program_answers_with_its_first_line(tmp_path: Path) -> None:
    assert ask(script(tmp_path, "good", "echo; echo '  one '; echo two")).first == "one"
    assert ask(script(tmp_path, "bad", "echo oh no >&2; exit 3")) == Answer("oh no\n", "oh no (exit status 3)")
    assert ask(script(tmp_path, "killed", "kill -9 $$")).problem == "signal 9"
    slow = script(tmp_path, "slow", "exec sleep 60")
    with pytest.raises(TimedOutError, match="slow did not answer in 0 s"):
        ask(slow, seconds=0.2)
    found = run_tasks({"tools": (lambda: ask(slow, seconds=0.2), 20.0)})
    assert found.unseen == {"tools": f"{slow} did not answer in 0 s"}
    assert ask(tmp_path / "absent").problem == "No such file or directory"
    assert ask(script(tmp_path, "colour", "printf '\\033[31mred\\n'")).first == "red"


# ---------------------------------------------------------------- memory, clock, kernel, terminal


def test_the_tightest_group_of_a_container_limits_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "outer" / "inner"
    own.mkdir(parents=True)
    values = {"memory.max": "max", "memory.current": "0"}
    for name, text in values.items():
        (own / name).write_text(text)
    outer = {"memory.max": "500000000", "memory.current": "300000000", "memory.stat": "anon 1\nfile 100000000\n"}
    for name, text in outer.items():
        (own.parent / name).write_text(text)
    texts = {"/proc/self/cgroup": "0::/outer/inner\n"}
    real = machine._text
    monkeypatch.setattr(machine, "_text", lambda path: texts.get(str(path)) or real(path))
    assert machine.memory(tmp_path).limit_mb == 300
    assert machine.memory(tmp_path / "none").limit_mb is None


def test_the_newest_file_of_the_wizards_folders_is_found(folders: Folders) -> None:
    assert machine.clock(folders).newest == 0.0
    (folders.builds / "b").mkdir(parents=True)
    future = time.time() + 5000
    (folders.builds / "b" / "journal.jsonl").write_text("")
    os.utime(folders.builds / "b" / "journal.jsonl", (future, future))
    found = machine.clock(folders)
    assert (found.newest_path, abs(found.newest - future) < 1) == (
        str(folders.builds / "b" / "journal.jsonl"),
        True,
    )


def test_virtualisation_is_open_closed_or_absent(tmp_path: Path) -> None:
    assert machine.kernel(kvm=Path(os.devnull)).kvm == "open"
    (tmp_path / "file").write_text("")
    assert machine.kernel(kvm=tmp_path / "file").kvm == "closed"
    assert machine.kernel(kvm=tmp_path / "none").kvm == "absent"


def test_filters_are_seen_by_the_kernels_own_list(tmp_path: Path) -> None:
    (tmp_path / "actions").write_text("kill_process allow\n")
    assert machine.kernel(actions=tmp_path / "actions").seccomp


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 1 << 24),
        ({"TERM": "xterm", "NO_COLOR": "1"}, 0),
        ({"TERM": "dumb"}, 0),
        ({"TERM": "vt220"}, 8),
        ({}, 0),
    ],
    ids=str,
)
def test_colours_of_a_terminal_are_those_that_it_says(environ: dict[str, str], colours: int) -> None:
    found = machine.terminal(environ)
    assert (found.colours, found.kind) == (colours, environ.get("TERM", ""))


def test_the_user_behind_sudo_is_seen(tmp_path: Path) -> None:
    found = machine.person({"HOME": str(tmp_path), "SUDO_USER": "me"})
    assert (found.sudo, found.home, found.home_owner) == ("me", str(tmp_path), tmp_path.stat().st_uid)
    assert machine.person({"HOME": "/no/such/home"}).home_owner == os.getuid()


def test_variables_are_those_that_concern_every_ocaml(tmp_path: Path) -> None:
    found = machine.variables(
        {"OCAMLLIB": "/x", "OCAMLFIND_CONF": "/y/findlib.conf", "LD_LIBRARY_PATH": "", "CC": "gcc", "HOME": "/z"}
    )
    assert found == {"OCAMLLIB": "/x", "OCAMLFIND_CONF": "/y/findlib.conf"}
    # A switch's own env.sh names its own file.
    (tmp_path / "etc").mkdir()
    (tmp_path / LOCK_FILE).write_text("")
    assert machine.variables({"OCAMLFIND_CONF": str(tmp_path / "etc" / "findlib.conf")}) == {}


def test_the_entries_of_binfmt_misc_are_read(tmp_path: Path) -> None:
    for name, text in {
        "status": "enabled\n",
        "register": "",
        "qemu-arm": "enabled\ninterpreter /no/such/qemu-arm\nflags: OC\noffset 0\nmagic 7f45\n",
        "qemu-kept": "enabled\ninterpreter /no/such/qemu-kept\nflags: OCF\noffset 0\n",
        "off": f"disabled\ninterpreter {sys.executable}\nflags: \n",
        "odd": "",
    }.items():
        (tmp_path / name).write_text(text)
    found = {handler.name: (handler.enabled, handler.there) for handler in machine.handlers(tmp_path)}
    assert found == {"qemu-arm": (True, False), "qemu-kept": (True, True), "off": (False, True)}
    assert machine.handlers(tmp_path / "none") == ()


# ---------------------------------------------------------------- disks


def test_a_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above(tmp_path: Path) -> None:
    found = machine.disk_of("builds", tmp_path / "a" / "b", [("/", "ext4")])
    assert (found.path, found.place, found.kind) == (str(tmp_path / "a" / "b"), str(tmp_path), "ext4")
    assert not (tmp_path / "a").exists()


def test_the_mount_point_that_lies_deepest_counts_and_of_two_the_later(tmp_path: Path) -> None:
    mounts = [("/", "ext4"), (str(tmp_path), "nfs4"), (f"{tmp_path}er", "cifs"), (str(tmp_path), "tmpfs")]
    assert machine.disk_of("builds", tmp_path, mounts).kind == "tmpfs"


def test_a_small_disk_is_seen_as_it_is(folders: Folders) -> None:
    with small_disk(folders.state, "8m"):
        found = next(disk for disk in machine.disks(folders, None) if disk.use == "builds")
    assert (found.kind, found.whole_mb) == ("tmpfs", 8)
    assert found.free_files is not None


def test_a_folder_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    with read_only(tmp_path / "ro") as folder:
        found = machine.disk_of("builds", folder, [])
    assert found.refused


def test_a_file_system_that_runs_no_programs_is_seen(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    folder = tmp_path / "noexec"
    with small_disk(folder, "1m"):
        again = subprocess.run(["mount", "-o", "remount,noexec", folder], capture_output=True, check=False)
        if again.returncode:
            pytest.skip("nothing can be mounted again here")
        assert machine.disk_of("builds", folder, []).noexec
    assert not machine.disk_of("builds", folder, []).noexec


def test_upper_and_lower_case_are_told_apart_by_names_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Name").mkdir()
    assert machine.folds_case(tmp_path / "Name") is False
    # A file system that folds case finds the same file by both names.
    real = Path.lstat
    monkeypatch.setattr(Path, "lstat", lambda self: real(self.with_name("Name") if self.name == "nAME" else self))
    assert machine.folds_case(tmp_path) is True
    monkeypatch.undo()
    (tmp_path / "nAME").mkdir()
    (tmp_path / "123").mkdir()
    assert machine.folds_case(tmp_path) is False
    assert machine.folds_case(tmp_path / "gone") is None


def test_nothing_is_said_of_case_where_no_name_has_letters(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m") as folder:
        (folder / "123").mkdir()
        assert machine.folds_case(folder) is None
        (folder / "123" / "a").write_text("")
        assert machine.folds_case(folder / "123") is False
