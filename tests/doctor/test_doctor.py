"""The doctor's checks: each as a function of a machine that a test hands in, and the verdict over all of them."""

from __future__ import annotations

import re
import string

import msgspec
import pytest

from tests.support.doctor_cases import CASES, EACH, HERE, WINE, chosen_gcc, terminal, tools
from tests.support.machines import (
    CHOSEN,
    DISK,
    GCC,
    HEALTHY,
    PROBE,
    QEMU,
    SWITCH,
    TEMP,
    change,
    sick,
    with_probes,
)
from wizard.base import codes
from wizard.doctor.checks_machine import TERMINAL_HEIGHT, TERMINAL_WIDTH
from wizard.doctor.facts import UNLIMITED, Archive, Build, Facts, Limits, Lock, Memory, Person, Switch, Tool
from wizard.doctor.groups import GROUPS
from wizard.doctor.outcome import duration
from wizard.doctor.verdict import CHECKS, Diagnosis, Result, examine
from wizard.machine.disk_space import BUILD_MB


def result(found: Diagnosis, code: str) -> Result:
    return next(one for one in found.results if one.code == code)


# ---------------------------------------------------------------- the texts


def test_every_check_has_words_a_function_and_a_case_for_each_outcome() -> None:
    assert set(codes.checks()) == set(CHECKS) == set(CASES)
    for code, text in codes.checks().items():
        assert set(text.outcome) == set(CASES[code]), code


@pytest.mark.parametrize("code", sorted(codes.checks()))
def test_the_words_of_a_check_are_whole(code: str) -> None:
    text = codes.checks()[code]
    assert text.group in GROUPS
    assert text.facts in Facts.__struct_fields__
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert text.title
    assert text.why
    assert text.source
    assert text.confirm
    assert text.cure
    assert all(cover in codes.findings() for cover in text.covers)
    assert any(one.severity == "ok" for one in text.outcome.values())
    for words in (text.why, text.source, text.confirm, *text.cure):
        assert [name for _, name, _, _ in string.Formatter().parse(words) if name] == [], words


@pytest.mark.parametrize("code", sorted(codes.checks()))
def test_what_forbids_a_build_is_mended_by_a_command(code: str) -> None:
    """A few failures are fixed by no single command: of these `explain` says what to do."""
    by_hand = {"platform", "memory", "cross-compilers"}
    for word, one in codes.checks()[code].outcome.items():
        if one.severity == "failure" and code not in by_hand:
            assert one.fix, word
        if one.severity == "ok":
            assert not one.fix, word


@pytest.mark.parametrize(("code", "word"), EACH)
def test_a_machine_comes_to_its_outcome_and_the_words_are_filled_in(code: str, word: str) -> None:
    facts = CASES[code][word]
    outcome = CHECKS[code](facts)
    assert outcome.word == word
    text = codes.checks()[code].outcome[word]
    shown = result(examine(facts), code)
    assert shown.severity == text.severity
    assert shown.evidence
    assert not re.search(r"\{\w*\}", shown.evidence + shown.fix)
    used = {name for _, name, _, _ in string.Formatter().parse(text.says + text.fix) if name}
    assert used <= set(outcome.names)


@pytest.mark.parametrize(("code", "word"), EACH)
def test_a_check_changes_nothing_that_it_was_given(code: str, word: str) -> None:
    facts = CASES[code][word]
    before = msgspec.json.encode(facts)
    CHECKS[code](facts)
    assert msgspec.json.encode(facts) == before


# ---------------------------------------------------------------- single checks


@pytest.mark.parametrize(
    ("free", "word"), [(BUILD_MB - 1, "full"), (BUILD_MB, "little"), (2 * BUILD_MB, "enough"), (0, "full")]
)
def test_room_is_that_of_the_fullest_disk(free: int, word: str) -> None:
    facts = sick(disks=(DISK, change(DISK, use="cache", place="/small", free_mb=free), TEMP))
    assert CHECKS["room"](facts).word == word
    assert result(examine(facts), "room").evidence.startswith(f"{free} MB free in /small") or word == "enough"


