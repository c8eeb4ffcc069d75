"""A report put together again: constants predicted and measured, programs, what ran, sizes."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.support.fakes import REAL
from wizard.base.sizes import switch_sizes
from wizard.check.constants import expected_config
from wizard.prove.overview import MEANINGS, common_facts, constants_found, programs_found
from wizard.prove.proof_programs import expected_output
from wizard.prove.report import Comparison, Report, compare

TARGET, RELEASE = REAL.machines["aarch64-linux"], REAL.releases["5.3.0"]
ARM = "EM_AARCH64"


def report(*, run: bool = True, **wrong: str) -> Report:
    """The report of a right switch, but for what `wrong` names among what the program `constants` prints."""
    found = [compare("config", name, value, value) for name, value in expected_config(TARGET, RELEASE).items()]
    for program in ("constants", "jumps"):
        found += [
            compare(program, "format", "ELF", "ELF"),
            compare(program, "machine", "EM_AARCH64", "EM_AARCH64"),
        ]
        if run:
            found.append(compare(program, "exit status", "0", "0"))
        for name, value in expected_output(program, TARGET, RELEASE).items():
            said = wrong.get(name, value) if program == "constants" else value
            comparison = compare(program, name, value, said)
            found.append(comparison if run else Comparison(program, name, value, "not run", "not-run"))
    runner = "under qemu-aarch64" if run else ""
    not_run = "" if run else "qemu-aarch64 was not found"
    return Report("/p", "aarch64-linux-musl", RELEASE.id, runner, not_run, "", tuple(found), 1.0)


def test_every_constant_of_a_right_switch_is_measured_as_predicted() -> None:
    found = {constant.name: constant for constant in constants_found(report(), TARGET, RELEASE)}
    assert set(found) <= set(MEANINGS)
    word = found["word_size"]
    assert (word.predicted, word.configured, word.measured, word.verdict) == ("64", "64", "64", "pass")
    assert (found["max_wosize"].configured, found["max_wosize"].measured) == ("", str(2**54 - 1))
    assert found["architecture"].measured == ""
    assert found["ostype_unix"].configured == "Unix"
    assert {constant.verdict for constant in found.values() if constant.configured or constant.measured} == {
        "pass"
    }


def test_what_a_program_says_else_is_the_verdict_whatever_the_configuration_says() -> None:
    found = {constant.name: constant for constant in constants_found(report(word_size="32"), TARGET, RELEASE)}
    assert (found["word_size"].configured, found["word_size"].measured) == ("64", "32")
    assert found["word_size"].verdict == "fail"


def test_what_was_not_run_is_no_pass() -> None:
    found = {constant.name: constant for constant in constants_found(report(run=False), TARGET, RELEASE)}
    assert found["word_size"].verdict == "not-run"
    assert found["architecture"].verdict == "pass"


def test_programs_have_facts_of_their_files_and_what_they_printed() -> None:
    for run in (True, False):
        constants, jumps = programs_found(report(run=run))
        assert [fact.name for fact in constants.facts] == ["format", "machine"]
        assert ("exit status" in {comparison.name for comparison in jumps.ran}) == run
        assert {comparison.verdict for comparison in jumps.ran} == {"pass" if run else "not-run"}
        assert [fact.name for fact in common_facts((constants, jumps))] == ["format", "machine"]


def test_a_fact_in_which_programs_differ_is_not_common() -> None:
    whole = report()
    other = tuple(
        msgspec.structs.replace(comparison, found="EM_X86_64")
        if (comparison.group, comparison.name) == ("jumps", "machine")
        else comparison
        for comparison in whole.comparisons
    )
    programs = programs_found(msgspec.structs.replace(whole, comparisons=other))
    assert [fact.name for fact in common_facts(programs)] == ["format"]
    assert common_facts(()) == ()


def test_sizes_are_of_the_whole_and_of_the_parts_that_are_there(tmp_path: Path) -> None:
    for name, size in (("bin", 300_000), ("lib", 100_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * size)
    whole, *parts = switch_sizes(tmp_path)
    assert [part.path for part in parts] == ["bin", "lib"]
    assert parts[0].size >= 300_000 > parts[1].size >= 100_000
    assert whole.size >= parts[0].size + parts[1].size
