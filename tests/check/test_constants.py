"""The runtime constants: what is predicted of a machine, and where host and target differ."""

from __future__ import annotations

import pytest

from tests.support.fakes import ARM, CYGWIN, REAL, WINDOWS
from wizard.catalogue.model import Machine, Release
from wizard.check.constants import expected_config, predicted, shown, side_by_side

X86 = REAL.machines["x86_64-linux"]
ARM64 = REAL.machines["aarch64-linux"]
OLD, NEW = REAL.releases["5.3.0"], REAL.releases["5.4.1"]


@pytest.mark.parametrize(
    ("machine", "word_size", "int_size", "max_wosize"),
    [(X86, 64, 63, 18014398509481983), (ARM64, 64, 63, 18014398509481983), (ARM, 32, 31, 4194303)],
)
def test_the_sizes_follow_from_the_word(machine: Machine, word_size: int, int_size: int, max_wosize: int) -> None:
    constants = predicted(machine)
    assert (constants.word_size, constants.int_size, constants.max_wosize) == (word_size, int_size, max_wosize)


@pytest.mark.parametrize(
    ("machine", "flags"),
    [(X86, (True, False, False)), (WINDOWS, (False, True, False)), (CYGWIN, (False, False, True))],
)
def test_exactly_one_ostype_holds(machine: Machine, flags: tuple[bool, bool, bool]) -> None:
    constants = predicted(machine)
    assert (constants.ostype_unix, constants.ostype_win32, constants.ostype_cygwin) == flags


@pytest.mark.parametrize("machine", REAL.machines.values(), ids=REAL.machines.keys())
def test_a_machine_agrees_with_itself(machine: Machine) -> None:
    rows = side_by_side(machine, machine, OLD)
    assert all(row.agree and row.host == row.target for row in rows)


def test_the_constants_of_a_64_bit_host_and_a_32_bit_target_differ_in_the_sizes_only() -> None:
    differing = [row.name for row in side_by_side(X86, ARM, OLD) if not row.agree]
    assert differing == ["word_size", "int_size", "max_wosize"]


def test_the_constants_of_unix_and_windows_differ_in_the_ostype_only() -> None:
    rows = {row.name: row for row in side_by_side(X86, WINDOWS, OLD)}
    assert [name for name, row in rows.items() if not row.agree] == ["ostype_unix", "ostype_win32"]
    assert (rows["ostype_win32"].host, rows["ostype_win32"].target) == ("false", "true")


def test_the_ostypes_differ_and_are_allowed_where_the_release_crosses_from_unix_to_windows() -> None:
    allowed = [row.name for row in side_by_side(X86, WINDOWS, NEW) if row.allowed]
    assert allowed == ["ostype_unix", "ostype_win32"]
    assert not any(row.allowed for row in side_by_side(X86, WINDOWS, OLD))
    assert not any(row.allowed for row in side_by_side(WINDOWS, X86, NEW))
    assert not any(row.allowed for row in side_by_side(X86, CYGWIN, NEW))


def test_the_table_names_every_constant_once() -> None:
    names = [row.name for row in side_by_side(X86, ARM64, OLD)]
    assert names == [
        "word_size",
        "int_size",
        "max_wosize",
        "ostype_unix",
        "ostype_win32",
        "ostype_cygwin",
        "backend_type",
        "naked_pointers_checked",
    ]


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (False, "false"), (63, "63"), ("native", "native")])
def test_a_constant_is_shown_as_ocaml_prints_it(value: bool | int | str, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize("release", REAL.releases.values(), ids=REAL.releases.keys())
def test_the_expected_answers_name_the_target_not_the_host(release: Release) -> None:
    expected = expected_config(ARM64, release)
    assert expected["architecture"] == "arm64"
    assert expected["version"] == release.id
    assert expected["word_size"] == "64"
    assert expected["os_type"] == "Unix"


@pytest.mark.parametrize(
    ("release", "naked_pointers", "native_compiler"),
    [("5.3.0", "false", "true"), ("5.1.1", "false", "true"), ("5.0.0", "false", None), ("4.14.2", "true", None),
     ("4.13.1", None, None)],
)  # fmt: skip
def test_a_release_is_not_asked_what_it_does_not_say(
    release: str, naked_pointers: str | None, native_compiler: str | None
) -> None:
    expected = expected_config(ARM64, REAL.releases[release])
    assert expected.get("naked_pointers") == naked_pointers
    assert expected.get("native_compiler") == native_compiler


def test_a_32_bit_compiler_must_answer_32_bits() -> None:
    expected = expected_config(ARM, REAL.releases["4.14.2"])
    assert (expected["word_size"], expected["int_size"]) == ("32", "31")