def test_a_full_folder_for_temporary_files_is_no_full_disk_of_the_wizard() -> None:
    assert CHECKS["room"](sick(disks=(DISK, change(TEMP, free_mb=1)))).word == "enough"


@pytest.mark.parametrize(
    ("memory", "word"),
    [
        (Memory(8000, 700), "enough"),
        (Memory(8000, 699), "little"),
        (Memory(8000, 349), "none"),
        (Memory(8000, 300, swap_free_mb=4000), "little"),
        (Memory(64_000, 60_000, limit_mb=512), "little"),
    ],
)
def test_memory_is_counted_by_cores_and_by_what_a_container_may_have(memory: Memory, word: str) -> None:
    found = result(examine(sick(memory=memory)), "memory")
    assert CHECKS["memory"](sick(memory=memory)).word == word
    assert ("container" in found.evidence) == (memory.limit_mb is not None)


@pytest.mark.parametrize(
    ("soft", "hard", "word"),
    [(UNLIMITED, UNLIMITED, "enough"), (64, UNLIMITED, "raised"), (64, 1024, "few"), (2048, 2048, "enough"),
     (2047, 2047, "few"), (256, 4096, "raised")],
)  # fmt: skip
def test_the_hard_limit_of_open_files_decides(soft: int, hard: int, word: str) -> None:
    assert CHECKS["open-files"](sick(limits=Limits(soft, hard))).word == word


def test_few_open_files_are_enough_where_zig_compiles_nothing() -> None:
    facts = sick(limits=Limits(256, 256), chosen=change(CHOSEN, zig=False))
    assert CHECKS["open-files"](facts).word == "enough"


def test_every_limit_that_is_low_is_named_and_lifted_by_one_command() -> None:
    found = result(examine(sick(limits=Limits(9999, 9999, 10, 20, 30, 40))), "limits")
    for words in ("10 MB", "20 MB of memory", "30 processes", "40 s"):
        assert words in found.evidence
    assert found.fix == "ulimit -f unlimited -v unlimited -t unlimited -u unlimited"


@pytest.mark.parametrize(
    ("answer", "triplet", "word"),
    [
        ("x86_64-linux-gnu", "x86_64-pc-linux-gnu", "right"),
        ("i686-linux-gnu", "i386-pc-linux-gnu", "right"),
        ("arm-linux-gnueabihf", "armv7-unknown-linux-gnueabihf", "right"),
        ("aarch64-linux-gnu", "armv7-unknown-linux-gnueabihf", "foreign"),
        ("arm64-apple-darwin", "aarch64-unknown-linux-gnu", "right"),
        ("", "x86_64-pc-linux-gnu", "foreign"),
    ],
)
def test_a_c_compiler_is_for_this_machine_by_its_processor(answer: str, triplet: str, word: str) -> None:
    facts = change(tools(cc=Tool("/usr/bin/cc", answer)), here=change(HERE, triplet=triplet))
    assert CHECKS["c-compiler"](facts).word == word


def test_the_compiler_of_the_selection_is_named_before_others() -> None:
    other = change(GCC, name="a-linux-gnu", path="/usr/bin/a-linux-gnu-gcc", fits=False, makes="code for nothing")
    own = change(GCC, fits=False, makes="EM_386 (ELF, 32 bits)")
    found = result(examine(chosen_gcc(sick(compilers=(other, own)))), "cross-compilers")
    assert (found.severity, GCC.path in found.evidence) == ("failure", True)
    # One that the selection does not need is no failure of it.
    found = result(examine(chosen_gcc(sick(compilers=(other, GCC)))), "cross-compilers")
    assert (found.severity, other.path in found.evidence) == ("warning", True)


def test_the_emulator_of_the_selection_is_the_first_that_is_missing() -> None:
    missing = (change(WINE, path=""), change(QEMU, path=""))
    found = result(examine(sick(emulators=(change(QEMU, name="qemu-arm"), *missing), chosen=CHOSEN)), "emulators")
    assert found.evidence == "qemu-arm; missing: qemu-aarch64, wine"
    assert found.fix == "sudo apt-get install qemu-user"


