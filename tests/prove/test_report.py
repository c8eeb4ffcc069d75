"""The report of a proof: what it says, what it refuses, and that it comes back from its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import pytest
from hypothesis import strategies as st

from tests.support.properties import given
from wizard.base.errors import ProofError
from wizard.prove.report import Comparison, Report, compare, load_report, refuse_failed, render, save_report

GOOD = Report(
    prefix="/opt/switch",
    triplet="aarch64-linux-musl",
    release="5.3.0",
    runner="under qemu-aarch64",
    not_run="",
    how_to_run="",
    comparisons=(
        compare("config", "word_size", "64", "64"),
        compare("constants", "machine", "EM_AARCH64", "EM_AARCH64"),
    ),
    seconds=12.34,
)
BAD = msgspec.structs.replace(
    GOOD, comparisons=(*GOOD.comparisons, compare("constants", "max_int", "4611686018427387903", "-1"),
                       compare("libraries", "sum", "5", ""))
)  # fmt: skip
NOT_RUN = msgspec.structs.replace(
    GOOD,
    runner="",
    not_run="qemu-aarch64 was not found",
    how_to_run="sudo apt-get install qemu-user",
    comparisons=(*GOOD.comparisons, Comparison("constants", "max_int", "1", "not run", "not-run")),
)


def test_equal_words_pass_and_others_fail() -> None:
    assert compare("g", "n", "a", "a").verdict == "pass"
    assert compare("g", "n", "a", "A").verdict == "fail"
    assert compare("g", "n", "a", "").verdict == "fail"


def test_a_good_report_is_counted_and_refuses_nothing() -> None:
    assert (GOOD.passed, GOOD.failed) == (2, ())
    refuse_failed(GOOD)


def test_what_was_not_run_neither_passes_nor_fails() -> None:
    assert (NOT_RUN.passed, NOT_RUN.failed) == (2, ())
    refuse_failed(NOT_RUN)


def test_a_bad_report_is_refused_with_its_first_failure_and_their_number() -> None:
    with pytest.raises(ProofError) as raised:
        refuse_failed(BAD)
    error = raised.value
    assert error.code == "proof-failed"
    assert "max_int" in error.what
    assert "'-1'" in error.what
    assert "'4611686018427387903'" in error.what
    assert "2 of 4" in error.why
    assert "/opt/switch" in error.fix


def test_a_good_report_says_that_the_switch_works() -> None:
    lines = render(GOOD).splitlines()
    assert lines[0].startswith("ok ")
    assert "the programs ran under qemu-aarch64" in lines[-2]
    assert lines[-1] == "the switch works: 2 passed, 0 failed, in 12.3 s"


def test_a_bad_report_shows_what_was_expected() -> None:
    text = render(BAD)
    failed = [line for line in text.splitlines() if line.startswith("FAIL")]
    assert len(failed) == 2
    assert "-1   (expected 4611686018427387903)" in failed[0]
    assert "THE SWITCH IS NOT RIGHT: 2 passed, 2 failed" in text
    assert "works" not in text


def test_a_report_whose_programs_did_not_run_says_why_and_how_to_run_them() -> None:
    text = render(NOT_RUN)
    assert "the programs were not run: qemu-aarch64 was not found" in text
    assert "sudo apt-get install qemu-user" in text
    assert "the programs ran" not in text


def test_what_was_found_stands_in_one_column() -> None:
    lines = [line for line in render(GOOD).splitlines() if line.startswith("ok")]
    assert lines[0].index("64") == lines[1].index("EM_AARCH64")


def test_a_report_without_comparisons_can_be_shown() -> None:
    assert "0 passed" in render(msgspec.structs.replace(GOOD, comparisons=()))


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
comparisons = st.builds(
    Comparison,
    group=words,
    name=words,
    expected=words,
    found=words,
    verdict=st.sampled_from(["pass", "fail", "not-run"]),
)


@given(found=st.lists(comparisons, max_size=4).map(tuple), prefix=words, seconds=st.floats(0, 1e6))
def test_a_report_comes_back_from_its_file(
    found: tuple[Comparison, ...], prefix: str, seconds: float, tmp_path: Path
) -> None:
    report = msgspec.structs.replace(GOOD, comparisons=found, prefix=prefix, seconds=seconds)
    path = tmp_path / "share" / "ocaml-cross" / "proof.json"
    save_report(report, path)
    assert load_report(path) == report
    assert report.passed + len(report.failed) <= len(found)
    assert render(report)


@pytest.mark.parametrize("data", [b"", b"{}", b"null", b"\xff", b'{"prefix": 1}', b"[" * 100])
def test_a_file_that_is_no_report_is_none(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_bytes(data)
    assert load_report(tmp_path / "proof.json") is None


def test_a_report_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert load_report(tmp_path / "none.json") is None


def test_a_report_is_a_value() -> None:
    assert not dataclasses.is_dataclass(GOOD)
    with pytest.raises(AttributeError):
        GOOD.prefix = "/other"  # type: ignore[misc]