def test_a_clock_is_compared_with_a_server_only_where_one_said_its_time() -> None:
    silent = with_probes(change(PROBE, ahead=None))
    assert "server" not in result(examine(silent), "clock").evidence
    assert "server" in result(examine(HEALTHY), "clock").evidence
    ahead = result(examine(with_probes(change(PROBE, ahead=86_400.0))), "clock")
    assert "24 h behind of what https://example.org" in ahead.evidence


def test_a_long_value_of_a_variable_is_cut() -> None:
    found = result(examine(sick(variables={"OCAMLPARAM": "x" * 500})), "ocaml-variables")
    assert len(found.evidence) < 200
    assert found.fix == "unset OCAMLPARAM"


def test_path_without_its_relative_entries_is_the_fix() -> None:
    found = result(examine(sick(here=change(HERE, path="/usr/bin::bin:/a b"))), "path")
    assert "an empty entry" in found.evidence
    assert found.fix == "export PATH='/usr/bin:/a b'"


def test_sudo_with_a_home_of_its_own_is_root_and_no_more() -> None:
    assert CHECKS["user"](sick(person=Person(0, "/root", 0, "me"))).word == "root"


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "UTF8"])
def test_utf8_is_utf8_however_it_is_spelled(encoding: str) -> None:
    assert CHECKS["terminal"](terminal(encoding=encoding)).word == "able"


def test_the_smallest_terminal_is_that_of_the_screens() -> None:
    from wizard.faces.tui.widgets.too_small import HEIGHT, WIDTH

    assert (TERMINAL_WIDTH, TERMINAL_HEIGHT) == (WIDTH, HEIGHT)


def test_a_source_is_reachable_by_the_places_that_have_it_and_no_others() -> None:
    flexdll = Archive("flexdll 0.44")
    facts = sick(network=HEALTHY.network, archives=(Archive("OCaml 5.3.0"), flexdll))
    found = result(examine(facts), "sources")
    assert (found.severity, "flexdll 0.44" in found.evidence) == ("failure", True)
    assert "OCaml" not in found.evidence


def test_a_damaged_archive_does_not_matter_where_a_right_one_lies() -> None:
    facts = sick(archives=(Archive("OCaml 5.3.0", "/cache/right.tar.gz", "/cache/wrong.tar.gz"),))
    assert CHECKS["sources"](facts).word == "here"


def test_a_stopped_holder_of_a_lock_is_let_go_on_and_another_ended() -> None:
    stopped = result(examine(CASES["locks"]["stuck"]), "locks")
    assert stopped.fix == "kill -CONT 7"
    stranger = Lock("/x/build.lock", ("vim (process 8)",), (8,), False)
    assert result(examine(sick(locks=(stranger,))), "locks").fix == "kill 8"


@pytest.mark.parametrize(("left", "words"), [(1, "1 process of b1 still run"), (2, "2 processes of b1 still run")])
def test_processes_that_are_left_are_counted(left: int, words: str) -> None:
    assert words in result(examine(sick(builds=(Build("b1", "failed", left),))), "builds").evidence


def test_only_the_switch_that_was_named_counts() -> None:
    broken = change(SWITCH, prefix="/opt/old", problem="bin/ocamlopt is gone")
    facts = sick(switches=(broken, SWITCH), wanted=SWITCH.prefix)
    assert CHECKS["switches"](facts).word == "answers"


def test_a_path_with_odd_letters_is_quoted_in_a_command() -> None:
    broken = Switch("/opt/a b", "OCaml 5.3.0 for x", "bin/ocamlopt is gone")
    found = result(examine(sick(switches=(broken,))), "switches")
    assert found.fix == "ocaml-cross-wizard build '/opt/a b/ocaml-cross.lock.toml' --prefix '/opt/a b'"


def test_a_switch_without_a_readable_lock_file_is_built_from_a_preset() -> None:
    found = result(examine(sick(switches=(Switch("/opt/a", "", "its lock file cannot be read"),))), "switches")
    assert found.fix == "ocaml-cross-wizard build PRESET --prefix /opt/a"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (-119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 days")]
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words
